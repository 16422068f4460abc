/* SPDX-License-Identifier: Apache-2.0 */
/* names.c - see names.h: the tables of links and the answers to "what is the name of this flow's outside end". */
#include "analysis/names_inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/clock.h"

#define TTL_MOST_S  86400u
#define OTHERS_FROM 4u /* letters: a shorter label before a country's two is a registry's, like co.uk */

/* What a flow says of itself. */
struct said {
    uint32_t name;
    uint8_t source; /* enum sensor_name_source */
    uint8_t ech;    /* enum tls_ech */
};

struct gathered {
    uint64_t flow_id, time_ns; /* for which observation */
    uint8_t kind;
    struct said *said; /* by the flow itself; NULL: nothing */
    uint32_t count;
    struct sensor_name name[NAMES_OF_ADDRESS_MAX + 1];
};

/* ------------------------------------------------------------------- texts */

/* Eight ASCII letters in lower case at once: the top bit of each byte says whether it is one of A to Z, and becomes 0x20. */
static uint64_t lower_word(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), low = word & ones * 0x7f;
    uint64_t is_upper = (low + ones * (0x80 - 'A')) & ~(low + ones * (0x7f - 'Z')) & ~word & ones * 0x80;
    return word | is_upper >> 2;
}

struct slice names_lower(struct slice name, char *room)
{
    size_t i = 0;
    uint64_t word;
    if (name.size > 0 && name.at[name.size - 1] == '.')
        name.size--;
    if (name.size > WORD_MAX)
        return (struct slice){NULL, 0};
    for (; i + sizeof word <= name.size; i += sizeof word) {
        memcpy(&word, name.at + i, sizeof word);
        word = lower_word(word);
        memcpy(room + i, &word, sizeof word);
    }
    for (; i < name.size; i++)
        room[i] = (char)(name.at[i] >= 'A' && name.at[i] <= 'Z' ? name.at[i] + 32 : name.at[i]);
    room[name.size] = '\0';
    return (struct slice){(const uint8_t *)room, name.size};
}

struct address names_unwrap(const struct address *a)
{
    static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    return memcmp(a->bytes, nat64, sizeof nat64) == 0 ? addr_from_v4(a->bytes + 12) : *a;
}

/* The last `labels` labels of a name. */
static struct slice tail(struct slice name, unsigned labels)
{
    size_t at = name.size;
    while (at > 0 && (name.at[at - 1] != '.' || --labels > 0))
        at--;
    return (struct slice){name.at + at, name.size - at};
}

/* Good enough to count strangers. */
struct slice names_domain_of(struct slice name)
{
    struct slice two = tail(name, 2), one = tail(name, 1);
    bool registry = one.size == 2 && two.size > 3 && two.size - 3 < OTHERS_FROM;
    return registry ? tail(name, 3) : two;
}

static bool same_domain(struct slice a, struct slice b)
{
    struct slice x = names_domain_of(a), y = names_domain_of(b);
    return x.size == y.size && memcmp(x.at, y.at, x.size) == 0;
}

/* ------------------------------------------------------------------- links */

static void link_clear(struct words *w, struct link *l)
{
    words_drop(w, l->name);
    words_drop(w, l->leaf);
    words_drop(w, l->resolver);
}

static uint64_t holds_ns(const struct names *n, const struct link *l)
{
    uint64_t ns = l->ttl_s * NS_PER_S + n->options.grace_ns;
    return ns < NS_PER_DAY ? ns : NS_PER_DAY;
}

/* Did the link hold when a flow began? A name resolved before and again since held in between. */
static bool held_at(const struct names *n, const struct link *l, uint64_t ns)
{
    return l->first_ns <= ns && (l->last_ns >= ns || ns - l->last_ns <= holds_ns(n, l));
}

/* Doubles the room, up to `most`. False when there is none left. */
static bool links_grow(struct links *l, uint32_t most)
{
    uint32_t room = l->count * 2 < most ? l->count * 2 : most;
    struct link *grown = l->count < most ? realloc(l->room ? l->many : NULL, room * sizeof *grown) : NULL;
    if (!grown)
        return false;
    if (!l->room)
        grown[0] = l->one;
    l->many = grown;
    l->room = room;
    return true;
}

static bool links_have_room(struct links *l, uint32_t most)
{
    return l->count == 0 || l->count < l->room || links_grow(l, most);
}

/* The link that gives way to a new one: unsolicited before solicited, then the oldest. NULL when the new one is unsolicited and
 * all others are not. */
static struct link *links_oldest(const struct links *l, bool unsolicited)
{
    struct link *oldest = NULL;
    for (uint32_t i = 0; i < l->count; i++) {
        struct link *at = &links_first(l)[i];
        if (unsolicited && !at->unsolicited)
            continue;
        if (!oldest || at->unsolicited > oldest->unsolicited ||
            (at->unsolicited == oldest->unsolicited && at->last_ns < oldest->last_ns))
            oldest = at;
    }
    return oldest;
}

/* The link of a name; a new one when there is none. NULL when nothing gives way to it. */
static struct link *links_take(struct names *n, struct links *l, uint32_t most, uint32_t name, bool unsolicited)
{
    for (uint32_t i = 0; i < l->count; i++)
        if (links_first(l)[i].name == name)
            return &links_first(l)[i];
    struct link *fresh = NULL;
    if (links_have_room(l, most)) {
        fresh = &links_first(l)[l->count++];
    } else if ((fresh = links_oldest(l, unsolicited))) {
        n->counters.replaced++;
        link_clear(n->words, fresh);
    }
    if (fresh)
        *fresh = (struct link){.unsolicited = unsolicited};
    return fresh;
}

/* `words` has the link's words, which it shares. */
static void link_fill(struct names *n, struct link *l, const struct observation *o, const struct naming *what,
                      const struct link *words)
{
    if (l->name && what->unsolicited && !l->unsolicited)
        return;
    bool fresh = !l->name || (l->unsolicited && !what->unsolicited) || o->time_ns > l->last_ns + holds_ns(n, l);
    link_clear(n->words, l);
    l->name = words_share(n->words, words->name);
    l->leaf = words_share(n->words, words->leaf);
    l->resolver = words_share(n->words, words->resolver);
    l->ttl_s = what->ttl_s < TTL_MOST_S ? what->ttl_s : TTL_MOST_S;
    l->first_ns = fresh ? o->time_ns : l->first_ns;
    l->last_ns = o->time_ns;
    l->unsolicited = what->unsolicited;
    l->hint = what->hint;
}

void names_link(struct names *n, const struct observation *o, const struct naming *what)
{
    bool is_new;
    struct link words = {.name = words_take(n->words, what->name)};
    if (!words.name)
        return;
    words.leaf = words_take(n->words, what->leaf);
    words.resolver = words_take(n->words, (struct slice){o->server.bytes, sizeof o->server.bytes});
    struct pair_key key = {o->client, names_unwrap(&what->address)};
    struct links *pair = table_take(n->pairs, &key, &is_new);
    struct link *l = links_take(n, pair, NAMES_OF_CLIENT_MAX, words.name, what->unsolicited);
    if (l)
        link_fill(n, l, o, what, &words);
    struct links *all = table_take(n->addresses, &key.server, &is_new);
    l = links_take(n, all, NAMES_OF_ADDRESS_MAX, words.name, what->unsolicited);
    if (l)
        link_fill(n, l, o, what, &words);
    link_clear(n->words, &words);
}

static void links_end(void *words, void *value)
{
    struct links *l = value;
    for (uint32_t i = 0; i < l->count; i++)
        link_clear(words, &links_first(l)[i]);
    if (l->room)
        free(l->many);
}

/* ------------------------------------------------- what flows say themselves */

static void said_end(void *arg, void *value)
{
    words_drop(arg, ((struct said *)value)->name);
}

/* A name, not an address: it has a letter beyond those of numbers, and no colon. */
static bool is_name(struct slice s)
{
    bool letter = false;
    for (size_t i = 0; i < s.size; i++) {
        if (s.at[i] == ':')
            return false;
        letter |= s.at[i] != '.' && (s.at[i] < '0' || s.at[i] > '9');
    }
    return letter;
}

/* The first name a flow says is the one it keeps. */
static void say(struct names *n, const struct observation *o, struct text_ref text, enum sensor_name_source source, uint8_t ech)
{
    char room[WORD_MAX + 1];
    struct slice name = names_lower(observation_text(o, text), room);
    if (!is_name(name))
        return;
    bool is_new;
    struct said *s = table_take(n->said, &o->flow_id, &is_new);
    if (!is_new)
        return;
    *s = (struct said){.name = words_take(n->words, name), .source = (uint8_t)source, .ech = ech};
    if (!s->name)
        table_drop(n->said, s);
}

/* Are the names gathered those of this observation? */
static bool is_gathered(const struct names *n, const struct observation *o)
{
    const struct gathered *g = n->gathered;
    return g->flow_id == o->flow_id && g->time_ns == o->time_ns && g->kind == o->kind;
}

uint32_t names_wants(void)
{
    return OBSERVE_BIT(OBSERVE_DNS) | OBSERVE_BIT(OBSERVE_TLS) | OBSERVE_BIT(OBSERVE_QUIC) | OBSERVE_BIT(OBSERVE_HTTP_REQUEST);
}

void names_see(struct names *n, const struct observation *o)
{
    const struct observation_tls *tls = (const struct observation_tls *)(const void *)o;
    const struct observation_quic *quic = (const struct observation_quic *)(const void *)o;
    n->gathered->flow_id = 0;
    switch (o->kind) {
    case OBSERVE_DNS: names_see_dns(n, (const struct observation_dns *)(const void *)o); break;
    case OBSERVE_TLS: say(n, o, tls->sni, NAME_TLS, tls->ech); break;
    case OBSERVE_QUIC:
        if (!quic->is_server)
            say(n, o, quic->sni, NAME_QUIC, quic->ech);
        break;
    case OBSERVE_HTTP_REQUEST: say(n, o, ((const struct observation_http *)(const void *)o)->host, NAME_HTTP, ECH_NONE); break;
    default: break;
    }
}

void names_end(struct names *n, const struct observation *o)
{
    struct said *s = is_gathered(n, o) && o->app_proto != APP_DNS ? n->gathered->said : table_find(n->said, &o->flow_id);
    n->gathered->flow_id = 0;
    if (s)
        table_drop(n->said, s);
}

/* --------------------------------------------------------------- answering */

/* Which of the names stands before the other: asked-for before unsolicited, then the latest answer. */
static bool stands_before(const struct sensor_name *a, const struct sensor_name *b)
{
    if (a->unsolicited != b->unsolicited)
        return b->unsolicited;
    return a->age_ns < b->age_ns;
}

static void gather_link(const struct names *n, const struct link *l, enum sensor_name_source source, uint64_t start_ns)
{
    struct gathered *g = n->gathered;
    struct sensor_name name = {.name = words_text(n->words, l->name),
                               .leaf = words_text(n->words, l->leaf),
                               .source = (uint8_t)source,
                               .unsolicited = l->unsolicited,
                               .hint = l->hint,
                               .age_ns = start_ns - (l->last_ns <= start_ns ? l->last_ns : l->first_ns),
                               .ttl_s = l->ttl_s};
    struct slice resolver = words_text(n->words, l->resolver);
    if (resolver.size == sizeof name.resolver.bytes)
        memcpy(name.resolver.bytes, resolver.at, resolver.size);
    uint32_t i = g->count++;
    for (; i > 0 && stands_before(&name, &g->name[i - 1]); i--)
        g->name[i] = g->name[i - 1];
    g->name[i] = name;
}

static void gather_links(const struct names *n, const struct links *l, enum sensor_name_source source, uint64_t start_ns)
{
    for (uint32_t i = 0; l && i < l->count; i++)
        if (held_at(n, &links_first(l)[i], start_ns))
            gather_link(n, &links_first(l)[i], source, start_ns);
}

/* How many different registered domains the network found at the address beside this name's own. */
static uint32_t count_others(const struct names *n, const struct links *all, struct slice name, uint64_t start_ns)
{
    struct slice seen[NAMES_OF_ADDRESS_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; all && i < all->count; i++) {
        const struct link *l = &links_first(all)[i];
        struct slice other = words_text(n->words, l->name);
        bool known = l->unsolicited || !held_at(n, l, start_ns) || same_domain(other, name);
        for (uint32_t k = 0; k < count && !known; k++)
            known = same_domain(other, seen[k]);
        if (!known)
            seen[count++] = other;
    }
    return count;
}

/* TLS hid the true name: the handshake says so, or it offers ECH (which may be for show) and says a name that does not lead to this
 * address, as far as all names that do are remembered. */
static bool is_hidden(const struct said *s, const struct gathered *g, struct slice said_name)
{
    if (s->ech == ECH_NONE || g->count == 0 || g->name[0].source != NAME_SAME_HOST || g->name[0].unsolicited)
        return false;
    if (s->ech != ECH_ACCEPTED && g->count == NAMES_OF_CLIENT_MAX)
        return false;
    for (uint32_t i = 0; i < g->count; i++)
        if (g->name[i].name.size == said_name.size && memcmp(g->name[i].name.at, said_name.at, said_name.size) == 0)
            return s->ech == ECH_ACCEPTED && i > 0;
    return true;
}

static void gather_said(const struct names *n, const struct observation *o)
{
    struct gathered *g = n->gathered;
    const struct said *s = g->said = o->app_proto == APP_DNS ? NULL : table_find(n->said, &o->flow_id); /* DNS says none */
    if (!s)
        return;
    struct sensor_name name = {.name = words_text(n->words, s->name), .source = s->source};
    if (is_hidden(s, g, name.name)) {
        g->name[g->count++] = name;
        return;
    }
    memmove(&g->name[1], &g->name[0], g->count++ * sizeof name);
    g->name[0] = name;
}

static void gather(struct names *n, const struct observation *o)
{
    struct gathered *g = n->gathered;
    bool is_client = o->server_internal && !o->client_internal; /* which end is named: the outside one */
    struct pair_key key = {is_client ? o->server : o->client, names_unwrap(is_client ? &o->client : &o->server)};
    const struct links *all = table_find(n->addresses, &key.server);
    /* What a client was told, the network was: nobody need be asked about an address that no answer named. */
    const struct links *pair = all || table_evicted(n->addresses) > 0 ? table_find(n->pairs, &key) : NULL;
    g->flow_id = o->flow_id;
    g->time_ns = o->time_ns;
    g->kind = o->kind;
    g->count = 0;
    gather_links(n, pair, NAME_SAME_HOST, o->start_ns);
    if (g->count == 0)
        gather_links(n, all, NAME_NETWORK, o->start_ns);
    for (uint32_t i = 0; i < g->count; i++)
        g->name[i].others = count_others(n, all, g->name[i].name, o->start_ns);
    gather_said(n, o);
}

bool names_of(struct names *n, const struct observation *o, size_t i, struct sensor_name *out)
{
    const struct gathered *g = n->gathered;
    if (!is_gathered(n, o))
        gather(n, o);
    if (i >= g->count)
        return false;
    *out = g->name[i];
    return true;
}

/* -------------------------------------------------------------- life cycle */

struct names *names_new(const struct names_options *options, struct error *error)
{
    struct names *n = calloc(1, sizeof *n);
    uint32_t most = options->most, addresses = most / 4 ? most / 4 : 1;
    if (n) {
        n->options = *options;
        n->secret = hash_key_random();
        n->words = words_new(most * 2);
        n->pairs = table_new(most, sizeof(struct pair_key), sizeof(struct links));
        n->addresses = table_new(addresses, sizeof(struct address), sizeof(struct links));
        n->said = table_new(options->flows ? options->flows : NAMES_FLOWS, sizeof(uint64_t), sizeof(struct said));
        n->questions = names_questions_new(options->questions ? options->questions : NAMES_QUESTIONS);
        n->gathered = calloc(1, sizeof *n->gathered);
    }
    if (!n || !n->words || !n->pairs || !n->addresses || !n->said || !n->questions || !n->gathered) {
        names_free(n);
        error_set(error, "out of memory for passive DNS; lower passive-dns.max-entries");
        return NULL;
    }
    table_on_end(n->pairs, links_end, n->words);
    table_on_end(n->addresses, links_end, n->words);
    table_on_end(n->said, said_end, n->words);
    names_load(n);
    return n;
}

void names_free(struct names *n)
{
    if (!n)
        return;
    if (n->kept_ns > 0)
        names_save(n);
    free(n->gathered);
    table_free(n->questions);
    table_free(n->said);
    table_free(n->addresses);
    table_free(n->pairs);
    words_free(n->words);
    free(n);
}

void names_count(const struct names *n, struct names_counters *out)
{
    *out = n->counters;
    out->pairs = table_count(n->pairs);
    out->addresses = table_count(n->addresses);
    out->pairs_evicted = table_evicted(n->pairs);
    out->addresses_evicted = table_evicted(n->addresses);
    out->questions = table_count(n->questions);
    out->flows = table_count(n->said);
    out->flows_evicted = table_evicted(n->said);
    out->questions_evicted = table_evicted(n->questions);
    out->words = words_count(n->words);
    out->words_refused = words_refused(n->words);
}
