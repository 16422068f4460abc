/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dissect_udp.c - every datagram of a flow may be the first of its protocol: DTLS follows STUN on the same ports.
 *
 * DNS keeps no state: a DNS flow is known by flow->app_proto and the messages counted so far.
 */
#include "dissect/dissection.h"

#include <string.h>

#include "base/addr.h"
#include "decode/cursor.h"
#include "dissect/device.h"
#include "dissect/dns.h"

#define SEARCH_DATAGRAMS 32 /* of one end, in which a protocol must show itself */
#define WAIT_DATAGRAMS   96 /* of a flow, for a handshake to be complete */

enum { PORT_DNS = 53, PORT_DHCP_SERVER = 67, PORT_DHCP_CLIENT = 68, PORT_NBNS = 137, PORT_HTTPS = 443, PORT_MDNS = 5353, PORT_LLMNR = 5355 };

static bool has_port(const struct packet *p, uint16_t port)
{
    return p->src_port == port || p->dst_port == port;
}

static bool is_multicast(const struct address *a)
{
    return addr_is_v4(a) ? a->bytes[12] >= 224 : a->bytes[0] == 0xff; /* limited broadcast is above 224, too */
}

/* RFC 1918, RFC 3927, loopback; RFC 4193, link-local, ::1. */
static bool is_private(const struct address *a)
{
    static const uint8_t none[15];
    const uint8_t *b = a->bytes + 12;
    if (addr_is_v4(a))
        return b[0] == 10 || b[0] == 127 || (b[0] == 172 && (b[1] & 0xf0) == 16) || (b[0] == 192 && b[1] == 168) ||
               (b[0] == 169 && b[1] == 254);
    return (a->bytes[0] & 0xfe) == 0xfc || a->bytes[0] == 0xfe || memcmp(a->bytes, none, sizeof none) == 0;
}

/*
 * Multicast DNS and its relatives look like DNS but are announcements of a local network: not reported as DNS. A port alone says
 * little: a client may ask any server from these ports, and some public resolvers answer on 5353.
 */
static bool is_local_naming(struct work *x)
{
    const struct packet *p = x->place.packet;
    if (!has_port(p, PORT_MDNS) && !has_port(p, PORT_LLMNR) && !has_port(p, PORT_NBNS))
        return false;
    bool is_near = is_multicast(&p->src) || is_multicast(&p->dst) || (is_private(&p->src) && is_private(&p->dst));
    if (has_port(p, PORT_DNS) || has_port(p, PORT_HTTPS) || (!is_near && !has_port(p, PORT_NBNS)))
        return false;
    if (has_port(p, PORT_MDNS) && dns_probe(p->payload) == PROBE_YES)
        x->place.flow->app_proto = APP_MDNS;
    return true;
}

/* Devices that say their name: each datagram may be another's, since DHCP's clients share an address. */
static bool is_device(struct work *x)
{
    const struct packet *p = x->place.packet;
    if (p->dst_port == PORT_DHCP_SERVER && p->src_port == PORT_DHCP_CLIENT && device_is_dhcp(p->payload)) {
        device_see_dhcp(&x->place, p->payload);
        return true;
    }
    if (p->src_port != PORT_MDNS || !is_local_naming(x))
        return false;
    device_see_mdns(&x->place, p->payload);
    return true;
}

/* TURN's ChannelData: 4 bytes before what a peer sent (RFC 8656 12.4). */
static struct slice without_channel(struct slice b)
{
    if (b.size > 4 && b.at[0] >= 0x40 && b.at[0] <= 0x4f && read_u16(b.at + 2) <= b.size - 4)
        return (struct slice){b.at + 4, read_u16(b.at + 2)};
    return b;
}

static void take_dns(struct work *x, struct slice payload)
{
    struct flow *f = x->place.flow;
    if (!dns_message(&x->place, payload, f->tx_count)) {
        x->d->counters.malformed++;
        return;
    }
    f->tx_count++;
    x->d->counters.dns_messages++;
}

static void take_dtls(struct work *x, struct slice payload)
{
    uint32_t before = x->place.flow->tx_count;
    struct parse_result r = dtls_datagram(x->state->dtls, &x->place, without_channel(payload));
    x->d->counters.tls_handshakes += x->place.flow->tx_count - before;
    if (r.state != PARSE_MORE || ++x->state->waited == WAIT_DATAGRAMS)
        dissection_let_go(x);
}

static void take_quic(struct work *x, struct slice payload)
{
    uint32_t before = x->place.flow->tx_count;
    struct parse_result r = quic_datagram(x->d->quic, x->state->quic, &x->place, payload);
    x->d->counters.quic_hellos += x->place.flow->tx_count - before;
    bool fits = dissection_book(x, quic_flow_memory(x->state->quic));
    if (r.state != PARSE_MORE || !fits || ++x->state->waited == WAIT_DATAGRAMS)
        dissection_let_go(x);
}

static void start_quic(struct work *x, struct slice payload)
{
    x->place.flow->app_proto = APP_QUIC;
    x->d->counters.quic++;
    if (!dissection_take(x))
        return;
    x->state->quic = quic_flow_new();
    if (!x->state->quic) {
        dissection_let_go(x);
        return;
    }
    x->state->speech = SPEECH_QUIC;
    take_quic(x, payload);
}

static void start_dtls(struct work *x, struct slice payload)
{
    x->place.flow->app_proto = APP_TLS;
    x->d->counters.dtls++;
    if (!dissection_take(x))
        return;
    x->state->dtls = dtls_flow_new(&x->d->pool.budget);
    if (!x->state->dtls) {
        dissection_let_go(x);
        return;
    }
    x->state->speech = SPEECH_DTLS;
    take_dtls(x, payload);
}

static void start_dns(struct work *x, struct slice payload)
{
    x->place.flow->app_proto = APP_DNS;
    flow_client_by_protocol(x->place.flow, dns_is_response(payload) ? !x->place.end : x->place.end);
    x->d->counters.dns_udp++;
    take_dns(x, payload);
}

static void search(struct work *x, struct slice payload)
{
    struct flow *f = x->place.flow;
    if (dtls_probe(without_channel(payload)) == PROBE_YES) {
        start_dtls(x, payload);
    } else if (dns_probe(payload) == PROBE_YES) {
        start_dns(x, payload);
    } else if (quic_probe(payload) == PROBE_YES) {
        start_quic(x, payload);
    } else if (has_port(x->place.packet, PORT_DNS) && dns_port_probe(payload) == PROBE_YES) {
        start_dns(x, payload);
    } else if (f->packets[x->place.end] >= SEARCH_DATAGRAMS) {
        f->dissect_done = (uint8_t)(f->dissect_done | 1u << x->place.end);
    }
}

void dissect_udp(struct work *x)
{
    struct slice payload = x->place.packet->payload;
    struct flow *f = x->place.flow;
    if (payload.size == 0)
        return;
    if (x->state && x->state->speech == SPEECH_QUIC)
        take_quic(x, payload);
    else if (x->state)
        take_dtls(x, payload);
    else if (is_device(x))
        return;
    else if (is_local_naming(x))
        f->dissect_done = BOTH_DONE;
    else if (f->app_proto == APP_DNS && f->tx_count)
        take_dns(x, payload);
    else if (!(f->dissect_done & 1u << x->place.end))
        search(x, payload);
}
