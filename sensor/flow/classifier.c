/* SPDX-License-Identifier: Apache-2.0 */
/*
 * classifier.c - which packets the library is shown, when it is let go, and what its answer is worth. See classify.h.
 *
 * TCP segments before the first payload are not shown: they name nothing, and a connection that never carries data (a scan, a
 * flood) then holds no state of 700 bytes and more. At its end it gets the guess by port or address that the library
 * would have made, from a SYN made up for it. An answer is "detected" only when it rests on payload of the flow itself.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "flow/app_proto.h"
#include "flow/classify.h"
#include "flow/library.h"
#include "flow/plain_dns.h"
#include "flow/plain_hello.h"
#include "flow/reshape.h"

#define WAIT_DEFAULT_S  10u
#define MEMORY_DEFAULT  (UINT64_C(512) << 20)
#define LIBRARY_BUFFER  2048u /* what the library takes at once for a TCP flow that begins like TLS */
#define STRANGE_MAX     12    /* packets shown of a flow that nobody recognises */
#define STATE_ALIGN     _Alignof(max_align_t)
#define CHUNK_SIZE      (60u * 1024u) /* freeing 64 KiB and more makes the allocator tidy up */
#define GIVE_UP_AT_ONCE 4     /* so that a pause in the traffic does not end in a stall */

/* What stands before the library's state of a flow, in the same block. */
struct state {
    struct state *next, *previous; /* in the list of named flows, NULL outside; or the next spare one */
    struct flow *flow;
    uint64_t named_ns; /* when the flow was named, 0 before */
    uint64_t held;     /* bytes that the library may keep for it, at most about */
    uint64_t reserved;
};

/* What states are cut from. */
struct chunk {
    struct chunk *next;
    uint64_t reserved;
};

_Static_assert(sizeof(struct state) % STATE_ALIGN == 0, "the library's state follows");
_Static_assert(sizeof(struct chunk) % STATE_ALIGN == 0, "states follow");

struct classifier {
    struct library *library;
    struct classify_options options;
    struct classify_counters counters;
    struct state named; /* head of a circular list, the longest waiting first */
    struct state *spare;
    struct chunk *chunks;
    uint64_t now_ns;     /* see classify_set_now */
    uint64_t held;       /* sum over the states */
    uint8_t *app_protos; /* enum app_proto by protocol id */
    unsigned protocol_count;
    uint8_t scratch[RESHAPE_MAX]; /* for reshape_plain */
};

/* --------------------------------------------------------------- flow states */

static struct state *state_of(struct ndpi_flow_struct *ndpi)
{
    return (struct state *)(void *)ndpi - 1;
}

static size_t state_size(void)
{
    return (sizeof(struct state) + library_flow_size() + STATE_ALIGN - 1) / STATE_ALIGN * STATE_ALIGN;
}

/* States for some eighty flows at once: the allocator of a thread asks the kernel for every page of it. */
static bool more_spares(struct classifier *c)
{
    struct chunk *chunk = malloc(CHUNK_SIZE);
    if (!chunk)
        return false;
    chunk->next = c->chunks;
    c->chunks = chunk;
    for (size_t at = sizeof *chunk; at + state_size() <= CHUNK_SIZE; at += state_size()) {
        struct state *s = (struct state *)(void *)((char *)chunk + at);
        s->next = c->spare;
        c->spare = s;
    }
    return true;
}

static struct state *take_block(struct classifier *c)
{
    if (!c->spare && !more_spares(c))
        return NULL;
    struct state *s = c->spare;
    c->spare = s->next;
    memset(s, 0, state_size());
    return s;
}

/* False when memory is short: the flow stays unclassified. */
static bool begin_state(struct classifier *c, struct flow *f)
{
    struct state *s = take_block(c);
    if (!s)
        return false;
    *s = (struct state){.flow = f};
    f->ndpi = (struct ndpi_flow_struct *)(void *)(s + 1);
    c->counters.live++;
    return true;
}

static void wait_in_line(struct classifier *c, struct state *s)
{
    s->next = &c->named;
    s->previous = c->named.previous;
    s->previous->next = s->next->previous = s;
}

static void leave_line(struct state *s)
{
    s->previous->next = s->next;
    s->next->previous = s->previous;
}

static void end_state(struct classifier *c, struct flow *f)
{
    struct state *s = state_of(f->ndpi);
    library_flow_clear(f->ndpi);
    if (s->next)
        leave_line(s);
    c->held -= s->held;
    s->next = c->spare;
    c->spare = s;
    f->ndpi = NULL;
    c->counters.live--;
}

/* -------------------------------------------------------------- life cycle */

static bool learn_app_protos(struct classifier *c)
{
    c->protocol_count = library_text_count(c->library, TEXT_PROTOCOL);
    c->app_protos = calloc(c->protocol_count + 1, 1);
    if (!c->app_protos)
        return false;
    for (unsigned id = 0; id < c->protocol_count; id++) {
        const char *name = library_text(c->library, TEXT_PROTOCOL, id);
        c->app_protos[id] = (uint8_t)app_proto_named(name ? name : "");
    }
    return true;
}

/* The library fills tables of the whole process when it looks at its first name: better now, before there are threads. */
static bool warm_up(struct classifier *c)
{
    struct flow f = {.key = {.proto = IP_UDP, .ip_version = 4}};
    if (!begin_state(c, &f))
        return false;
    library_show(c->library, &f, reshape_query(), 0, 0);
    end_state(c, &f);
    return true;
}

static bool check_options(const struct classify_options *o, struct error *error)
{
    if (o->packets_max == 0 || o->packets_max > 255)
        return error_set(error, "packets of a flow for the classifier: %u; give 1 to 255", o->packets_max);
    if (o->wait_s > 86400)
        return error_set(error, "seconds the classifier waits for more of a named flow: %u; give 1 to 86400, or 0 for %u",
                         o->wait_s, WAIT_DEFAULT_S);
    return true;
}

static struct library *open_library(const struct classify_options *o, struct error *error)
{
    struct library *lent = classify_names_lend(o->names, o->packets_max);
    return lent ? lent : library_open(o->packets_max, error);
}

static void close_library(const struct classify_options *o, struct library *l)
{
    if (!classify_names_return(o->names, l))
        library_close(l);
}

struct classifier *classifier_new(const struct classify_options *options, struct error *error)
{
    if (!check_options(options, error))
        return NULL;
    struct library *library = open_library(options, error);
    if (!library)
        return NULL;
    struct classifier *c = calloc(1, sizeof *c);
    if (c) {
        c->options = *options;
        if (!c->options.wait_s)
            c->options.wait_s = WAIT_DEFAULT_S;
        if (!c->options.memory_max)
            c->options.memory_max = MEMORY_DEFAULT;
        c->library = library;
        c->named.next = c->named.previous = &c->named;
        if (learn_app_protos(c) && warm_up(c))
            return c;
        classifier_free(c);
    } else {
        close_library(options, library);
    }
    error_set(error, "out of memory for a classifier");
    return NULL;
}

void classifier_free(struct classifier *c)
{
    if (!c)
        return;
    while (c->chunks) {
        struct chunk *chunk = c->chunks;
        c->chunks = chunk->next;
        free(chunk);
    }
    close_library(&c->options, c->library);
    free(c->app_protos);
    free(c);
}

void classify_count(const struct classifier *c, struct classify_counters *out)
{
    *out = c->counters;
}

/* ------------------------------------------------------------------ answers */

static bool has_app_proto(const struct flow *f)
{
    return f->key.proto == IP_TCP || f->key.proto == IP_UDP;
}

/* The carrier before the application: TLS.Google is tls to EVE. */
static void name_app_proto(const struct classifier *c, struct flow *f)
{
    const uint16_t ids[] = {f->class.master, f->class.app};
    for (int i = 0; i < 2 && f->app_proto == APP_UNKNOWN && has_app_proto(f); i++)
        if (ids[i] < c->protocol_count)
            f->app_proto = c->app_protos[ids[i]];
}

static void adopt(const struct classifier *c, struct flow *f, const struct answer *a, enum class_state state)
{
    f->class = a->class;
    f->class.state = (uint8_t)state;
    if (state == CLASS_DETECTED)
        name_app_proto(c, f);
}

static enum class_state worth_of(const struct answer *a)
{
    if (!a->is_named)
        return CLASS_UNKNOWN;
    return a->is_from_payload ? CLASS_DETECTED : CLASS_GUESSED;
}

/* The last word. */
static void conclude(struct classifier *c, struct flow *f, const struct answer *a)
{
    enum class_state state = worth_of(a);
    adopt(c, f, a, state);
    c->counters.detected += state == CLASS_DETECTED;
    c->counters.guessed += state == CLASS_GUESSED;
    c->counters.unknown += state == CLASS_UNKNOWN;
    end_state(c, f);
}

/* The last word on a flow whose payload was seen. */
static void conclude_seen(struct classifier *c, struct flow *f, const struct answer *a)
{
    conclude(c, f, a);
    if (f->app_proto == APP_UNKNOWN && has_app_proto(f))
        f->app_proto = APP_FAILED;
}

/* ------------------------------------------------------------------ packets */

/* A first fragment is like a packet cut short; the others have no ports, and the library ignores them. */
static bool is_worth_showing(const struct flow *f, const struct packet *p)
{
    if (p->fragment || p->l3.size < 20)
        return false;
    return f->ndpi || p->proto != IP_TCP || p->payload.size > 0;
}

static bool is_settled(const struct flow *f)
{
    return !f->ndpi && f->ndpi_packets;
}

/* To the caller once, with the first packet after the fact. */
static bool tell(struct flow *f)
{
    bool first = !f->class_told;
    f->class_told = 1;
    return first;
}

static void conclude_by_giving_up(struct classifier *c, struct flow *f)
{
    struct answer a = library_give_up(c->library, f);
    conclude_seen(c, f, &a);
}

/* The flow has a name, the library would like to see more: the wait begins. */
static void await_more(struct classifier *c, struct flow *f, const struct answer *a, uint64_t now_ns)
{
    struct state *s = state_of(f->ndpi);
    adopt(c, f, a, CLASS_DETECTED);
    if (s->next)
        return;
    s->named_ns = now_ns;
    wait_in_line(c, s);
}

static bool is_overdue(const struct classifier *c, const struct state *s, uint64_t now_ns)
{
    return s->next && now_ns > s->named_ns && now_ns - s->named_ns >= c->options.wait_s * NS_PER_S;
}

/* The clock lags behind packets after a pause, until it believes them. */
static uint64_t present(const struct classifier *c, const struct packet *p)
{
    return p->time_ns > c->now_ns ? p->time_ns : c->now_ns;
}

/* The wait ends at the flow's first packet after it. Letting go of a silent flow before that packet comes changes nothing: the clock
 * does not step back, so the packet would have ended the wait. */
void classify_set_now(struct classifier *c, uint64_t now_ns)
{
    if (now_ns > c->now_ns)
        c->now_ns = now_ns;
    for (int i = 0; i < GIVE_UP_AT_ONCE && c->named.next != &c->named; i++) {
        struct state *first = c->named.next;
        if (is_overdue(c, first, c->now_ns)) {
            conclude_by_giving_up(c, first->flow);
        } else if (first->named_ns > c->now_ns) { /* a stamp from the future does not hold up the others */
            leave_line(first);
            wait_in_line(c, first);
        } else {
            break;
        }
    }
}

/* The library keeps the TCP payload of a handshake until it is whole, and has no bound of its own for all flows together. */
static bool has_memory(struct classifier *c, struct flow *f, size_t shown)
{
    struct state *s = state_of(f->ndpi);
    uint64_t more = f->key.proto != IP_TCP ? 0 : shown + (s->held ? 0 : LIBRARY_BUFFER);
    s->held += more;
    c->held += more;
    return c->held <= c->options.memory_max;
}

/* What neither the library nor a dissector has recognised by then stays unknown. */
static unsigned packets_max(const struct classifier *c, const struct flow *f)
{
    bool is_strange = c->options.early_stop && f->class.state == CLASS_NONE && f->app_proto == APP_UNKNOWN;
    return is_strange && c->options.packets_max > STRANGE_MAX ? STRANGE_MAX : c->options.packets_max;
}

/* The packet as the library shall see it. */
static struct slice shown_form(struct classifier *c, const struct packet *p)
{
    struct slice l3 = reshape_plain(p, c->scratch);
    if (!c->options.early_stop || p->proto != IP_TCP || !plain_hello_begins(p->payload) || !library_prints_hellos())
        return l3;
    size_t at = (size_t)(p->payload.at - p->l3.at);
    if (at + p->payload.size > l3.size) /* longer than a packet can be, or headers were taken out */
        return l3;
    if (l3.at != c->scratch)
        memcpy(c->scratch, l3.at, l3.size);
    plain_hello(c->scratch + at, p->payload.size);
    return (struct slice){c->scratch, l3.size};
}

static bool show(struct classifier *c, struct flow *f, const struct packet *packet, int end)
{
    c->counters.packets++;
    struct answer a = library_show(c->library, f, shown_form(c, packet), packet->time_ns, end);
    bool fits = has_memory(c, f, packet->payload.size);
    bool last = f->ndpi_packets >= packets_max(c, f) || f->state == FLOW_CLOSED || !fits;
    if (!a.is_final && !last) {
        if (a.is_from_payload) /* else it is a guess of the moment, and more packets may tell */
            await_more(c, f, &a, present(c, packet));
        return false;
    }
    c->counters.limited += !fits && !a.is_final;
    if (!a.is_final)
        a = library_give_up(c->library, f);
    conclude_seen(c, f, &a);
    return tell(f);
}

/* The library named the flow and waits for a certificate; our dissector has seen the handshake end. */
static bool is_handshake_over(const struct flow *f)
{
    return f->app_proto == APP_TLS && f->dissect_done == BOTH_DONE;
}

/* The query named the flow, and this answer has nothing that the library would mark. */
static bool is_plain_answer(const struct flow *f, const struct packet *p)
{
    return f->app_proto == APP_DNS && f->key.proto == IP_UDP && f->tx_count > 0 && !p->fragment && !p->truncated &&
           plain_dns_answer(p->payload);
}

/* Would nothing in this packet, nor after it, change the library's answer? tests/bench/sight counts where that was wrong. */
static bool is_known_enough(const struct classifier *c, const struct flow *f, const struct packet *p)
{
    return c->options.early_stop && f->class.state == CLASS_DETECTED && (is_handshake_over(f) || is_plain_answer(f, p));
}

bool classify_packet(struct classifier *c, struct flow *f, const struct packet *packet, int end)
{
    if (is_settled(f))
        return tell(f);
    if (!is_worth_showing(f, packet))
        return false;
    if (f->ndpi && (is_overdue(c, state_of(f->ndpi), present(c, packet)) || is_known_enough(c, f, packet))) {
        conclude_by_giving_up(c, f);
        return tell(f);
    }
    if (f->ndpi_packets++ == 0 && !begin_state(c, f))
        return false;
    return show(c, f, packet, end);
}

/* Only ports and addresses are left to go by, whatever the library calls it. */
static bool guess_by_tuple(struct classifier *c, struct flow *f)
{
    uint8_t syn[RESHAPE_SYN_MAX];
    if (!begin_state(c, f))
        return false;
    library_show(c->library, f, reshape_syn(f, syn), f->start_ns, f->client_end);
    struct answer a = library_give_up(c->library, f);
    if (a.is_from_payload)
        a.class.confidence = library_confidence_port();
    a.is_from_payload = false;
    conclude(c, f, &a);
    return true;
}

static bool is_tcp_without_data(const struct flow *f)
{
    return f->key.proto == IP_TCP && !f->ndpi_packets && f->class.state == CLASS_NONE;
}

bool classify_end(struct classifier *c, struct flow *f)
{
    if (!f->ndpi)
        return is_tcp_without_data(f) && guess_by_tuple(c, f);
    struct classification before = f->class;
    conclude_by_giving_up(c, f);
    return memcmp(&before, &f->class, sizeof before) != 0;
}
