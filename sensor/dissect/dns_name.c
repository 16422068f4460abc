/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_name.c - domain names out of DNS messages.
 *
 * A pointer may go anywhere in the message, forwards too: broken senders do that, and other readers follow. What ends a loop is
 * not direction but two bounds: pointers followed per name, and the text's room. Labels are copied escaped so that the
 * original bytes can be had back from the text.
 */
#include "dissect/dns_name.h"

#define LABEL_MAX    63
#define POINTERS_MAX 64 /* pointers followed in one name; senders use one or two */

enum label_kind { LABEL_TEXT, LABEL_POINTER, LABEL_BAD };

static enum label_kind label_kind_of(uint8_t first)
{
    if (first <= LABEL_MAX)
        return LABEL_TEXT;
    return first >= 0xc0 ? LABEL_POINTER : LABEL_BAD;
}

static bool is_plain(uint8_t byte)
{
    return byte > 0x20 && byte < 0x7f && byte != '.' && byte != '\\';
}

static size_t escape(uint8_t byte, char out[4])
{
    if (is_plain(byte)) {
        out[0] = (char)byte;
        return 1;
    }
    out[0] = '\\';
    if (byte == '.' || byte == '\\') {
        out[1] = (char)byte;
        return 2;
    }
    out[1] = (char)('0' + byte / 100);
    out[2] = (char)('0' + byte / 10 % 10);
    out[3] = (char)('0' + byte % 10);
    return 4;
}

static bool append_label(struct dns_name *out, const uint8_t *label, size_t size)
{
    size_t at = out->size;
    if (at > 0 && at < DNS_NAME_TEXT_MAX)
        out->text[at++] = '.';
    size_t i = 0;
    bool fits = DNS_NAME_TEXT_MAX - at >= size + 4;
    for (; fits && i < size && is_plain(label[i]); i++) /* nearly every label, whole */
        out->text[at++] = (char)label[i];
    for (; i < size; i++) {
        if (DNS_NAME_TEXT_MAX - at < 4)
            return false;
        at += escape(label[i], out->text + at);
    }
    out->size = at;
    return true;
}

bool dns_name_read(struct slice message, struct cursor *at, struct dns_name *out)
{
    struct cursor here = *at;
    bool jumped = false;
    uint8_t first;
    out->size = 0;
    for (int pointers = 0; pointers < POINTERS_MAX && cursor_u8(&here, &first);) {
        if (label_kind_of(first) == LABEL_TEXT) {
            const uint8_t *label = cursor_take(&here, first);
            if (!label || (first > 0 && !append_label(out, label, first)))
                return false;
            if (!jumped)
                *at = here;
            if (first == 0)
                return true;
            continue;
        }
        uint8_t low;
        if (label_kind_of(first) == LABEL_BAD || !cursor_u8(&here, &low))
            return false;
        if (!jumped)
            *at = here;
        jumped = true;
        pointers++;
        here = cursor_of(message.at, message.size);
        if (!cursor_skip(&here, (size_t)(first & 0x3f) << 8 | low))
            return false;
    }
    return false;
}

bool dns_name_skip(struct cursor *at)
{
    uint8_t first;
    while (cursor_u8(at, &first)) {
        if (first == 0)
            return true;
        if (label_kind_of(first) == LABEL_POINTER)
            return cursor_skip(at, 1);
        if (label_kind_of(first) == LABEL_BAD || !cursor_skip(at, first))
            return false;
    }
    return false;
}
