/* SPDX-License-Identifier: Apache-2.0 */
/*
 * behaviour.c - what hosts do, whoever is at the other end: options, and who sees which observation.
 *
 * No list of anything bad is needed here. The price is memory, all of it bounded, and false alarms, which usual.csv and roles hold
 * down. One file for each detector; behaviour.h has the map.
 */
#include "behaviour.h"

#include <stdio.h>
#include <stdlib.h>

static const struct sensor_option options[] = {
    {"usual", OPTION_TEXT, "behaviour/usual.csv", 0, 0, "CSV of services that are regular by nature: plugins/behaviour/README.md; empty for none"},
    {"beacon-score", OPTION_NUMBER, "85", 50, 100, "least score of a beacon in hundredths"},
    {"beacon-pairs", OPTION_NUMBER, "65536", 64, 1 << 20, "pairs of host and place watched at a time, 3 kB each when in use"},
    {NULL, OPTION_TEXT, NULL, 0, 0, NULL},
};

/* ------------------------------------------------------------------- peers */

static bool is_public(const struct address *a)
{
    static const struct address mapped = {.bytes = {[10] = 0xff, [11] = 0xff}};
    const uint8_t *v4 = a->bytes + 12;
    if (memcmp(a->bytes, mapped.bytes, 12) == 0) /* neither multicast, broadcast, loopback nor link-local */
        return v4[0] != 0 && v4[0] < 224 && v4[0] != 127 && !(v4[0] == 169 && v4[1] == 254);
    return a->bytes[0] != 0xff && (a->bytes[0] & 0xfe) != 0xfc && !(a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80) &&
           memcmp(a->bytes, (const uint8_t[15]){0}, 15) != 0;
}

bool behaviour_concerns(const struct observation *o)
{
    return o->client_internal && !o->server_internal && (o->proto == 6 || o->proto == 17) && is_public(&o->server);
}

/* The name that the flow says, or the one that this host resolved. What others resolved may be somebody else's. */
void behaviour_peer(const struct behaviour *b, struct sensor_context *context, struct peer *out)
{
    struct sensor_name n;
    *out = (struct peer){.at = {(const uint8_t *)out->name, 0}};
    if (!b->host->name_of(context, 0, &n) || n.source > NAME_SAME_HOST || n.unsolicited)
        return;
    out->at.size = n.name.size < NAME_ROOM - 1 ? n.name.size : NAME_ROOM - 1;
    memcpy(out->name, n.name.at + n.name.size - out->at.size, out->at.size);
    out->said = n.source < NAME_SAME_HOST;
}

/* True when the blank-separated `words` hold `word`. */
static bool holds_word(const char *words, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = words; (at = strstr(at, word)) != NULL; at += size)
        if ((at == words || at[-1] == ' ') && (at[size] == ' ' || at[size] == '\0'))
            return true;
    return false;
}

bool behaviour_is_usual(const struct behaviour *b, struct slice name, const char *use)
{
    struct sensor_entry entry;
    return b->usual != NULL && name.size > 0 && b->host->list_find_name(b->usual, name, &entry) &&
           holds_word(b->host->field(&entry, "use"), use);
}

/* ------------------------------------------------------------ the contract */

static void close_behaviour(void *state)
{
    struct behaviour *b = state;
    if (b == NULL)
        return;
    beacon_close(b);
    b->host->list_close(b->usual);
    free(b);
}

static bool open_usual(struct behaviour *b, const struct sensor_options *o, char *error, size_t error_size)
{
    static const char *const columns[] = {"use", "service", "source", NULL};
    const char *path = b->host->option_text(o, "usual");
    if (*path == '\0')
        return true;
    b->usual = b->host->list_open(path, columns, error, error_size);
    return b->usual != NULL;
}

static bool open_tables(struct behaviour *b, const struct sensor_options *o, char *error, size_t error_size)
{
    bool good = beacon_open(b, (uint32_t)b->host->option_number(o, "beacon-pairs"));
    if (!good)
        snprintf(error, error_size, "behaviour: out of memory; lower beacon-pairs");
    return good;
}

static void *open_behaviour(const struct sensor_host *host, const struct sensor_options *o, char *error, size_t error_size)
{
    struct behaviour *b = calloc(1, sizeof *b);
    if (b == NULL) {
        snprintf(error, error_size, "behaviour: out of memory");
        return NULL;
    }
    b->host = host;
    b->beacon_score = (double)host->option_number(o, "beacon-score") / 100;
    if (open_usual(b, o, error, error_size) && open_tables(b, o, error, error_size))
        return b;
    close_behaviour(b);
    return NULL;
}

static void see_end(struct behaviour *b, const struct observation *o, struct sensor_context *context)
{
    struct peer peer;
    if (!behaviour_concerns(o))
        return;
    behaviour_peer(b, context, &peer);
    beacon_see(b, o, context, &peer);
}

static void observe(void *state, const struct observation *o, struct sensor_context *context)
{
    struct behaviour *b = state;
    switch (o->kind) {
    case OBSERVE_ENDED: see_end(b, o, context); break;
    default: break;
    }
}

static void tick(void *state, uint64_t now_ns, struct sensor_context *context)
{
    struct behaviour *b = state;
    (void)now_ns;
    b->host->set(context, "beacon_pairs", b->host->table_count(b->beacons));
    b->host->set(context, "beacon_pairs_evicted", b->host->table_evicted(b->beacons));
    if (b->host->is_ending(context))
        beacon_finish(b, context);
}

SENSOR_PLUGIN(behaviour) = {
    SENSOR_PLUGIN_ABI,
    .kind = SENSOR_DETECTOR,
    .name = "behaviour",
    .version = "1.0.0",
    .license = "Apache-2.0",
    .summary = "what hosts do, whoever is at the other end: beacons",
    .options = options,
    .detector =
        {
            .observes = OBSERVE_BIT(OBSERVE_ENDED),
            .rules = behaviour_rules,
            .open = open_behaviour,
            .observe = observe,
            .tick = tick,
            .close = close_behaviour,
        },
};
