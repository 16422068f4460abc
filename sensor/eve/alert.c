/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alert.c - a detector's sighting as a Suricata alert, in the direction of the packet that raised it.
 *
 * What Suricata has fields for goes there (rule metadata, MITRE, references, target). The evidence lives under
 * alert.context.<context_key>, which the schema leaves open and consumers keep as it is, with the reasons and the detector's
 * id; where the outside end is, beside it under alert.context.geo.
 */
#include "eve/line.h"

#include <assert.h>
#include <string.h>

#include "eve/names.h"

#define EVIDENCE_MAX      40
#define WHY_MAX           16
#define LIST_MAX          64  /* items of one list of texts */
#define SIGNATURE_MAX     160 /* bytes */
#define CONFIDENCE_MEDIUM 45
#define CONFIDENCE_HIGH   70

/* ---------------------------------------------------------------- texts */

/* Some consumers show signature and category without undoing JSON's escapes: what would need one becomes '?'. */
static void plain_text(struct json *j, const char *key, const char *text)
{
    char plain[SIGNATURE_MAX];
    size_t size = strnlen(text, sizeof plain);
    for (size_t i = 0; i < size; i++) {
        bool ok = text[i] >= ' ' && text[i] <= '~' && text[i] != '"' && text[i] != '\\';
        plain[i] = (char)(ok ? text[i] : '?');
    }
    json_slice(j, key, (struct slice){(const uint8_t *)plain, size});
}

static bool is_empty(const char *text)
{
    return text == NULL || text[0] == '\0';
}

/* An array of texts; nothing when there is none, because empty arrays are not allowed. */
static void text_list(struct json *j, const char *key, const char *const *texts, unsigned most)
{
    bool open = false;
    for (unsigned i = 0; texts != NULL && i < most && texts[i] != NULL; i++) {
        if (texts[i][0] == '\0')
            continue;
        if (!open)
            json_open_array(j, key);
        open = true;
        json_text(j, NULL, texts[i]);
    }
    if (open)
        json_close_array(j);
}

/* alert.metadata's values are arrays. */
static void metadata_text(struct json *j, const char *key, const char *text)
{
    const char *const one[] = {text, NULL};
    if (!is_empty(text))
        text_list(j, key, one, 1);
}

/* -------------------------------------------------------------- context */

/* Keys are written as they are, so a plugin's must be harmless. */
static bool is_key(const char *name)
{
    size_t size = name != NULL ? strnlen(name, NOTE_WORD_SIZE) : 0;
    if (size == 0 || size == NOTE_WORD_SIZE)
        return false;
    for (size_t i = 0; i < size; i++) {
        char c = name[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'))
            return false;
    }
    return true;
}

/* False for a name that is no key, that the context itself uses, or that came before: no key may appear twice. */
static bool is_new_key(const struct sighting *s, size_t i)
{
    const char *name = s->evidence[i].name;
    if (!is_key(name) || strcmp(name, "detector") == 0 || strcmp(name, "why") == 0 || strcmp(name, "held_back") == 0)
        return false;
    for (size_t k = 0; k < i; k++)
        if (s->evidence[k].name != NULL && strcmp(s->evidence[k].name, name) == 0)
            return false;
    return true;
}

/* Texts and numbers; rows do not nest. */
static void plain_evidence(struct json *j, const struct evidence *e)
{
    if (e->kind == EVIDENCE_NUMBER)
        json_int(j, e->name, e->number);
    else if (e->kind == EVIDENCE_TEXT && e->text.size > 0)
        json_slice(j, e->name, e->text);
}

static void rows(struct json *j, const struct evidence *e)
{
    if (e->number <= 0)
        return;
    json_open_array(j, e->name);
    for (int64_t i = 0; i < e->number && i < LIST_MAX; i++) {
        json_open(j, NULL);
        for (size_t k = 0; k < e->rows[i].count && k < EVIDENCE_MAX; k++)
            if (is_key(e->rows[i].item[k].name))
                plain_evidence(j, &e->rows[i].item[k]);
        json_close(j);
    }
    json_close_array(j);
}

static void evidence(struct json *j, const struct evidence *e)
{
    if (e->kind == EVIDENCE_LIST)
        text_list(j, e->name, e->list, LIST_MAX);
    else if (e->kind == EVIDENCE_ROWS)
        rows(j, e);
    else
        plain_evidence(j, e);
}

static void detector_context(struct line *l, const char *key)
{
    const struct sighting *s = l->event->sighting;
    struct json *j = l->json;
    json_open(j, key);
    json_text(j, "detector", s->rule->detector);
    for (size_t i = 0; i < s->evidence_count && i < EVIDENCE_MAX; i++)
        if (is_new_key(s, i))
            evidence(j, &s->evidence[i]);
    text_list(j, "why", s->why, WHY_MAX);
    if (l->event->held_back > 0)
        json_uint(j, "held_back", l->event->held_back);
    json_close(j);
}

/* Keys name the end as the header does: dest_ when it is the header's destination. */
static void geo_context(struct line *l)
{
    const struct sensor_geo *g = l->event->geo;
    bool dest = l->event->geo_is_server != l->server_first;
    if (!g || (g->country_iso[0] == '\0' && g->asn == 0))
        return;
    json_open(l->json, "geo");
    if (g->country_iso[0] != '\0')
        json_text(l->json, dest ? "dest_country_iso" : "src_country_iso", g->country_iso);
    if (g->country[0] != '\0')
        json_text(l->json, dest ? "dest_country" : "src_country", g->country);
    if (g->asn != 0)
        json_uint(l->json, dest ? "dest_asn" : "src_asn", g->asn);
    if (g->organization[0] != '\0')
        json_text(l->json, dest ? "dest_as_org" : "src_as_org", g->organization);
    json_close(l->json);
}

static void context(struct line *l)
{
    const char *key = l->event->sighting->context_key;
    if (!is_key(key) || strcmp(key, "geo") == 0)
        key = "sensor";
    json_open(l->json, "context");
    detector_context(l, key);
    geo_context(l);
    json_close(l->json);
}

/* -------------------------------------------------------- alert, flow */

static void end(struct line *l, const char *key, bool is_server)
{
    const struct observation *o = l->seen;
    json_open(l->json, key);
    json_text(l->json, "ip", is_server ? l->server : l->client);
    if (line_has_ports(o))
        json_uint(l->json, "port", is_server ? o->server_port : o->client_port);
    json_close(l->json);
}

static const char *confidence_name(uint8_t pct)
{
    return pct >= CONFIDENCE_HIGH ? "High" : pct >= CONFIDENCE_MEDIUM ? "Medium" : "Low";
}

static unsigned severity_of(const struct sighting *s)
{
    unsigned severity = s->severity != 0 ? s->severity : s->rule->severity;
    return severity >= 1 && severity <= 4 ? severity : 3;
}

static void rule_metadata(struct json *j, const struct sighting *s, unsigned severity)
{
    static const char *const words[5] = {"", "Critical", "Major", "Minor", "Informational"};
    const struct sensor_rule *r = s->rule;
    json_open(j, "metadata");
    metadata_text(j, "confidence", confidence_name(s->confidence_pct));
    metadata_text(j, "created_at", r->created);
    metadata_text(j, "updated_at", r->updated);
    metadata_text(j, "malware_family", s->malware_family);
    metadata_text(j, "mitre_tactic_id", r->tactic_id);
    metadata_text(j, "mitre_tactic_name", r->tactic_name);
    metadata_text(j, "mitre_technique_id", r->technique_id);
    metadata_text(j, "mitre_technique_name", r->technique_name);
    metadata_text(j, "signature_severity", words[severity]);
    text_list(j, "tag", s->tags, LIST_MAX);
    json_close(j);
}

static void alert_object(struct line *l)
{
    const struct sighting *s = l->event->sighting;
    const struct sensor_rule *r = s->rule;
    unsigned severity = severity_of(s);
    struct json *j = l->json;
    json_open(j, "alert");
    json_raw(j, "action", LITERAL("\"allowed\""));
    json_uint(j, "gid", 1);
    json_uint(j, "signature_id", r->sid);
    json_uint(j, "rev", r->rev);
    plain_text(j, "signature", is_empty(s->signature) ? r->name : s->signature);
    plain_text(j, "category", is_empty(r->category) ? "Misc activity" : r->category);
    json_uint(j, "severity", severity);
    end(l, "source", !s->target_is_server);
    end(l, "target", s->target_is_server);
    text_list(j, "references", s->references, LIST_MAX);
    rule_metadata(j, s, severity);
    context(l);
    json_close(j);
}

/* What the packet said, when it is of a kind that has an object. */
static void app_object(struct line *l)
{
    switch (l->seen->kind) {
    case OBSERVE_DNS:
        if (l->eve->options.dns_version == 3)
            dns_object_v3(l);
        else if (((const struct observation_dns *)l->seen)->is_response)
            dns_object_answer(l);
        else
            dns_object_query(l, 0);
        break;
    case OBSERVE_TLS: tls_object(l); break;
    case OBSERVE_QUIC: quic_object(l); break;
    case OBSERVE_FTP: ftp_object(l); break;
    case OBSERVE_HTTP_REQUEST:
    case OBSERVE_HTTP: http_object(l); break;
    default: break;
    }
}

static void tx_id(struct line *l)
{
    if (l->seen->kind == OBSERVE_DNS)
        json_uint(l->json, "tx_id", ((const struct observation_dns *)l->seen)->tx_id);
    else if (l->seen->kind == OBSERVE_HTTP || l->seen->kind == OBSERVE_HTTP_REQUEST)
        json_uint(l->json, "tx_id", ((const struct observation_http *)l->seen)->tx_id);
}

void volume_object(struct line *l)
{
    const struct observation *o = l->seen;
    struct json *j = l->json;
    json_open(j, "flow");
    json_uint(j, "pkts_toserver", o->packets[TO_SERVER]);
    json_uint(j, "pkts_toclient", o->packets[TO_CLIENT]);
    json_uint(j, "bytes_toserver", o->bytes[TO_SERVER]);
    json_uint(j, "bytes_toclient", o->bytes[TO_CLIENT]);
    line_time(l, "start", o->start_ns);
    json_text(j, "src_ip", l->client);
    json_text(j, "dest_ip", l->server);
    if (line_has_ports(o)) {
        json_uint(j, "src_port", o->client_port);
        json_uint(j, "dest_port", o->server_port);
    }
    json_close(j);
}

uint32_t alert_lines(struct eve *e, const struct event *event, struct json *out)
{
    assert(event->sighting != NULL && event->sighting->rule != NULL);
    const char *app = app_proto_name(event->observation->app_proto);
    struct line l;
    line_open(&l, e, event, out, SOURCE_PACKET);
    tx_id(&l);
    alert_object(&l);
    app_object(&l);
    json_text(out, "app_proto", app != NULL ? app : "failed");
    json_text(out, "direction", l.server_first ? "to_client" : "to_server");
    volume_object(&l);
    return line_close(&l);
}
