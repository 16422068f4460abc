/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write_stix.c - a STIX 2.1 bundle: an indicator for each of ours, relationships "indicates" to an intrusion set, a campaign and a
 * malware of that name, and our own columns in an extension (stix_extension.h), so that nothing is lost on the way back.
 */
#include <stdlib.h>
#include <string.h>

#include "intel/map64.h"
#include "intel/stix_extension.h"
#include "intel/time_text.h"
#include "intel/write.h"

#define IDENTITY_ID "identity--3f4b5e1e-2c8e-4b1f-9a57-6a1a0a6f3a10"
#define OUR_TIME    "2026-11-20T00:00:00.000Z"
#define ID_MAX      (32 + UUID_TEXT_MAX)

/* An object of this bundle; false when it could not be written. */
static bool put(struct intel_writer *w, json_t *object)
{
    return write_record(w->file, w->count++ == 0, object);
}

static json_t *object_of(const char *type, const char *id, const char *created, const char *modified)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "type", type, "spec_version", "2.1", "id", id, "created", created, "modified",
                     modified);
}

static bool put_identity(struct intel_writer *w)
{
    json_t *o = object_of("identity", IDENTITY_ID, OUR_TIME, OUR_TIME);
    put_text(o, "name", "haetae");
    put_text(o, "identity_class", "system");
    return put(w, o);
}

static bool put_extension_definition(struct intel_writer *w)
{
    json_t *o = object_of("extension-definition", STIX_EXTENSION_ID, OUR_TIME, OUR_TIME);
    put_text(o, "created_by_ref", IDENTITY_ID);
    put_text(o, "name", "haetae columns");
    put_text(o, "description", "What haetae's lists say of an indicator and STIX has no property for");
    put_text(o, "schema",
             "the columns of an indicator list: actor, campaign, malware, category, first_seen, last_seen, valid_from, "
             "valid_until, hosted, status, tlp, source, reference, note");
    put_text(o, "version", "1.0.0");
    json_object_set_new(o, "extension_types", json_pack("[s]", "property-extension"));
    return put(w, o);
}

bool write_stix_begin(struct intel_writer *w)
{
    w->ids = map64_new(SIZE_MAX);
    return w->ids &&
           fputs("{\"type\":\"bundle\",\"id\":\"bundle--8c1d5b2e-7f0a-4f5e-8f43-0d2f6a1c9e77\",\"objects\":[", w->file) >= 0 &&
           put_identity(w) && put_extension_definition(w);
}

bool write_stix_end(struct intel_writer *w)
{
    return fputs("\n]}\n", w->file) >= 0;
}

/* ------------------------------------------------------------------ pattern */

/* Appends `text` within single quotes. */
static void quote(char *out, size_t *used, const char *text)
{
    out[(*used)++] = '\'';
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            out[(*used)++] = '\\';
        out[(*used)++] = *text;
    }
    out[(*used)++] = '\'';
    out[*used] = '\0';
}

static void add(char *out, size_t *used, const char *text)
{
    size_t size = strlen(text);
    memcpy(out + *used, text, size + 1);
    *used += size;
}

#define PATTERN_ROOM (6 * INDICATOR_VALUE_MAX)

/* [path = 'value'], with the ports, the names below and the URLs that begin so. */
static void write_pattern(const struct indicator *i, char *out)
{
    static const char *const paths[INDICATOR_TYPE_COUNT] = {
        [INDICATOR_IPV4] = "ipv4-addr:value",
        [INDICATOR_IPV6] = "ipv6-addr:value",
        [INDICATOR_DOMAIN] = "domain-name:value",
        [INDICATOR_URL] = "url:value",
        [INDICATOR_JA3] = "network-traffic:x_ja3",
        [INDICATOR_JA3S] = "network-traffic:x_ja3s",
        [INDICATOR_JA4] = "network-traffic:x_ja4",
        [INDICATOR_TLS_SHA1] = "x509-certificate:hashes.'SHA-1'",
        [INDICATOR_TLS_SHA256] = "x509-certificate:hashes.'SHA-256'",
        [INDICATOR_TLS_NAME] = "x509-certificate:x509_v3_extensions.subject_alternative_name",
        [INDICATOR_WALLET] = "cryptocurrency-wallet:value",
    };
    char value[INDICATOR_VALUE_MAX + 2], ports[PORTS_TEXT_MAX];
    bool is_v6 = strchr(i->value, ':') != NULL;
    const char *path = i->type != INDICATOR_CIDR ? paths[i->type] : is_v6 ? "ipv6-addr:value" : "ipv4-addr:value";
    size_t used = 0;
    add(out, &used, "[");
    add(out, &used, i->port_count ? "network-traffic:dst_ref.value" : path);
    bool is_like = i->match == MATCH_PREFIX;
    add(out, &used, is_like ? " LIKE " : " = ");
    snprintf(value, sizeof value, "%s%s", i->value, is_like ? "%" : "");
    quote(out, &used, value);
    if (i->match == MATCH_SUFFIX) {
        snprintf(value, sizeof value, "%%.%s", i->value);
        add(out, &used, " OR ");
        add(out, &used, path);
        add(out, &used, " LIKE ");
        quote(out, &used, value);
    }
    if (i->port_count) {
        add(out, &used, " AND network-traffic:dst_port IN (");
        for (char *bar = ports_text(i, ports); *bar; bar++)
            if (*bar == '|')
                *bar = ',';
        add(out, &used, ports);
        add(out, &used, ")");
    }
    add(out, &used, "]");
}

/* ---------------------------------------------------------------- indicator */

static const char *marking_of(const char *tlp)
{
    static const struct {
        const char *tlp, *id;
    } markings[] = {
        {"clear", "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"},
        {"green", "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"},
        {"amber", "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"},
        {"amber+strict", "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"},
        {"red", "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"},
    };
    for (size_t i = 0; i < sizeof markings / sizeof *markings; i++)
        if (strcmp(tlp, markings[i].tlp) == 0)
            return markings[i].id;
    return NULL;
}

static void put_time(json_t *object, const char *key, int64_t seconds, enum time_edge edge)
{
    char text[TIME_TEXT_MAX];
    put_text(object, key, time_write(seconds, edge, text));
}

static void put_report(json_t *object, const char *key, int64_t seconds, enum time_edge edge, bool month)
{
    char text[TIME_TEXT_MAX];
    put_text(object, key, time_write_report(seconds, edge, month, text));
}

static json_t *extension_of(const struct indicator *i)
{
    json_t *ours = json_pack("{s:s}", "extension_type", "property-extension");
    put_text(ours, "actor", i->actor);
    put_text(ours, "campaign", i->campaign);
    put_text(ours, "malware", i->malware);
    put_text(ours, "category", i->category);
    put_text(ours, "hosted", i->hosted);
    put_text(ours, "status", i->status);
    put_text(ours, "tlp", i->tlp);
    put_text(ours, "source", i->source);
    put_text(ours, "reference", i->reference);
    put_text(ours, "note", i->note);
    put_report(ours, "first_seen", i->first_seen, TIME_FIRST, i->months & INDICATOR_FIRST_MONTH);
    put_report(ours, "last_seen", i->last_seen, TIME_LAST_DAY, i->months & INDICATOR_LAST_MONTH);
    put_time(ours, "valid_from", i->valid_from, TIME_FIRST);
    put_time(ours, "valid_until", i->valid_until, TIME_LAST);
    return json_pack("{s:o}", STIX_EXTENSION_ID, ours);
}

/* The object's own times: STIX needs each, whatever our list knows. */
struct times {
    char created[TIME_TEXT_MAX], modified[TIME_TEXT_MAX], from[TIME_TEXT_MAX];
};

static void times_of(const struct indicator *i, struct times *t)
{
    int64_t created = i->first_seen ? i->first_seen : i->valid_from ? i->valid_from : i->last_seen;
    int64_t modified = i->last_seen > created ? i->last_seen : created;
    time_write_stix(created, t->created);
    time_write_stix(modified, t->modified);
    time_write_stix(i->valid_from ? i->valid_from : created, t->from);
}

static json_t *indicator_object(const struct indicator *i, const char *id, const struct times *t)
{
    char pattern[PATTERN_ROOM], until[TIME_TEXT_MAX];
    write_pattern(i, pattern);
    json_t *o = object_of("indicator", id, t->created, t->modified);
    put_text(o, "created_by_ref", IDENTITY_ID);
    put_text(o, "name", i->value);
    put_text(o, "pattern", pattern);
    put_text(o, "pattern_type", "stix");
    put_text(o, "valid_from", t->from);
    if (i->valid_until)
        put_text(o, "valid_until", time_write_stix(i->valid_until, until));
    json_object_set_new(o, "indicator_types", json_pack("[s]", "malicious-activity"));
    json_object_set_new(o, "confidence", json_integer(i->confidence_pct));
    if (*i->source || *i->reference) {
        json_t *report = json_pack("{s:s}", "source_name", *i->source ? i->source : "report");
        put_text(report, "url", i->reference);
        json_object_set_new(o, "external_references", json_pack("[o]", report));
    }
    if (marking_of(i->tlp))
        json_object_set_new(o, "object_marking_refs", json_pack("[s]", marking_of(i->tlp)));
    json_object_set_new(o, "extensions", extension_of(i));
    return o;
}

/* The object called `name`, once, and that our indicator indicates it. */
static bool put_named(struct intel_writer *w, const char *type, const char *name, const char *indicator_id, const struct times *t)
{
    char uuid[UUID_TEXT_MAX], id[ID_MAX], relation_id[ID_MAX];
    if (!*name)
        return true;
    snprintf(id, sizeof id, "%s--%s", type, uuid_of((const char *const[]){type, name, NULL}, uuid));
    if (map64_add(w->ids, id)) {
        json_t *o = object_of(type, id, OUR_TIME, OUR_TIME);
        put_text(o, "created_by_ref", IDENTITY_ID);
        put_text(o, "name", name);
        if (strcmp(type, "malware") == 0)
            json_object_set_new(o, "is_family", json_true());
        if (!put(w, o))
            return false;
    }
    snprintf(relation_id, sizeof relation_id, "relationship--%s", uuid_of((const char *const[]){indicator_id, id, NULL}, uuid));
    if (!map64_add(w->ids, relation_id))
        return true;
    json_t *r = object_of("relationship", relation_id, t->created, t->modified);
    put_text(r, "created_by_ref", IDENTITY_ID);
    put_text(r, "relationship_type", "indicates");
    put_text(r, "source_ref", indicator_id);
    put_text(r, "target_ref", id);
    return put(w, r);
}

bool write_stix(struct intel_writer *w, const struct indicator *i)
{
    char uuid[UUID_TEXT_MAX], id[ID_MAX], ports[PORTS_TEXT_MAX];
    struct times t;
    const char *texts[] = {indicator_type_name(i->type),
                           match_name(i),
                           i->value,
                           ports_text(i, ports),
                           i->actor,
                           i->campaign,
                           i->source,
                           i->reference,
                           i->category,
                           i->note,
                           NULL};
    snprintf(id, sizeof id, "indicator--%s", uuid_of(texts, uuid));
    if (!map64_add(w->ids, id)) {
        w->left_out++; /* the very same row again */
        return true;
    }
    times_of(i, &t);
    return put(w, indicator_object(i, id, &t)) && put_named(w, "intrusion-set", i->actor, id, &t) &&
           put_named(w, "campaign", i->campaign, id, &t) && put_named(w, "malware", i->malware, id, &t);
}
