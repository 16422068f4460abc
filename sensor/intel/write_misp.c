/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write_misp.c - one MISP event. An address with several ports is an object "ip-port", everything else an attribute. What MISP has no
 * field for stands in tags "haetae:...", and the tag haetae:complete says that the attribute speaks for itself alone.
 */
#include <stdlib.h>
#include <string.h>

#include "intel/time_text.h"
#include "intel/write.h"

#define EVENT                                                                                                                      \
    "{\"Event\":{\"uuid\":\"5d2a6c1e-0b7d-4c55-8a0e-9f1e7b3c2d41\",\"info\":\"haetae indicators\",\"date\":\"2026-11-20\","        \
    "\"published\":false,\"analysis\":\"2\",\"threat_level_id\":\"2\",\"distribution\":\"0\","                                     \
    "\"Orgc\":{\"name\":\"haetae\",\"uuid\":\"3f4b5e1e-2c8e-4b1f-9a57-6a1a0a6f3a10\"},\"Attribute\":["

bool write_misp_begin(struct intel_writer *w)
{
    w->later = tmpfile();
    return w->later && fputs(EVENT, w->file) >= 0;
}

bool write_misp_end(struct intel_writer *w)
{
    char chunk[65536];
    bool good = fputs("\n],\"Object\":[", w->file) >= 0 && fseek(w->later, 0, SEEK_SET) == 0;
    for (size_t size; good && (size = fread(chunk, 1, sizeof chunk, w->later)) > 0;)
        good = fwrite(chunk, 1, size, w->file) == size;
    return good && !ferror(w->later) && fputs("\n]}}\n", w->file) >= 0;
}

/* --------------------------------------------------------------------- tags */

static void add_tag(json_t *tags, const char *key, const char *value)
{
    if (*value)
        json_array_append_new(tags, json_pack("{s:o}", "name", json_sprintf("%s=\"%s\"", key, value)));
}

static void add_time(json_t *tags, const char *key, int64_t seconds, enum time_edge edge)
{
    char text[TIME_TEXT_MAX];
    add_tag(tags, key, time_write(seconds, edge, text));
}

static json_t *tags_of(const struct indicator *i, bool tells_type)
{
    static const char *const months[] = {"", "first_seen", "last_seen", "first_seen last_seen"}; /* by INDICATOR_..._MONTH */
    char confidence[8];
    json_t *tags = json_array();
    snprintf(confidence, sizeof confidence, "%u", i->confidence_pct);
    add_tag(tags, "haetae:complete", "yes");
    if (!tells_type)
        add_tag(tags, "haetae:type", indicator_type_name(i->type));
    if (i->match == MATCH_PREFIX || i->type == INDICATOR_TLS_NAME)
        add_tag(tags, "haetae:match", match_name(i));
    if (*i->tlp)
        json_array_append_new(tags, json_pack("{s:o}", "name", json_sprintf("tlp:%s", i->tlp)));
    add_tag(tags, "misp-galaxy:threat-actor", i->actor);
    add_tag(tags, "haetae:campaign", i->campaign);
    add_tag(tags, "haetae:malware", i->malware);
    add_tag(tags, "haetae:category", i->category);
    add_tag(tags, "haetae:confidence", confidence);
    add_tag(tags, "haetae:months", months[i->months & 3]);
    add_tag(tags, "haetae:hosted", i->hosted);
    add_tag(tags, "haetae:status", i->status);
    add_tag(tags, "haetae:source", i->source);
    add_tag(tags, "haetae:reference", i->reference);
    add_time(tags, "haetae:valid_from", i->valid_from, TIME_FIRST);
    add_time(tags, "haetae:valid_until", i->valid_until, TIME_LAST);
    return tags;
}

/* --------------------------------------------------------------- attributes */

static const char *kind_of(const struct indicator *i, bool *tells_type)
{
    *tells_type = true;
    switch (i->type) {
    case INDICATOR_IPV4:
    case INDICATOR_IPV6:
    case INDICATOR_CIDR: return i->port_count == 1 ? "ip-dst|port" : "ip-dst";
    case INDICATOR_DOMAIN: return i->match == MATCH_SUFFIX ? "domain" : "hostname";
    case INDICATOR_URL: return "url";
    case INDICATOR_JA3: return "ja3-fingerprint-md5";
    case INDICATOR_TLS_SHA1: return "x509-fingerprint-sha1";
    case INDICATOR_TLS_SHA256: return "x509-fingerprint-sha256";
    default: *tells_type = false; break;
    }
    return i->type == INDICATOR_JA3S ? "ja3-fingerprint-md5" : "text";
}

static void put_moment(json_t *object, const char *key, int64_t seconds)
{
    char text[TIME_TEXT_MAX];
    if (seconds)
        put_text(object, key, time_write_stix(seconds, text));
}

static json_t *attribute_of(const struct indicator *i)
{
    char uuid[UUID_TEXT_MAX], ports[PORTS_TEXT_MAX];
    bool tells_type;
    const char *kind = kind_of(i, &tells_type);
    const char *texts[] = {kind, i->value, ports_text(i, ports), i->actor, i->campaign, i->source, i->note, NULL};
    json_t *value = strchr(kind, '|') ? json_sprintf("%s|%u", i->value, i->ports[0]) : json_string(i->value);
    json_t *a = json_pack("{s:s, s:s, s:s, s:o, s:b}", "uuid", uuid_of(texts, uuid), "type", kind, "category", "Network activity",
                          "value", value, "to_ids", 1);
    put_text(a, "comment", i->note);
    put_moment(a, "first_seen", i->first_seen);
    put_moment(a, "last_seen", i->last_seen);
    json_object_set_new(a, "Tag", tags_of(i, tells_type));
    return a;
}

/* An address and its ports, in MISP's object template "ip-port". */
static json_t *object_of(const struct indicator *i)
{
    char uuid[UUID_TEXT_MAX], ports[PORTS_TEXT_MAX];
    const char *texts[] = {"ip-port", i->value, ports_text(i, ports), i->actor, i->campaign, i->source, i->note, NULL};
    json_t *attributes = json_array(), *address = attribute_of(i);
    json_object_set_new(address, "object_relation", json_string("ip-dst"));
    json_array_append_new(attributes, address);
    for (unsigned k = 0; k < i->port_count; k++)
        json_array_append_new(attributes,
                              json_pack("{s:s, s:s, s:s, s:o, s:b}", "type", "port", "object_relation", "dst-port", "category",
                                        "Network activity", "value", json_sprintf("%u", i->ports[k]), "to_ids", 0));
    return json_pack("{s:s, s:s, s:s, s:o}", "name", "ip-port", "meta-category", "network", "uuid", uuid_of(texts, uuid),
                     "Attribute", attributes);
}

bool write_misp(struct intel_writer *w, const struct indicator *i)
{
    if (i->port_count > 1)
        return write_record(w->later, w->later_count++ == 0, object_of(i));
    return write_record(w->file, w->count++ == 0, attribute_of(i));
}
