/* SPDX-License-Identifier: Apache-2.0 */
/*
 * beacon.c - D17: a host that comes back to one place at even times, with messages of even size.
 *
 * A pair is (host, name or address, port, protocol). Its first connections are kept in a small table, so that scans do not push
 * out what is watched; from the eighth on it has a ring of the latest 256 and a count for each hour of a week. It is judged
 * once an hour of its own, and at the end: over a day in bins of an hour, and when it is rare, over a week in bins of four.
 * RITA's score decides (rita.c), but it lets chance pass where connections are few and of one size: the times must be even too.
 */
#include "behaviour.h"

#include <inttypes.h>
#include <stdio.h>

#include "rita.h"

enum {
    NAME_KEPT = 48,      /* bytes of the name in a key */
    EARLY = 8,           /* connections before a pair gets a ring */
    RING = 256,
    WEEK_HOURS = 168,
    SLOW_HOURS = 4,      /* bin of the week */
    COMMON_HOSTS = 10,   /* of so many hosts ... */
    STROBE = 86400       /* connections a day, as in RITA */
};

struct pair_key {
    struct address host;
    struct address server; /* zero when there is a name */
    char name[NAME_KEPT];  /* its last bytes */
    uint16_t port;
    uint8_t proto;
    uint8_t reserved[5];
};

struct start {
    uint32_t s, bytes;
};

struct contact {
    uint32_t count;
    struct start start[EARLY];
};

struct beacon {
    struct observation head; /* of the latest flow */
    uint64_t count;
    uint32_t last_hour;      /* hours since the epoch: the latest with a connection */
    uint32_t judged_hour;
    uint32_t first_s;
    bool said;               /* the name was said by the flow */
    uint16_t hour[WEEK_HOURS]; /* connections in it, stops at its most */
    struct start ring[RING];
};

/* A pair's connections in one window. */
struct window {
    const char *word;
    uint32_t start_s[RING], bytes[RING];
    uint32_t bin[RITA_BINS_MAX];
    uint64_t connections;
    struct rita_input in;
    struct rita_score score;
};

bool beacon_open(struct behaviour *b, uint32_t pairs_max)
{
    b->contacts = b->host->table_new(2 * pairs_max, sizeof(struct pair_key), sizeof(struct contact));
    b->beacons = b->host->table_new(pairs_max, sizeof(struct pair_key), sizeof(struct beacon));
    return b->contacts != NULL && b->beacons != NULL;
}

void beacon_close(struct behaviour *b)
{
    b->host->table_free(b->contacts);
    b->host->table_free(b->beacons);
}

/* ------------------------------------------------------------------ keeping */

static void key_of(const struct observation *o, const struct peer *peer, struct pair_key *key)
{
    size_t size = peer->at.size < NAME_KEPT - 1 ? peer->at.size : NAME_KEPT - 1;
    *key = (struct pair_key){.host = o->client, .port = o->server_port, .proto = o->proto};
    if (size == 0)
        key->server = o->server;
    else
        memcpy(key->name, peer->at.at + peer->at.size - size, size);
}

static void add_start(struct beacon *p, struct start start)
{
    uint32_t hour = start.s / HOUR_S;
    if (p->count == 0 || hour >= p->last_hour + WEEK_HOURS)
        memset(p->hour, 0, sizeof p->hour);
    else
        for (uint32_t h = p->last_hour + 1; h <= hour; h++)
            p->hour[h % WEEK_HOURS] = 0;
    p->last_hour = p->count == 0 || hour > p->last_hour ? hour : p->last_hour;
    if (p->last_hour - hour < WEEK_HOURS && p->hour[hour % WEEK_HOURS] < UINT16_MAX)
        p->hour[hour % WEEK_HOURS]++;
    p->first_s = p->count == 0 || start.s < p->first_s ? start.s : p->first_s;
    p->ring[p->count++ % RING] = start;
}

/* The pair's record, once it has been seen often enough. */
static struct beacon *take_pair(struct behaviour *b, const struct pair_key *key, struct start start)
{
    bool is_new;
    struct beacon *p = b->host->table_find(b->beacons, key) != NULL ? b->host->table_take(b->beacons, key, &is_new) : NULL;
    if (p != NULL)
        return p;
    struct contact *c = b->host->table_take(b->contacts, key, &is_new);
    if (c->count < EARLY - 1) {
        c->start[c->count++] = start;
        return NULL;
    }
    p = b->host->table_take(b->beacons, key, &is_new);
    for (uint32_t i = 0; i < c->count && i < EARLY; i++)
        add_start(p, c->start[i]);
    p->judged_hour = p->last_hour;
    b->host->table_drop(b->contacts, c);
    return p;
}

/* ------------------------------------------------------------------ judging */

static uint32_t connections_in(const struct beacon *p, uint32_t from_hour, uint32_t hours)
{
    uint32_t sum = 0;
    for (uint32_t h = from_hour; h < from_hour + hours; h++)
        sum += p->last_hour >= h && p->last_hour - h < WEEK_HOURS ? p->hour[h % WEEK_HOURS] : 0;
    return sum;
}

/* Fills the window of `bins` bins of `bin_hours` that ends before `to_hour`. */
static void look_back(const struct beacon *p, struct window *w, uint32_t to_hour, unsigned bins, uint32_t bin_hours)
{
    struct rita_input *in = &w->in;
    uint32_t from_hour = to_hour - bins * bin_hours;
    *in = (struct rita_input){w->start_s, w->bytes, 0, w->bin, bins, from_hour * HOUR_S, to_hour * HOUR_S, UINT32_MAX, 0};
    w->connections = 0;
    for (unsigned i = 0; i < bins; i++)
        w->connections += w->bin[i] = connections_in(p, from_hour + i * bin_hours, bin_hours);
    for (uint64_t i = 0; i < RING && i < p->count; i++) {
        const struct start *s = &p->ring[i];
        if (s->s < in->from_s || s->s >= in->to_s)
            continue;
        in->first_s = s->s < in->first_s ? s->s : in->first_s;
        in->last_s = s->s > in->last_s ? s->s : in->last_s;
        w->start_s[in->count] = s->s;
        w->bytes[in->count++] = s->bytes;
    }
    if (in->count < w->connections) /* the ring is too small for the window: the bins know when it began */
        for (unsigned i = bins; i-- > 0;)
            in->first_s = w->bin[i] > 0 ? in->from_s + i * bin_hours * HOUR_S : in->first_s;
    if (in->first_s < p->first_s)
        in->first_s = p->first_s;
}

/*
 * Half of the intervals lie so near to their median: 0.69 of it when chance alone makes them, 0.10 with +-20 % of jitter, 0.25 with
 * +-50 %, 0.45 with +-90 %. The fewer there are, the more often chance looks even.
 */
static bool times_are_even(const struct window *w)
{
    const struct rita_spread *s = &w->score.interval;
    double most = w->in.count >= 100 ? 0.55 : w->in.count >= 40 ? 0.40 : 0.25;
    return s->madm <= most * s->median;
}

static bool is_even(const struct behaviour *b, struct window *w)
{
    if (w->in.count < 4)
        return false;
    rita_score_bins(&w->in, &w->score);
    if (w->score.histogram + w->score.duration + 2 < 4 * b->beacon_score - 0.01)
        return false; /* whatever the others are */
    return rita_score(&w->in, &w->score) && w->score.score >= b->beacon_score && times_are_even(w);
}

static void report_score(struct report *r, const struct window *w)
{
    const struct rita_score *s = &w->score;
    report_number(r, "beacon_score_permille", (int64_t)(s->score * 1000 + 0.5));
    report_number(r, "interval_score_permille", (int64_t)(s->interval.score * 1000 + 0.5));
    report_number(r, "size_score_permille", (int64_t)(s->size.score * 1000 + 0.5));
    report_number(r, "histogram_score_permille", (int64_t)(s->histogram * 1000 + 0.5));
    report_number(r, "duration_score_permille", (int64_t)(s->duration * 1000 + 0.5));
    report_number(r, "interval_median_s", (int64_t)s->interval.median);
    report_number(r, "interval_madm_s", (int64_t)s->interval.madm);
    report_number(r, "interval_skew_permille", (int64_t)(s->interval.skew * 1000));
    report_number(r, "size_median_bytes", (int64_t)s->size.median);
    report_number(r, "size_madm_bytes", (int64_t)s->size.madm);
    report_number(r, "bars", s->bars);
    report_because(r, "Score %.3f is the mean of four: intervals %.3f, sizes %.3f, histogram %.3f, duration %.3f", s->score,
                   s->interval.score, s->size.score, s->histogram, s->duration);
    report_because(r, "Half of the connections follow the one before within %.0f s of %.0f s; half of the sizes are within %.0f of %.0f bytes",
                   s->interval.madm, s->interval.median, s->size.madm, s->size.median);
}

static void write_bins(const struct window *w, char *out, size_t room)
{
    size_t used = 0;
    for (unsigned i = 0; i < w->in.bin_count && used < room - 12; i++)
        used += (size_t)snprintf(out + used, room - used, "%s%" PRIu32, i > 0 ? " " : "", w->bin[i]);
}

static void tell(const struct behaviour *b, struct sensor_context *context, const struct pair_key *key, const struct beacon *p,
                 const struct window *w, enum behaviour_rule rule)
{
    char host[46], server[46], bins[RITA_BINS_MAX * 12] = "";
    const char *peer = key->name[0] != '\0' ? key->name : b->host->address_text(&p->head.server, server);
    struct report r = {.rule = rule, .confidence_pct = rule == RULE_STROBE ? 50 : 65, .window_s = DAY_S};
    if (b->usual != NULL && key->name[0] != '\0' &&
        behaviour_is_usual(b, (struct slice){(const uint8_t *)key->name, strlen(key->name)}, "beacon")) {
        b->host->count(context, "beacon_usual");
        return;
    }
    const struct place *place = place_of(b, (struct slice){(const uint8_t *)key->name, strlen(key->name)}, &key->server);
    if (place_is_common(b, place)) {
        b->host->count(context, "beacon_common");
        return;
    }
    bool is_new = place_is_new(b, place, p->head.time_ns);
    r.severity = is_new ? 1 : 2;
    snprintf(r.dedup, sizeof r.dedup, "%s %u %u", peer, key->port, key->proto);
    snprintf(r.signature, sizeof r.signature, "%s to %.63s port %u", rule == RULE_STROBE ? "Ceaseless connections" : "Regular connections",
             peer, key->port);
    report_text(&r, "matched_value", peer);
    report_text(&r, "name_source", key->name[0] == '\0' ? "" : p->said ? "flow" : "dns");
    report_number(&r, "connections", (int64_t)w->connections);
    report_number(&r, "connections_ever", (int64_t)p->count);
    report_text(&r, "window", w->word);
    report_because(&r, "%s connected to %s port %u %" PRIu64 " times in the %s", b->host->address_text(&key->host, host), peer,
                   key->port, w->connections, w->word);
    if (rule != RULE_STROBE)
        report_score(&r, w);
    report_text(&r, "place_is_new", is_new ? "yes" : "");
    if (is_new)
        report_because(&r, "Nobody here had reached that place before the last days");
    if ((p->head.marks & MARK_REPLIED) == 0)
        report_because(&r, "Nothing answered the latest of them: the other side may be gone");
    write_bins(w, bins, sizeof bins);
    report_text(&r, "bins", bins);
    report_tell(b, context, &p->head, &r);
}

/* What the pair did until `to_hour`. */
static void judge(const struct behaviour *b, struct sensor_context *context, const struct pair_key *key, const struct beacon *p,
                  uint32_t to_hour)
{
    struct window w = {.word = "last 24 hours"};
    look_back(p, &w, to_hour, 24, 1);
    if (w.connections >= STROBE) {
        tell(b, context, key, p, &w, RULE_STROBE);
        return;
    }
    if (is_even(b, &w)) {
        tell(b, context, key, p, &w, RULE_BEACON_DAY);
        return;
    }
    w.word = "last 7 days";
    look_back(p, &w, to_hour, WEEK_HOURS / SLOW_HOURS, SLOW_HOURS);
    if (w.connections <= RING && is_even(b, &w))
        tell(b, context, key, p, &w, RULE_BEACON_WEEK);
}

void beacon_see(struct behaviour *b, const struct observation *o, struct sensor_context *context, const struct peer *peer)
{
    struct pair_key key;
    struct start start = {(uint32_t)(o->start_ns / NS_PER_S), o->bytes[TO_SERVER] < UINT32_MAX ? (uint32_t)o->bytes[TO_SERVER] : UINT32_MAX};
    if ((o->marks & MARK_MIDSTREAM) != 0 || o->app_proto == APP_DNS || o->app_proto == APP_NTP)
        return;
    key_of(o, peer, &key);
    struct beacon *p = take_pair(b, &key, start);
    if (p == NULL)
        return;
    uint32_t hour = start.s / HOUR_S;
    if (hour > p->judged_hour && hour > p->last_hour) {
        judge(b, context, &key, p, hour);
        p->judged_hour = hour;
    }
    add_start(p, start);
    p->said = peer->said;
    p->head = *o;
}

void beacon_finish(struct behaviour *b, struct sensor_context *context)
{
    const void *key;
    for (const struct beacon *p = NULL; (p = b->host->table_next(b->beacons, p, &key)) != NULL;)
        judge(b, context, key, p, p->last_hour + 1);
}
