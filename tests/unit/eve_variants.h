/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eve_variants.h - many flows with everything that can vary, chosen by a fixed random sequence: protocols, address families,
 * VLANs, directions, every optional field there or not, and texts of any bytes at all. Each flow's events are followed by its
 * flow event, so that a checker can compare them.
 */
#ifndef TESTS_EVE_VARIANTS_H
#define TESTS_EVE_VARIANTS_H

#include "eve_cases.h"

struct variants {
    void (*take)(void *arg, const struct event *event);
    void *arg;
    uint64_t random; /* xorshift64 */
    uint32_t flow;   /* number of the current flow, from 1 */
    bool alerted;
    struct event_record record;
    struct observation common; /* what all observations of the flow share */
};

static inline uint32_t variant(struct variants *v, uint32_t below)
{
    v->random ^= v->random << 13;
    v->random ^= v->random >> 7;
    v->random ^= v->random << 17;
    return (uint32_t)((v->random >> 11) % below);
}

/* One time in `times`. */
static inline bool variant_one_in(struct variants *v, uint32_t times)
{
    return variant(v, times) == 0;
}

/* Nothing, a plain word, or up to 300 bytes of anything. */
static inline struct text_ref variant_text(struct variants *v)
{
    static const char *const words[] = {"",
                                        "example.test",
                                        "\"\\\n\r\t\b\f",
                                        "\xe2\x80\xa8\xe2\x80\xae\xc2\x85\x7f",
                                        "\xed\xa0\x80\xc0\x80",
                                        "{\"a\":[",
                                        "=cmd|' /C calc'!A0",
                                        "\xff\xfe",
                                        "a,b,,c",
                                        "${jndi:ldap://x}"};
    uint8_t bytes[300];
    uint32_t choice = variant(v, 20);
    if (choice < 10)
        return event_text(&v->record, words[choice]);
    uint32_t size = variant(v, sizeof bytes);
    for (uint32_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)variant(v, choice < 15 ? 128 : 256);
    return event_bytes(&v->record, bytes, size);
}

static inline struct address variant_address(struct variants *v, uint8_t version)
{
    struct address a;
    for (int i = 0; i < 16; i++)
        a.bytes[i] = (uint8_t)variant(v, variant_one_in(v, 2) ? 256 : 1);
    if (version == 4 || variant_one_in(v, 8))
        return addr_from_v4(a.bytes + 12);
    return a;
}

/* What the flow is; `proto` is given. */
static inline void variant_flow(struct variants *v, uint8_t proto)
{
    static const uint8_t icmp_types[] = {8, 0, 13, 14, 3, 11, 5, 128, 129, 135, 136, 1, 143};
    struct observation *o = event_begin(&v->record, OBSERVE_STARTED, sizeof *o);
    bool ports = proto == 6 || proto == 17 || proto == 132;
    v->flow++;
    o->flow_id = v->flow;
    o->proto = proto;
    o->ip_version = proto == 1 ? 4 : proto == 58 ? 6 : variant_one_in(v, 2) ? 4 : 6;
    o->client = variant_address(v, o->ip_version);
    o->server = variant_one_in(v, 10) ? o->client : variant_address(v, o->ip_version);
    o->client_port = ports ? (uint16_t)variant(v, 65536) : 0;
    o->server_port = ports ? (uint16_t)variant(v, 65536) : 0;
    o->icmp_type = icmp_types[variant(v, sizeof icmp_types)];
    o->icmp_code = (uint8_t)variant(v, 256);
    o->vlan_count = (uint8_t)(variant_one_in(v, 2) ? 0 : variant(v, 4));
    for (int i = 0; i < 3; i++)
        o->vlan[i] = (uint16_t)variant(v, 4096);
    o->marks = (uint8_t)variant(v, 16);
    for (int i = 0; i < 6; i++)
        o->client_mac[i] = o->server_mac[i] = (uint8_t)variant(v, 256);
    o->packets[TO_SERVER] = 1 + variant(v, 1000);
    o->bytes[TO_SERVER] = 60 * o->packets[TO_SERVER];
    o->packets[TO_CLIENT] = variant_one_in(v, 3) ? 0 : 1 + variant(v, 4000000000u);
    o->bytes[TO_CLIENT] = 1400 * o->packets[TO_CLIENT];
    o->start_ns = (uint64_t)variant(v, 4000000000u) * 1000000000 + variant(v, 1000000000);
    o->last_ns = o->start_ns + (variant_one_in(v, 3) ? 0 : (uint64_t)variant(v, 100000) * 37123457);
    o->time_ns = o->last_ns;
    o->packet_number = variant_one_in(v, 4) ? 0 : 1 + variant(v, 4000000000u);
    o->class = case_class;
    o->class.state = (uint8_t)variant(v, 4);
    o->class.master = variant_one_in(v, 2) ? 91 : 0;
    o->class.app = (uint16_t)variant(v, 500);
    o->class.risks = variant_one_in(v, 4) ? v->random : 0;
    v->common = *o;
    v->alerted = false;
}

/* Begins an observation of the flow. */
static inline void *variant_begin(struct variants *v, enum observation_kind kind, size_t size, uint8_t app, uint8_t direction)
{
    struct observation *o = event_begin(&v->record, kind, size);
    uint32_t bytes = o->size;
    *o = v->common;
    o->size = bytes;
    o->kind = (uint8_t)kind;
    o->app_proto = app;
    o->direction = direction;
    return o;
}

/* The type's event and, sometimes, an alert on the same observation. */
static inline void variant_emit(struct variants *v, enum event_type type)
{
    struct event e = {.type = type, .observation = event_head(&v->record)};
    e.note = variant_one_in(v, 2) ? &case_note : NULL;
    e.geo = variant_one_in(v, 2) ? &case_geo : NULL;
    e.geo_is_server = variant_one_in(v, 2);
    if (type != EVENT_ALERT)
        v->take(v->arg, &e);
    if (type != EVENT_ALERT && !variant_one_in(v, 4))
        return;
    e.type = EVENT_ALERT;
    e.sighting = variant_one_in(v, 2) ? &case_sighting : &case_bare_sighting;
    e.held_back = variant(v, 3);
    v->alerted = true;
    v->take(v->arg, &e);
}

static inline struct array_ref variant_records(struct variants *v, bool questions)
{
    static const uint16_t types[] = {1, 2, 5, 6, 10, 12, 15, 16, 28, 33, 39, 44, 48, 64, 65, 257, 65535};
    void *items;
    struct array_ref ref = event_array(&v->record, variant(v, 6), sizeof(struct dns_record), &items);
    for (uint32_t i = 0; i < ref.count; i++) {
        struct dns_record *r = (struct dns_record *)items + i;
        r->name = variant_text(v);
        r->type = types[variant(v, sizeof types / sizeof types[0])];
        r->ttl = questions ? 0 : variant(v, UINT32_MAX);
        r->data = questions ? (struct text_ref){0, 0} : variant_text(v);
        r->extra = questions ? (struct text_ref){0, 0} : variant_text(v);
        if (!questions && (r->type == 1 || r->type == 28) && r->data.size >= 16)
            r->data.size = r->type == 1 ? 4 : 16;
        for (int k = 0; k < 5; k++)
            r->number[k] = variant(v, UINT32_MAX);
    }
    return ref;
}

static inline void variant_dns(struct variants *v)
{
    bool is_response = variant_one_in(v, 2);
    struct observation_dns *o = variant_begin(v, OBSERVE_DNS, sizeof *o, APP_DNS, is_response ? TO_CLIENT : TO_SERVER);
    o->id = (uint16_t)variant(v, 65536);
    o->flags = (uint16_t)(variant(v, 32768) | (is_response ? 0x8000u : 0));
    o->rcode = variant_one_in(v, 4) ? (uint16_t)variant(v, 4096) : 0;
    o->is_response = is_response;
    o->tx_id = variant(v, 3);
    o->questions = variant_records(v, true);
    if (is_response) {
        o->answers = variant_records(v, false);
        o->authorities = variant_records(v, false);
        o->additionals = variant_records(v, false);
    }
    variant_emit(v, EVENT_DNS);
}

static inline void variant_tls(struct variants *v)
{
    static const uint16_t versions[] = {0, 0x0002, 0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0x7f1c, 0xfb17, 0xfeff, 0xfefd, 0x0a0a};
    struct observation_tls *o = variant_begin(v, OBSERVE_TLS, sizeof *o, APP_TLS, (uint8_t)variant(v, 2));
    o->version = versions[variant(v, 12)];
    o->is_dtls = variant_one_in(v, 4);
    o->resumed = variant_one_in(v, 4);
    o->certificate_seen = variant_one_in(v, 2);
    o->from_proto = variant_one_in(v, 4) ? (uint8_t)variant(v, 256) : APP_UNKNOWN;
    struct text_ref *texts[] = {&o->sni, &o->client_alpns, &o->server_alpn,    &o->subject,       &o->issuer,       &o->serial,
                                &o->san, &o->sha256,       &o->client_subject, &o->client_issuer, &o->client_serial};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        *texts[i] = variant_text(v);
    o->sha1 = variant_one_in(v, 2) ? event_bytes(&v->record, "0123456789abcdef\0\xff!!", 20) : event_text(&v->record, "short");
    if (variant_one_in(v, 2)) {
        o->ja3 = event_text(&v->record, CASE_JA3);
        o->ja3_hash = event_text(&v->record, CASE_JA3_HASH);
        o->ja4 = event_text(&v->record, "t13d1516h2_8daaf6152771_b0da82dd1658");
    }
    o->client_sha1 = variant_one_in(v, 2) ? event_bytes(&v->record, "0123456789abcdef\0\xff!!", 20) : event_text(&v->record, "");
    o->ech = (uint8_t)variant(v, 2);
    o->not_before = (int64_t)(v->random * (uint64_t)variant(v, 2));
    o->not_after = (int64_t)variant(v, UINT32_MAX);
    variant_emit(v, EVENT_TLS);
}

static inline void variant_http(struct variants *v)
{
    struct observation_http *o = variant_begin(v, OBSERVE_HTTP, sizeof *o, APP_HTTP, (uint8_t)variant(v, 2));
    o->tx_id = variant(v, 3);
    o->status = variant_one_in(v, 2) ? (uint16_t)(100 + variant(v, 500)) : 0;
    o->host_port = (uint16_t)variant(v, 65536);
    o->is_http2 = variant_one_in(v, 4);
    o->response_length = v->random >> 12;
    struct text_ref *texts[] = {&o->method,     &o->url,     &o->host,         &o->protocol,
                                &o->user_agent, &o->referer, &o->content_type, &o->xff};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        *texts[i] = variant_text(v);
    variant_emit(v, EVENT_HTTP);
}

static inline void variant_quic(struct variants *v)
{
    bool is_server = variant_one_in(v, 2);
    struct observation_quic *o = variant_begin(v, OBSERVE_QUIC, sizeof *o, APP_QUIC, is_server ? TO_CLIENT : TO_SERVER);
    o->version = variant_one_in(v, 2) ? 1 : variant_one_in(v, 2) ? 0x6b3343cf : variant(v, UINT32_MAX);
    o->is_server = is_server;
    o->sni = variant_text(v);
    o->alpns = variant_text(v);
    o->user_agent = variant_text(v);
    variant_emit(v, EVENT_QUIC);
}

static inline void variant_ftp(struct variants *v)
{
    struct observation_ftp *o = variant_begin(v, OBSERVE_FTP, sizeof *o, APP_FTP, TO_SERVER);
    o->tx_id = variant(v, 3);
    o->mode = (uint8_t)variant(v, 3);
    o->dynamic_port = (uint16_t)variant(v, 65536);
    o->code_count = (uint8_t)variant(v, FTP_CODES_MAX + 1);
    for (uint8_t i = 0; i < o->code_count; i++)
        o->codes[i] = (uint16_t)(100 + variant(v, 500));
    o->data_cut = variant_one_in(v, 8);
    o->replies_cut = variant_one_in(v, 8);
    o->command = variant_text(v);
    o->data = variant_text(v);
    o->replies = variant_text(v);
    variant_emit(v, EVENT_FTP);
}

static inline void variant_ftp_data(struct variants *v)
{
    struct observation_ftp_data *o = variant_begin(v, OBSERVE_FTP_DATA, sizeof *o, APP_UNKNOWN, TO_SERVER);
    o->head.packet_number = 0;
    o->command = variant_text(v);
    o->name = variant_text(v);
    o->user = variant_text(v);
    variant_emit(v, EVENT_FTP_DATA);
}

static inline void variant_ended(struct variants *v)
{
    struct observation_ended *o = variant_begin(v, OBSERVE_ENDED, sizeof *o, (uint8_t)variant(v, APP_PROTO_COUNT), TO_SERVER);
    o->head.packet_number = 0;
    o->state = (uint8_t)variant(v, 4);
    o->reason = (uint8_t)variant(v, 5);
    o->tcp_state = (uint8_t)variant(v, 12);
    o->tcp_flags[0] = (uint8_t)variant(v, 256);
    o->tcp_flags[1] = (uint8_t)variant(v, 256);
    o->tx_count = variant(v, 3);
    o->gaps[0] = variant(v, 2);
    o->gaps[1] = variant(v, 2);
    struct flow_note note = case_note;
    struct event e = {.type = EVENT_FLOW, .observation = &o->head, .note = &note, .geo = variant_one_in(v, 2) ? &case_geo : NULL};
    note.alerted = v->alerted;
    v->take(v->arg, &e);
}

/* `flows` flows with one to three other events each. */
static inline void variants_run(struct variants *v, uint32_t flows)
{
    static const uint8_t protos[] = {6, 17, 6, 17, 6, 17, 1, 58, 132, 47, 50, 2, 0, 200, 255};
    for (uint32_t i = 0; i < flows; i++) {
        variant_flow(v, protos[variant(v, sizeof protos)]);
        for (uint32_t events = variant(v, 3); events > 0; events--) {
            if (v->common.proto == 6)
                variant_one_in(v, 3) ? variant_dns(v) : variant_one_in(v, 2) ? variant_tls(v) : variant_http(v);
            else if (v->common.proto == 17)
                variant_one_in(v, 2) ? variant_dns(v) : variant_one_in(v, 2) ? variant_ftp(v) : variant_one_in(v, 2) ? variant_ftp_data(v) : variant_quic(v);
            else
                variant_emit(
                    (variant_begin(v, OBSERVE_STARTED, sizeof(struct observation), APP_UNKNOWN, (uint8_t)variant(v, 2)), v),
                    EVENT_ALERT);
        }
        variant_ended(v);
    }
}

#endif
