/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_eve.c - every event type gives exactly its line, and whatever the bytes, a line is strict JSON.
 *
 * test_eve FILE [expanded] writes the lines of many varied flows to FILE instead, for a check against Suricata's own schema.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/origins.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "eve/eve.h"
#include "eve/names.h"
#include "eve_golden.h"
#include "eve_variants.h"
#include "json_check.h"

#define LINE_MAX_BYTES (1u << 20)

static struct event_record record;
static struct eve_options options;
static struct json text;
static uint32_t lines;

static int set_up(void **state)
{
    (void)state;
    options = (struct eve_options){.names = event_names(),
                                   .sensor_name = "sensor1",
                                   .community_id = true,
                                   .ipv6_compress = true,
                                   .metadata = true,
                                   .ndpi = true,
                                   .dns_version = 3,
                                   .dns_requests = true,
                                   .dns_responses = true};
    json_init(&text, LINE_MAX_BYTES);
    return 0;
}

static int clean_up(void **state)
{
    (void)state;
    json_free(&text);
    return 0;
}

/* Encodes with the options; returns the text, NUL-terminated. */
static const char *encode(struct event event)
{
    static char copy[LINE_MAX_BYTES + 1];
    struct error error = {{0}};
    struct eve *e = eve_new(&options, &error);
    assert_non_null(e);
    lines = eve_encode(e, &event, &text);
    eve_free(e);
    if (text.size > 0)
        memcpy(copy, text.at, text.size);
    copy[text.size] = '\0';
    return copy;
}

static struct event event_of(enum event_type type, const void *observation)
{
    return (struct event){.type = type, .observation = observation};
}

/* ------------------------------------------------------------ exact lines */

static void test_flow(void **state)
{
    (void)state;
    assert_string_equal(encode(event_of(EVENT_FLOW, case_flow(&record))), golden_flow);
}

static void test_flow_with_everything(void **state)
{
    (void)state;
    struct observation_ended *o = case_flow(&record);
    options.ethernet = true;
    o->head.marks = MARK_HAS_MAC;
    memcpy(o->head.client_mac, "\x00\x11\x22\x33\x44\x55", 6);
    memcpy(o->head.server_mac, "\x66\x77\x88\x99\xaa\xbb", 6);
    o->head.vlan[0] = 20;
    o->head.vlan[1] = 7;
    o->head.vlan_count = 2;
    o->gaps[TO_CLIENT] = 1;
    o->reason = END_TCP_REUSE;
    o->head.class.risks = UINT64_C(1) << 5 | UINT64_C(1) << 40;
    o->head.class.state = CLASS_GUESSED;
    o->head.class.confidence = 1;
    o->head.class.master = 0;
    o->head.class.app = 91;
    struct event e = event_of(EVENT_FLOW, o);
    e.note = &case_note;
    e.geo_is_server = true;
    e.geo = &case_geo;
    assert_string_equal(encode(e), golden_flow_everything);
}

static void test_flow_icmp_has_types_and_no_ports(void **state)
{
    (void)state;
    assert_string_equal(encode(event_of(EVENT_FLOW, case_flow_icmp(&record, 8, 0))), golden_flow_icmp);
}

static void test_flow_live_names_its_interface_and_ipv6_may_stand_in_full(void **state)
{
    static const char *const names[] = {"lo", "eth1"};
    (void)state;
    struct observation_ended *o = case_flow(&record);
    case_ipv6(&o->head);
    o->head.interface = 1;
    struct origins *origins = origins_new();
    assert_non_null(origins);
    assert_int_equal(origins_add(origins, "eth0", NULL, 0), 0);
    assert_int_equal(origins_add(origins, "eth1", NULL, 0), 1);
    options.interfaces = names;
    options.origins = origins;
    options.name_file = true;
    options.interface_count = 2;
    options.ipv6_compress = options.ndpi = false;
    options.community_id_seed = 1;
    options.sensor_name = NULL;
    assert_string_equal(encode(event_of(EVENT_FLOW, o)), golden_flow_v6_live);
    options.origins = NULL;
    origins_free(origins);
}

static void test_dns_request(void **state)
{
    (void)state;
    struct observation_dns *o = case_dns(&record, false);
    case_questions(&record, o, 1);
    o->head.class = case_class;
    assert_string_equal(encode(event_of(EVENT_DNS, o)), golden_dns_request);
}

static void test_dns_response_comes_from_the_server_with_every_record_type(void **state)
{
    (void)state;
    struct observation_dns *o = case_dns(&record, true);
    case_questions(&record, o, 1);
    case_records(&record, &o->answers);
    assert_string_equal(encode(event_of(EVENT_DNS, o)), golden_dns_response);
}

static void test_dns_authorities_and_additionals_hold_what_the_schema_allows(void **state)
{
    (void)state;
    struct observation_dns *o = case_dns(&record, true);
    case_questions(&record, o, 1);
    o->rcode = 3;
    case_records(&record, &o->authorities);
    case_records(&record, &o->additionals);
    assert_string_equal(encode(event_of(EVENT_DNS, o)), golden_dns_nxdomain);
}

static void test_dns_version_2_is_client_first_with_a_line_per_question(void **state)
{
    (void)state;
    options.dns_version = 2;
    struct observation_dns *o = case_dns(&record, false);
    case_questions(&record, o, 2);
    assert_string_equal(encode(event_of(EVENT_DNS, o)), golden_dns_v2_queries);
    assert_int_equal(lines, 2);
    json_reset(&text);
    o = case_dns(&record, true);
    case_questions(&record, o, 2);
    o->rcode = 23;
    assert_string_equal(encode(event_of(EVENT_DNS, o)), golden_dns_v2_answer);
    assert_int_equal(lines, 1);
}

static void test_dns_directions_can_be_left_out(void **state)
{
    (void)state;
    options.dns_requests = false;
    encode(event_of(EVENT_DNS, case_dns(&record, false)));
    assert_int_equal(lines, 0);
    options.dns_responses = false;
    encode(event_of(EVENT_DNS, case_dns(&record, true)));
    assert_int_equal(lines, 0);
    assert_int_equal(text.size, 0);
}

static void test_tls(void **state)
{
    (void)state;
    assert_string_equal(encode(event_of(EVENT_TLS, case_tls(&record))), golden_tls);
}

static void test_tls_with_a_client_certificate_and_ech(void **state)
{
    (void)state;
    static const uint8_t serial[2] = {0x01, 0xff}, digest[32] = {0xab, [31] = 0x01};
    struct observation_tls *o = case_tls(&record);
    o->ech = ECH_GREASE_OR_REAL;
    o->sha256 = event_bytes(&record, digest, sizeof digest);
    o->client_subject = event_text(&record, "CN=client");
    o->client_issuer = event_text(&record, "CN=ca");
    o->client_serial = event_bytes(&record, serial, sizeof serial);
    o->client_sha1 = event_bytes(&record, digest, 20);
    o->client_not_before = 1767523723;
    const char *line = encode(event_of(EVENT_TLS, o));
    assert_non_null(strstr(line, ",\"client\":{\"subject\":\"CN=client\",\"issuerdn\":\"CN=ca\",\"fingerprint\":"
                                 "\"ab:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00\",\"serial\":\"01:FF\","
                                 "\"notbefore\":\"2026-01-04T10:48:43\"}"));
    assert_non_null(strstr(line, "\"metadata\":{\"flowvars\":[{\"tls_cert_sha256\":\"ab00000000000000000000000000000000000000000000"
                                 "000000000000000001\"},{\"tls_ech\":\"grease_or_real\"}]}"));
}

static void test_tls_without_anything_still_has_a_version(void **state)
{
    (void)state;
    struct observation_tls *o = event_begin(&record, OBSERVE_TLS, sizeof *o);
    o->resumed = 1;
    o->from_proto = APP_SMTP;
    o->head.packet_number = 0;
    assert_string_equal(encode(event_of(EVENT_TLS, o)), golden_tls_bare);
}

static void test_http(void **state)
{
    (void)state;
    assert_string_equal(encode(event_of(EVENT_HTTP, case_http(&record))), golden_http);
}

static void test_http_without_request_has_status_and_length(void **state)
{
    (void)state;
    struct observation_http *o = event_begin(&record, OBSERVE_HTTP, sizeof *o);
    o->status = 404;
    o->is_http2 = 1;
    assert_string_equal(encode(event_of(EVENT_HTTP, o)), golden_http_reply_only);
}

static void test_quic_goes_in_the_packet_direction(void **state)
{
    (void)state;
    assert_string_equal(encode(event_of(EVENT_QUIC, case_quic(&record, false))), golden_quic_client);
    json_reset(&text);
    assert_string_equal(encode(event_of(EVENT_QUIC, case_quic(&record, true))), golden_quic_server);
}

static void test_alert(void **state)
{
    (void)state;
    struct event e = event_of(EVENT_ALERT, case_tls(&record));
    e.sighting = &case_sighting;
    e.note = &case_note;
    e.geo_is_server = true;
    e.geo = &case_geo;
    e.held_back = 4;
    assert_string_equal(encode(e), golden_alert);
}

static void test_alert_with_the_least_has_what_consumers_need(void **state)
{
    (void)state;
    struct event e = event_of(EVENT_ALERT, event_begin(&record, OBSERVE_STARTED, sizeof(struct observation)));
    e.sighting = &case_bare_sighting;
    assert_string_equal(encode(e), golden_alert_bare);
}

static void test_alert_on_dns_follows_the_version(void **state)
{
    (void)state;
    options.dns_version = 2;
    struct observation_dns *o = case_dns(&record, false);
    case_questions(&record, o, 2);
    struct event e = event_of(EVENT_ALERT, o);
    e.sighting = &case_bare_sighting;
    assert_string_equal(encode(e), golden_alert_dns_v2);
}

static void test_stats(void **state)
{
    static struct stats stats;
    (void)state;
    case_stats(&stats);
    struct event e = {.type = EVENT_STATS, .stats = &stats};
    assert_string_equal(encode(e), golden_stats);
}

/* ------------------------------------------------------------ properties */

static void test_options_switch_parts_off(void **state)
{
    (void)state;
    options.community_id = options.metadata = options.ndpi = false;
    struct event e = event_of(EVENT_FLOW, case_flow(&record));
    e.note = &case_note;
    e.geo = &case_geo;
    const char *line = encode(e);
    assert_null(strstr(line, "community_id"));
    assert_null(strstr(line, "traffic"));
    assert_null(strstr(line, "metadata"));
    assert_null(strstr(line, "ndpi"));
    assert_non_null(strstr(line, "\"alerted\":true"));
}

static void test_flow_id_never_has_more_than_51_bits(void **state)
{
    (void)state;
    struct observation_ended *o = case_flow(&record);
    o->head.flow_id = UINT64_MAX;
    assert_non_null(strstr(encode(event_of(EVENT_FLOW, o)), "\"flow_id\":2251799813685247,"));
}

static void test_a_line_beyond_the_bound_is_taken_back_and_counted(void **state)
{
    (void)state;
    struct error error = {{0}};
    struct eve *e = eve_new(&options, &error);
    struct event flow = event_of(EVENT_FLOW, case_flow(&record));
    json_free(&text);
    json_init(&text, 1200); /* one line of 700 bytes fits, a second does not */
    assert_int_equal(eve_encode(e, &flow, &text), 1);
    size_t size = text.size;
    assert_int_equal(eve_encode(e, &flow, &text), 0);
    assert_int_equal(text.size, size);
    assert_memory_equal(text.at, golden_flow, size);
    assert_int_equal(eve_lost(e), 1);
    json_reset(&text);
    assert_int_equal(eve_encode(e, &flow, &text), 1);
    assert_memory_equal(text.at, golden_flow, text.size);
    eve_free(e);
}

static void test_an_unknown_dns_version_is_refused(void **state)
{
    struct error error = {{0}};
    (void)state;
    options.dns_version = 1;
    assert_null(eve_new(&options, &error));
    assert_string_equal(error.text, "dns: version 1 is unknown; 3 (default) and 2 are possible");
}

static void test_names_of_versions(void **state)
{
    char out[20], hex[HEX_MAX];
    (void)state;
    assert_string_equal(tls_version_name(0, false, out), "UNDETERMINED");
    assert_string_equal(tls_version_name(0x0300, false, out), "SSLv3");
    assert_string_equal(tls_version_name(0x0301, false, out), "TLSv1");
    assert_string_equal(tls_version_name(0x0304, false, out), "TLS 1.3");
    assert_string_equal(tls_version_name(0x7f1c, false, out), "TLS 1.3 draft-28");
    assert_string_equal(tls_version_name(0xfb1a, false, out), "TLS 1.3 draft-26-fb");
    assert_string_equal(tls_version_name(0x4a4a, false, out), "UNDETERMINED");
    assert_string_equal(tls_version_name(0xfefd, true, out), "DTLS 1.2");
    assert_string_equal(quic_version_name(1, hex), "1");
    assert_string_equal(quic_version_name(0x6b3343cf, hex), "v2");
    assert_string_equal(quic_version_name(0x51303436, hex), "Q046");
    assert_string_equal(quic_version_name(0xff00001d, hex), "ff00001d");
}

/* Every number has a name or stays a number; none is NULL by accident. */
static void test_names_of_protocols(void **state)
{
    char out[DECIMAL_MAX];
    (void)state;
    assert_null(app_proto_name(APP_UNKNOWN));
    for (unsigned i = 1; i < 256; i++)
        assert_true((app_proto_name((uint8_t)i) != NULL) == (i < APP_PROTO_COUNT));
    for (unsigned i = 0; i < 256; i++)
        assert_non_null(ip_proto_name((uint8_t)i, out));
    assert_string_equal(ip_proto_name(58, out), "IPv6-ICMP");
    assert_string_equal(ip_proto_name(253, out), "253");
    assert_string_equal(dns_type_name(65, out), "HTTPS");
    assert_string_equal(dns_type_name(65280, out), "65280");
    assert_string_equal(dns_rcode_name(3, out), "NXDOMAIN");
    assert_string_equal(dns_rcode_name(4095, out), "4095");
}

/* ------------------------------------------------------------ any bytes */

struct taker {
    struct eve *eve;
    struct json text;
    FILE *file; /* NULL: checked, not written */
    uint64_t count;
};

static void take(void *arg, const struct event *event)
{
    struct taker *t = arg;
    json_reset(&t->text);
    uint32_t count = eve_encode(t->eve, event, &t->text);
    const char *at = t->text.at, *end = t->text.at + t->text.size;
    for (uint32_t i = 0; i < count; i++) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));
        assert(lf != NULL && json_check_object(at, (size_t)(lf - at)));
        at = lf + 1;
    }
    assert(count == 0 || at == end);
    t->count += count;
    if (t->file != NULL)
        fwrite(t->text.at, 1, t->text.size, t->file);
}

static uint64_t run_variants(FILE *file, uint32_t flows)
{
    static struct variants v;
    struct error error = {{0}};
    struct taker t = {.eve = eve_new(&options, &error), .file = file};
    json_init(&t.text, LINE_MAX_BYTES);
    v = (struct variants){.take = take, .arg = &t, .random = UINT64_C(0x9e3779b97f4a7c15)};
    variants_run(&v, flows);
    assert(eve_lost(t.eve) == 0);
    eve_free(t.eve);
    json_free(&t.text);
    return t.count;
}

static void test_any_bytes_give_strict_json(void **state)
{
    (void)state;
    assert_true(run_variants(NULL, 5000) > 9000);
    options.ethernet = true;
    options.dns_version = 2;
    options.ipv6_compress = false;
    assert_true(run_variants(NULL, 5000) > 9000);
}

/* For a validator of its own: not a test. */
static int write_variants(const char *path, bool expanded)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return 1;
    set_up(NULL);
    options.ethernet = true;
    options.ipv6_compress = !expanded;
    options.dns_version = expanded ? 2 : 3;
    printf("%llu lines\n", (unsigned long long)run_variants(file, 20000));
    return fclose(file) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    setenv("TZ", "UTC", 1);
    tzset();
    if (argc > 1)
        return write_variants(argv[1], argc > 2);
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, clean_up)
    const struct CMUnitTest tests[] = {
        TEST(test_flow),
        TEST(test_flow_with_everything),
        TEST(test_flow_icmp_has_types_and_no_ports),
        TEST(test_flow_live_names_its_interface_and_ipv6_may_stand_in_full),
        TEST(test_dns_request),
        TEST(test_dns_response_comes_from_the_server_with_every_record_type),
        TEST(test_dns_authorities_and_additionals_hold_what_the_schema_allows),
        TEST(test_dns_version_2_is_client_first_with_a_line_per_question),
        TEST(test_dns_directions_can_be_left_out),
        TEST(test_tls),
        TEST(test_tls_with_a_client_certificate_and_ech),
        TEST(test_tls_without_anything_still_has_a_version),
        TEST(test_http),
        TEST(test_http_without_request_has_status_and_length),
        TEST(test_quic_goes_in_the_packet_direction),
        TEST(test_alert),
        TEST(test_alert_with_the_least_has_what_consumers_need),
        TEST(test_alert_on_dns_follows_the_version),
        TEST(test_stats),
        TEST(test_options_switch_parts_off),
        TEST(test_flow_id_never_has_more_than_51_bits),
        TEST(test_a_line_beyond_the_bound_is_taken_back_and_counted),
        TEST(test_an_unknown_dns_version_is_refused),
        TEST(test_names_of_versions),
        TEST(test_names_of_protocols),
        TEST(test_any_bytes_give_strict_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
