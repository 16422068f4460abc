/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eve_cases.h - one function per observation that the EVE tests write lines of; shared by the golden test and the program that
 * writes them all to a file for a schema validator.
 */
#ifndef TESTS_EVE_CASES_H
#define TESTS_EVE_CASES_H

#include "events.h"

/* md5 of the text is the hash, as a validator checks. */
#define CASE_JA3       "771,4865-4866-4867,0-23-65281-10-11-35-16-5-13-18-51-45-43,29-23-24,0"
#define CASE_JA3_HASH  "fc04ea5e7659918c7384f426c32cad6c"
#define CASE_JA3S      "771,49199,65281-0-11-35-16"
#define CASE_JA3S_HASH "47decf033ac4c8fc9b952ff41e549679"

static const struct classification case_class = {
    .master = 91, .app = 126, .category = 5, .breed = 1, .confidence = 4, .state = CLASS_DETECTED, .encrypted = 1};

static inline struct observation_ended *case_flow(struct event_record *r)
{
    struct observation_ended *o = event_begin(r, OBSERVE_ENDED, sizeof *o);
    o->head.time_ns = EVENTS_START + UINT64_C(9000000000);
    o->head.packet_number = 0;
    o->head.app_proto = APP_TLS;
    o->head.class = case_class;
    o->state = FLOW_CLOSED;
    o->reason = END_TIMEOUT;
    o->tcp_state = TCP_STATE_CLOSED;
    o->tcp_flags[TO_SERVER] = 0x1b;
    o->tcp_flags[TO_CLIENT] = 0x12;
    o->tx_count = 1;
    return o;
}

static inline void case_ipv6(struct observation *o)
{
    static const uint8_t client[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x31};
    static const uint8_t server[16] = {0x20, 0x01, 0x0d, 0xb8, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0, 5};
    o->client = addr_from_v6(client);
    o->server = addr_from_v6(server);
    o->ip_version = 6;
}

static inline struct observation_ended *case_flow_icmp(struct event_record *r, uint8_t type, uint8_t code)
{
    struct observation_ended *o = case_flow(r);
    o->head.proto = 1;
    o->head.client_port = o->head.server_port = 0;
    o->head.icmp_type = type;
    o->head.icmp_code = code;
    o->head.app_proto = APP_UNKNOWN;
    o->head.class = (struct classification){.state = CLASS_NONE};
    o->state = FLOW_ESTABLISHED;
    o->tx_count = 0;
    return o;
}

/* ---------------------------------------------------------------- DNS */

static inline struct observation_dns *case_dns(struct event_record *r, bool is_response)
{
    struct observation_dns *o = event_begin(r, OBSERVE_DNS, sizeof *o);
    o->head.proto = 17;
    o->head.server_port = 53;
    o->head.client_port = 53211;
    o->head.app_proto = APP_DNS;
    o->head.direction = is_response ? TO_CLIENT : TO_SERVER;
    o->id = 4660;
    o->flags = is_response ? 0x8580 : 0x0100;
    o->is_response = is_response;
    o->tx_id = is_response;
    return o;
}

static inline void case_questions(struct event_record *r, struct observation_dns *o, uint32_t count)
{
    static const char *const names[] = {"update.example.test", "_sip._tcp.example.test", "third.example.test"};
    static const uint16_t types[] = {1, 33, 65};
    void *items;
    o->questions = event_array(r, count, sizeof(struct dns_record), &items);
    struct dns_record *q = items;
    for (uint32_t i = 0; i < count; i++) {
        q[i].name = event_text(r, names[i % 3]);
        q[i].type = types[i % 3];
        q[i].class = 1;
    }
}

/* One record of every type that is written in a form of its own, in this order. */
static inline uint32_t case_records(struct event_record *r, struct array_ref *ref)
{
    static const uint8_t v4[4] = {203, 0, 113, 66}, v6[16] = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    static const uint8_t mapped[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1}, sshfp[4] = {4, 2, 0xab, 0xcd};
    static const struct {
        uint16_t type;
        const void *data;
        size_t size;
        const char *extra;
        uint32_t number[5];
    } rows[] = {
        {1, v4, 4, "", {0}},
        {28, v6, 16, "", {0}},
        {28, mapped, 16, "", {0}},
        {5, "edge.example.test", 17, "", {0}},
        {2, "ns1.example.test", 16, "", {0}},
        {12, "host.example.test", 17, "", {0}},
        {15, "mx.example.test", 15, "", {10}},
        {16, "v=spf1 -all", 11, "", {0}},
        {6, "ns1.example.test", 16, "root.example.test", {2026030101, 7200, 900, 1209600, 300}},
        {33, "sip.example.test", 16, "", {1, 2, 5060}},
        {44, sshfp, 4, "", {0}},
        {10, "\0\xff", 2, "", {0}},
        {39, "other.test", 10, "", {0}},
        {65, "", 0, "alpn=h2 ech=AAA=", {1, 1}},
        {64, "svc.example.test", 16, "", {0}},
        {48, "\1\1", 2, "", {0}},
        {1, v4, 3, "", {0}},
    };
    uint32_t count = sizeof rows / sizeof rows[0];
    void *items;
    *ref = event_array(r, count, sizeof(struct dns_record), &items);
    struct dns_record *d = items;
    for (uint32_t i = 0; i < count; i++) {
        d[i].name = event_text(r, "update.example.test");
        d[i].type = rows[i].type;
        d[i].class = 1;
        d[i].ttl = 60 + i;
        d[i].data = event_bytes(r, rows[i].data, rows[i].size);
        d[i].extra = event_text(r, rows[i].extra);
        memcpy(d[i].number, rows[i].number, sizeof d[i].number);
    }
    return count;
}

/* ------------------------------------------------------- TLS, QUIC, HTTP */

static inline struct observation_tls *case_tls(struct event_record *r)
{
    static const uint8_t serial[4] = {0x0c, 0x00, 0x99, 0xb7};
    static const uint8_t sha1[20] = {0x8f, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 0xff};
    struct observation_tls *o = event_begin(r, OBSERVE_TLS, sizeof *o);
    o->head.app_proto = APP_TLS;
    o->head.direction = TO_CLIENT;
    o->head.class = case_class;
    o->version = 0x0303;
    o->client_seen = o->server_seen = o->certificate_seen = 1;
    o->sni = event_text(r, "update.example.test");
    o->client_alpns = event_text(r, "h2,http/1.1");
    o->server_alpn = event_text(r, "h2");
    o->ja3 = event_text(r, CASE_JA3);
    o->ja3_hash = event_text(r, CASE_JA3_HASH);
    o->ja3s = event_text(r, CASE_JA3S);
    o->ja3s_hash = event_text(r, CASE_JA3S_HASH);
    o->ja4 = event_text(r, "t13d1516h2_8daaf6152771_b0da82dd1658");
    o->subject = event_text(r, "C=US, O=Example\\, Inc., CN=update.example.test");
    o->issuer = event_text(r, "C=US, O=Example CA, CN=Example Issuing CA");
    o->serial = event_bytes(r, serial, sizeof serial);
    o->san = event_bytes(r,
                         "update.example.test\0www.example.test\0\0"
                         "203.0.113.66",
                         51);
    o->sha1 = event_bytes(r, sha1, sizeof sha1);
    o->not_before = 1767523723; /* 2026-01-04T10:48:43 */
    o->not_after = 1777457880;  /* 2026-04-29T10:18:00 */
    return o;
}

static inline struct observation_quic *case_quic(struct event_record *r, bool is_server)
{
    struct observation_quic *o = event_begin(r, OBSERVE_QUIC, sizeof *o);
    o->head.proto = 17;
    o->head.app_proto = APP_QUIC;
    o->head.direction = is_server ? TO_CLIENT : TO_SERVER;
    o->version = 1;
    o->is_server = is_server;
    if (is_server) {
        o->ja3s = event_text(r, CASE_JA3S);
        o->ja3s_hash = event_text(r, CASE_JA3S_HASH);
        return o;
    }
    o->sni = event_text(r, "api.exchange.test");
    o->alpns = event_text(r, "h3,h3-29");
    o->user_agent = event_text(r, "Chrome/1 beta");
    o->ja3 = event_text(r, CASE_JA3);
    o->ja3_hash = event_text(r, CASE_JA3_HASH);
    o->ja4 = event_text(r, "q13d0312h3_55b375c5d22e_06cda9e17597");
    return o;
}

static inline struct observation_http *case_http(struct event_record *r)
{
    struct observation_http *o = event_begin(r, OBSERVE_HTTP, sizeof *o);
    o->head.server_port = 8080;
    o->head.app_proto = APP_HTTP;
    o->head.direction = TO_CLIENT;
    o->tx_id = 2;
    o->status = 200;
    o->host_port = 8080;
    o->request_seen = o->response_seen = 1;
    o->response_length = 310;
    o->method = event_text(r, "GET");
    o->url = event_text(r, "/v3/ticker?symbol=BTCUSDT");
    o->host = event_text(r, "api.exchange.test");
    o->protocol = event_text(r, "HTTP/1.1");
    o->user_agent = event_text(r, "curl/8.5.0");
    o->referer = event_text(r, "http://example.test/");
    o->content_type = event_text(r, "application/json");
    o->xff = event_text(r, "198.51.100.1");
    return o;
}

/* --------------------------------------------------------------- alerts */

static const struct sensor_rule case_rule = {.sid = 1790501,
                                             .rev = 2,
                                             .detector = "D05",
                                             .name = "ioc.tls_sni",
                                             .category = "Domain Observed Used for C2 Detected",
                                             .severity = 1,
                                             .tactic_id = "TA0011",
                                             .tactic_name = "Command_And_Control",
                                             .technique_id = "T1071",
                                             .technique_name = "Application_Layer_Protocol",
                                             .created = "2026_11_20",
                                             .updated = "2026_11_21"};

static const char *const case_aliases[] = {"HIDDEN COBRA", "", "APT38", NULL};
static const struct evidence case_evidence[] = {
    {.name = "indicator", .text = {(const uint8_t *)"update.example.test", 19}},
    {.name = "confidence", .kind = EVIDENCE_NUMBER, .number = -85},
    {.name = "actor_alias", .kind = EVIDENCE_LIST, .list = case_aliases},
    {.name = "empty"},                                            /* left out: nothing to say */
    {.name = "detector", .text = {(const uint8_t *)"forged", 6}}, /* left out: taken */
    {.name = "indicator", .text = {(const uint8_t *)"twice", 5}}, /* left out: a second time */
    {.name = "not a \"key\"", .text = {(const uint8_t *)"x", 1}}, /* left out: no key */
    {.name = "matched_on", .text = {(const uint8_t *)"tls.sni\n", 8}},
};
static const char *const case_why[] = {"SNI update.example.test is in list domains line 12", NULL};
static const char *const case_tags[] = {"DPRK", "BlueNoroff", NULL};
static const char *const case_references[] = {"https://example.org/advisory", NULL};

static const struct sighting case_sighting = {.rule = &case_rule,
                                              .signature = "DPRK \"domain\" contacted over TLS",
                                              .confidence_pct = 85,
                                              .context_key = "dprk",
                                              .evidence = case_evidence,
                                              .evidence_count = sizeof case_evidence / sizeof case_evidence[0],
                                              .why = case_why,
                                              .tags = case_tags,
                                              .references = case_references,
                                              .malware_family = "AppleJeus"};

static const struct sighting case_bare_sighting = {
    .rule = &case_rule, .severity = 3, .confidence_pct = 45, .target_is_server = 1, .context_key = "geo"};

static const struct sensor_geo case_geo = {
    .country_iso = "KP", .country = "North Korea", .asn = 131279, .organization = "Star Joint Venture Co."};

static const struct flow_note case_note = {
    .alerted = true, .id_count = 1, .label_count = 2, .id = {"example-exchange"}, .label = {"crypto-exchange", "second"}};

/* ---------------------------------------------------------------- stats */

static inline void case_stats(struct stats *s)
{
    memset(s, 0, sizeof *s);
    s->time_ns = EVENTS_START;
    s->uptime_s = 9;
    s->workers = 2;
    s->total.capture = (struct capture_counters){.received = 1000, .bytes = 800000, .kernel_received = 1001, .kernel_dropped = 1};
    for (unsigned i = 0; i < DECODE_OUTCOME_COUNT; i++)
        s->total.decode.outcomes[i] = i == 0 ? 900 : i;
    s->total.decode.bytes = 720450;
    s->total.decode.arp = 2;
    s->total.decode.tcp = 700;
    s->total.decode.max_packet_size = 1514;
    s->total.flow.total = 5;
    s->total.dissect.tls = 3;
    s->analysis.alerts = 1;
    s->analysis.alerts_by_severity[1] = 1;
    s->output[0] = (struct output_counters){.name = "eve-log", .produced = 10, .written = 9, .dropped = 1, .bytes = 4096,
                                              .dropped_alerts = 1, .dropped_by = {[DROP_QUEUE_FULL] = 1}};
    s->output_count = 1;
    s->plugin[0] = (struct plugin_counter){.plugin = "dprk", .name = "hits", .value = 7};
    s->plugin_count = 1;
}

#endif
