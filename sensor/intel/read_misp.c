/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read_misp.c - MISP events, answers of restSearch, and events of feeds.
 *
 * An event is read twice: what it says of all its attributes (name, organisation, tags, galaxies) may stand behind them. Only
 * attributes that are meant for detection (to_ids) and not deleted are taken.
 */
#include <stdlib.h>
#include <string.h>

#include "intel/json_scan.h"
#include "intel/misp_tags.h"
#include "intel/read.h"
#include "intel/time_text.h"

/* What the event says of its attributes. */
struct event {
    json_t *info, *date, *timestamp, *maker, *tags, *galaxies;
};

struct misp {
    struct reader *r;
    struct json_scan scan;
    struct event event;
};

/* ------------------------------------------------------------------- events */

static void forget_event(struct event *e)
{
    json_t *const parts[] = {e->info, e->date, e->timestamp, e->maker, e->tags, e->galaxies};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        json_decref(parts[i]);
    *e = (struct event){.info = NULL};
}

/* Where a member of an event is kept; NULL when nobody asks for it. */
static json_t **event_part(struct event *e, const char *key)
{
    const struct {
        const char *key;
        json_t **part;
    } parts[] = {{"info", &e->info},  {"date", &e->date}, {"timestamp", &e->timestamp},
                 {"Orgc", &e->maker}, {"Tag", &e->tags},  {"Galaxy", &e->galaxies}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcmp(key, parts[i].key) == 0)
            return parts[i].part;
    return NULL;
}

/* --------------------------------------------------------------- attributes */

static const struct kind {
    const char *name;
    enum indicator_type type;
    enum indicator_match match;
} kinds[] = {
    {"ip-dst", INDICATOR_NONE, MATCH_EXACT},
    {"ip-src", INDICATOR_NONE, MATCH_EXACT},
    {"ip-dst|port", INDICATOR_NONE, MATCH_EXACT},
    {"ip-src|port", INDICATOR_NONE, MATCH_EXACT},
    {"domain", INDICATOR_DOMAIN, MATCH_SUFFIX},
    {"domain|ip", INDICATOR_DOMAIN, MATCH_SUFFIX},
    {"hostname", INDICATOR_DOMAIN, MATCH_EXACT},
    {"hostname|port", INDICATOR_DOMAIN, MATCH_EXACT},
    {"url", INDICATOR_URL, MATCH_EXACT},
    {"ja3-fingerprint-md5", INDICATOR_JA3, MATCH_EXACT},
    {"x509-fingerprint-sha1", INDICATOR_TLS_SHA1, MATCH_EXACT},
    {"x509-fingerprint-sha256", INDICATOR_TLS_SHA256, MATCH_EXACT},
    {"btc", INDICATOR_WALLET, MATCH_EXACT},
    {"xmr", INDICATOR_WALLET, MATCH_EXACT},
    {"dash", INDICATOR_WALLET, MATCH_EXACT},
};

static const struct kind *kind_of(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(name, kinds[i].name) == 0)
            return &kinds[i];
    return NULL;
}

/* The first of these that is a time. */
static int64_t first_time(const char *const *texts, size_t count, enum time_edge edge)
{
    int64_t t = 0;
    for (size_t i = 0; i < count; i++)
        if (texts[i] && *texts[i] && time_parse(texts[i], edge, &t) && t)
            return t;
    return 0;
}

static const char *text_of(const json_t *value)
{
    const char *text = json_string_value(value);
    return text ? text : "";
}

/* What an attribute leaves open its event says. */
static void fill_from_event(const struct event *e, const json_t *attribute, struct indicator *i)
{
    const char *first[] = {text_of(e->date), json_text_of(attribute, "timestamp")};
    const char *last[] = {json_text_of(attribute, "timestamp"), text_of(e->timestamp), text_of(e->date)};
    i->campaign = text_of(e->info);
    i->source = json_text_of(e->maker, "name");
    if (!i->first_seen)
        i->first_seen = first_time(first, 2, TIME_FIRST);
    if (!i->last_seen)
        i->last_seen = first_time(last, 3, TIME_LAST_DAY);
}

/* Everything but value, type and match. Attributes that write_misp.c wrote say all themselves. */
static struct indicator common_of(const struct misp *m, const json_t *attribute, struct misp_tags *tags)
{
    struct indicator i = reader_blank();
    const char *first = json_text_of(attribute, "first_seen"), *last = json_text_of(attribute, "last_seen");
    i.line = m->scan.value_line;
    i.first_seen = first_time(&first, 1, TIME_FIRST);
    i.last_seen = first_time(&last, 1, TIME_LAST_DAY);
    i.note = json_text_of(attribute, "comment");
    i.confidence_pct = m->r->options->defaults.confidence_pct;
    misp_tags_read(tags, json_object_get(attribute, "Tag"), json_object_get(attribute, "Galaxy"));
    if (!misp_tags_find(tags, "haetae:complete")) {
        fill_from_event(&m->event, attribute, &i);
        misp_tags_read(tags, m->event.tags, m->event.galaxies);
    }
    misp_tags_apply(tags, &i);
    return i;
}

static enum indicator_match match_of(struct misp_tags *tags, enum indicator_match by_kind)
{
    const char *told = misp_tags_find(tags, "haetae:match");
    if (!told)
        return by_kind;
    return strcmp(told, "prefix") == 0 ? MATCH_PREFIX : strcmp(told, "suffix") == 0 ? MATCH_SUFFIX : MATCH_EXACT;
}

/* "bad.example|198.51.100.7" is two indicators, "198.51.100.7|443" one with a port, "bad.example|443" a name. */
static bool offer_pair(struct misp *m, struct indicator *i, const char *kind, const char *value)
{
    char text[INDICATOR_VALUE_MAX];
    const char *bar = strchr(value, '|');
    if (!bar || (size_t)(bar - value) >= sizeof text)
        return reader_bad(m->r, i->line, "'%.200s' is no %s; two values with | between", value, kind);
    memcpy(text, value, (size_t)(bar - value));
    text[bar - value] = '\0';
    struct indicator second = *i;
    i->value = text;
    if (strcmp(kind, "domain|ip") == 0) {
        second.type = INDICATOR_NONE;
        second.match = MATCH_EXACT;
        second.value = bar + 1;
        return reader_offer(m->r, i) && reader_offer(m->r, &second);
    }
    if (i->type == INDICATOR_NONE && !reader_ports(i, bar + 1))
        return reader_bad(m->r, i->line, "'%.200s' has no port behind the |; give one or use ip-dst", value);
    return reader_offer(m->r, i);
}

/* True when an attribute is for detection; else what it is instead is counted. */
static bool is_meant(struct misp *m, const json_t *attribute)
{
    if (json_true_of(attribute, "deleted", false))
        reader_unsaid(m->r, "deleted attributes");
    else if (!json_true_of(attribute, "to_ids", false))
        reader_unsaid(m->r, "attributes that are not for detection (to_ids is false)");
    else
        return true;
    return false;
}

static bool take_attribute(struct misp *m, const json_t *attribute)
{
    struct misp_tags tags = {.count = 0};
    const char *type = json_text_of(attribute, "type");
    if (!json_is_object(attribute))
        return reader_bad(m->r, m->scan.value_line, "an attribute that is no object; correct it");
    if (!is_meant(m, attribute))
        return true;
    struct indicator i = common_of(m, attribute, &tags);
    const struct kind *kind = kind_of(type);
    i.type = kind ? kind->type : INDICATOR_NONE;
    i.match = match_of(&tags, kind ? kind->match : MATCH_EXACT);
    enum indicator_type told = misp_tags_type(&tags);
    if (told != INDICATOR_NONE)
        i.type = told;
    if (!kind && told == INDICATOR_NONE) {
        char what[96];
        snprintf(what, sizeof what, "attributes of type %.40s", type);
        return reader_unsaid(m->r, what);
    }
    i.value = json_text_of(attribute, "value");
    bool is_pair = kind && strchr(type, '|');
    return is_pair ? offer_pair(m, &i, type, i.value) : reader_offer(m->r, &i);
}

/* --------------------------------------------------------- objects of objects */

static bool is_port(const json_t *attribute)
{
    return strcmp(json_text_of(attribute, "type"), "port") == 0;
}

/* The ports of an ip-port object: dst-port before src-port. */
static void ports_of(const json_t *attributes, struct indicator *i)
{
    for (size_t k = 0; k < json_array_size(attributes); k++) {
        const json_t *a = json_array_get(attributes, k);
        struct indicator one = reader_blank();
        if (is_port(a) && strcmp(json_text_of(a, "object_relation"), "src-port") != 0 && i->port_count < INDICATOR_PORTS_MAX &&
            reader_ports(&one, json_text_of(a, "value")) && one.port_count == 1)
            i->ports[i->port_count++] = one.ports[0];
    }
}

static bool take_address_with_ports(struct misp *m, const json_t *attribute, const json_t *attributes)
{
    struct misp_tags tags = {.count = 0};
    if (!is_meant(m, attribute))
        return true;
    struct indicator i = common_of(m, attribute, &tags);
    i.value = json_text_of(attribute, "value");
    ports_of(attributes, &i);
    return reader_offer(m->r, &i);
}

/* An Object groups attributes; in "ip-port" the ports belong to the address. */
static bool take_object(struct misp *m, const json_t *object)
{
    const json_t *attributes = json_object_get(object, "Attribute");
    bool has_ports = strcmp(json_text_of(object, "name"), "ip-port") == 0, going = true;
    if (json_true_of(object, "deleted", false))
        return reader_unsaid(m->r, "deleted objects");
    for (size_t i = 0; going && i < json_array_size(attributes); i++) {
        const json_t *a = json_array_get(attributes, i);
        if (has_ports && is_port(a))
            continue;
        bool is_address = strncmp(json_text_of(a, "type"), "ip-", 3) == 0 && !strchr(json_text_of(a, "type"), '|');
        going = has_ports && is_address ? take_address_with_ports(m, a, attributes) : take_attribute(m, a);
    }
    return going;
}

/* ----------------------------------------------------------------- document */

static bool take_array(struct misp *m, bool (*take)(struct misp *, const json_t *))
{
    bool going = json_scan_enter(&m->scan);
    while (going && json_scan_next(&m->scan)) {
        const char *why;
        json_t *record = json_scan_take(&m->scan, &why);
        going = record ? take(m, record) : reader_bad(m->r, m->scan.value_line, "%s", why);
        json_decref(record);
    }
    return going;
}

/* The two arrays of an event, or of an answer without events. False: stop. */
static bool take_member(struct misp *m)
{
    if (json_scan_peek(&m->scan) == '[' && strcmp(m->scan.key, "Attribute") == 0)
        return take_array(m, take_attribute);
    if (json_scan_peek(&m->scan) == '[' && strcmp(m->scan.key, "Object") == 0)
        return take_array(m, take_object);
    json_scan_skip(&m->scan);
    return true;
}

static void learn_event(struct misp *m)
{
    if (!json_scan_enter(&m->scan))
        return;
    while (json_scan_next(&m->scan)) {
        json_t **part = event_part(&m->event, m->scan.key);
        const char *why;
        if (part && !*part)
            *part = json_scan_take(&m->scan, &why);
        else
            json_scan_skip(&m->scan);
    }
}

static bool take_event(struct misp *m)
{
    struct json_place start = json_scan_mark(&m->scan);
    learn_event(m);
    json_scan_return(&m->scan, &start);
    bool going = json_scan_enter(&m->scan);
    while (going && json_scan_next(&m->scan))
        going = take_member(m);
    forget_event(&m->event);
    return going;
}

/* {"Event": {...}}, {"Attribute": [...]} */
static bool take_wrapped(struct misp *m)
{
    bool going = json_scan_enter(&m->scan);
    if (!going)
        json_scan_skip(&m->scan);
    bool is_inside = going;
    while (is_inside && going && json_scan_next(&m->scan)) {
        if (strcmp(m->scan.key, "Event") == 0 && json_scan_peek(&m->scan) == '{')
            going = take_event(m);
        else
            going = take_member(m);
    }
    return going || !is_inside;
}

/* An array of wrapped events, or one. */
static bool take_answer(struct misp *m)
{
    if (json_scan_peek(&m->scan) != '[')
        return take_wrapped(m);
    bool going = json_scan_enter(&m->scan);
    while (going && json_scan_next(&m->scan))
        going = take_wrapped(m);
    return going;
}

/* {"response": ...} or what such a response holds. */
static bool take_document(struct misp *m)
{
    struct json_place start = json_scan_mark(&m->scan);
    bool has_response = false, going = json_scan_peek(&m->scan) == '{' && json_scan_enter(&m->scan);
    while (going && json_scan_next(&m->scan)) {
        if (strcmp(m->scan.key, "response") == 0) {
            has_response = true;
            going = take_answer(m);
        } else {
            json_scan_skip(&m->scan);
        }
    }
    if (has_response || m->scan.broken)
        return going;
    json_scan_return(&m->scan, &start);
    return take_answer(m);
}

bool read_misp(struct reader *r)
{
    struct misp m = {.r = r};
    if (!json_scan_open(&m.scan, r->path, r->error))
        return false;
    bool going = true;
    int next = json_scan_peek(&m.scan);
    for (; going && (next == '{' || next == '['); next = json_scan_peek(&m.scan))
        going = take_document(&m);
    if (going && (m.scan.broken || next != EOF))
        going = reader_bad(r, m.scan.at.line, "no JSON from here on; fetch the whole file");
    forget_event(&m.event);
    json_scan_close(&m.scan);
    return going;
}
