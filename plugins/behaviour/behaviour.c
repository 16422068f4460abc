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
    {"learn", OPTION_SECONDS, "7d", 3600, 90 * 86400, "how long the set of places learns, and how long a place then counts as new"},
    {"places", OPTION_NUMBER, "131072", 64, 1 << 22, "places remembered, 130 bytes each"},
    {"long-flows", OPTION_NUMBER, "65536", 64, 1 << 22, "open flows remembered that have lasted for an hour, 40 bytes each"},
    {"hosts", OPTION_NUMBER, "65536", 64, 1 << 22, "hosts of ours remembered, 300 bytes each"},
    {"long-quiet-ports", OPTION_LIST, "123,993,5223,5228", 0, 0, "ports whose connections are meant to stay open"},
    {"upload-bytes", OPTION_SIZE, "20mb", 1 << 20, INT64_C(1) << 50, "least upload to one place"},
    {"upload-ratio", OPTION_NUMBER, "10", 1, 1000000, "and how many times what came back"},
    {"tunnel-bytes", OPTION_SIZE, "10000", 1000, 1 << 30, "least information in names below one domain in an hour"},
    {"pairs", OPTION_NUMBER, "16384", 64, 1 << 20, "pairs of host and domain asked, and of host and place sent to, 1 kB each"},
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
    out->numeric = strspn(out->name, "0123456789.") == out->at.size || strchr(out->name, ':') != NULL;
    if (out->numeric)
        memset(out->name, 0, out->at.size), out->at.size = 0;
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

/* -------------------------------------------------------------------- state */

enum { KEPT = 6, KEPT_VERSION = 1 };

/* What outlives the process beside the set of places: open flows do not, for they have other ids then. */
static void kept_tables(const struct behaviour *b, struct sensor_table *out[KEPT])
{
    struct sensor_table *const tables[KEPT] = {b->clock, b->hosts, b->contacts, b->beacons, b->uploads, b->asked};
    memcpy(out, tables, sizeof tables);
}

static void keep(struct behaviour *b)
{
    struct sensor_table *tables[KEPT];
    bool is_new;
    *(uint64_t *)b->host->table_take(b->clock, &(uint64_t){0}, &is_new) = b->ticked_ns;
    kept_tables(b, tables);
    b->host->tables_save("behaviour-pairs", KEPT_VERSION, tables, KEPT);
}

/* What was kept is of use to what comes after it. An older capture, or the same one again, begins anew. */
static void begin(struct behaviour *b, uint64_t now_ns)
{
    const uint64_t *kept_ns = b->host->table_find(b->clock, &(uint64_t){0});
    struct sensor_table *tables[KEPT];
    b->has_begun = true;
    if (kept_ns == NULL || now_ns >= *kept_ns)
        return;
    kept_tables(b, tables);
    for (size_t i = 0; i < KEPT; i++)
        for (void *value; (value = b->host->table_next(tables[i], NULL, NULL)) != NULL;)
            b->host->table_drop(tables[i], value);
}

static void keep_hourly(struct behaviour *b, uint64_t now_ns)
{
    if (b->kept_ns == 0)
        b->kept_ns = now_ns;
    if (now_ns < b->kept_ns + HOUR_NS)
        return;
    b->kept_ns = now_ns;
    keep(b);
}

/* ------------------------------------------------------------ the contract */

static void close_behaviour(void *state)
{
    struct behaviour *b = state;
    if (b == NULL)
        return;
    if (b->kept_ns != 0)
        keep(b);
    first_seen_close(b);
    beacon_close(b);
    b->host->table_free(b->clock);
    b->host->table_free(b->hosts);
    b->host->table_free(b->lasting);
    b->host->table_free(b->uploads);
    b->host->table_free(b->asked);
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
    uint32_t pairs = (uint32_t)b->host->option_number(o, "pairs");
    b->clock = b->host->table_new(1, sizeof(uint64_t), sizeof(uint64_t));
    bool good = b->clock != NULL && hosts_open(b, (uint32_t)b->host->option_number(o, "hosts")) && first_seen_open(b, (uint32_t)b->host->option_number(o, "places")) &&
                long_open(b, (uint32_t)b->host->option_number(o, "long-flows")) && upload_open(b, pairs) && dns_tunnel_open(b, pairs) &&
                beacon_open(b, (uint32_t)b->host->option_number(o, "beacon-pairs"));
    struct sensor_table *tables[KEPT];
    kept_tables(b, tables);
    if (good)
        b->host->tables_load("behaviour-pairs", KEPT_VERSION, tables, KEPT);
    else
        snprintf(error, error_size, "behaviour: out of memory; lower beacon-pairs, places, hosts, long-flows or pairs");
    return good;
}

static bool read_ports(struct behaviour *b, const struct sensor_options *o, char *error, size_t error_size)
{
    size_t count = b->host->option_count(o, "long-quiet-ports");
    for (size_t i = 0; i < count; i++) {
        const char *text = b->host->option_item(o, "long-quiet-ports", i);
        char *end = NULL;
        unsigned long port = strtoul(text, &end, 10);
        if (i == QUIET_PORTS_MAX || *text < '0' || *text > '9' || *end != '\0' || port > UINT16_MAX) {
            snprintf(error, error_size, "behaviour: long-quiet-ports: '%.20s' is no port, or there are more than %d", text, QUIET_PORTS_MAX);
            return false;
        }
        b->quiet_port[b->quiet_ports++] = (uint16_t)port;
    }
    return true;
}

static bool read_options(struct behaviour *b, const struct sensor_options *o, char *error, size_t error_size)
{
    b->beacon_score = (double)b->host->option_number(o, "beacon-score") / 100;
    b->learn_ns = (uint64_t)b->host->option_number(o, "learn") * NS_PER_S;
    b->upload_bytes = (uint64_t)b->host->option_number(o, "upload-bytes");
    b->upload_ratio = (uint64_t)b->host->option_number(o, "upload-ratio");
    b->tunnel_bytes = (uint64_t)b->host->option_number(o, "tunnel-bytes");
    return read_ports(b, o, error, error_size);
}

static void *open_behaviour(const struct sensor_host *host, const struct sensor_options *o, char *error, size_t error_size)
{
    struct behaviour *b = calloc(1, sizeof *b);
    if (b == NULL) {
        snprintf(error, error_size, "behaviour: out of memory");
        return NULL;
    }
    b->host = host;
    if (read_options(b, o, error, error_size) && open_usual(b, o, error, error_size) && open_tables(b, o, error, error_size))
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
    if ((o->marks & MARK_REPLIED) != 0)
        first_seen_see(b, o, context, &peer);
    direct_see(b, o, context, &peer);
    upload_see(b, o, context, &peer);
    long_see(b, o, context, &peer);
    beacon_see(b, o, context, &peer);
}

static void see_hour(struct behaviour *b, const struct observation *o, struct sensor_context *context)
{
    struct peer peer;
    if (!behaviour_concerns(o))
        return;
    behaviour_peer(b, context, &peer);
    long_see(b, o, context, &peer);
}

static void observe(void *state, const struct observation *o, struct sensor_context *context)
{
    struct behaviour *b = state;
    if (b->learning_since_ns == 0)
        b->learning_since_ns = o->time_ns;
    if (!b->has_begun)
        begin(b, o->time_ns);
    switch (o->kind) {
    case OBSERVE_LASTING: see_hour(b, o, context); break;
    case OBSERVE_DNS: dns_tunnel_see(b, (const struct observation_dns *)o, context); break;
    case OBSERVE_ENDED: see_end(b, o, context); break;
    default: break;
    }
}

static void count_tables(const struct behaviour *b, struct sensor_context *context)
{
    b->host->set(context, "beacon_pairs", b->host->table_count(b->beacons));
    b->host->set(context, "beacon_pairs_evicted", b->host->table_evicted(b->beacons));
    b->host->set(context, "contacts_evicted", b->host->table_evicted(b->contacts));
    b->host->set(context, "places", b->host->table_count(b->places));
    b->host->set(context, "places_evicted", b->host->table_evicted(b->places));
    b->host->set(context, "hosts_evicted", b->host->table_evicted(b->hosts));
    b->host->set(context, "lasting_flows", b->host->table_count(b->lasting));
    b->host->set(context, "lasting_flows_evicted", b->host->table_evicted(b->lasting));
    b->host->set(context, "pairs_evicted", b->host->table_evicted(b->asked) + b->host->table_evicted(b->uploads));
}

static void tick(void *state, uint64_t now_ns, struct sensor_context *context)
{
    struct behaviour *b = state;
    count_tables(b, context);
    b->ticked_ns = now_ns;
    first_seen_save(b, now_ns);
    keep_hourly(b, now_ns);
    if (!b->host->is_ending(context))
        return;
    beacon_finish(b, context);
    dns_tunnel_finish(b, context);
}

SENSOR_PLUGIN(behaviour) = {
    SENSOR_PLUGIN_ABI,
    .kind = SENSOR_DETECTOR,
    .name = "behaviour",
    .version = "1.0.0",
    .license = "Apache-2.0",
    .summary = "what hosts do, whoever is at the other end: beacons, long connections, uploads, DNS tunnels, new places",
    .options = options,
    .detector =
        {
            .observes = OBSERVE_BIT(OBSERVE_LASTING) | OBSERVE_BIT(OBSERVE_DNS) | OBSERVE_BIT(OBSERVE_ENDED),
            .rules = behaviour_rules,
            .open = open_behaviour,
            .observe = observe,
            .tick = tick,
            .close = close_behaviour,
        },
};
