/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_ftp.c - commands joined with their replies, ports of data connections, what is no FTP; any cut tells the same.
 */
#include "dissect/ftp.h"
#include "flow_talk.h"

static const struct observation_ftp *next(void)
{
    return watch_take(&watch, OBSERVE_FTP);
}

static void expect(const char *command, const char *data, uint16_t code, const char *replies)
{
    const struct observation_ftp *o = next();
    assert_non_null(o);
    if (!watch_text_is(o, o->command, command) || !watch_text_is(o, o->data, data))
        fail_msg("not %s %s", command, data);
    assert_int_equal(o->code_count > 0 ? o->codes[o->code_count - 1] : 0, code);
    assert_true(watch_text_is(o, o->replies, replies));
}

static void log_in(void)
{
    shake_hands();
    say_text(SERVER, "220 pyftpdlib based FTP ready.\r\n");
    say_text(CLIENT, "USER anders\r\n");
    say_text(SERVER, "331 Username ok, send password.\r\n");
    say_text(CLIENT, "PASS q1w2e3\r\n");
    say_text(SERVER, "230 Login successful.\r\n");
}

static void test_a_session(void **state)
{
    (void)state;
    log_in();
    assert_int_equal(watch.flow.app_proto, APP_FTP);
    expect("", "", 220, "pyftpdlib based FTP ready.");
    expect("USER", "anders", 331, "Username ok, send password.");
    expect("PASS", "", 230, "Login successful.");
    say_text(CLIENT, "PASV\r\n");
    say_text(SERVER, "227 Entering passive mode (203,0,113,90,156,64).\r\n");
    const struct observation_ftp *o = next();
    assert_int_equal(o->dynamic_port, 40000);
    assert_int_equal(o->mode, FTP_PASSIVE);
    say_text(CLIENT, "STOR up 1.zip\r\n");
    say_text(SERVER, "150 File status okay. About to open data connection.\r\n");
    assert_null(next());
    say_text(SERVER, "226 Transfer complete.\r\n");
    o = next();
    assert_true(watch_text_is(o, o->command, "STOR"));
    assert_true(watch_text_is(o, o->data, "up 1.zip"));
    assert_true(watch_text_is(o, o->user, "anders"));
    assert_int_equal(o->dynamic_port, 40000);
    assert_int_equal(o->code_count, 2);
    assert_int_equal(o->codes[0], 150);
    assert_int_equal(o->codes[1], 226);
    assert_int_equal(o->tx_id, 4);
    assert_int_equal(watch.flow.tx_count, 5);
    say_text(CLIENT, "STOR second.zip\r\n");
    say_text(SERVER, "425 Use PASV first.\r\n");
    assert_int_equal(next()->dynamic_port, 0);
    assert_int_equal(counters().ftp_transactions, 6);
}

static void test_ports_of_all_ways(void **state)
{
    (void)state;
    static const struct {
        const char *command, *reply;
        uint16_t port;
        uint8_t mode;
    } cases[] = {
        {"PORT 10,0,0,7,195,80\r\n", "200 ok\r\n", 50000, FTP_ACTIVE},
        {"EPRT |1|10.0.0.7|5282|\r\n", "200 ok\r\n", 5282, FTP_ACTIVE},
        {"EPRT |2|2001:db8::7|65535|\r\n", "200 ok\r\n", 65535, FTP_ACTIVE},
        {"EPSV\r\n", "229 Extended (|||6446|)\r\n", 6446, FTP_PASSIVE},
        {"PASV\r\n", "227 at 127,0,0,1,0,21\r\n", 21, FTP_PASSIVE},
        {"EPSV\r\n", "229 Extended (|||99999|)\r\n", 0, FTP_NO_DATA},
        {"EPSV\r\n", "229 Extended ||\r\n", 0, FTP_NO_DATA},
        {"PASV\r\n", "227 10,0,0,1,256,1\r\n", 0, FTP_NO_DATA},
        {"PASV\r\n", "227 10,0,0,1,2\r\n", 0, FTP_NO_DATA},
        {"PORT 1,2,3,4,5,\r\n", "501 no\r\n", 0, FTP_NO_DATA},
    };
    log_in();
    for (int i = 0; i < 3; i++)
        next();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        say_text(CLIENT, cases[i].command);
        say_text(SERVER, cases[i].reply);
        const struct observation_ftp *o = next();
        assert_int_equal(o->dynamic_port, cases[i].port);
        assert_int_equal(o->mode, cases[i].mode);
    }
}

static void test_replies_of_several_lines(void **state)
{
    (void)state;
    shake_hands();
    say_text(SERVER, "220-Welcome to the FTP server\r\n220-of nobody\r\n 230 not this\r\n220 go on\r\n");
    const struct observation_ftp *o = next();
    static const char all[] = "Welcome to the FTP server\0of nobody\0 230 not this\0go on";
    assert_int_equal(o->replies.size, sizeof all - 1);
    assert_memory_equal((const char *)o + o->replies.at, all, sizeof all - 1);
    assert_int_equal(o->code_count, 1);
}

static void test_tls_after_auth(void **state)
{
    (void)state;
    make_hellos();
    shake_hands();
    say_text(SERVER, "220 (vsFTPd 3.0.3)\r\n");
    say_text(CLIENT, "AUTH TLS\r\n");
    say_text(SERVER, "234 Proceed with negotiation.\r\n");
    say_made(CLIENT, &hello);
    say_made(SERVER, &answer);
    expect("", "", 220, "(vsFTPd 3.0.3)");
    expect("AUTH", "TLS", 234, "Proceed with negotiation.");
    watch.taken = 0;
    assert_tls(APP_FTP);
}

static void test_what_is_no_ftp(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool on_port;
        enum probe expected;
    } cases[] = {
        {"220 mx.example ESMTP\r\n", true, PROBE_NO},    {"220 ready\r\n", false, PROBE_NO}, {"220 ready\r\n", true, PROBE_YES},
        {"220 Filezilla FTP\r\n", false, PROBE_YES},      {"22", false, PROBE_MAYBE},         {"220-x", false, PROBE_MAYBE},
        {"221 FTP\r\n", false, PROBE_NO},                 {"USER anna\r\n", false, PROBE_NO}, {"USER anna\r\n", true, PROBE_YES},
        {"USER an", true, PROBE_MAYBE},                   {"GET / FTP\r\n", true, PROBE_NO},  {"", true, PROBE_MAYBE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool is_server;
        size_t size = strlen(cases[i].text);
        uint8_t *exact = watch_exact(cases[i].text, size);
        assert_int_equal(ftp_probe((struct slice){exact, size}, cases[i].on_port, &is_server), cases[i].expected);
        free(exact);
    }
}

static void test_nonsense_is_given_up(void **state)
{
    (void)state;
    shake_hands();
    say_text(SERVER, "220 FTP\r\n");
    for (int i = 0; i < 8; i++)
        say_text(CLIENT, "!! no command of it\r\n");
    assert_true(counters().malformed > 0);
}

static void test_more_commands_than_wait(void **state)
{
    (void)state;
    shake_hands();
    say_text(SERVER, "220 FTP\r\n");
    say_text(CLIENT, "DELE a\r\nDELE b\r\nDELE c\r\nDELE d\r\nDELE e\r\n");
    expect("", "", 220, "FTP");
    expect("DELE", "a", 0, "");
    end_flow();
    expect("DELE", "b", 0, "");
}

static void test_long_texts_are_cut_and_said_so(void **state)
{
    (void)state;
    static char line[2100];
    log_in();
    for (int i = 0; i < 3; i++)
        next();
    memset(line, 'a', sizeof line - 1);
    say_text(CLIENT, "STOR ");
    say_text(CLIENT, line);
    say_text(CLIENT, "\r\n");
    say_text(SERVER, "150 ");
    say_text(SERVER, line);
    say_text(SERVER, "\r\n226 ok\r\n");
    const struct observation_ftp *o = next();
    assert_true(o->data_cut && o->replies_cut);
    assert_int_equal(o->data.size, 512);
    assert_int_equal(o->replies.size, 1024);
    assert_int_equal(o->code_count, 2);
}

static const char commands[] = "USER a\r\nPASS b\r\nEPSV\r\nSTOR x.7z\r\nQUIT\r\n";
static const char replies[] = "220 FTP\r\n331-x\r\n331 y\r\n230 z\r\n229 (|||6446|)\r\n150 p\r\n226 q\r\n221 r\r\n";

/* What is told of the two streams, given in pieces of one size. */
static void tell(char *out, size_t step)
{
    struct ftp_flow *f = ftp_flow_new();
    const char *texts[2] = {commands, replies};
    for (int d = TO_SERVER; d <= TO_CLIENT; d++) {
        size_t size = strlen(texts[d]), from = 0;
        for (size_t to = 0; to < size;) {
            to = to + step < size ? to + step : size;
            uint8_t *exact = watch_exact(texts[d] + from, to - from);
            watch_from(&watch, d);
            from += ftp_bytes(f, &watch.place, d == TO_SERVER ? TO_SERVER : TO_CLIENT, (struct slice){exact, to - from}).consumed;
            free(exact);
        }
    }
    ftp_end(f, &watch.place);
    ftp_flow_free(f);
    out[0] = '\0';
    for (const struct observation_ftp *o; (o = next());)
        sprintf(out + strlen(out), "%.*s=%u,%u ", (int)o->command.size, (const char *)o + o->command.at, o->codes[0], o->dynamic_port);
}

static void test_any_cut_tells_the_same(void **state)
{
    static char whole[1024], cut[1024];
    (void)state;
    tell(whole, 1000);
    assert_string_equal(whole, "USER=0,0 PASS=220,0 EPSV=331,0 STOR=230,0 QUIT=229,6446 =150,0 =221,0 ");
    for (size_t step = 1; step < sizeof replies; step++) {
        tell(cut, step);
        assert_string_equal(cut, whole);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_tcp, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_session),
        TEST(test_ports_of_all_ways),
        TEST(test_replies_of_several_lines),
        TEST(test_tls_after_auth),
        TEST(test_what_is_no_ftp),
        TEST(test_nonsense_is_given_up),
        TEST(test_more_commands_than_wait),
        TEST(test_long_texts_are_cut_and_said_so),
        TEST(test_any_cut_tells_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
