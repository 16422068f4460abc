/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passive DNS: which answers name an address, for whom, for how long; and that answers nobody asked for name nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analysis/names.h"
#include "base/clock.h"
#include "fake_host.h"

enum { A = 1, CNAME = 5, AAAA = 28, DNAME = 39, HTTPS = 65, NXDOMAIN = 3 };

#define START (1786147200 * NS_PER_S)

static struct names *names;
static uint64_t now_ns;
static union fake_observation message;
static struct dns_record record[40];
static uint32_t record_count;

static int set_up(void **state)
{
    (void)state;
    struct error e = {""};
    names = names_new(&(struct names_options){.most = 256, .grace_ns = 600 * NS_PER_S}, &e);
    now_ns = START;
    return names ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    names_free(names);
    return 0;
}

/* A DNS message of `client` with one question; answers are added with answer(). */
static void begin(const char *client, uint64_t flow_id, const char *question, uint16_t type, bool response)
{
    fake_begin(&message, OBSERVE_DNS);
    message.head.time_ns = message.head.start_ns = now_ns;
    message.head.client = fake_address(client);
    message.head.server = fake_address("10.0.0.53");
    message.head.server_internal = 1;
    message.head.server_port = 53;
    message.head.flow_id = flow_id;
    message.head.direction = response ? TO_CLIENT : TO_SERVER;
    message.head.packets[TO_SERVER] = 1;
    message.head.app_proto = APP_DNS;
    message.dns.id = 4711;
    message.dns.is_response = response;
    struct dns_record q = {.name = fake_text(&message, question), .type = type, .class = 1};
    struct text_ref at = fake_bytes(&message, &q, sizeof q);
    message.dns.questions = (struct array_ref){at.at, 1};
    record_count = 0;
}

static void answer(const char *owner, uint16_t type, uint32_t ttl, const char *data)
{
    struct dns_record r = {.name = fake_text(&message, owner), .type = type, .class = 1, .ttl = ttl};
    if (type == A || type == AAAA) {
        struct address a = fake_address(data);
        r.data = type == A ? fake_bytes(&message, a.bytes + 12, 4) : fake_bytes(&message, a.bytes, 16);
    } else if (type == HTTPS) {
        r.extra = fake_text(&message, data);
    } else {
        r.data = fake_text(&message, data);
    }
    record[record_count++] = r;
}

static void deliver(void)
{
    if (record_count) {
        struct text_ref at = fake_bytes(&message, record, record_count * sizeof *record);
        message.dns.answers = (struct array_ref){at.at, record_count};
    }
    names_see(names, &message.head);
    now_ns += 20 * NS_PER_MS;
}

static void ask(const char *client, uint64_t flow_id, const char *question)
{
    begin(client, flow_id, question, A, false);
    deliver();
}

/* Question and answer: the name has this address. */
static void resolve(const char *client, const char *name, uint32_t ttl, const char *address)
{
    static uint64_t flow_id = 1000;
    ask(client, ++flow_id, name);
    begin(client, flow_id, name, A, true);
    answer(name, A, ttl, address);
    deliver();
}

/* The names of a flow that begins now, as "name source, name source"; and the first in `best`. */
static struct sensor_name best;
static const char *named(const char *client, const char *server)
{
    static char text[512];
    static const char *const words[] = {"", "tls", "quic", "http", "host", "network"};
    union fake_observation o;
    struct sensor_name n;
    fake_begin(&o, OBSERVE_STARTED);
    o.head.time_ns = o.head.start_ns = now_ns;
    o.head.client = fake_address(client);
    o.head.server = fake_address(server);
    names_see(names, &o.head);
    text[0] = '\0';
    memset(&best, 0, sizeof best);
    for (size_t i = 0; names_of(names, &o.head, i, &n); i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%s %s%s", i > 0 ? ", " : "", (const char *)n.name.at, words[n.source],
                 n.unsolicited ? " unsolicited" : "");
        if (i == 0)
            best = n;
    }
    return text;
}

static struct names_counters counted(void)
{
    struct names_counters c;
    names_count(names, &c);
    return c;
}

static void test_an_answer_names_the_address_for_who_asked_and_for_others(void **state)
{
    (void)state;
    resolve("10.1.2.3", "WWW.Example.com", 60, "192.0.2.1");
    now_ns += 2 * NS_PER_S;
    assert_string_equal(named("10.1.2.3", "192.0.2.1"), "www.example.com host");
    assert_int_equal(best.ttl_s, 60);
    assert_int_equal(best.age_ns, 2 * NS_PER_S + 20 * NS_PER_MS);
    assert_int_equal(best.others, 0);
    char resolver[46];
    assert_string_equal(fake_address_text(&best.resolver, resolver), "10.0.0.53");
    assert_string_equal(named("10.9.9.9", "192.0.2.1"), "www.example.com network");
    assert_string_equal(named("10.1.2.3", "192.0.2.2"), "");
}

static void test_a_link_holds_for_ttl_and_grace(void **state)
{
    (void)state;
    resolve("10.1.2.3", "a.example", 60, "192.0.2.1");
    now_ns += 659 * NS_PER_S;
    assert_string_equal(named("10.1.2.3", "192.0.2.1"), "a.example host");
    now_ns += 2 * NS_PER_S;
    assert_string_equal(named("10.1.2.3", "192.0.2.1"), "");
    resolve("10.1.2.3", "b.example", 4000000, "192.0.2.2");
    now_ns += NS_PER_DAY - NS_PER_S;
    assert_string_equal(named("10.1.2.3", "192.0.2.2"), "b.example host");
    now_ns += 2 * NS_PER_S;
    assert_string_equal(named("10.1.2.3", "192.0.2.2"), "");
}

static void test_a_flow_is_named_as_of_its_start(void **state)
{
    (void)state;
    union fake_observation flow;
    struct sensor_name n;
    resolve("10.1.2.3", "first.example", 60, "192.0.2.1");
    fake_begin(&flow, OBSERVE_ENDED);
    flow.head.server = fake_address("192.0.2.1");
    flow.head.start_ns = now_ns;
    flow.head.time_ns = now_ns + 60 * NS_PER_S;
    now_ns += 10 * NS_PER_S;
    resolve("10.1.2.3", "later.example", 60, "192.0.2.1");
    names_see(names, &flow.head);
    assert_true(names_of(names, &flow.head, 0, &n));
    assert_string_equal(n.name.at, "first.example");
    assert_false(names_of(names, &flow.head, 1, &n));
    now_ns += NS_PER_S;
    assert_string_equal(named("10.1.2.3", "192.0.2.1"), "later.example host, first.example host");
}

static void test_an_answer_nobody_asked_for_names_nothing(void **state)
{
    (void)state;
    begin("10.1.2.3", 1, "evil.example", A, true); /* no question at all */
    answer("evil.example", A, 60, "192.0.2.1");
    deliver();
    ask("10.1.2.3", 2, "good.example");
    begin("10.1.2.3", 2, "good.example", A, true); /* wrong id */
    message.dns.id = 1;
    answer("good.example", A, 60, "192.0.2.1");
    deliver();
    begin("10.1.2.3", 2, "evil.example", A, true); /* wrong question */
    answer("evil.example", A, 60, "192.0.2.1");
    deliver();
    begin("10.1.2.3", 3, "good.example", A, true); /* another port: another flow */
    answer("good.example", A, 60, "192.0.2.1");
    deliver();
    begin("10.1.2.3", 2, "good.example", AAAA, true); /* another type */
    answer("good.example", AAAA, 60, "2001:db8::1");
    deliver();
    assert_string_equal(named("10.1.2.3", "192.0.2.1"), "");
    assert_int_equal(counted().unsolicited, 5);
    begin("10.1.2.3", 2, "good.example", A, true);
    answer("good.example", A, 60, "192.0.2.7");
    deliver();
    assert_string_equal(named("10.1.2.3", "192.0.2.7"), "good.example host");
    begin("10.1.2.3", 2, "good.example", A, true); /* a second answer to the one question */
    answer("good.example", A, 60, "192.0.2.8");
    deliver();
    assert_string_equal(named("10.1.2.3", "192.0.2.8"), "");
}

static void test_records_off_the_chain_name_nothing(void **state)
{
    (void)state;
    ask("10.1.2.3", 1, "mine.example");
    begin("10.1.2.3", 1, "mine.example", A, true);
    answer("mine.example", A, 60, "192.0.2.1");
    answer("bank.example", A, 60, "192.0.2.2");
    answer("bank.example", CNAME, 60, "mine.example");
    deliver();
    assert_string_equal(named("10.1.2.3", "192.0.2.1"), "mine.example host");
    assert_string_equal(named("10.1.2.3", "192.0.2.2"), "");
}

static void test_answers_without_questions_stand_apart(void **state)
{
    (void)state;
    begin("10.1.2.3", 1, "half.example", A, true);
    message.head.packets[TO_SERVER] = 0; /* this direction is not captured */
    answer("half.example", A, 60, "192.0.2.1");
    deliver();
    assert_string_equal(named("10.1.2.3", "192.0.2.1"), "half.example host unsolicited");
    resolve("10.1.2.3", "whole.example", 60, "192.0.2.1");
    assert_string_equal(named("10.1.2.3", "192.0.2.1"), "whole.example host, half.example host unsolicited");
    begin("10.1.2.3", 2, "whole.example", A, true); /* changes nothing of what was asked for */
    message.head.packets[TO_SERVER] = 0;
    answer("whole.example", A, 9, "192.0.2.1");
    deliver();
    named("10.1.2.3", "192.0.2.1");
    assert_int_equal(best.ttl_s, 60);
    assert_false(best.unsolicited);
}

static void test_a_chain_gives_the_name_asked_for_and_its_leaf(void **state)
{
    (void)state;
    ask("10.1.2.3", 1, "shop.example");
    begin("10.1.2.3", 1, "shop.example", A, true);
    answer("edge.cdn.example", A, 30, "192.0.2.1");
    answer("x.cdn.example", CNAME, 30, "Edge.CDN.example");
    answer("shop.example", CNAME, 300, "x.cdn.example");
    deliver();
    assert_string_equal(named("10.1.2.3", "192.0.2.1"), "shop.example host");
    assert_string_equal(best.leaf.at, "edge.cdn.example");
}

static void test_a_chain_goes_through_dname_and_not_in_circles(void **state)
{
    (void)state;
    ask("10.1.2.3", 1, "a.old.example");
    begin("10.1.2.3", 1, "a.old.example", A, true);
    answer("old.example", DNAME, 300, "new.example");
    answer("a.new.example", A, 30, "192.0.2.1");
    deliver();
    assert_string_equal(named("10.1.2.3", "192.0.2.1"), "a.old.example host");
    assert_string_equal(best.leaf.at, "a.new.example");
    ask("10.1.2.3", 2, "loop.example");
    begin("10.1.2.3", 2, "loop.example", A, true);
    answer("loop.example", CNAME, 300, "pool.example");
    answer("pool.example", CNAME, 300, "loop.example");
    answer("pool.example", A, 300, "192.0.2.3");
    deliver();
    assert_string_equal(named("10.1.2.3", "192.0.2.3"), "loop.example host");
}

static void test_https_records_hint_at_addresses(void **state)
{
    (void)state;
    begin("10.1.2.3", 1, "h.example", HTTPS, false);
    deliver();
    begin("10.1.2.3", 1, "h.example", HTTPS, true);
    answer("h.example", HTTPS, 60, "alpn=h2,h3 ipv4hint=192.0.2.4,192.0.2.5 ipv6hint=2001:db8::7");
    deliver();
    assert_string_equal(named("10.1.2.3", "192.0.2.4"), "h.example host");
    assert_true(best.hint);
    assert_string_equal(named("10.1.2.3", "192.0.2.5"), "h.example host");
    assert_string_equal(named("10.1.2.3", "2001:db8::7"), "h.example host");
    assert_string_equal(named("10.1.2.3", "192.0.2.6"), "");
}

static void test_nat64_and_its_ipv4_are_one_host(void **state)
{
    (void)state;
    begin("2001:db8::5", 1, "six.example", AAAA, false);
    deliver();
    begin("2001:db8::5", 1, "six.example", AAAA, true);
    answer("six.example", AAAA, 60, "64:ff9b::c000:201");
    deliver();
    assert_string_equal(named("2001:db8::5", "64:ff9b::c000:201"), "six.example host");
    assert_string_equal(named("10.1.2.3", "192.0.2.1"), "six.example network");
}

static void test_strangers_on_the_address_are_counted_by_domain(void **state)
{
    (void)state;
    resolve("10.1.2.3", "mine.example", 60, "192.0.2.1");
    resolve("10.1.2.4", "other.mine.example", 60, "192.0.2.1");
    resolve("10.1.2.4", "a.one.test", 60, "192.0.2.1");
    resolve("10.1.2.4", "b.one.test", 60, "192.0.2.1");
    resolve("10.1.2.4", "x.two.co.uk", 60, "192.0.2.1");
    resolve("10.1.2.4", "y.three.co.uk", 60, "192.0.2.1");
    named("10.1.2.3", "192.0.2.1");
    assert_string_equal(best.name.at, "mine.example");
    assert_int_equal(best.others, 3); /* one.test, two.co.uk, three.co.uk */
}

static void say_sni(uint64_t flow_id, const char *client, const char *server, const char *sni, uint8_t ech, struct sensor_name *out)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_TLS);
    o.head.flow_id = flow_id;
    o.head.time_ns = o.head.start_ns = now_ns;
    o.head.client = fake_address(client);
    o.head.server = fake_address(server);
    o.tls.ech = ech;
    o.tls.sni = fake_text(&o, sni);
    names_see(names, &o.head);
    memset(out, 0, sizeof *out);
    names_of(names, &o.head, 0, out);
}

static void test_a_flow_that_says_its_name_has_that_name(void **state)
{
    (void)state;
    struct sensor_name n;
    resolve("10.1.2.3", "asked.example", 60, "192.0.2.1");
    say_sni(5, "10.1.2.3", "192.0.2.1", "Said.example", ECH_NONE, &n);
    assert_string_equal(n.name.at, "said.example");
    assert_int_equal(n.source, NAME_TLS);
}

static void test_ech_is_seen_through(void **state)
{
    (void)state;
    struct sensor_name n;
    resolve("10.1.2.3", "secret.example", 60, "192.0.2.1");
    say_sni(5, "10.1.2.3", "192.0.2.1", "outer.provider.example", ECH_GREASE_OR_REAL, &n);
    assert_string_equal(n.name.at, "secret.example");
    assert_int_equal(n.source, NAME_SAME_HOST);
    say_sni(6, "10.1.2.3", "192.0.2.1", "secret.example", ECH_GREASE_OR_REAL, &n); /* for show */
    assert_int_equal(n.source, NAME_TLS);
    say_sni(7, "10.7.7.7", "192.0.2.1", "outer.provider.example", ECH_GREASE_OR_REAL, &n); /* what others asked proves nothing */
    assert_int_equal(n.source, NAME_TLS);
}

static void test_outsiders_and_neighbours_teach_nothing(void **state)
{
    (void)state;
    begin("10.1.2.3", 1, "printer.local", A, false);
    message.head.server_port = 5353;
    deliver();
    begin("10.1.2.3", 1, "printer.local", A, true);
    message.head.server_port = 5353;
    answer("printer.local", A, 60, "192.0.2.1");
    deliver();
    begin("192.0.2.99", 2, "evil.example", A, false);
    message.head.client_internal = 0;
    deliver();
    begin("192.0.2.99", 2, "evil.example", A, true);
    message.head.client_internal = 0;
    answer("evil.example", A, 60, "192.0.2.1");
    deliver();
    assert_string_equal(named("10.1.2.3", "192.0.2.1"), "");
    resolve("10.1.2.3", "sunk.example", 60, "0.0.0.0");
    resolve("10.1.2.3", "sunk.example", 60, "127.0.0.1");
    assert_int_equal(counted().pairs, 0);
}

static void test_a_flood_stays_within_the_bounds_and_is_counted(void **state)
{
    (void)state;
    char name[64], address[32];
    for (unsigned i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "n%u.flood.test", i);
        snprintf(address, sizeof address, "192.0.%u.%u", i % 64, i % 200 + 1);
        resolve("10.1.2.3", name, 60, address);
    }
    struct names_counters c = counted();
    assert_int_equal(c.pairs, 256);
    assert_int_equal(c.addresses, 64);
    assert_true(c.pairs_evicted > 0 && c.addresses_evicted > 0);
    assert_true(c.words <= 512);
    for (unsigned i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "m%u.flood.test", i);
        resolve("10.1.2.3", name, 60, "198.51.100.1");
    }
    assert_true(counted().replaced >= 100 - 32);
    resolve("10.1.2.3", "still.example", 60, "198.51.100.9");
    assert_string_equal(named("10.1.2.3", "198.51.100.9"), "still.example host");
}

static void test_every_cut_of_an_answer_is_survived(void **state)
{
    (void)state;
    for (uint32_t cut = 0; cut < 2048 + 2000; cut += 8) {
        ask("10.1.2.3", 1, "shop.example");
        begin("10.1.2.3", 1, "shop.example", A, true);
        answer("shop.example", CNAME, 300, "x.cdn.example");
        answer("x.cdn.example", A, 30, "192.0.2.1");
        answer("x.cdn.example", HTTPS, 30, "ipv4hint=192.0.2.4,");
        struct text_ref at = fake_bytes(&message, record, record_count * sizeof *record);
        message.dns.answers = (struct array_ref){at.at, record_count};
        if (cut >= sizeof(struct observation_dns) && cut < message.head.size)
            message.head.size = cut;
        names_see(names, &message.head);
        now_ns += NS_PER_S;
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_an_answer_names_the_address_for_who_asked_and_for_others),
        T(test_a_link_holds_for_ttl_and_grace),
        T(test_a_flow_is_named_as_of_its_start),
        T(test_an_answer_nobody_asked_for_names_nothing),
        T(test_records_off_the_chain_name_nothing),
        T(test_answers_without_questions_stand_apart),
        T(test_a_chain_gives_the_name_asked_for_and_its_leaf),
        T(test_a_chain_goes_through_dname_and_not_in_circles),
        T(test_https_records_hint_at_addresses),
        T(test_nat64_and_its_ipv4_are_one_host),
        T(test_strangers_on_the_address_are_counted_by_domain),
        T(test_a_flow_that_says_its_name_has_that_name),
        T(test_ech_is_seen_through),
        T(test_outsiders_and_neighbours_teach_nothing),
        T(test_a_flood_stays_within_the_bounds_and_is_counted),
        T(test_every_cut_of_an_answer_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
