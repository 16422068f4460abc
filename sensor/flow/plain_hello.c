/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plain_hello.c - see plain_hello.h. RFC 8446 4.1.2 for the layout, 4.2 for the extensions' numbers.
 */
#include "flow/plain_hello.h"

#include <string.h>

#include "decode/cursor.h"

#define RECORD_HEADER    5u
#define HANDSHAKE_HEADER 4u
#define VERSION_RANDOM   34u
#define GREASE           0x0a

bool plain_hello_begins(struct slice payload)
{
    const uint8_t *p = payload.at;
    return payload.size > RECORD_HEADER + HANDSHAKE_HEADER && p[0] == 22 && p[1] == 3 && p[5] == 1;
}

/* Known, and of no meaning but to a fingerprint. */
static bool is_idle_extension(uint16_t type)
{
    enum { STATUS_REQUEST = 5, GROUPS = 10, POINT_FORMATS = 11, SIGNATURES = 13, CERTIFICATE_TIME = 18, PADDING = 21,
           ENCRYPT_THEN_MAC = 22, MASTER_SECRET = 23, COMPRESS_CERTIFICATE = 27, RECORD_LIMIT = 28, SESSION_TICKET = 35, PSK_MODES = 45,
           SIGNATURES_OF_CERTIFICATES = 50, KEY_SHARE = 51, RENEGOTIATION = 65281 };
    switch (type) {
    case STATUS_REQUEST: case GROUPS: case POINT_FORMATS: case SIGNATURES: case CERTIFICATE_TIME: case PADDING: case ENCRYPT_THEN_MAC:
    case MASTER_SECRET: case COMPRESS_CERTIFICATE: case RECORD_LIMIT: case SESSION_TICKET: case PSK_MODES:
    case SIGNATURES_OF_CERTIFICATES: case KEY_SHARE: case RENEGOTIATION: return true;
    default: return false;
    }
}

/* Steps over a list whose size stands before it in one or two bytes; `list` is what is at hand of it. */
static bool skip_list(struct cursor *c, bool wide, struct slice *list)
{
    uint8_t narrow = 0;
    uint16_t size = 0;
    *list = cursor_slice(c);
    list->size = 0;
    if (wide ? !cursor_u16(c, &size) : !cursor_u8(c, &narrow))
        return false;
    size_t wanted = wide ? size : narrow;
    *list = (struct slice){c->at, wanted < cursor_left(c) ? wanted : cursor_left(c)};
    return cursor_skip(c, wanted);
}

void plain_hello(uint8_t *payload, size_t size)
{
    size_t record = RECORD_HEADER + read_u16(payload + 3);
    struct cursor c = cursor_of(payload, size < record ? size : record);
    struct slice ciphers, ignored;
    uint16_t type;
    if (!cursor_skip(&c, RECORD_HEADER + HANDSHAKE_HEADER + VERSION_RANDOM) || !skip_list(&c, false, &ignored))
        return;
    bool whole = skip_list(&c, true, &ciphers);
    memset(payload + (ciphers.at - payload), GREASE, ciphers.size);
    if (!whole || !skip_list(&c, false, &ignored) || !cursor_skip(&c, 2))
        return;
    for (uint8_t *at = payload + (c.at - payload); cursor_u16(&c, &type); at = payload + (c.at - payload)) {
        if (is_idle_extension(type))
            memset(at, GREASE, 2);
        if (!skip_list(&c, true, &ignored))
            return;
    }
}
