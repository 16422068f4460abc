/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read_stix.c - STIX 2.1 bundles, TAXII envelopes, arrays or lines of objects.
 *
 * Read twice: relations and newer versions may stand behind the indicator that they are about (stix_index.h). Of indicators the latest
 * version counts, unless it is revoked. Bare observables (an ipv4-addr object) are taken only from a file that has no indicator at
 * all, for elsewhere they are what somebody saw and not what somebody warns of.
 */
#include <stdlib.h>
#include <string.h>

#include "intel/json_scan.h"
#include "intel/read.h"
#include "intel/stix_extension.h"
#include "intel/stix_index.h"
#include "intel/stix_pattern.h"
#include "intel/time_text.h"

struct stix {
    struct reader *r;
    struct json_scan scan;
    struct stix_index *index;
    bool learning; /* the first of two passes: nothing is told yet */
};

/* --------------------------------------------------------------- properties */

/* TLP 2.0 and 1.0 have marking definitions with fixed ids (STIX 2.1, 7.2.1.4). */
static const char *tlp_of(const json_t *object)
{
    static const struct {
        const char *id, *tlp;
    } markings[] = {
        {"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487", "clear"},
        {"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", "clear"},
        {"marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "green"},
        {"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", "green"},
        {"marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421", "amber"},
        {"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", "amber"},
        {"marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003", "amber+strict"},
        {"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", "red"},
        {"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", "red"},
    };
    const json_t *refs = json_object_get(object, "object_marking_refs");
    for (size_t i = 0; i < json_array_size(refs); i++)
        for (size_t k = 0; k < sizeof markings / sizeof *markings; k++) {
            const char *id = json_string_value(json_array_get(refs, i));
            if (id && strcmp(id, markings[k].id) == 0)
                return markings[k].tlp;
        }
    return "";
}

static int64_t time_of(const json_t *object, const char *key)
{
    int64_t t;
    return time_parse(json_text_of(object, key), TIME_FIRST, &t) ? t : 0;
}

static uint8_t confidence_of(const struct stix *s, const json_t *object)
{
    const json_t *given = json_object_get(object, "confidence");
    json_int_t n = json_integer_value(given);
    return (uint8_t)(json_is_integer(given) && n >= 0 && n <= 100 ? n : s->r->options->defaults.confidence_pct);
}

/* What all indicators of one object share. */
static struct indicator common_of(const struct stix *s, const json_t *object)
{
    struct indicator i = reader_blank();
    const json_t *report = json_array_get(json_object_get(object, "external_references"), 0);
    i.line = s->scan.value_line;
    i.confidence_pct = confidence_of(s, object);
    i.first_seen = time_of(object, "created");
    i.last_seen = time_of(object, "modified");
    i.valid_from = time_of(object, "valid_from");
    i.valid_until = time_of(object, "valid_until");
    i.actor = stix_index_indicated(s->index, object, STIX_ACTOR);
    i.campaign = stix_index_indicated(s->index, object, STIX_CAMPAIGN);
    i.malware = stix_index_indicated(s->index, object, STIX_MALWARE);
    i.tlp = tlp_of(object);
    i.source = stix_index_name(s->index, json_text_of(object, "created_by_ref"));
    if (!*i.source)
        i.source = json_text_of(report, "source_name");
    i.reference = json_text_of(report, "url");
    stix_extension_read(object, &i);
    return i;
}

/* --------------------------------------------------------------- indicators */

static bool offer_terms(struct stix *s, const struct indicator *common, const struct stix_pattern *p)
{
    bool going = true;
    for (size_t i = 0; going && i < p->unsaid_count; i++)
        going = reader_unsaid(s->r, p->unsaid[i]);
    for (size_t i = 0; going && i < p->term_count; i++) {
        const struct stix_term *t = &p->terms[i];
        struct indicator one = *common;
        one.type = t->type;
        one.match = t->match;
        one.value = t->value;
        if (t->port_count) {
            memcpy(one.ports, t->ports, sizeof one.ports);
            one.port_count = t->port_count;
        }
        going = reader_offer(s->r, &one);
    }
    return going;
}

static bool take_pattern(struct stix *s, const json_t *object)
{
    struct stix_pattern p;
    const char *why;
    bool going;
    if (stix_pattern_parse(json_text_of(object, "pattern"), &p, &why)) {
        struct indicator common = common_of(s, object);
        going = offer_terms(s, &common, &p);
    } else {
        going = reader_bad(s->r, s->scan.value_line, "%.120s: %s", json_text_of(object, "id"), why);
    }
    stix_pattern_free(&p);
    return going;
}

static bool take_indicator(struct stix *s, const json_t *object)
{
    const char *language = json_text_of(object, "pattern_type");
    char what[96];
    if (!stix_index_is_latest(s->index, object))
        return reader_unsaid(s->r, "older versions of indicators");
    if (json_true_of(object, "revoked", false))
        return reader_unsaid(s->r, "revoked indicators");
    if (!*language || strcmp(language, "stix") == 0)
        return take_pattern(s, object);
    snprintf(what, sizeof what, "indicators whose pattern_type is %.32s", language);
    return reader_unsaid(s->r, what);
}

/* -------------------------------------------------------------- observables */

static bool offer_value(struct stix *s, const json_t *object, enum indicator_type type, const char *value)
{
    struct indicator i = common_of(s, object);
    i.type = type;
    i.value = value;
    return reader_offer(s->r, &i);
}

static bool take_certificate(struct stix *s, const json_t *object)
{
    const json_t *hashes = json_object_get(object, "hashes");
    const char *sha256 = json_text_of(hashes, "SHA-256"), *sha1 = json_text_of(hashes, "SHA-1");
    if (!*sha256 && !*sha1)
        return reader_unsaid(s->r, "certificates without SHA-1 or SHA-256");
    return (!*sha256 || offer_value(s, object, INDICATOR_TLS_SHA256, sha256)) &&
           (!*sha1 || offer_value(s, object, INDICATOR_TLS_SHA1, sha1));
}

static bool take_observable(struct stix *s, const json_t *object)
{
    static const struct {
        const char *object;
        enum indicator_type type;
    } kinds[] = {{"ipv4-addr", INDICATOR_IPV4},
                 {"ipv6-addr", INDICATOR_IPV6},
                 {"domain-name", INDICATOR_DOMAIN},
                 {"url", INDICATOR_URL},
                 {"cryptocurrency-wallet", INDICATOR_WALLET}};
    const char *type = json_text_of(object, "type");
    if (stix_index_has_indicators(s->index))
        return true;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(type, kinds[i].object) == 0)
            return offer_value(s, object, kinds[i].type, json_text_of(object, "value"));
    return strcmp(type, "x509-certificate") != 0 || take_certificate(s, object);
}

/* ----------------------------------------------------------------- document */

static bool take_object(struct stix *s)
{
    const char *why;
    json_t *object = json_scan_take(&s->scan, &why);
    if (!object)
        return s->learning || reader_bad(s->r, s->scan.value_line, "%s", why);
    bool going = true;
    if (s->learning)
        stix_index_learn(s->index, object);
    else if (strcmp(json_text_of(object, "type"), "indicator") == 0)
        going = take_indicator(s, object);
    else
        going = take_observable(s, object);
    json_decref(object);
    return going;
}

static bool take_array(struct stix *s)
{
    bool going = json_scan_enter(&s->scan);
    while (going && json_scan_next(&s->scan))
        going = take_object(s);
    return going;
}

/* A bundle or an envelope has "objects"; any other object is one itself. */
static bool take_top_object(struct stix *s)
{
    struct json_place start = json_scan_mark(&s->scan);
    bool is_container = false, going = json_scan_enter(&s->scan);
    while (going && json_scan_next(&s->scan)) {
        if (strcmp(s->scan.key, "objects") == 0 && json_scan_peek(&s->scan) == '[') {
            is_container = true;
            going = take_array(s);
        } else {
            json_scan_skip(&s->scan);
        }
    }
    if (!going || is_container || s->scan.broken)
        return going;
    json_scan_return(&s->scan, &start);
    return take_object(s);
}

static bool read_document(struct stix *s)
{
    bool going = true;
    while (going && json_scan_peek(&s->scan) != EOF) {
        int next = json_scan_peek(&s->scan);
        if (next == '{')
            going = take_top_object(s);
        else if (next == '[')
            going = take_array(s);
        else
            break;
    }
    bool is_whole = !s->scan.broken && json_scan_peek(&s->scan) == EOF;
    if (going && !is_whole && !s->learning)
        going = reader_bad(s->r, s->scan.at.line, "no JSON from here on; fetch the whole file");
    return going;
}

static bool read_twice(struct stix *s)
{
    struct json_place start = json_scan_mark(&s->scan);
    char what[96];
    s->learning = true;
    read_document(s);
    s->learning = false;
    json_scan_return(&s->scan, &start);
    if (stix_index_passed_over(s->index)) {
        snprintf(what, sizeof what, "names and versions of objects beyond the first %d", STIX_OBJECTS_MAX);
        reader_unsaid(s->r, what);
    }
    return read_document(s);
}

bool read_stix(struct reader *r)
{
    struct stix s = {.r = r};
    if (!json_scan_open(&s.scan, r->path, r->error))
        return false;
    s.index = stix_index_new();
    bool good = s.index ? read_twice(&s) : error_set(r->error, "%s: out of memory", r->path);
    stix_index_free(s.index);
    json_scan_close(&s.scan);
    return good;
}
