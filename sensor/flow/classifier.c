/* SPDX-License-Identifier: Apache-2.0 */
/*
 * classifier.c - which packets the library is shown, when it is let go, and what its answer is worth. See classify.h.
 *
 * TCP segments before the first payload are not shown: they name nothing, and a connection that never carries data (a scan, a
 * flood) then holds no state of 700 bytes and more. At its end it gets the guess by port or address that the library
 * would have made, from a SYN made up for it. An answer is "detected" only when it rests on payload of the flow itself.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "flow/app_proto.h"
#include "flow/classify.h"
#include "flow/known_flows.h"
#include "flow/library.h"
#include "flow/plain_dns.h"
#include "flow/plain_hello.h"
#include "flow/recall.h"
#include "flow/reshape.h"
#include "flow/states.h"

#define WAIT_DEFAULT_S  10u
#define MEMORY_DEFAULT  (UINT64_C(512) << 20)
#define LIBRARY_BUFFER  2048u /* what the library takes at once for a TCP flow that begins like TLS */
#define STRANGE_MAX     12    /* packets shown of a flow that nobody recognises */
#define GIVE_UP_AT_ONCE 4     /* so that a pause in the traffic does not end in a stall */
#define DNS_PORT        53
#define CLIENT_PORT     1024 /* a protocol of its own may be expected below */

struct classifier {
    struct library *library;
    struct classify_options options;
    struct classify_counters counters;
    struct states states;
    struct recall *recall; /* NULL: nothing is */
    struct known *known;   /* NULL: no flow is left to the dissectors */
    uint64_t now_ns;     /* see classify_set_now */
    uint8_t *app_protos; /* enum app_proto by protocol id */
    unsigned protocol_count;
    uint8_t scratch[RESHAPE_MAX]; /* for reshape_plain */
};

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
    if (!states_begin(&c->states, &f))
        return false;
    library_show(c->library, &f, reshape_query(), 0, 0);
    states_end(&c->states, &f);
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
        states_open(&c->states);
        bool remembers = options->early_stop && options->packets_max > 1 && library_judges_queries_alone();
        if (learn_app_protos(c) && warm_up(c) && (!remembers || (c->recall = recall_new(error))))
            return c;
        classifier_free(c);
    } else {
        close_library(options, library);
    }
    error_set(error, "out of memory for a classifier");
    return NULL;
}

bool classifier_know(struct classifier *c, struct known **known, struct error *error)
{
    if (!c->known && c->options.early_stop && library_rules_are_known() && !(c->known = known_new(c->library, &c->states, error)))
        return false;
    *known = c->known;
    return true;
}

void classifier_free(struct classifier *c)
{
    if (!c)
        return;
    states_close(&c->states);
    recall_free(c->recall);
    known_free(c->known);
    close_library(&c->options, c->library);
    free(c->app_protos);
    free(c);
}

void classify_count(const struct classifier *c, struct classify_counters *out)
{
    *out = c->counters;
    out->live = c->states.live;
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

static bool is_recalled(const struct flow *f)
{
    return f->key.proto == IP_UDP && f->recalled && !f->ndpi;
}

static void leave_recall(struct classifier *c, struct flow *f, const struct classification *learned)
{
    recall_leave(c->recall, f->recalled, learned);
    f->recalled = 0;
}

/* The library was shown a query and has had its last word. Did it say anything else in between? */
static void learn(struct classifier *c, struct flow *f, const struct answer *a)
{
    struct answer at_once = *a;
    at_once.class.state = CLASS_DETECTED;
    bool is_dns = f->class.app < c->protocol_count && f->class.master < c->protocol_count &&
                  (c->app_protos[f->class.app] == APP_DNS || c->app_protos[f->class.master] == APP_DNS);
    bool holds = is_dns && f->ndpi_packets == 1 && memcmp(&f->class, &at_once.class, sizeof f->class) == 0;
    leave_recall(c, f, holds ? &f->class : NULL);
}

/* The last word. */
static void conclude(struct classifier *c, struct flow *f, const struct answer *a)
{
    enum class_state state = worth_of(a);
    if (f->key.proto == IP_UDP && f->recalled)
        learn(c, f, a);
    adopt(c, f, a, state);
    c->counters.detected += state == CLASS_DETECTED;
    c->counters.guessed += state == CLASS_GUESSED;
    c->counters.unknown += state == CLASS_UNKNOWN;
    states_end(&c->states, f);
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
    return !f->ndpi && f->ndpi_packets && !is_recalled(f);
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
    if (is_recalled(f)) {
        leave_recall(c, f, NULL);
        c->counters.detected++;
        return;
    }
    struct answer a = library_give_up(c->library, f);
    conclude_seen(c, f, &a);
}

/* The flow has a name, the library would like to see more: the wait begins. */
static void await_more(struct classifier *c, struct flow *f, const struct answer *a, uint64_t now_ns)
{
    struct state *s = states_of(f);
    adopt(c, f, a, CLASS_DETECTED);
    if (s->next)
        return;
    s->named_ns = now_ns;
    states_wait(&c->states, s);
}

static bool is_late(const struct classifier *c, uint64_t named_ns, uint64_t now_ns)
{
    return now_ns > named_ns && now_ns - named_ns >= c->options.wait_s * NS_PER_S;
}

static bool is_overdue(const struct classifier *c, const struct state *s, uint64_t now_ns)
{
    return s->next && is_late(c, s->named_ns, now_ns);
}

static bool has_waited(const struct classifier *c, const struct flow *f, uint64_t now_ns)
{
    return f->ndpi ? is_overdue(c, states_of(f), now_ns) : is_late(c, f->start_ns, now_ns);
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
    for (int i = 0; i < GIVE_UP_AT_ONCE && c->states.named.next != &c->states.named; i++) {
        struct state *first = c->states.named.next;
        if (is_overdue(c, first, c->now_ns)) {
            conclude_by_giving_up(c, first->flow);
        } else if (first->named_ns > c->now_ns) { /* a stamp from the future does not hold up the others */
            states_leave(first);
            states_wait(&c->states, first);
        } else {
            break;
        }
    }
}

/* The library keeps the TCP payload of a handshake until it is whole, and has no bound of its own for all flows together. */
static bool has_memory(struct classifier *c, struct flow *f, size_t shown)
{
    struct state *s = states_of(f);
    uint64_t more = f->key.proto != IP_TCP ? 0 : shown + (s->held ? 0 : LIBRARY_BUFFER);
    s->held += more;
    c->states.held += more;
    return c->states.held <= c->options.memory_max;
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

/* The query named the flow, and this answer has nothing that the library would mark (errors since 4.4). */
static bool is_plain_answer(const struct flow *f, const struct packet *p)
{
    return f->app_proto == APP_DNS && f->key.proto == IP_UDP && f->tx_count > 0 && !p->fragment && !p->truncated &&
           plain_dns_answer(p->payload, library_judges_queries_alone());
}

/* Would nothing in this packet, nor after it, change the library's answer? tests/bench/sight counts where that was wrong. */
static bool is_known_enough(const struct classifier *c, const struct flow *f, const struct packet *p)
{
    return c->options.early_stop && f->class.state == CLASS_DETECTED && (is_handshake_over(f) || is_plain_answer(f, p));
}

/* A client's query, the first packet of its flow and on time: nothing but its bytes can matter. */
static bool may_be_recalled(const struct classifier *c, const struct flow *f, const struct packet *p)
{
    return c->recall && p->proto == IP_UDP && p->dst_port == DNS_PORT && p->src_port >= CLIENT_PORT && p->time_ns >= c->now_ns &&
           f->packets[0] + f->packets[1] == 1 && !p->truncated && plain_dns_query(p->payload);
}

/* The flow's first packet. True when the answer to it is known. */
static bool recall(struct classifier *c, struct flow *f, const struct packet *p)
{
    const struct classification *known = NULL;
    if (may_be_recalled(c, f, p))
        f->recalled = recall_take(c->recall, p->payload, &known);
    if (!known)
        return false;
    f->class = *known;
    name_app_proto(c, f);
    return true;
}

/* More must be shown after all, so the library sees the query now. */
static bool catch_up(struct classifier *c, struct flow *f)
{
    int client = f->key.port[0] == DNS_PORT;
    if (!states_begin(&c->states, f))
        return false;
    library_show(c->library, f, reshape_udp(f, client, recall_query(c->recall, f->recalled), c->scratch), f->start_ns, client);
    leave_recall(c, f, NULL);
    states_of(f)->named_ns = f->start_ns;
    states_wait(&c->states, states_of(f));
    return true;
}

/* Gives the flow a state. The first packet is counted as shown, whether the answer is remembered or memory is short. */
static bool is_to_be_shown(struct classifier *c, struct flow *f, const struct packet *packet)
{
    if (is_recalled(f))
        return catch_up(c, f);
    if (f->ndpi)
        return true;
    if (recall(c, f, packet)) {
        f->ndpi_packets = 1;
        c->counters.packets++;
        return false;
    }
    if (states_begin(&c->states, f))
        return true;
    f->ndpi_packets = 1;
    if (packet->proto == IP_UDP && f->recalled)
        leave_recall(c, f, NULL);
    return false;
}

/* The dissectors have classified it, and that is the last word. */
static void conclude_left(struct classifier *c, struct flow *f)
{
    f->left = 0;
    f->ndpi_packets = 1; /* as if it had been shown */
    c->counters.detected++;
}

/* They may want more of it. When they do not know it after all, the library is shown what comes from here on. */
static void look_after_left(struct classifier *c, struct flow *f, const struct packet *p)
{
    bool over = f->dissect_done == BOTH_DONE;
    if (f->class.state != CLASS_DETECTED)
        f->left = !over && f->app_proto != APP_UNKNOWN;
    else if (over || is_late(c, f->start_ns, present(c, p)))
        conclude_left(c, f);
}

/* Is this the flow's first payload, early enough to wait for what follows, and something the dissectors will know? */
static bool may_be_left(const struct classifier *c, const struct flow *f, const struct packet *p)
{
    bool is_early = present(c, p) - f->start_ns < c->options.wait_s * NS_PER_S / 2;
    return c->known && !f->ndpi_packets && f->app_proto == APP_UNKNOWN && !f->dissect_done && is_early && !p->truncated &&
           known_begins(p);
}

/* To the dissectors alone. */
static bool leave(struct classifier *c, struct flow *f, const struct packet *p, int end)
{
    if (!may_be_left(c, f, p))
        return false;
    f->left = 1;
    if (p->proto == IP_UDP)
        known_see_initial(c->known, f, end);
    return true;
}

bool classify_packet(struct classifier *c, struct flow *f, const struct packet *packet, int end)
{
    if (f->left)
        look_after_left(c, f, packet);
    if (f->left)
        return false;
    if (is_settled(f))
        return tell(f);
    if (!is_worth_showing(f, packet))
        return false;
    if (leave(c, f, packet, end))
        return false;
    if (f->ndpi_packets && (has_waited(c, f, present(c, packet)) || is_known_enough(c, f, packet))) {
        conclude_by_giving_up(c, f);
        return tell(f);
    }
    if (!is_to_be_shown(c, f, packet))
        return false;
    f->ndpi_packets++;
    return show(c, f, packet, end);
}

/* Only ports and addresses are left to go by, whatever the library calls it. */
static bool guess_by_tuple(struct classifier *c, struct flow *f)
{
    uint8_t syn[RESHAPE_SYN_MAX];
    if (!states_begin(&c->states, f))
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
    if (f->left && f->class.state == CLASS_DETECTED)
        conclude_left(c, f);
    f->left = 0;
    if (!f->ndpi && !is_recalled(f))
        return is_tcp_without_data(f) && guess_by_tuple(c, f);
    struct classification before = f->class;
    conclude_by_giving_up(c, f);
    return memcmp(&before, &f->class, sizeof before) != 0;
}
