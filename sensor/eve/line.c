/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line.c - the parts that EVE lines share, in Suricata's order: header, knowledge about the flow, ends, closing fields.
 */
#include "eve/line.h"

#include <string.h>

#include "capture/origins.h"
#include "eve/community_id.h"
#include "eve/names.h"

#define FLOW_ID_MASK   UINT64_C(0x7ffffffffffff) /* Suricata's 51 bits; exact in a double */
#define TIME_TEXT_SIZE 31

/* ------------------------------------------------------- begin and end */

static void write_time(struct json *j, const char *key, struct clock_text *clock, uint64_t ns)
{
    json_slice(j, key, (struct slice){(const uint8_t *)clock_eve(clock, ns), TIME_TEXT_SIZE});
}

void line_begin(struct line *l, struct eve *e, const struct event *event, struct json *out)
{
    l->eve = e;
    e->begun++;
    l->event = event;
    l->seen = event->observation;
    l->json = out;
    l->start = out->size;
    l->server_first = false;
    if (l->seen != NULL) {
        bool is_v6 = l->seen->ip_version == 6;
        line_address(l, &l->seen->client, is_v6, l->client);
        line_address(l, &l->seen->server, is_v6, l->server);
    }
    if (e->options.prefix != NULL && e->options.prefix[0] != '\0')
        json_lead(out, e->options.prefix, strlen(e->options.prefix));
    json_open(out, NULL);
    write_time(out, "timestamp", &e->stamp, event_time(event));
}

/* Leaves `j` as it was before the line; the lines in front of it stay. */
static void take_back(struct line *l)
{
    json_rewind(l->json, l->start);
    l->eve->lost++;
}

static void pcap_filename(struct line *l)
{
    const struct eve_options *o = &l->eve->options;
    const char *path = o->name_file && o->origins != NULL ? origins_file(o->origins, l->seen->interface) : NULL;
    if (path != NULL)
        json_text(l->json, "pcap_filename", path);
}

void line_number(const struct eve *e, struct json *j)
{
    if (!e->options.numbered)
        return;
    json_text(j, "output", e->options.output);
    if (e->options.run != 0)
        json_uint(j, "run", e->options.run);
    json_uint(j, "event_seq", e->begun);
}

uint32_t line_close(struct line *l)
{
    struct json *j = l->json;
    const char *host = l->eve->options.sensor_name;
    if (host != NULL && host[0] != '\0')
        json_text(j, "host", host);
    if (l->seen != NULL)
        pcap_filename(l);
    if (l->event->type != EVENT_STATS) /* which writes its own */
        ndpi_object(l);
    json_close(j);
    json_end_line(j);
    if (j->failed) {
        take_back(l);
        return 0;
    }
    return 1;
}

/* -------------------------------------------------------------- header */

void line_flow_id(struct line *l)
{
    const struct eve_options *o = &l->eve->options;
    if (l->seen->flow_id != 0)
        json_uint(l->json, "flow_id", l->seen->flow_id & FLOW_ID_MASK);
    const char *name = o->origins != NULL ? origins_interface(o->origins, l->seen->interface) : NULL;
    if (o->interfaces != NULL && l->seen->interface < o->interface_count)
        name = o->interfaces[l->seen->interface];
    if (name != NULL)
        json_text(l->json, "in_iface", name);
}

void line_vlan(struct line *l)
{
    if (l->seen->vlan_count == 0)
        return;
    json_open_array(l->json, "vlan");
    for (unsigned i = 0; i < l->seen->vlan_count && i < 3; i++)
        json_uint(l->json, NULL, l->seen->vlan[i]);
    json_close_array(l->json);
}

bool line_has_ports(const struct observation *seen)
{
    return seen->proto == IP_PROTO_TCP || seen->proto == IP_PROTO_UDP || seen->proto == IP_PROTO_SCTP;
}

void line_ends(struct line *l, bool server_first)
{
    struct json *j = l->json;
    const struct observation *o = l->seen;
    bool ports = line_has_ports(o);
    json_text(j, "src_ip", server_first ? l->server : l->client);
    if (ports)
        json_uint(j, "src_port", server_first ? o->server_port : o->client_port);
    json_text(j, "dest_ip", server_first ? l->client : l->server);
    if (ports)
        json_uint(j, "dest_port", server_first ? o->client_port : o->server_port);
}

void line_proto(struct line *l)
{
    char number[4];
    json_text(l->json, "proto", ip_proto_name(l->seen->proto, number));
}

/* Type and code as the packet had them. Observations keep those of the flow's first packet; what comes back is its
 * counterpart, and where there is none the type is not known and left out. */
static void icmp(struct line *l)
{
    const struct observation *o = l->seen;
    if (o->proto != IP_PROTO_ICMP && o->proto != IP_PROTO_ICMPV6)
        return;
    if (!l->server_first) {
        json_uint(l->json, "icmp_type", o->icmp_type);
        json_uint(l->json, "icmp_code", o->icmp_code);
        return;
    }
    int answer = community_id_icmp_counterpart(o->proto, o->icmp_type);
    if (answer >= 0) {
        json_uint(l->json, "icmp_type", (uint64_t)answer);
        json_uint(l->json, "icmp_code", 0);
    }
}

static void packet_source(struct line *l)
{
    const struct tunnel *t = observation_tunnel(l->seen);
    if (l->seen->packet_number != 0)
        json_text(l->json, "pkt_src", t != NULL ? tunnel_source_name(t->inner_kind) : "wire/pcap");
    else
        json_raw(l->json, "pkt_src", LITERAL("\"stream (flow timeout)\""));
}

static void ether(struct line *l)
{
    const struct observation *o = l->seen;
    if (!l->eve->options.ethernet || (o->marks & MARK_HAS_MAC) == 0)
        return;
    struct slice client = {o->client_mac, sizeof o->client_mac}, server = {o->server_mac, sizeof o->server_mac};
    json_open(l->json, "ether");
    json_uint(l->json, "ether_type", o->ip_version == 6 ? 0x86dd : 0x0800);
    json_hex(l->json, "src_mac", l->server_first ? server : client, ':', false);
    json_hex(l->json, "dest_mac", l->server_first ? client : server, ':', false);
    json_close(l->json);
}

void line_open(struct line *l, struct eve *e, const struct event *event, struct json *out, enum line_source source)
{
    const char *type = event_type_name(event->type);
    line_begin(l, e, event, out);
    l->server_first = source == SOURCE_PACKET && l->seen->direction == TO_CLIENT;
    bool live = e->options.interfaces != NULL;
    line_flow_id(l);
    if (!live && l->seen->packet_number != 0)
        json_uint(out, "pcap_cnt", l->seen->packet_number);
    json_text(out, "event_type", type);
    line_vlan(l);
    line_ends(l, l->server_first);
    line_proto(l);
    json_uint(out, "ip_v", l->seen->ip_version);
    icmp(l);
    packet_source(l);
    line_knowledge(l, false);
    ether(l);
    line_community_id(l);
    line_tunnel(l);
}

/* ----------------------------------------------------------- knowledge */

static void words(struct json *j, const char *key, const char (*word)[NOTE_WORD_SIZE], unsigned count)
{
    if (count == 0)
        return;
    json_open_array(j, key);
    for (unsigned i = 0; i < count && i < NOTE_WORDS_MAX; i++)
        json_text(j, NULL, word[i]);
    json_close_array(j);
}

static void traffic(struct json *j, const struct flow_note *note)
{
    if (note == NULL || (note->id_count == 0 && note->label_count == 0))
        return;
    json_open(j, "traffic");
    words(j, "id", note->id, note->id_count);
    words(j, "label", note->label, note->label_count);
    json_close(j);
}

/* flowvars is an array of one-member objects whose values are texts. */
static void flowvar(struct json *j, const char *key, const char *text)
{
    json_open(j, NULL);
    json_text(j, key, text);
    json_close(j);
}

static void flowvar_number(struct json *j, const char *key, uint32_t number)
{
    char text[DECIMAL_MAX];
    flowvar(j, key, decimal_text(number, text));
}

/* Where the outside end of a flow is; the client is the source of a flow event. */
static void geo_flowvars(struct json *j, const struct event *event)
{
    const struct sensor_geo *g = event->geo;
    bool dest = event->geo_is_server;
    if (g->country_iso[0] != '\0')
        flowvar(j, dest ? "geo_dest_country_iso" : "geo_src_country_iso", g->country_iso);
    if (g->asn != 0)
        flowvar_number(j, dest ? "geo_dest_asn" : "geo_src_asn", g->asn);
    if (g->organization[0] != '\0')
        flowvar(j, dest ? "geo_dest_as_org" : "geo_src_as_org", g->organization);
}

static void flowvar_slice(struct json *j, const char *key, struct slice text)
{
    if (text.size == 0)
        return;
    json_open(j, NULL);
    json_slice(j, key, text);
    json_close(j);
}

/* What the outside end is called, and how that is known. */
static void name_flowvars(struct line *l)
{
    static const char *const sources[] = {[NAME_TLS] = "tls.sni",   [NAME_QUIC] = "quic.sni",         [NAME_HTTP] = "http.hostname",
                                          [NAME_SAME_HOST] = "dns.same_host", [NAME_NETWORK] = "dns.network"};
    const struct sensor_name *n = l->event->name;
    struct json *j = l->json;
    flowvar_slice(j, "peer_name", n->name);
    flowvar(j, "peer_name_source", sources[n->source]);
    if (n->source < NAME_SAME_HOST)
        return;
    char resolver[ADDR_TEXT_MAX];
    flowvar_slice(j, "peer_name_leaf", n->leaf);
    flowvar(j, "peer_name_resolver", line_address(l, &n->resolver, !addr_is_v4(&n->resolver), resolver));
    flowvar_number(j, "peer_name_age_s", (uint32_t)(n->age_ns / NS_PER_S));
    flowvar_number(j, "peer_name_ttl_s", n->ttl_s);
    flowvar_number(j, "peer_name_others", n->others);
    if (n->hint)
        flowvar(j, "peer_name_hint", "yes");
    if (n->unsolicited)
        flowvar(j, "peer_name_unsolicited", "yes");
}

static void flowvars(struct line *l)
{
    const struct sensor_geo *g = l->event->geo;
    bool has_geo = g && (g->country_iso[0] != '\0' || g->asn != 0);
    if (!has_geo && !l->event->name)
        return;
    json_open(l->json, "metadata");
    json_open_array(l->json, "flowvars");
    if (has_geo)
        geo_flowvars(l->json, l->event);
    if (l->event->name)
        name_flowvars(l);
    json_close_array(l->json);
    json_close(l->json);
}

void line_knowledge(struct line *l, bool with_flowvars)
{
    if (!l->eve->options.metadata)
        return;
    traffic(l->json, l->event->note);
    if (with_flowvars)
        flowvars(l);
}

/* --------------------------------------------------------------- parts */

void line_community_id(struct line *l)
{
    if (!l->eve->options.community_id)
        return;
    char id[COMMUNITY_ID_SIZE];
    community_id_of(l->seen, l->eve->options.community_id_seed, id);
    json_slice(l->json, "community_id", (struct slice){(const uint8_t *)id, COMMUNITY_ID_SIZE});
}

/* Suricata's object, which says where the outermost packet came from; of a whole flow that is what kind of tunnel it is. */
void line_tunnel(struct line *l)
{
    const struct tunnel *t = observation_tunnel(l->seen);
    char client[ADDR_TEXT_MAX], server[ADDR_TEXT_MAX], number[4];
    if (t == NULL)
        return;
    struct json *j = l->json;
    bool is_packet = l->seen->packet_number != 0;
    line_address(l, &t->client, t->ip_version == 6, client);
    line_address(l, &t->server, t->ip_version == 6, server);
    json_open(j, "tunnel");
    json_text(j, "src_ip", l->server_first ? server : client);
    json_uint(j, "src_port", l->server_first ? t->server_port : t->client_port);
    json_text(j, "dest_ip", l->server_first ? client : server);
    json_uint(j, "dest_port", l->server_first ? t->client_port : t->server_port);
    json_text(j, "proto", ip_proto_name(t->proto, number));
    json_uint(j, "depth", t->depth);
    if (l->eve->options.interfaces == NULL && is_packet)
        json_uint(j, "pcap_cnt", l->seen->packet_number);
    json_text(j, "pkt_src", is_packet ? "wire/pcap" : tunnel_source_name(t->kind));
    json_close(j);
}

void line_time(struct line *l, const char *key, uint64_t ns)
{
    write_time(l->json, key, &l->eve->span, ns);
}

/* A mapped address in an IPv6 packet stays IPv6 in the text, or source and ip_v would disagree. */
static char *mapped_text(const struct address *a, bool compress, char *out)
{
    static const char full[] = "0000:0000:0000:0000:0000:ffff:", brief[] = "::ffff:";
    static const char hex[] = "0123456789abcdef";
    if (compress) {
        memcpy(out, brief, sizeof brief - 1);
        addr_text(a, out + sizeof brief - 1);
        return out;
    }
    memcpy(out, full, sizeof full - 1);
    char *at = out + sizeof full - 1;
    for (int i = 12; i < 16; i++) {
        *at++ = hex[a->bytes[i] >> 4];
        *at++ = hex[a->bytes[i] & 15];
        if (i == 13)
            *at++ = ':';
    }
    *at = '\0';
    return out;
}

char *line_address(const struct line *l, const struct address *a, bool is_v6, char *out)
{
    bool compress = l->eve->options.ipv6_compress;
    if (is_v6 && addr_is_v4(a))
        return mapped_text(a, compress, out);
    return compress || !is_v6 ? addr_text(a, out) : addr_text_expanded(a, out);
}

void line_text(struct line *l, const char *key, struct text_ref r)
{
    struct slice text = line_slice(l, r);
    if (text.size > 0)
        json_slice(l->json, key, text);
}
