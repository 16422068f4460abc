/* SPDX-License-Identifier: Apache-2.0 */
/*
 * threshold.c - see threshold.h. A full table forgets the fact that came up longest ago: one alert too many, never one too few.
 */
#include "analysis/threshold.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "analysis/host.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/state_bytes.h"
#include "base/table.h"

#define LOOK_NS   (60 * NS_PER_S) /* how often windows are looked over */
#define NEVER_S   UINT32_MAX      /* a window as long as its flow is remembered */

#define STATE_NAME    "thresholds"
#define STATE_VERSION 1u
#define STATE_MOST    (32u << 20) /* bytes */

/* What is counted together. Unused parts are 0. */
struct fact_key {
    struct address a, b;
    uint64_t indicator; /* keyed hash */
    uint64_t flow_id;
    uint32_t sid;
    uint32_t track;
};

struct fact {
    uint64_t began_ns;
    uint64_t hits; /* in this window */
    uint64_t next; /* THRESHOLD_BACKOFF: the hit that alerts next */
    uint32_t window_s;
    bool kept; /* of an earlier run */
    struct threshold_repeats repeats;
};

/* The bound that holds for one sighting. */
struct bound {
    enum threshold_type type;
    uint32_t count, seconds, multiplier;
    uint8_t track;
    bool with_indicator;
};

struct thresholds {
    struct threshold_options options;
    struct hash_key secret;
    struct sensor_table *facts;
    uint64_t looked_ns, now_ns;
    uint64_t kept_ns; /* time of the state that it goes on from, 0: none */
};

/* ------------------------------------------------------------- life cycle */

static void tell(struct thresholds *t, struct fact *f)
{
    if (f->repeats.count == 0 || !t->options.closed)
        return;
    t->options.closed(t->options.arg, &f->repeats, t->now_ns);
    f->repeats.count = 0;
}

static void fact_end(void *arg, void *value)
{
    tell(arg, value);
}

/* The state is the key of the hashes in the keys, the time, then the windows, of which nothing is held back any more. */
static bool take_state(void *arg, struct slice bytes)
{
    struct thresholds *t = arg;
    struct state_reader r = {.rest = bytes};
    state_read(&r, &t->secret, sizeof t->secret);
    state_read(&r, &t->kept_ns, sizeof t->kept_ns);
    if (r.bad || !state_read_table(&r, t->facts))
        return false;
    for (struct fact *f = NULL; (f = table_next(t->facts, f, NULL)) != NULL;)
        f->kept = true;
    return true;
}

static void load(struct thresholds *t)
{
    if (t->options.host == NULL || t->options.host->state_load == NULL)
        return;
    t->options.host->state_load(STATE_NAME, STATE_VERSION, take_state, t);
}

static void save(const struct thresholds *t)
{
    struct state_writer p = {.most = STATE_MOST};
    if (t->options.host == NULL || t->options.host->state_save == NULL || !host_keeps_state())
        return;
    state_put(&p, &t->secret, sizeof t->secret);
    state_put(&p, &t->now_ns, sizeof t->now_ns);
    state_put_table(&p, t->facts, STATE_MOST);
    t->options.host->state_save(STATE_NAME, STATE_VERSION, (struct slice){p.bytes, p.size});
    free(p.bytes);
}

struct thresholds *thresholds_new(const struct threshold_options *options)
{
    struct thresholds *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->options = *options;
    t->secret = hash_key_random();
    t->facts = table_new(options->most ? options->most : THRESHOLD_FACTS, sizeof(struct fact_key), sizeof(struct fact));
    if (t->facts) {
        table_on_end(t->facts, fact_end, t);
        load(t);
        return t;
    }
    free(t);
    return NULL;
}

void thresholds_free(struct thresholds *t)
{
    if (!t)
        return;
    t->options.closed = NULL;
    table_free(t->facts);
    free(t);
}

/* --------------------------------------------------------------- the file */

static struct slice matched_value(const struct sighting *s)
{
    for (size_t i = 0; i < s->evidence_count; i++)
        if (s->evidence[i].kind == EVIDENCE_TEXT && strcmp(s->evidence[i].name, "matched_value") == 0)
            return s->evidence[i].text;
    return s->dedup;
}

static bool is_text(struct slice s, const char *text)
{
    return s.size == strlen(text) && s.size > 0 && strncasecmp((const char *)s.at, text, s.size) == 0;
}

/* The ends as the alert's header names them: whoever sent the packet is the source. */
static const struct address *source_of(const struct observation *o)
{
    return o->direction == TO_CLIENT ? &o->server : &o->client;
}

static const struct address *destination_of(const struct observation *o)
{
    return o->direction == TO_CLIENT ? &o->client : &o->server;
}

static const struct address *host_of(const struct observation *o, const struct sighting *s)
{
    return s->target_is_server ? &o->server : &o->client;
}

static bool ip_fits(const struct threshold_rule *r, const struct observation *o, const struct sighting *s)
{
    if (!r->ip)
        return true;
    bool source = addr_set_holds(r->ip, source_of(o)), destination = addr_set_holds(r->ip, destination_of(o));
    switch (r->track) {
    case TRACK_SRC: return source;
    case TRACK_DST: return destination;
    case TRACK_HOST: return addr_set_holds(r->ip, host_of(o, s));
    default: return source || destination;
    }
}

static bool fits(const struct thresholds *t, const struct threshold_rule *r, const struct observation *o, const struct sighting *s)
{
    if ((r->sid != 0 && r->sid != s->rule->sid) || o->time_ns >= r->over_ns || !ip_fits(r, o, s))
        return false;
    if (r->indicator && !is_text(s->dedup, r->indicator) && !is_text(matched_value(s), r->indicator))
        return false;
    return !r->role || roles_have(t->options.roles, host_of(o, s), o->time_ns, r->role, NULL);
}

static bool is_suppressed(const struct thresholds *t, const struct observation *o, const struct sighting *s)
{
    struct threshold_rules *rules = t->options.rules;
    for (size_t i = 0; rules && i < rules->count; i++) {
        struct threshold_rule *r = &rules->rule[i];
        if (r->type == THRESHOLD_SUPPRESS && fits(t, r, o, s)) {
            r->hits++;
            return true;
        }
    }
    return false;
}

/* The file's line for this sighting; one that names the rule before one for all. */
static struct bound bound_of(const struct thresholds *t, const struct observation *o, const struct sighting *s)
{
    struct threshold_rules *rules = t->options.rules;
    struct threshold_rule *best = NULL;
    for (size_t i = 0; rules && i < rules->count; i++) {
        struct threshold_rule *r = &rules->rule[i];
        if (r->type != THRESHOLD_SUPPRESS && (!best || (best->sid == 0 && r->sid != 0)) && fits(t, r, o, s))
            best = r;
    }
    if (!best)
        return (struct bound){THRESHOLD_LIMIT, s->limit, s->window_s, 0, TRACK_HOST, true};
    best->hits++;
    return (struct bound){best->type, best->count, best->seconds, best->multiplier, best->track, best->with_indicator};
}

/* ------------------------------------------------------------------- facts */

static struct fact_key key_of(const struct thresholds *t, const struct bound *b, const struct observation *o,
                              const struct sighting *s)
{
    struct fact_key key = {.sid = s->rule->sid, .track = b->track};
    const struct address *source = source_of(o), *destination = destination_of(o);
    bool swap = memcmp(source->bytes, destination->bytes, sizeof source->bytes) > 0;
    switch (b->track) {
    case TRACK_SRC: key.a = *source; break;
    case TRACK_DST: key.a = *destination; break;
    case TRACK_HOST: key.a = *host_of(o, s); break;
    case TRACK_FLOW: key.flow_id = o->flow_id; break;
    case TRACK_BOTH:
        key.a = swap ? *destination : *source;
        key.b = swap ? *source : *destination;
        break;
    default: break;
    }
    if (b->with_indicator)
        key.indicator = hash_bytes(t->secret, s->dedup.at, s->dedup.size) | 1;
    return key;
}

/* A window that was kept counts from where it was kept: who reads an older capture, or the same one again, is told all of it. */
static bool is_over(const struct thresholds *t, const struct fact *f, uint64_t now_ns)
{
    bool from_later = f->kept && now_ns < t->kept_ns;
    return from_later || (f->window_s != NEVER_S && now_ns >= f->began_ns && now_ns - f->began_ns >= f->window_s * NS_PER_S);
}

static void begin_window(struct fact *f, const struct bound *b, uint64_t now_ns)
{
    f->began_ns = now_ns;
    f->window_s = b->type == THRESHOLD_BACKOFF ? NEVER_S : b->seconds;
    f->hits = 0;
    f->kept = false;
    f->next = b->count;
}

/* Counts a hit; does it alert? */
static bool hit_alerts(struct fact *f, const struct bound *b)
{
    f->hits++;
    switch (b->type) {
    case THRESHOLD_LIMIT: return f->hits <= b->count;
    case THRESHOLD_EVERY: return f->hits % b->count == 0;
    case THRESHOLD_BOTH: return f->hits == b->count;
    case THRESHOLD_BACKOFF:
        if (f->hits < f->next)
            return false;
        f->next = f->next > UINT64_MAX / b->multiplier ? UINT64_MAX : f->next * b->multiplier;
        return true;
    default: return true;
    }
}

static void copy_text(char out[THRESHOLD_TEXT_MAX], struct slice text)
{
    size_t size = text.size < THRESHOLD_TEXT_MAX - 1 ? text.size : THRESHOLD_TEXT_MAX - 1;
    if (size > 0)
        memcpy(out, text.at, size);
    out[size] = '\0';
}

static void add_port(struct threshold_repeats *r, uint16_t port)
{
    for (uint8_t i = 0; i < r->port_count; i++)
        if (r->port[i] == port)
            return;
    if (port != 0 && r->port_count < THRESHOLD_PORTS_MAX)
        r->port[r->port_count++] = port;
}

static void hold_back(struct threshold_repeats *r, const struct observation *o, const struct sighting *s)
{
    uint64_t bytes = o->bytes[TO_SERVER] + o->bytes[TO_CLIENT];
    if (r->count++ == 0) {
        *r = (struct threshold_repeats){.rule = s->rule, .count = 1, .first_ns = o->time_ns};
        const char *signature = s->signature ? s->signature : s->rule->name;
        copy_text(r->signature, (struct slice){(const uint8_t *)signature, strlen(signature)});
        copy_text(r->value, matched_value(s));
    } else if (r->head.flow_id == o->flow_id) {
        r->bytes -= r->flow_bytes;
    }
    r->target_is_server = s->target_is_server;
    r->last_ns = o->time_ns;
    r->flow_bytes = bytes;
    r->bytes += bytes;
    r->head = *o;
    add_port(r, o->server_port);
}

enum threshold_verdict thresholds_judge(struct thresholds *t, const struct observation *o, const struct sighting *s,
                                        uint64_t *held_back)
{
    *held_back = 0;
    t->now_ns = o->time_ns;
    if (is_suppressed(t, o, s))
        return THRESHOLD_SUPPRESSED;
    struct bound b = bound_of(t, o, s);
    if (b.count == 0 || (b.seconds == 0 && b.type != THRESHOLD_BACKOFF))
        return THRESHOLD_ALERT;
    bool is_new;
    struct fact_key key = key_of(t, &b, o, s);
    struct fact *f = table_take(t->facts, &key, &is_new);
    if (is_new || is_over(t, f, o->time_ns)) {
        tell(t, f);
        begin_window(f, &b, o->time_ns);
    }
    if (!hit_alerts(f, &b)) {
        hold_back(&f->repeats, o, s);
        return THRESHOLD_HELD_BACK;
    }
    if (!t->options.closed) {
        *held_back = f->repeats.count;
        f->repeats.count = 0;
    }
    return THRESHOLD_ALERT;
}

/* ------------------------------------------------------------------ closing */

void thresholds_tick(struct thresholds *t, uint64_t now_ns)
{
    if (now_ns < t->looked_ns + LOOK_NS)
        return;
    t->looked_ns = t->now_ns = now_ns;
    for (struct fact *f = table_next(t->facts, NULL, NULL), *next; f; f = next) {
        next = table_next(t->facts, f, NULL);
        if (is_over(t, f, now_ns) && (t->options.closed || f->repeats.count == 0))
            table_drop(t->facts, f);
    }
}

void thresholds_close_all(struct thresholds *t, uint64_t now_ns)
{
    t->now_ns = now_ns;
    for (struct fact *f = NULL; (f = table_next(t->facts, f, NULL)) != NULL;) {
        tell(t, f);
        f->repeats = (struct threshold_repeats){.count = 0};
    }
    save(t);
}

uint64_t thresholds_count(const struct thresholds *t)
{
    return table_count(t->facts);
}

uint64_t thresholds_lost(const struct thresholds *t)
{
    return table_evicted(t->facts);
}
