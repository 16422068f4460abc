/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quic.c - a QUIC Initial with a whole hello, in the packet's own direction: the client's has sni and ja3, the server's a
 * second event with ja3s.
 */
#include "eve/line.h"

#include <assert.h>
#include <string.h>

#include "eve/names.h"

#define EXTENSION_SERVER_NAME 0      /* RFC 6066 3 */
#define EXTENSION_ALPN        16     /* RFC 7301 3.1 */
#define EXTENSION_ECH         0xfe0d /* draft-ietf-tls-esni 5 */

static void open_extension(struct json *j, const char *name, unsigned type)
{
    json_open(j, NULL);
    json_text(j, "name", name);
    json_uint(j, "type", type);
    json_open_array(j, "values");
}

static void close_extension(struct json *j)
{
    json_close_array(j);
    json_close(j);
}

/* The non-empty pieces of the comma-joined list; at least one must be there. */
static void alpn_values(struct json *j, struct slice list)
{
    const uint8_t *at = list.at, *end = list.at + list.size;
    while (at < end) {
        const uint8_t *stop = memchr(at, ',', (size_t)(end - at));
        if (stop == NULL)
            stop = end;
        if (stop > at)
            json_slice(j, NULL, (struct slice){at, (size_t)(stop - at)});
        at = stop + 1;
    }
}

static bool has_alpn(struct slice list)
{
    for (size_t i = 0; i < list.size; i++)
        if (list.at[i] != ',')
            return true;
    return false;
}

/* Those whose content is known. */
static void extensions(struct line *l, struct slice sni, struct slice alpns, bool ech)
{
    struct json *j = l->json;
    bool alpn = has_alpn(alpns);
    if (sni.size == 0 && !alpn && !ech)
        return;
    json_open_array(j, "extensions");
    if (sni.size > 0) {
        open_extension(j, "server_name", EXTENSION_SERVER_NAME);
        json_slice(j, NULL, sni);
        close_extension(j);
    }
    if (alpn) {
        open_extension(j, "alpn", EXTENSION_ALPN);
        alpn_values(j, alpns);
        close_extension(j);
    }
    if (ech) { /* real or GREASE */
        json_open(j, NULL);
        json_text(j, "name", "encrypted_client_hello");
        json_uint(j, "type", EXTENSION_ECH);
        json_close(j);
    }
    json_close_array(j);
}

void quic_object(struct line *l)
{
    const struct observation_quic *o = (const struct observation_quic *)l->seen;
    char version[HEX_MAX];
    json_open(l->json, "quic");
    json_text(l->json, "version", quic_version_name(o->version, version));
    line_text(l, "sni", o->sni);
    line_text(l, "ua", o->user_agent);
    fingerprint_pair(l, "ja3", o->ja3_hash, o->ja3);
    fingerprint_pair(l, "ja3s", o->ja3s_hash, o->ja3s);
    line_text(l, "ja4", o->ja4);
    extensions(l, line_slice(l, o->sni), line_slice(l, o->alpns), o->ech != ECH_NONE);
    json_close(l->json);
}

uint32_t quic_lines(struct eve *e, const struct event *event, struct json *out)
{
    assert(event->observation->kind == OBSERVE_QUIC);
    struct line l;
    line_open(&l, e, event, out, SOURCE_PACKET);
    quic_object(&l);
    return line_close(&l);
}
