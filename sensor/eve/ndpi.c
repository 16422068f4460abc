/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ndpi.c - the `ndpi` object in the layout of nDPI 4.11 and later, from the flow's classification.
 *
 * But for the host name its text depends on the classification alone, and a network knows few of those: the texts written
 * lately are kept, which saves a third of an event's work.
 *
 * Left out on purpose: proto_by_ip (a word under a key that Elastic maps as an address) and risk_score (an object under a
 * key it maps as a number); either makes it refuse the document.
 */
#include "eve/line.h"

#include <string.h>

#include "eve/names.h"
#include "flow/classify.h"

#define NAME_MAX 63 /* bytes of a protocol name; the library's are below 32 */

/* "91" or "91.126"; at most 11 digits and a dot. */
static void proto_id(struct json *j, uint16_t master, uint16_t app)
{
    char text[2 * DECIMAL_MAX];
    char *at = text;
    if (master != 0) {
        decimal_text(master, at);
        while (*at != '\0')
            at++;
        *at++ = '.';
    }
    decimal_text(app, at);
    json_text(j, "proto_id", text);
}

/* Appends a name, cut at NAME_MAX bytes; returns the new length. */
static size_t append(char *text, size_t used, const char *name)
{
    size_t size = strnlen(name, NAME_MAX);
    memcpy(text + used, name, size);
    return used + size;
}

/* "TLS" or "TLS.Google". */
static void proto(struct json *j, const struct classify_names *names, uint16_t master, uint16_t app)
{
    char text[2 * NAME_MAX + 1];
    size_t used = 0;
    if (master != 0) {
        used = append(text, used, classify_protocol(names, master));
        text[used++] = '.';
    }
    used = append(text, used, classify_protocol(names, app));
    json_slice(j, "proto", (struct slice){(const uint8_t *)text, used});
}

static void risks(struct json *j, const struct classify_names *names, uint64_t bits)
{
    if (bits == 0)
        return;
    json_open(j, "flow_risk");
    for (; bits != 0; bits &= bits - 1) {
        unsigned risk = (unsigned)__builtin_ctzll(bits);
        char key[DECIMAL_MAX];
        json_open(j, decimal_text(risk, key));
        json_text(j, "risk", classify_risk(names, risk));
        json_text(j, "severity", classify_risk_severity(names, risk));
        json_close(j);
    }
    json_close(j);
}

/* The name the observation itself holds, if it is of a kind that has one. */
static struct slice hostname(const struct line *l)
{
    const struct observation *o = l->seen;
    switch (o->kind) {
    case OBSERVE_TLS: return line_slice(l, ((const struct observation_tls *)o)->sni);
    case OBSERVE_QUIC: return line_slice(l, ((const struct observation_quic *)o)->sni);
    case OBSERVE_HTTP:
    case OBSERVE_HTTP_REQUEST: return line_slice(l, ((const struct observation_http *)o)->host);
    case OBSERVE_DNS: {
        const struct observation_dns *dns = (const struct observation_dns *)o;
        const struct dns_record *question = observation_item(o, dns->questions, 0, sizeof *question);
        return question != NULL ? line_slice(l, question->name) : (struct slice){NULL, 0};
    }
    default: return (struct slice){NULL, 0};
    }
}

static void members(struct json *j, const struct classify_names *names, const struct classification *class)
{
    uint16_t master = class->master != class->app ? class->master : 0;
    char key[DECIMAL_MAX];
    risks(j, names, class->risks);
    json_open(j, "confidence");
    json_text(j, decimal_text(class->confidence, key), classify_confidence(names, class->confidence));
    json_close(j);
    proto(j, names, master, class->app);
    proto_id(j, master, class->app);
    json_uint(j, "encrypted", class->encrypted != 0);
    json_text(j, "breed", classify_breed(names, class->breed));
    json_uint(j, "category_id", class->category);
    json_text(j, "category", classify_category(names, class->category));
}

/* Where the text of this classification is kept, or will be. */
static struct ndpi_text *text_of(struct eve *e, const struct classification *class)
{
    uint64_t words[sizeof *class / sizeof(uint64_t)], hash = 0;
    memcpy(words, class, sizeof words);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        hash = (hash ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15); /* 2^64 by the golden ratio (Knuth 6.4) */
    return &e->ndpi[hash >> 32 & (NDPI_TEXTS - 1)];
}

static void keep(struct ndpi_text *t, const struct classification *class, const struct json *j, size_t from)
{
    size_t size = j->size - from;
    if (j->failed || size > sizeof t->text)
        return;
    t->class = *class;
    t->size = (uint32_t)size;
    memcpy(t->text, j->at + from, size);
}

static void classification(struct line *l)
{
    const struct classification *class = &l->seen->class;
    struct json *j = l->json;
    struct ndpi_text *kept = text_of(l->eve, class);
    size_t from = j->size;
    if (kept->size > 0 && memcmp(&kept->class, class, sizeof *class) == 0) {
        json_members(j, kept->text, kept->size);
    } else {
        members(j, l->eve->options.names, class);
        keep(kept, class, j, from);
    }
    struct slice name = hostname(l);
    if (name.size > 0)
        json_slice(j, "hostname", name);
}

void ndpi_object(struct line *l)
{
    const struct eve_options *o = &l->eve->options;
    bool classified = o->ndpi && o->names != NULL && l->seen != NULL && l->seen->class.state != CLASS_NONE;
    const struct blackbox_crash *crash = l->event->crash;
    if (!classified && !o->numbered && !crash)
        return;
    json_open(l->json, "ndpi");
    if (classified)
        classification(l);
    if (o->numbered || crash) {
        json_open(l->json, "haetae");
        line_number(l->eve, l->json);
        if (crash)
            crash_object(l->json, crash);
        json_close(l->json);
    }
    json_close(l->json);
}
