/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_eve_tunnel.c - the `tunnel` object of events, and where they say that their packet came from.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "eve/eve.h"
#include "events.h"

static struct event_record record;
static struct json json;

static int open_json(void **state)
{
    (void)state;
    json_init(&json, 1u << 16);
    return 0;
}

/* What this encoder writes of an event, good until the next call. */
static const char *encode(bool live, enum event_type type, const struct observation *o)
{
    static const char *const names[] = {"eth0"};
    struct eve_options options = {.names = event_names(),
                                  .dns_version = 3,
                                  .dns_requests = true,
                                  .dns_responses = true,
                                  .metadata = true,
                                  .community_id = true,
                                  .ipv6_compress = true};
    if (live) {
        options.interfaces = names;
        options.interface_count = 1;
    }
    struct event e = {.type = type, .observation = o};
    struct error error;
    struct eve *eve = eve_new(&options, &error);
    assert_non_null(eve);
    static char line[1u << 16];
    json_reset(&json);
    assert_int_equal(eve_encode(eve, &e, &json), 1);
    eve_free(eve);
    memcpy(line, json.at, json.size);
    line[json.size - 1] = '\0'; /* LF */
    return line;
}

/* Gives the observation a tunnel behind it. */
static void put_tunnel(struct observation *o, struct tunnel t)
{
    struct text_ref place = event_bytes(&record, &t, sizeof t);
    o->tunnel_at = (uint16_t)place.at;
}

static struct tunnel vxlan(void)
{
    return (struct tunnel){.client = addr_from_v4((uint8_t[4]){192, 0, 2, 10}),
                           .server = addr_from_v4((uint8_t[4]){192, 0, 2, 20}),
                           .client_port = 61000,
                           .server_port = 4789,
                           .ip_version = 4,
                           .proto = 17,
                           .kind = TUNNEL_VXLAN,
                           .inner_kind = TUNNEL_VXLAN,
                           .depth = 1};
}

static void assert_has(const char *line, const char *part)
{
    if (!strstr(line, part))
        fail_msg("%s\n    is not in\n%s", part, line);
}

static struct observation *dns(void)
{
    return event_begin(&record, OBSERVE_DNS, sizeof(struct observation_dns));
}

static void test_an_event_of_a_packet_says_what_carried_it(void **state)
{
    (void)state;
    struct observation *o = dns();
    put_tunnel(o, vxlan());
    const char *line = encode(false, EVENT_DNS, o);
    assert_has(line, "\"pkt_src\":\"vxlan encapsulation\"");
    assert_has(line, "\"tunnel\":{\"src_ip\":\"192.0.2.10\",\"src_port\":61000,\"dest_ip\":\"192.0.2.20\",\"dest_port\":4789,"
                     "\"proto\":\"UDP\",\"depth\":1,\"pcap_cnt\":8,\"pkt_src\":\"wire/pcap\"}");
}

static void test_the_tunnel_is_seen_from_the_packet_s_side(void **state)
{
    (void)state;
    struct observation *o = dns();
    put_tunnel(o, vxlan());
    o->direction = TO_CLIENT;
    assert_has(encode(false, EVENT_DNS, o), "\"tunnel\":{\"src_ip\":\"192.0.2.20\",\"src_port\":4789,\"dest_ip\":\"192.0.2.10\","
                                            "\"dest_port\":61000,");
}

static void test_live_there_is_no_packet_number(void **state)
{
    (void)state;
    struct observation *o = dns();
    put_tunnel(o, vxlan());
    assert_has(encode(true, EVENT_DNS, o), "\"depth\":1,\"pkt_src\":\"wire/pcap\"}");
}

static void test_a_tunnel_without_ports_has_zeros_as_suricata_writes_it(void **state)
{
    (void)state;
    struct observation *o = dns();
    struct tunnel t = {.proto = 47, .ip_version = 6, .kind = TUNNEL_GRE, .inner_kind = TUNNEL_IPV4, .depth = 2};
    assert_true(addr_parse("2001:db8::1", &t.client) && addr_parse("2001:db8::2", &t.server));
    put_tunnel(o, t);
    const char *line = encode(false, EVENT_DNS, o);
    assert_has(line, "\"pkt_src\":\"ipv4 tunnel\"");
    assert_has(
        line, "\"tunnel\":{\"src_ip\":\"2001:db8::1\",\"src_port\":0,\"dest_ip\":\"2001:db8::2\",\"dest_port\":0,\"proto\":\"GRE\","
              "\"depth\":2,");
}

static void test_a_flow_says_what_kind_of_tunnel_it_was_in(void **state)
{
    (void)state;
    struct observation *o = event_begin(&record, OBSERVE_ENDED, sizeof(struct observation_ended));
    o->packet_number = 0;
    put_tunnel(o, vxlan());
    assert_has(encode(false, EVENT_FLOW, o),
               "\"tunnel\":{\"src_ip\":\"192.0.2.10\",\"src_port\":61000,\"dest_ip\":\"192.0.2.20\","
               "\"dest_port\":4789,\"proto\":\"UDP\",\"depth\":1,\"pkt_src\":\"vxlan encapsulation\"}");
}

static void test_outside_of_tunnels_nothing_is_said(void **state)
{
    (void)state;
    struct observation *o = dns();
    const char *line = encode(false, EVENT_DNS, o);
    assert_null(strstr(line, "tunnel"));
    assert_has(line, "\"pkt_src\":\"wire/pcap\"");
}

static void test_a_reference_beyond_the_record_is_no_tunnel(void **state)
{
    (void)state;
    struct observation *o = dns();
    o->tunnel_at = (uint16_t)(o->size - sizeof(struct tunnel) + 1);
    assert_null(observation_tunnel(o));
    o->tunnel_at = UINT16_MAX;
    assert_null(observation_tunnel(o));
    o->tunnel_at = (uint16_t)(o->size - sizeof(struct tunnel));
    assert_non_null(observation_tunnel(o));
}

static int drop_json(void **state)
{
    (void)state;
    json_free(&json);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_event_of_a_packet_says_what_carried_it),
        cmocka_unit_test(test_the_tunnel_is_seen_from_the_packet_s_side),
        cmocka_unit_test(test_live_there_is_no_packet_number),
        cmocka_unit_test(test_a_tunnel_without_ports_has_zeros_as_suricata_writes_it),
        cmocka_unit_test(test_a_flow_says_what_kind_of_tunnel_it_was_in),
        cmocka_unit_test(test_outside_of_tunnels_nothing_is_said),
        cmocka_unit_test(test_a_reference_beyond_the_record_is_no_tunnel),
    };
    return cmocka_run_group_tests(tests, open_json, drop_json);
}
