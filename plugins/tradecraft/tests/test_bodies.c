/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_bodies.c - the rules that read clear text, on the shipped lists: what raises each, and what comes close and must not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shipped.h"

#define RONIN   "0x098B716B8Aaf21512996dC57EB0615e2383E2f96"

static uint64_t flow_id = 100;
static uint16_t port;

static int set_up(void **unused)
{
    (void)unused;
    port = 8545;
    flow_id++;
    return open_shipped(&fake_host);
}

static void role(const char *word)
{
    static const char *table[3];
    table[0] = "10.1.2.3", table[1] = word, table[2] = NULL;
    fake.role = table;
}

/* How many alerts a text brings; those before are forgotten. */
static size_t said_bytes(enum body_source source, enum direction direction, uint32_t number, const void *text, size_t size)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_BODY);
    o.head.flow_id = flow_id;
    o.head.direction = (uint8_t)direction;
    o.head.server_port = port;
    o.body.source = (uint8_t)source;
    o.body.number = number;
    o.body.bytes = fake_bytes(&o, text, size);
    if (source != BODY_STREAM)
        o.body.host = fake_text(&o, "rpc.example");
    fake.raised_count = 0;
    sensor_plugin_tradecraft.detector.observe(state, &o.head, NULL);
    return fake.raised_count;
}

static size_t asked(const char *body)
{
    return said_bytes(BODY_HTTP_REQUEST, TO_SERVER, 0, body, strlen(body));
}

static size_t answered(const char *body)
{
    return said_bytes(BODY_HTTP_RESPONSE, TO_CLIENT, 0, body, strlen(body));
}

static size_t said(enum direction direction, uint32_t number, const char *text)
{
    return said_bytes(BODY_STREAM, direction, number, text, strlen(text));
}

static void expect(size_t count, uint32_t sid, uint8_t severity)
{
    assert_int_equal(count, 1);
    assert_int_equal(fake.raised[0].sid, sid);
    assert_int_equal(fake.raised[0].severity, severity);
    assert_true(strlen(fake.raised[0].why) > 0);
}

static void has_fact(const char *fact)
{
    if (strstr(fake.raised[0].facts, fact) == NULL)
        fail_msg("no %s in %s", fact, fake.raised[0].facts);
}

/* ------------------------------------------------------------------- D27 */

static void test_wallets_in_each_kind_of_text(void **unused)
{
    (void)unused;
    expect(asked("to=" RONIN "&amount=1"), 1792700, 0);
    has_fact("matched_on=http.request_body\n");
    has_fact("checksum=EIP-55\n");
    expect(answered("<a href=\"/address/" RONIN "\">"), 1792701, 0);
    has_fact("matched_on=http.response_body\n");
    expect(said(TO_SERVER, 1, "DATA\r\nplease pay to " RONIN "\r\n.\r\n"), 1792700, 0);
    has_fact("matched_on=tcp.text\n");
    assert_int_equal(asked("to=0x098B716B8Aaf21512996dC57EB0615e2383E2f97"), 0);
}

static void test_wallet_in_the_data_of_a_call(void **unused)
{
    (void)unused;
    assert_int_equal(asked("{\"data\":\"0x70a08231000000000000000000000000098b716b8aaf21512996dc57eb0615e2383e2f96\"}"), 1);
    assert_int_equal(fake.raised[0].sid, 1792700);
    has_fact("checksum=none: an argument of a call\n");
}

static void test_a_page_full_of_wallets_is_a_list(void **unused)
{
    (void)unused;
    expect(answered(RONIN "," RONIN "," RONIN), 1792701, 3);
}

/* ------------------------------------------------------------------- D26 */

static void test_methods_weigh_by_role(void **unused)
{
    (void)unused;
    static const char call[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getTransactionByHash\",\"params\":[\"0x12\"]}";
    expect(asked(call), 1792603, 3);
    has_fact("method=eth_getTransactionByHash\n");
    has_fact("endpoint=rpc.example\n");
    role("server");
    expect(asked(call), 1792603, 2);
    role("trading");
    assert_int_equal(asked(call), 0);
    assert_int_equal(fake_counted("rpc_allowed"), 1);
    role("server");
    assert_int_equal(asked("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\"}"), 0);
}

static void test_methods_of_a_batch_are_told_together(void **unused)
{
    (void)unused;
    expect(asked("[{\"method\":\"getBalance\"},{\"method\":\"getSignaturesForAddress\"},{\"method\":\"getBalance\"}]"), 1792603, 3);
    has_fact("method=getBalance getSignaturesForAddress\n");
    has_fact("chain=Solana\n");
}

static void test_a_contract_read_again_and_again(void **unused)
{
    (void)unused;
    static const char read[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_call\",\"params\":"
                               "[{\"to\":\"0x8EaC3198dD72f3e07108c4C7CFf43108AD48A71c\",\"data\":\"0x6d4ce63c\"},\"latest\"]}";
    assert_int_equal(asked(read), 1);
    assert_int_equal(asked(read), 1);
    assert_int_equal(asked(read), 2);
    assert_int_equal(fake.raised[1].sid, 1792604);
    assert_int_equal(fake.raised[1].severity, 2);
    role("developer");
    assert_int_equal(asked(read), 1);
}

static void hex_of(char *out, const char *text, size_t repeat)
{
    out += sprintf(out, "%s", "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x");
    out += sprintf(out, "%064x%064zx", 32, strlen(text) * repeat);
    for (size_t i = 0; i < repeat; i++)
        for (const char *at = text; *at != '\0'; at++)
            out += sprintf(out, "%02x", (unsigned char)*at);
    sprintf(out, "\"}");
}

static void test_code_out_of_a_blockchain(void **unused)
{
    (void)unused;
    static char body[8192];
    hex_of(body, "eval(atob('ZmV0Y2goJ2h0dHA6Ly8n'));", 10);
    expect(answered(body), 1792605, 2);
    has_fact("matched_value=eval(atob(");
    body[1000] = '\0'; /* cut by the bound of a body */
    expect(answered(body), 1792605, 2);
    hex_of(body, "data:image/svg+xml;base64,AAAA", 10);
    assert_int_equal(answered(body), 0);
    hex_of(body, "MyToken", 1);
    assert_int_equal(answered(body), 0);
    hex_of(body, "\x01\x02\x03\x04\x05\x06\x07\x08", 60);
    assert_int_equal(answered(body), 0);
    role("wallet");
    hex_of(body, "eval(atob('ZmV0Y2goJ2h0dHA6Ly8n'));", 10);
    assert_int_equal(answered(body), 0);
}

/* ------------------------------------------------------------------- D25 */

static void test_stratum_on_any_port(void **unused)
{
    (void)unused;
    port = 9;
    expect(said(TO_SERVER, 0, "{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[\"cgminer/4.10\"]}\n"), 1792501, 0);
    expect(said(TO_SERVER, 1, "{\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa.rig7\",\"x\"]}\n"),
           1792501, 0);
    has_fact("worker=1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa.rig7\n");
    has_fact("chain=Bitcoin\n");
    expect(said(TO_SERVER, 0, "{\"id\":1,\"method\":\"login\",\"params\":{\"login\":\"x1.w\",\"pass\":\"x\",\"agent\":\"XMRig/6.21.0\"}}\n"), 1792501, 0);
    has_fact("program=XMRig/6.21.0\n");
    expect(said(TO_CLIENT, 0, "{\"method\":\"mining.notify\",\"params\":[\"bf\"]}\n"), 1792501, 0);
    role("mining");
    assert_int_equal(said(TO_SERVER, 0, "{\"method\":\"mining.subscribe\"}\n"), 0);
}

static void test_a_login_of_something_else_is_not_mining(void **unused)
{
    (void)unused;
    assert_int_equal(said(TO_SERVER, 0, "{\"id\":1,\"method\":\"login\",\"params\":{\"login\":\"anna\"}}\n"), 0);
    assert_int_equal(said(TO_SERVER, 0, "the method mining.subscribe is explained here"), 0);
}

/* ------------------------------------------------------------------- D31 */

static void test_a_shell_after_a_lure(void **unused)
{
    (void)unused;
    static const char hello[] = "\0\0\0\x2a{\"code\":0,\"args\":{\"type\":\"9401\",\"uts\":\"lnx\"}}";
    union fake_observation o;
    fake_begin(&o, OBSERVE_HTTP_REQUEST);
    o.head.server_port = 1224;
    o.http.host = fake_text(&o, "203.0.113.9");
    o.http.url = fake_text(&o, "/keys");
    sensor_plugin_tradecraft.detector.observe(state, &o.head, NULL);
    port = 1245;
    fake.raised_count = 0;
    assert_int_equal(said_bytes(BODY_STREAM, TO_SERVER, 0, hello, sizeof hello - 1), 0);
    expect(said(TO_CLIENT, 0, "{\"cmd\":\"ls\"}\n"), 1793102, 1);
    has_fact("framing=length of four bytes\n");
}

static void test_a_shell_by_port_and_answer(void **unused)
{
    (void)unused;
    port = 1224;
    assert_int_equal(said(TO_SERVER, 0, "{\"id\":61,\"os\":\"darwin\"}\n"), 0);
    expect(said(TO_CLIENT, 0, "{\"cmd\":\"collect\"}\n"), 1793102, 0);
    has_fact("framing=lines\n");
    assert_int_equal(said(TO_CLIENT, 1, "{\"cmd\":\"collect\"}\n"), 0);
}

static void test_json_that_is_no_shell(void **unused)
{
    (void)unused;
    static const char answer[] = "{\"ok\":1}\n";
    port = 1224;
    assert_int_equal(said(TO_SERVER, 0, "{\"jsonrpc\":\"2.0\",\"id\":1}\n") + said(TO_CLIENT, 0, answer), 0);
    flow_id++;
    assert_int_equal(said(TO_SERVER, 0, "GET key\n") + said(TO_CLIENT, 0, answer), 0);
    flow_id++;
    assert_int_equal(said(TO_SERVER, 0, "{\"a\":1}\n") + said(TO_CLIENT, 0, "OK\n"), 0);
    port = 9200;
    flow_id++;
    assert_int_equal(said(TO_SERVER, 0, "{\"a\":1}\n") + said(TO_CLIENT, 0, answer), 0);
    port = 1224;
    flow_id++;
    fake.name[0] = (struct sensor_name){.name = {(const uint8_t *)"a.example", 9}, .source = NAME_SAME_HOST};
    fake.name_count = 1;
    assert_int_equal(said(TO_SERVER, 0, "{\"a\":1}\n") + said(TO_CLIENT, 0, answer), 0);
    fake.name_count = 0;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_wallets_in_each_kind_of_text),
        CASE(test_wallet_in_the_data_of_a_call),
        CASE(test_a_page_full_of_wallets_is_a_list),
        CASE(test_methods_weigh_by_role),
        CASE(test_methods_of_a_batch_are_told_together),
        CASE(test_a_contract_read_again_and_again),
        CASE(test_code_out_of_a_blockchain),
        CASE(test_stratum_on_any_port),
        CASE(test_a_login_of_something_else_is_not_mining),
        CASE(test_a_shell_after_a_lure),
        CASE(test_a_shell_by_port_and_answer),
        CASE(test_json_that_is_no_shell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
