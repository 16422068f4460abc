/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls.c - the handshake of a TLS or DTLS flow: one event per flow, client first, only what was seen; `version` always.
 */
#include "eve/line.h"

#include <assert.h>
#include <string.h>

#include "eve/names.h"

#define SHA1_SIZE   20
#define SHA256_SIZE 32
#define YEAR_1000   INT64_C(-30610224000) /* 1000-01-01T00:00:00; the schema's dates have years 1000 to 2999 */
#define YEAR_3000   INT64_C(32503680000)

/* The non-empty pieces of `list` between separators, as an array. */
static void pieces(struct json *j, const char *key, struct slice list, char separator)
{
    if (list.size == 0) /* and then at NULL, perhaps */
        return;
    bool open = false;
    const uint8_t *at = list.at, *end = list.at + list.size;
    while (at < end) {
        const uint8_t *stop = memchr(at, separator, (size_t)(end - at));
        if (stop == NULL)
            stop = end;
        if (stop > at) {
            if (!open)
                json_open_array(j, key);
            open = true;
            json_slice(j, NULL, (struct slice){at, (size_t)(stop - at)});
        }
        at = stop + 1;
    }
    if (open)
        json_close_array(j);
}

/* 0 is what a date that could not be read looks like. */
static void date(struct json *j, const char *key, int64_t seconds)
{
    char text[CLOCK_TEXT_MAX];
    if (seconds != 0 && seconds >= YEAR_1000 && seconds < YEAR_3000)
        json_text(j, key, clock_utc(seconds, text));
}

/* Names and dates of the leaf certificate, in two parts because sni and version stand between them. */
static void certificate_names(struct line *l, const struct observation_tls *o)
{
    line_text(l, "subject", o->subject);
    line_text(l, "issuerdn", o->issuer);
    pieces(l->json, "subjectaltname", line_slice(l, o->san), '\0');
}

static void certificate_numbers(struct line *l, const struct observation_tls *o)
{
    struct slice serial = line_slice(l, o->serial), sha1 = line_slice(l, o->sha1);
    if (serial.size > 0)
        json_hex(l->json, "serial", serial, ':', true);
    if (sha1.size == SHA1_SIZE)
        json_hex(l->json, "fingerprint", sha1, ':', false);
}

/* The client's own certificate, when the server asked for one. */
static void client_certificate(struct line *l, const struct observation_tls *o)
{
    struct slice serial = line_slice(l, o->client_serial), sha1 = line_slice(l, o->client_sha1);
    if (sha1.size != SHA1_SIZE)
        return;
    struct json *j = l->json;
    json_open(j, "client");
    line_text(l, "subject", o->client_subject);
    line_text(l, "issuerdn", o->client_issuer);
    json_hex(j, "fingerprint", sha1, ':', false);
    if (serial.size > 0)
        json_hex(j, "serial", serial, ':', true);
    date(j, "notbefore", o->client_not_before);
    date(j, "notafter", o->client_not_after);
    json_close(j);
}

/* What the tls object has no field for. Whether an ECH extension is real or GREASE nobody between the ends can tell. */
static void more_facts(struct line *l, const struct observation_tls *o)
{
    struct slice sha256 = line_slice(l, o->sha256);
    struct json *j = l->json;
    if (!l->eve->options.metadata || (sha256.size != SHA256_SIZE && o->ech == ECH_NONE))
        return;
    json_open(j, "metadata");
    json_open_array(j, "flowvars");
    if (sha256.size == SHA256_SIZE) {
        json_open(j, NULL);
        json_hex(j, "tls_cert_sha256", sha256, '\0', false);
        json_close(j);
    }
    if (o->ech != ECH_NONE) {
        json_open(j, NULL);
        json_text(j, "tls_ech", "grease_or_real");
        json_close(j);
    }
    json_close_array(j);
    json_close(j);
}

void fingerprint_pair(struct line *l, const char *key, struct text_ref hash, struct text_ref text)
{
    if (line_slice(l, hash).size == 0)
        return;
    json_open(l->json, key);
    line_text(l, "hash", hash);
    json_slice(l->json, "string", line_slice(l, text));
    json_close(l->json);
}

static void fingerprints(struct line *l, const struct observation_tls *o)
{
    fingerprint_pair(l, "ja3", o->ja3_hash, o->ja3);
    fingerprint_pair(l, "ja3s", o->ja3s_hash, o->ja3s);
    line_text(l, "ja4", o->ja4);
    pieces(l->json, "client_alpns", line_slice(l, o->client_alpns), ',');
    if (line_slice(l, o->server_alpn).size > 0) {
        json_open_array(l->json, "server_alpns");
        line_text(l, NULL, o->server_alpn);
        json_close_array(l->json);
    }
}

void tls_object(struct line *l)
{
    const struct observation_tls *o = (const struct observation_tls *)l->seen;
    const char *from = app_proto_name(o->from_proto);
    char version[20];
    struct json *j = l->json;
    json_open(j, "tls");
    if (o->certificate_seen)
        certificate_names(l, o);
    if (o->resumed)
        json_raw(j, "session_resumed", LITERAL("true"));
    if (o->certificate_seen)
        certificate_numbers(l, o);
    line_text(l, "sni", o->sni);
    json_text(j, "version", tls_version_name(o->version, o->is_dtls, version));
    if (o->certificate_seen) {
        date(j, "notbefore", o->not_before);
        date(j, "notafter", o->not_after);
    }
    fingerprints(l, o);
    client_certificate(l, o);
    if (from != NULL)
        json_text(j, "from_proto", from);
    json_close(j);
}

uint32_t tls_lines(struct eve *e, const struct event *event, struct json *out)
{
    assert(event->observation->kind == OBSERVE_TLS);
    const struct observation_tls *o = (const struct observation_tls *)(const void *)event->observation;
    if (eve_line_count(e, event) == 0)
        return 0;
    struct line l;
    line_open(&l, e, event, out, SOURCE_CLIENT);
    tls_object(&l);
    more_facts(&l, o);
    return line_close(&l);
}
