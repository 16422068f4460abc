/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incident_state.c - stories outlive the process: see incident.h. The bytes are a count, then hosts, oldest first: address, a head,
 * events as they are in memory, each followed by its three texts (one byte of size, then the bytes). In the machine's byte order.
 */
#include "analysis/incident_inside.h"

#include <stdlib.h>
#include <string.h>

#define STATE_NAME    "incidents"
#define STATE_VERSION 1
#define TEXTS         3

struct saved_host {
    struct address address;
    uint64_t told_ns;
    uint32_t told_steps;
    uint16_t revision;
    uint16_t count;
};

/* Bytes not read yet; `bad` once too many were asked for. */
struct reader {
    struct slice rest;
    bool bad;
};

/* ----------------------------------------------------------------- reading */

static struct slice take(struct reader *r, size_t size)
{
    struct slice got = {r->rest.at, size};
    if (r->bad || size > r->rest.size) {
        r->bad = true;
        return (struct slice){NULL, 0};
    }
    r->rest = (struct slice){r->rest.at + size, r->rest.size - size};
    return got;
}

static void read_into(struct reader *r, void *out, size_t size)
{
    struct slice got = take(r, size);
    if (got.size > 0)
        memcpy(out, got.at, size);
}

static bool is_sound(const struct incident_event *e)
{
    return e->step > STEP_NONE && e->step < STEP_COUNT && e->severity >= 1 && e->severity <= 3 && e->confidence_pct <= 100 &&
           e->first_ns <= e->last_ns && e->weighed_ns <= e->last_ns && e->detector[0] == 'D' && e->detector[3] == '\0';
}

static void read_event(struct incidents *t, struct reader *r, struct incident_host *h)
{
    struct incident_event e = {.step = STEP_NONE};
    read_into(r, &e, sizeof e);
    uint32_t *texts[TEXTS] = {&e.signature, &e.value, &e.report};
    r->bad |= !is_sound(&e);
    for (size_t i = 0; i < TEXTS; i++) {
        uint8_t size = 0;
        read_into(r, &size, sizeof size);
        struct slice text = take(r, size);
        *texts[i] = r->bad ? 0 : words_take(t->words, text);
    }
    struct incident_event *room = r->bad ? NULL : incident_next_event(h);
    if (room == NULL) {
        r->bad = true;
        incident_drop_texts(t, &e);
        return;
    }
    *room = e;
    h->count++;
}

static void read_host(struct incidents *t, struct reader *r)
{
    struct saved_host saved = {.count = 0};
    bool is_new;
    read_into(r, &saved, sizeof saved);
    if (r->bad || saved.count > EVENTS_PER_HOST) {
        r->bad = true;
        return;
    }
    struct incident_host *h = table_take(t->hosts, &saved.address, &is_new);
    if (!is_new) {
        r->bad = true;
        return;
    }
    h->told_ns = saved.told_ns;
    h->told_steps = saved.told_steps;
    h->revision = saved.revision;
    for (uint16_t i = 0; i < saved.count && !r->bad; i++)
        read_event(t, r, h);
}

static bool take_state(void *arg, struct slice bytes)
{
    struct incidents *t = arg;
    struct reader r = {.rest = bytes};
    uint64_t count = 0;
    read_into(&r, &count, sizeof count);
    for (uint64_t i = 0; i < count && !r.bad; i++)
        read_host(t, &r);
    if (!r.bad && r.rest.size == 0)
        return true;
    for (struct incident_host *h = table_next(t->hosts, NULL, NULL); h != NULL; h = table_next(t->hosts, NULL, NULL))
        table_drop(t->hosts, h);
    return false;
}

void incident_load(struct incidents *t)
{
    if (t->options.host != NULL && t->options.host->state_load != NULL)
        t->options.host->state_load(STATE_NAME, STATE_VERSION, take_state, t);
}

/* ----------------------------------------------------------------- writing */

static size_t size_of(const struct incidents *t, const struct incident_host *h)
{
    size_t size = sizeof(struct saved_host) + h->count * (sizeof(struct incident_event) + TEXTS);
    for (uint8_t i = 0; i < h->count; i++) {
        const struct incident_event *e = &h->event[i];
        size += words_text(t->words, e->signature).size + words_text(t->words, e->value).size + words_text(t->words, e->report).size;
    }
    return size;
}

static uint8_t *put(uint8_t *at, const void *bytes, size_t size)
{
    if (size > 0)
        memcpy(at, bytes, size);
    return at + size;
}

static uint8_t *put_event(const struct incidents *t, const struct incident_event *e, uint8_t *at)
{
    struct incident_event saved = *e;
    const uint32_t texts[TEXTS] = {e->signature, e->value, e->report};
    saved.signature = saved.value = saved.report = 0;
    at = put(at, &saved, sizeof saved);
    for (size_t i = 0; i < TEXTS; i++) {
        struct slice text = words_text(t->words, texts[i]);
        uint8_t size = (uint8_t)text.size;
        at = put(put(at, &size, 1), text.at, text.size);
    }
    return at;
}

static void put_host(const struct incidents *t, const struct address *address, const struct incident_host *h, uint8_t *at)
{
    struct saved_host saved = {
        .address = *address, .told_ns = h->told_ns, .told_steps = h->told_steps, .revision = h->revision, .count = h->count};
    at = put(at, &saved, sizeof saved);
    for (uint8_t i = 0; i < h->count; i++)
        at = put_event(t, &h->event[i], at);
}

void incident_save(struct incidents *t)
{
    const struct sensor_host *host = t->options.host;
    uint64_t count = table_count(t->hosts);
    size_t size = sizeof count;
    const void *key;
    t->changed = false;
    if (host == NULL || host->state_save == NULL)
        return;
    for (const struct incident_host *h = NULL; (h = table_next(t->hosts, h, NULL)) != NULL;)
        size += size_of(t, h);
    uint8_t *bytes = malloc(size), *at = bytes != NULL ? bytes + size : NULL;
    if (bytes == NULL)
        return;
    memcpy(bytes, &count, sizeof count);
    for (const struct incident_host *h = NULL; (h = table_next(t->hosts, h, &key)) != NULL;) {
        at -= size_of(t, h);
        put_host(t, key, h, at);
    }
    host->state_save(STATE_NAME, STATE_VERSION, (struct slice){bytes, size});
    free(bytes);
}
