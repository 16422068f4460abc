/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dissect_tcp.c - finds the protocol of a connection by what it says, wherever in the stream it begins to say it.
 *
 * Each end is a lane. A lane searches: the start of every segment may be the start of a protocol, so a connection picked up in
 * the middle, junk before a hello, STARTTLS, SOCKS and tunnels all need no special road. Once a parser has taken the lane it
 * reads on until it is done, or refuses and the search goes on. The two lanes share one parser.
 */
#include "dissect/probing.h"

#include "dissect/dns.h"
#include "dissect/http_line.h"
#include "dissect/openvpn.h"
#include "dissect/starttls.h"

#define SEARCH_SEGMENTS 32             /* of one end, in which a protocol must show itself */
#define SEARCH_HOPEFUL  96             /* ... when the other end speaks one, or what is spoken may upgrade to TLS */
#define REFUSALS_MAX    64             /* of one end, before it is left alone */
#define WAIT_PACKETS    64             /* with payload, for the rest of a TLS handshake */
#define SMALL_PACKET    64u            /* bytes of payload; smaller packets count in part */
#define WAIT_OPENVPN    250            /* the same in OpenVPN, which acknowledges each packet itself and likes small ones */
#define WAIT_BYTES      (128u * 1024u) /* of payload, for its first hello: segments may be of one byte each */

static struct lane *lane_of(struct work *x, int end)
{
    return &x->state->lanes[end];
}

static void lane_done(struct work *x)
{
    struct lane *lane = lane_of(x, x->place.end);
    clear_text_tell(&lane->text, &x->d->pool.budget, &x->place, x->place.end);
    stream_clear(&lane->stream, &x->d->pool);
    lane->mode = LANE_DONE;
    x->place.flow->dissect_done = (uint8_t)(x->place.flow->dissect_done | 1u << x->place.end);
}

/* Sets both lanes searching again, what they have not consumed first: another protocol begins inside the old one. */
static void search_anew(struct work *x, uint8_t from_proto)
{
    dissection_end_parser(x);
    x->state->from_proto = from_proto;
    for (int end = 0; end < 2; end++) {
        struct lane *lane = lane_of(x, end);
        if (lane->mode == LANE_DONE)
            continue;
        lane->mode = LANE_SEARCH;
        lane->tries = 0;
        stream_review(&lane->stream);
    }
}

/* ------------------------------------------------------------------- parsers */

static bool begin_tls(struct work *x)
{
    if (x->state->speech == SPEECH_HTTP || x->state->speech == SPEECH_FTP) /* inside what was a tunnel after all */
        search_anew(x, x->state->speech == SPEECH_HTTP ? APP_HTTP : APP_FTP);
    x->state->tls = tls_flow_new(&x->d->pool.budget, x->state->from_proto);
    x->place.flow->app_proto = APP_TLS;
    x->d->counters.tls++;
    return x->state->tls != NULL;
}

/* The flow counts as TLS when a hello was read: the content may be encrypted. */
static bool begin_openvpn(struct work *x, uint8_t guard)
{
    x->state->openvpn = openvpn_new(&x->d->pool.budget, guard);
    x->state->tls = x->state->openvpn ? tls_flow_new(&x->d->pool.budget, x->state->from_proto) : NULL;
    if (x->state->tls)
        return true;
    openvpn_free(x->state->openvpn);
    x->state->openvpn = NULL;
    return false;
}

static bool begin_http(struct work *x, const struct finding *found)
{
    x->state->http = http_flow_new(dissection_bodies(x));
    x->state->transactions_before = x->place.flow->tx_count;
    x->state->client_end = (int8_t)(found->is_server ? 1 - x->place.end : x->place.end);
    x->place.flow->app_proto = APP_HTTP;
    x->d->counters.http++;
    return x->state->http != NULL;
}

static bool begin_ftp(struct work *x, const struct finding *found)
{
    x->state->ftp = ftp_flow_new();
    x->state->transactions_before = x->place.flow->tx_count;
    x->state->client_end = (int8_t)(found->is_server ? 1 - x->place.end : x->place.end);
    x->place.flow->app_proto = APP_FTP;
    x->d->counters.ftp++;
    return x->state->ftp != NULL;
}

static bool begin_parser(struct work *x, const struct finding *found)
{
    if (x->state->speech == found->speech)
        return true;
    switch (found->speech) {
    case SPEECH_TLS:
        if (found->in_openvpn ? !begin_openvpn(x, found->guard) : !begin_tls(x))
            return false;
        break;
    case SPEECH_HTTP:
        if (!begin_http(x, found))
            return false;
        break;
    case SPEECH_FTP:
        if (!begin_ftp(x, found))
            return false;
        break;
    default:
        x->place.flow->app_proto = APP_DNS;
        x->d->counters.dns_tcp++;
        break;
    }
    x->state->speech = (uint8_t)found->speech;
    if (found->speech != SPEECH_TLS) /* a TLS session sets this itself */
        flow_client_by_protocol(x->place.flow, found->is_server ? 1 - x->place.end : x->place.end);
    return true;
}

static struct parse_result parse_tls(struct work *x, struct slice bytes)
{
    struct parse_result r = x->state->openvpn ? openvpn_bytes(x->state->openvpn, x->state->tls, &x->place, bytes)
                                              : tls_bytes(x->state->tls, &x->place, bytes);
    if (x->state->openvpn && tls_is_begun(x->state->tls) && x->place.flow->app_proto != APP_TLS) {
        x->place.flow->app_proto = APP_TLS;
        x->d->counters.tls++;
    }
    if (tls_is_observed(x->state->tls))
        dissection_let_go(x);
    return r;
}

static struct parse_result parse_http(struct work *x, struct slice bytes)
{
    enum direction direction = x->place.end == x->state->client_end ? TO_SERVER : TO_CLIENT;
    bool was_http2 = http_is_http2(x->state->http);
    struct parse_result r = http_bytes(x->state->http, &x->place, direction, bytes);
    dissection_count_http(x);
    if (http_is_http2(x->state->http) && !was_http2) {
        x->place.flow->app_proto = APP_HTTP2;
        x->d->counters.http2++;
    }
    if (!dissection_book(x, http_flow_memory(x->state->http)))
        dissection_let_go(x);
    return r;
}

static struct parse_result parse_ftp(struct work *x, struct slice bytes)
{
    enum direction direction = x->place.end == x->state->client_end ? TO_SERVER : TO_CLIENT;
    struct parse_result r = ftp_bytes(x->state->ftp, &x->place, direction, bytes);
    dissection_count_ftp(x);
    if (!dissection_book(x, ftp_flow_memory(x->state->ftp)))
        dissection_let_go(x);
    return r;
}

static struct parse_result parse(struct work *x, struct slice bytes)
{
    switch ((enum speech)x->state->speech) {
    case SPEECH_TLS: return parse_tls(x, bytes);
    case SPEECH_HTTP: return parse_http(x, bytes);
    case SPEECH_FTP: return parse_ftp(x, bytes);
    default: return dns_tcp(&x->place, bytes, &x->place.flow->tx_count, &x->d->counters.dns_messages);
    }
}

/* The parser wants no more of this lane. */
static void parser_done(struct work *x)
{
    if (x->state->speech == SPEECH_HTTP && http_is_tunnel(x->state->http))
        search_anew(x, APP_HTTP);
    else if (x->state->speech == SPEECH_FTP && ftp_is_tunnel(x->state->ftp))
        search_anew(x, APP_FTP);
    else
        lane_done(x);
}

/* Bytes that are not what the parser knows: a later copy of them, or what follows, may be. */
static void parser_refused(struct work *x)
{
    struct lane *lane = lane_of(x, x->place.end);
    x->d->counters.malformed++;
    stream_refuse(&lane->stream, &x->d->pool);
    lane->mode = LANE_SEARCH;
    lane->tries = 0;
    if (++lane->refusals == REFUSALS_MAX)
        lane_done(x);
}

/* The lane's bytes go to the parser. Afterwards the flow may have been let go. */
static void follow(struct work *x, struct slice bytes)
{
    struct lane *lane = lane_of(x, x->place.end);
    struct parse_result r = parse(x, bytes);
    if (!x->state)
        return;
    stream_consume(&lane->stream, &x->d->pool, r.consumed, r.skip);
    if (r.state == PARSE_DONE) {
        parser_done(x);
    } else if (r.state == PARSE_REFUSED) {
        parser_refused(x);
    }
}

/* -------------------------------------------------------------------- search */

/* Bytes that no parser wants: their text may be worth telling. */
static void pass_over(struct work *x, struct slice bytes)
{
    if (x->state->speech == SPEECH_UNKNOWN)
        clear_text_take(&lane_of(x, x->place.end)->text, &x->d->pool.budget, &x->place, bytes, dissection_bodies(x));
}

/* The other end speaks, or this one has said all: what it said is told, also what is undecided yet. */
static void end_text(struct work *x, int end)
{
    struct lane *lane = lane_of(x, end);
    struct parse_place place = x->place;
    place.end = end;
    if (x->state->speech == SPEECH_UNKNOWN && lane->mode == LANE_SEARCH)
        clear_text_peek(&lane->text, &x->d->pool.budget, &place, (struct slice){lane->stream.pending.at, lane->stream.pending.size},
                        dissection_bodies(x));
    clear_text_tell(&lane->text, &x->d->pool.budget, &x->place, end);
}

/* Does a protocol begin `skip` bytes into the unconsumed ones? If so its parser will be shown them next. */
static enum probe try_bytes(struct work *x, size_t skip, struct slice all)
{
    struct lane *lane = lane_of(x, x->place.end);
    struct finding found = {.speech = SPEECH_UNKNOWN};
    enum probe answer = probe_tcp(x, (struct slice){all.at + skip, all.size - skip}, &found);
    if (answer == PROBE_NO)
        return PROBE_NO;
    pass_over(x, (struct slice){all.at, skip});
    stream_consume(&lane->stream, &x->d->pool, skip, 0);
    if (answer == PROBE_MAYBE)
        return PROBE_MAYBE;
    if (!begin_parser(x, &found)) {
        dissection_let_go(x);
        return PROBE_YES;
    }
    lane->mode = LANE_FOLLOW;
    lane->text.peeked = 0;
    stream_review(&lane->stream);
    return PROBE_YES;
}

/* Clear text may tell what it is, whether or not it is understood, and so what TLS may come out of. */
static void note_name(struct work *x, struct slice segment)
{
    uint8_t name = x->state->speech == SPEECH_UNKNOWN ? starttls_name(segment) : APP_UNKNOWN;
    if (name == APP_UNKNOWN)
        return;
    x->state->from_proto = name;
    if (x->place.flow->app_proto == APP_UNKNOWN)
        x->place.flow->app_proto = name;
}

/* Nothing begins here. After enough of that the lane is left alone; later when there is reason to hope. */
static void nothing_found(struct work *x, struct slice all)
{
    struct lane *lane = lane_of(x, x->place.end);
    pass_over(x, all);
    bool hopeful = x->state->speech != SPEECH_UNKNOWN || x->state->from_proto != APP_UNKNOWN;
    stream_refuse(&lane->stream, &x->d->pool);
    if (++lane->tries >= (hopeful ? SEARCH_HOPEFUL : SEARCH_SEGMENTS))
        lane_done(x);
}

/* Behind what a proxy or STARTTLS says first, if these bytes begin so. */
static enum probe try_behind_preface(struct work *x, size_t skip, struct slice all)
{
    size_t preface = starttls_preface((struct slice){all.at + skip, all.size - skip});
    return preface ? try_bytes(x, skip + preface, all) : PROBE_NO;
}

/* From the first undecided byte, from the newest segment, behind a preface: in this order. */
static void search(struct work *x, const struct stream_run *run)
{
    struct slice all = run->bytes;
    note_name(x, (struct slice){all.at + run->fresh_at, all.size - run->fresh_at});
    if (try_bytes(x, 0, all) != PROBE_NO)
        return;
    if (run->fresh_at && try_bytes(x, run->fresh_at, all) != PROBE_NO)
        return;
    if (try_behind_preface(x, 0, all) != PROBE_NO)
        return;
    if (run->fresh_at && try_behind_preface(x, run->fresh_at, all) != PROBE_NO)
        return;
    nothing_found(x, all);
}

/* --------------------------------------------------------------------- lanes */

/* Watches whether what begins like TLS is TLS, where the beginning was seen. */
static void note_shape(struct work *x, const struct stream_run *run)
{
    const struct stream *s = &lane_of(x, x->place.end)->stream;
    struct flow *f = x->place.flow;
    if (x->state->shape.off)
        return;
    if ((f->marks & (MARK_MIDSTREAM | MARK_TRUNCATED)) || !observer_wants(x->place.observer, OBSERVE_TLS_FLAW)) {
        x->state->shape.off = true;
        return;
    }
    tls_shape_take(&x->state->shape, flow_direction(f, x->place.end), s->origin, s->next - run->bytes.size, run->bytes);
    tls_shape_tell(&x->state->shape, &x->place);
}

/* A hole: the parser goes on behind it, or the search does. */
static void pass_gap(struct work *x, uint64_t lost)
{
    struct lane *lane = lane_of(x, x->place.end);
    struct flow *f = x->place.flow;
    bool goes_on = false;
    x->d->counters.stream_gaps++;
    x->state->shape.off = true;
    if (f->gaps[x->place.end] < UINT16_MAX)
        f->gaps[x->place.end]++;
    if (lane->mode != LANE_FOLLOW)
        return;
    if (x->state->speech == SPEECH_TLS && !x->state->openvpn)
        goes_on = tls_gap(x->state->tls, &x->place, lost);
    else if (x->state->speech == SPEECH_HTTP)
        goes_on = http_gap(x->state->http, x->place.end == x->state->client_end ? TO_SERVER : TO_CLIENT, lost);
    if (x->state->speech == SPEECH_FTP) {
        ftp_gap(x->state->ftp, x->place.end == x->state->client_end ? TO_SERVER : TO_CLIENT);
        goes_on = true;
    }
    if (!goes_on) {
        lane->mode = LANE_SEARCH;
        lane->tries = 0;
    }
}

/* Reads what is in order. `end`'s lane; `flush`: holes are not waited for. */
static void read_lane(struct work *x, int end, bool flush)
{
    struct stream_run run;
    enum stream_step step;
    x->place.end = end;
    while (x->state && lane_of(x, end)->mode != LANE_DONE &&
           (step = stream_next(&lane_of(x, end)->stream, &x->d->pool, flush, &run)) != STREAM_EMPTY) {
        if (step == STREAM_BYTES)
            note_shape(x, &run);
        if (step == STREAM_GAP)
            pass_gap(x, run.lost);
        else if (lane_of(x, end)->mode == LANE_SEARCH)
            search(x, &run);
        else
            follow(x, run.bytes);
    }
}

static bool has_work(struct work *x)
{
    return x->state && (x->state->lanes[0].stream.fresh || x->state->lanes[1].stream.fresh);
}

/* Reads both lanes, again when one of them made the other begin anew. */
static void read_lanes(struct work *x, bool flush)
{
    int end = x->place.end;
    do {
        read_lane(x, end, flush);
        read_lane(x, 1 - end, flush);
    } while (has_work(x));
    x->place.end = end;
}

/* A segment that, by itself, begins a protocol may replace bytes that nobody accepted, and begin a stream without SYN. A request with an
 * odd method may not: "ET /" can be the rest of "GET /". */
static void consider_restart(struct work *x, uint32_t seq, struct slice payload)
{
    struct lane *lane = lane_of(x, x->place.end);
    struct finding found;
    if (lane->mode != LANE_SEARCH || !stream_may_restart(&lane->stream, seq) || probe_tcp(x, payload, &found) != PROBE_YES)
        return;
    if (found.speech == SPEECH_HTTP && !found.is_server && !http_begins_usual(payload))
        return;
    stream_restart(&lane->stream, &x->d->pool, seq);
}

/* The bytes that the snap length cut off will never come. */
static void pass_cut(struct work *x, uint32_t seq)
{
    const struct packet *p = x->place.packet;
    uint32_t lost = p->payload_wire_len - (uint32_t)p->payload.size;
    if (lane_of(x, x->place.end)->mode != LANE_DONE &&
        stream_cut(&lane_of(x, x->place.end)->stream, &x->d->pool, seq + (uint32_t)p->payload.size, lost))
        pass_gap(x, lost);
}

/* Puts the packet's payload into its lane and reads. */
static void take_payload(struct work *x, uint32_t seq)
{
    const struct packet *p = x->place.packet;
    int end = x->place.end;
    struct stream *s = &lane_of(x, end)->stream;
    consider_restart(x, seq, p->payload);
    if (!stream_push(s, &x->d->pool, seq, p->payload)) {
        bool premature = stream_is_premature(s, seq);
        if (!premature)
            read_lanes(x, true);
        if (premature || !x->state || lane_of(x, end)->mode == LANE_DONE || !stream_push(s, &x->d->pool, seq, p->payload)) {
            x->d->counters.stream_limited++;
            return;
        }
    }
    read_lanes(x, false);
    if (x->state && p->truncated && p->payload_wire_len > p->payload.size)
        pass_cut(x, seq);
}

/* Where the lanes begin, from the handshake. */
static void note_handshake(struct work *x)
{
    const struct packet *p = x->place.packet;
    int end = x->place.end;
    if (p->tcp_flags & TCP_SYN) {
        stream_start_anew(&lane_of(x, end)->stream, p->tcp_seq + 1);
        if (p->tcp_flags & TCP_ACK)
            stream_start(&lane_of(x, 1 - end)->stream, p->tcp_ack);
    }
}

/* Without state, payload makes some. So does a SYN-ACK, which tells where both lanes begin, but never from the half of the memory
 * that is for flows that say something: a flood of answered SYNs must not blind us. */
static bool is_worth_state(const struct work *x)
{
    const struct packet *p = x->place.packet;
    const struct budget *b = &x->d->pool.budget;
    bool answers_syn = (p->tcp_flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK);
    if (p->tcp_flags & TCP_RST)
        return false;
    return p->payload.size || (answers_syn && b->used < b->max / 2);
}

/* Was the rest of a TLS handshake waited for long enough? */
static bool has_waited(struct work *x)
{
    size_t size = x->place.packet->payload.size;
    if (x->state->speech != SPEECH_TLS || size == 0)
        return false;
    x->state->waited_bytes += (uint32_t)size;
    if (!tls_is_begun(x->state->tls))
        return x->state->waited_bytes >= WAIT_BYTES;
    x->state->waited_small += size < SMALL_PACKET ? (uint32_t)size : SMALL_PACKET;
    return x->state->waited_small >= SMALL_PACKET * (x->state->openvpn ? WAIT_OPENVPN : WAIT_PACKETS);
}

/* Lanes of which nothing is wanted any more, or a handshake that never completes: the flow is let go. */
static void close_if_done(struct work *x)
{
    x->place.flow->marks &= (uint8_t)~MARK_WAITING;
    if (!x->state)
        return;
    if (has_waited(x) || x->place.flow->dissect_done == BOTH_DONE) {
        dissection_let_go(x);
        return;
    }
    for (int end = 0; end < 2; end++)
        if (!stream_settle(&x->state->lanes[end].stream, &x->d->pool))
            x->d->counters.stream_limited++;
    if (x->state->lanes[0].stream.held || x->state->lanes[1].stream.held)
        x->place.flow->marks |= MARK_WAITING;
}

void dissect_tcp(struct work *x)
{
    const struct packet *p = x->place.packet;
    int end = x->place.end;
    if (!x->state && (!is_worth_state(x) || !dissection_take(x)))
        return;
    note_handshake(x);
    if (p->tcp_flags & TCP_ACK)
        stream_ack(&lane_of(x, 1 - end)->stream, p->tcp_ack);
    if (p->payload.size)
        end_text(x, 1 - end);
    if (p->payload.size && !(p->tcp_flags & TCP_RST) && lane_of(x, end)->mode != LANE_DONE)
        take_payload(x, p->tcp_flags & TCP_SYN ? p->tcp_seq + 1 : p->tcp_seq);
    else if (lane_of(x, 1 - end)->stream.held) /* its hole may have been waited for long enough */
        read_lanes(x, false);
    close_if_done(x);
}

void dissect_tcp_end(struct work *x)
{
    read_lanes(x, true);
    for (int end = 0; x->state && end < 2; end++)
        end_text(x, end);
}
