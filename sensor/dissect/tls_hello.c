/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_hello.c - one pass over a hello: fixed part, then the extensions that name something. A broken extension ends the
 * pass; what came before it counts. Fingerprints are made by tls_fingerprint.h.
 */
#include "dissect/tls_hello.h"

#include <string.h>

#include "decode/cursor.h"
#include "dissect/tls_fingerprint.h"
#include "dissect/tls_memory.h"
#include "flow/known.h"

enum extension_type {
    EXTENSION_SERVER_NAME = 0,         /* RFC 6066 3 */
    EXTENSION_SUPPORTED_GROUPS = 10,   /* RFC 8422 5.1.1 */
    EXTENSION_POINT_FORMATS = 11,      /* RFC 8422 5.1.2 */
    EXTENSION_SIGNATURES = 13,         /* RFC 8446 4.2.3 */
    EXTENSION_ALPN = 16,               /* RFC 7301 */
    EXTENSION_SESSION_TICKET = 35,     /* RFC 5077 */
    EXTENSION_PRE_SHARED_KEY = 41,     /* RFC 8446 4.2.11 */
    EXTENSION_SUPPORTED_VERSIONS = 43, /* RFC 8446 4.2.1 */
    EXTENSION_QUIC_PARAMETERS = 57,    /* RFC 9001 8.2 */
    EXTENSION_QUIC_DRAFT = 0xffa5,     /* the same in drafts before 34 */
    EXTENSION_ESNI = 0xffce,           /* draft-ietf-tls-esni-02 */
    EXTENSION_ECH = 0xfe0d             /* draft-ietf-tls-esni 5 */
};

#define QUIC_USER_AGENT_ID 0x3129 /* Google's transport parameter */

/* SHA-256 of "HelloRetryRequest", the random of one (RFC 8446 4.1.3). */
static const uint8_t hello_retry_random[32] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
                                               0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
                                               0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

/* A vector with a length of one or two bytes before it. */
static bool take_vector8(struct cursor *c, struct cursor *out)
{
    struct cursor from = *c;
    uint8_t size;
    if (!cursor_u8(&from, &size) || !cursor_sub(&from, size, out))
        return false;
    *c = from;
    return true;
}

static bool take_vector16(struct cursor *c, struct cursor *out)
{
    struct cursor from = *c;
    uint16_t size;
    if (!cursor_u16(&from, &size) || !cursor_sub(&from, size, out))
        return false;
    *c = from;
    return true;
}

/* DTLS counts downwards from 0xfeff, so the highest version is the smallest number. */
static bool version_is_higher(enum tls_carrier carrier, uint16_t a, uint16_t b)
{
    return carrier == TLS_OVER_DTLS ? a < b : a > b;
}

static void read_server_name(struct cursor c, struct slice *out)
{
    struct cursor list, name;
    uint8_t type;
    if (out->size || !take_vector16(&c, &list))
        return;
    while (cursor_u8(&list, &type) && take_vector16(&list, &name))
        if (type == 0) { /* host_name */
            *out = cursor_slice(&name);
            return;
        }
}

static bool is_plain(uint8_t c)
{
    return c >= 0x20 && c != 0x7f && c != ',' && c != '\\';
}

/* Appends one protocol name, odd bytes as \xNN; false and nothing written when it does not fit. */
static bool append_alpn(char *out, size_t max, struct slice name)
{
    static const char digits[] = "0123456789abcdef";
    size_t at = strlen(out), need = at ? 1 : 0;
    for (size_t i = 0; i < name.size; i++)
        need += is_plain(name.at[i]) ? 1 : 4;
    if (at + need >= max)
        return false;
    if (at)
        out[at++] = ',';
    for (size_t i = 0; i < name.size; i++) {
        uint8_t c = name.at[i];
        if (!is_plain(c)) {
            out[at++] = '\\';
            out[at++] = 'x';
            out[at++] = digits[c >> 4];
            c = (uint8_t)digits[c & 15];
        }
        out[at++] = (char)c;
    }
    out[at] = 0;
    return true;
}

/* The list of protocol names; `first` receives the first one raw. */
static void read_alpn(struct cursor c, char *out, size_t max, struct slice *first)
{
    struct cursor list, name;
    bool fits = true;
    if (out[0] || !take_vector16(&c, &list))
        return;
    while (fits && take_vector8(&list, &name)) {
        if (first->size == 0)
            *first = cursor_slice(&name);
        if (cursor_left(&name))
            fits = append_alpn(out, max, cursor_slice(&name));
    }
}

static void read_client_versions(struct cursor c, enum tls_carrier carrier, uint16_t *out)
{
    struct cursor list;
    uint16_t version;
    bool any = false;
    if (!take_vector8(&c, &list))
        return;
    while (cursor_u16(&list, &version)) {
        if (tls_is_grease(version) || (any && !version_is_higher(carrier, version, *out)))
            continue;
        *out = version;
        any = true;
    }
}

/* QUIC's variable-length integer (RFC 9000 16). */
static bool take_varint(struct cursor *c, uint64_t *out)
{
    const uint8_t *p = cursor_take(c, 1);
    if (!p)
        return false;
    size_t more = ((size_t)1 << (p[0] >> 6)) - 1;
    uint64_t value = p[0] & 0x3f;
    const uint8_t *rest = cursor_take(c, more);
    if (!rest)
        return false;
    for (size_t i = 0; i < more; i++)
        value = value << 8 | rest[i];
    *out = value;
    return true;
}

static void read_quic_parameters(struct cursor c, struct slice *user_agent)
{
    uint64_t id, size;
    struct cursor value;
    while (take_varint(&c, &id) && take_varint(&c, &size) && cursor_sub(&c, (size_t)size, &value)) {
        if (id == QUIC_USER_AGENT_ID) {
            *user_agent = cursor_slice(&value);
            return;
        }
    }
}

static void remember_extension(struct hello_lists *lists, uint16_t type)
{
    if (lists->extension_count == HELLO_EXTENSION_MAX)
        lists->overflow = true;
    else
        lists->extensions[lists->extension_count++] = type;
}

/* A list with its length before it, whole pairs only. */
static void read_list16(struct cursor c, struct slice *out)
{
    struct cursor list;
    if (out->size == 0 && take_vector16(&c, &list))
        *out = cursor_slice(&list);
}

static void client_extension(uint16_t type, struct cursor c, enum tls_carrier carrier, struct tls_client_hello *out,
                             struct hello_lists *lists)
{
    struct cursor list;
    switch (type) {
    case EXTENSION_SERVER_NAME: read_server_name(c, &out->sni); break;
    case EXTENSION_SUPPORTED_GROUPS: read_list16(c, &lists->groups); break;
    case EXTENSION_SIGNATURES: read_list16(c, &lists->signatures); break;
    case EXTENSION_ALPN: read_alpn(c, out->alpns, sizeof out->alpns, &lists->alpn); break;
    case EXTENSION_SUPPORTED_VERSIONS: read_client_versions(c, carrier, &out->version); break;
    case EXTENSION_SESSION_TICKET: out->has_ticket |= cursor_left(&c) > 0; break;
    case EXTENSION_PRE_SHARED_KEY: out->has_ticket = true; break;
    case EXTENSION_ECH: out->ech = true; break;
    case EXTENSION_ESNI: out->esni = true; break;
    case EXTENSION_POINT_FORMATS:
        if (take_vector8(&c, &list))
            lists->point_formats = cursor_slice(&list);
        break;
    case EXTENSION_QUIC_PARAMETERS:
    case EXTENSION_QUIC_DRAFT: read_quic_parameters(c, &out->quic_user_agent); break;
    default: break;
    }
}

/* Everything before the extensions; false when that is not a ClientHello. */
static bool client_fixed_part(struct cursor *c, enum tls_carrier carrier, struct tls_client_hello *out, struct hello_lists *lists)
{
    struct cursor session, cookie, ciphers, compressions;
    if (!cursor_u16(c, &out->legacy_version) || !cursor_skip(c, 32) || !take_vector8(c, &session))
        return false;
    if (carrier == TLS_OVER_DTLS && !take_vector8(c, &cookie)) /* RFC 6347 4.2.1 */
        return false;
    if (!take_vector16(c, &ciphers) || cursor_left(&ciphers) % 2) /* half a cipher: the length lies (RFC 8446 4.1.2) */
        return false;
    out->version = out->legacy_version;
    out->session_id = cursor_slice(&session);
    lists->ciphers = cursor_slice(&ciphers);
    return take_vector8(c, &compressions) || cursor_left(c) == 0;
}

static uint8_t *put_list(uint8_t *at, struct slice list)
{
    *at++ = (uint8_t)(list.size >> 8);
    *at++ = (uint8_t)list.size;
    if (list.size > 0)
        memcpy(at, list.at, list.size);
    return at + list.size;
}

/* All that the fingerprints are made of, into `key`[TLS_PRINT_KEY_MAX]. Empty when it does not fit. */
static struct slice key_of(const struct hello_lists *l, enum tls_carrier carrier, uint8_t *key)
{
    const uint8_t head[] = {(uint8_t)carrier, (uint8_t)(l->legacy_version >> 8), (uint8_t)l->legacy_version, (uint8_t)(l->version >> 8),
                            (uint8_t)l->version};
    const struct slice lists[] = {{(const uint8_t *)l->extensions, l->extension_count * sizeof l->extensions[0]},
                                  l->ciphers, l->groups, l->point_formats, l->signatures, l->alpn};
    size_t size = sizeof head + 2 * sizeof lists / sizeof lists[0];
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        size += lists[i].size;
    if (l->overflow || size > TLS_PRINT_KEY_MAX)
        return (struct slice){key, 0};
    memcpy(key, head, sizeof head);
    uint8_t *at = key + sizeof head;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        at = put_list(at, lists[i]);
    return (struct slice){key, size};
}

static void make_prints(const struct hello_lists *lists, enum tls_carrier carrier, struct tls_memory *memory, struct tls_client_hello *out)
{
    uint8_t bytes[TLS_PRINT_KEY_MAX];
    struct slice key = memory ? key_of(lists, carrier, bytes) : (struct slice){NULL, 0};
    const struct tls_prints *known = tls_memory_prints(memory, key);
    if (known) {
        memcpy(out->ja3, known->ja3, strlen(known->ja3) + 1);
        memcpy(out->ja3_hash, known->ja3_hash, sizeof out->ja3_hash);
        memcpy(out->ja4, known->ja4, sizeof out->ja4);
        return;
    }
    tls_ja3(lists, out->ja3, out->ja3_hash);
    tls_ja4(lists, carrier, out->ja4);
    struct tls_prints made;
    size_t size = strlen(out->ja3) + 1;
    if (size > sizeof made.ja3)
        return;
    memcpy(made.ja3, out->ja3, size);
    memcpy(made.ja3_hash, out->ja3_hash, sizeof made.ja3_hash);
    memcpy(made.ja4, out->ja4, sizeof made.ja4);
    tls_memory_keep_prints(memory, key, &made);
}

bool tls_client_hello_parse(struct slice body, enum tls_carrier carrier, struct tls_memory *memory, struct tls_client_hello *out)
{
    struct cursor c = cursor_of(body.at, body.size), extension;
    struct hello_lists lists;
    uint16_t type, block_size;

    memset(out, 0, sizeof *out);
    memset(&lists, 0, offsetof(struct hello_lists, extensions));
    lists.extension_count = 0;
    lists.overflow = false;
    if (!client_fixed_part(&c, carrier, out, &lists))
        return false;
    if (cursor_u16(&c, &block_size) && block_size < cursor_left(&c))
        c.end = c.at + block_size;
    while (cursor_u16(&c, &type) && take_vector16(&c, &extension)) {
        remember_extension(&lists, type);
        out->odd_extension |= known_is_odd_extension(type);
        client_extension(type, extension, carrier, out, &lists);
    }
    out->odd_extension |= cursor_left(&c) >= 2; /* one whose size is wrong */
    lists.legacy_version = out->legacy_version;
    lists.version = out->version;
    make_prints(&lists, carrier, memory, out);
    return true;
}

static void server_extension(uint16_t type, struct cursor c, struct tls_server_hello *out)
{
    struct slice first = {NULL, 0};
    uint16_t version;
    switch (type) {
    case EXTENSION_SUPPORTED_VERSIONS:
        if (cursor_u16(&c, &version))
            out->version = version;
        break;
    case EXTENSION_ALPN: read_alpn(c, out->alpn, sizeof out->alpn, &first); break;
    case EXTENSION_PRE_SHARED_KEY: out->resumed_psk = true; break;
    default: break;
    }
}

/* TLS 1.3 drafts before 22 had neither session id nor compression in the ServerHello. */
static bool is_short_draft(uint16_t version)
{
    return version >= 0x7f00 && version < 0x7f16;
}

static bool server_fixed_part(struct cursor *c, struct tls_server_hello *out)
{
    struct cursor session;
    const uint8_t *random;
    if (!cursor_u16(c, &out->legacy_version) || !(random = cursor_take(c, sizeof hello_retry_random)))
        return false;
    out->version = out->legacy_version;
    out->hello_retry = memcmp(random, hello_retry_random, sizeof hello_retry_random) == 0;
    if (is_short_draft(out->legacy_version))
        return cursor_u16(c, &out->cipher);
    if (!take_vector8(c, &session) || cursor_left(&session) > 32 || !cursor_u16(c, &out->cipher))
        return false;
    out->session_id = cursor_slice(&session);
    return cursor_skip(c, 1); /* compression method */
}

bool tls_server_hello_parse(struct slice body, enum tls_carrier carrier, struct tls_server_hello *out)
{
    struct cursor c = cursor_of(body.at, body.size), extension;
    struct hello_lists lists;
    uint16_t type, block_size;

    (void)carrier;
    memset(out, 0, sizeof *out);
    lists.extension_count = 0;
    lists.overflow = false;
    if (!server_fixed_part(&c, out))
        return false;
    if (cursor_u16(&c, &block_size) && block_size < cursor_left(&c))
        c.end = c.at + block_size;
    while (cursor_u16(&c, &type) && take_vector16(&c, &extension)) {
        remember_extension(&lists, type);
        out->odd_extension |= known_is_odd_extension(type);
        server_extension(type, extension, out);
    }
    out->odd_extension |= cursor_left(&c) >= 2; /* one whose size is wrong */
    lists.legacy_version = out->legacy_version;
    lists.cipher = out->cipher;
    tls_ja3s(&lists, out->ja3s, out->ja3s_hash);
    return true;
}

void tls_tell_offer(const struct parse_place *place, int client_end, const struct tls_client_hello *hello)
{
    struct known_offer offer = {.version = hello->legacy_version,
                                .name = hello->sni,
                                .alpns = {(const uint8_t *)hello->alpns, strlen(hello->alpns)},
                                .odd_extension = hello->odd_extension,
                                .hides_name = hello->esni};
    known_see_offer(place->known, place->flow, client_end, &offer);
}
