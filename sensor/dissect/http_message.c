/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_message.c - header lines become kept texts. Lines come one at a time, so a head that is never finished still tells
 * what its whole lines said.
 */
#include "dissect/http_message.h"

#include <stdlib.h>
#include <string.h>

#include "dissect/http_line.h"

#define ROOM_FIRST  256u
#define ROOM_MAX    (1u << 16)
#define NEEDED_MAX  300 /* bytes of a field that is kept even beyond the head's bound */

static const struct {
    const char *name;
    enum http_field field;
} names[] = {
    {"host", HTTP_HOST},
    {"user-agent", HTTP_USER_AGENT},
    {"referer", HTTP_REFERER},
    {"x-forwarded-for", HTTP_XFF},
    {"content-type", HTTP_CONTENT_TYPE},
    {"content-encoding", HTTP_CONTENT_ENCODING},
    {"content-length", HTTP_CONTENT_LENGTH},
    {"transfer-encoding", HTTP_TRANSFER_ENCODING},
    {"upgrade", HTTP_UPGRADE},
};

static enum http_field field_of(struct slice name)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (http_is_word(name, names[i].name))
            return names[i].field;
    return HTTP_FIELD_COUNT;
}

/* Memory for `more` bytes behind what is kept; NULL when there is none. */
static uint8_t *reserve(struct http_message *m, size_t more)
{
    if (more > ROOM_MAX - m->size)
        return NULL;
    uint32_t need = m->size + (uint32_t)more, room = m->room ? m->room : ROOM_FIRST;
    while (room < need)
        room *= 2;
    if (room > m->room) {
        uint8_t *bytes = realloc(m->bytes, room);
        if (!bytes)
            return NULL;
        m->bytes = bytes;
        m->room = room;
    }
    return m->bytes + m->size;
}

void http_message_put(struct http_message *m, enum http_field field, struct slice text)
{
    uint8_t *to = reserve(m, text.size);
    m->seen |= 1u << field;
    if (!to || text.size == 0)
        return;
    memcpy(to, text.at, text.size);
    m->fields[field].at = m->size;
    m->fields[field].size = (uint32_t)text.size;
    m->size += (uint32_t)text.size;
}

struct slice http_message_get(const struct http_message *m, enum http_field field)
{
    if (m->fields[field].size == 0)
        return (struct slice){NULL, 0};
    return (struct slice){m->bytes + m->fields[field].at, m->fields[field].size};
}

/* Adds to a kept text, which moves to the end of the memory unless it is there. */
static void append(struct http_message *m, enum http_field field, const char *between, struct slice text)
{
    uint32_t at = m->fields[field].at, old = m->fields[field].size;
    bool last = old > 0 && at + old == m->size;
    uint32_t gap = old > 0 ? (uint32_t)strlen(between) : 0, moved = last ? 0 : old;
    uint8_t *to = text.size > 0 ? reserve(m, moved + gap + text.size) : NULL;
    if (!to)
        return;
    if (moved > 0)
        memcpy(to, m->bytes + at, moved);
    memcpy(to + moved, between, gap);
    memcpy(to + moved + gap, text.at, text.size);
    m->fields[field].at = last ? at : m->size;
    m->fields[field].size = old + gap + (uint32_t)text.size;
    m->size += moved + gap + (uint32_t)text.size;
}

void http_message_field(struct http_message *m, struct slice name, struct slice value)
{
    enum http_field field = field_of(name);
    m->last = HTTP_FIELD_COUNT;
    if (field == HTTP_FIELD_COUNT)
        return;
    bool first = !(m->seen >> field & 1);
    if (first)
        http_message_put(m, field, value);
    else if (field == HTTP_TRANSFER_ENCODING || field == HTTP_XFF)
        append(m, field, ", ", value);
    else
        return;
    m->last = (uint8_t)field;
}

/* Whom a request is for, and where its body ends: no filling before them may hide these. */
static bool is_needed(enum http_field field)
{
    return field == HTTP_HOST || field == HTTP_CONTENT_LENGTH || field == HTTP_TRANSFER_ENCODING || field == HTTP_UPGRADE;
}

void http_message_header(struct http_message *m, struct slice line, bool over)
{
    if (line.size > 0 && (line.at[0] == ' ' || line.at[0] == '\t')) {
        if (m->last < HTTP_FIELD_COUNT && !over)
            append(m, (enum http_field)m->last, " ", http_trim(line));
        return;
    }
    m->last = HTTP_FIELD_COUNT;
    const uint8_t *colon = line.size > 0 ? memchr(line.at, ':', line.size) : NULL;
    if (!colon)
        return;
    struct slice name = http_trim((struct slice){line.at, (size_t)(colon - line.at)});
    struct slice value = http_trim((struct slice){colon + 1, line.size - (size_t)(colon + 1 - line.at)});
    if (!over || (is_needed(field_of(name)) && value.size <= NEEDED_MAX))
        http_message_field(m, name, value);
}

bool http_message_length(const struct http_message *m, uint64_t *out)
{
    struct slice s = http_message_get(m, HTTP_CONTENT_LENGTH);
    uint64_t n = 0;
    size_t i = 0;
    for (; i < s.size && s.at[i] >= '0' && s.at[i] <= '9'; i++) {
        if (n > (UINT64_MAX - 9) / 10)
            return false;
        n = n * 10 + (s.at[i] - '0');
    }
    *out = n;
    return i > 0 && (i == s.size || s.at[i] == ','); /* the same number may come twice (RFC 9110 8.6) */
}

bool http_message_is_chunked(const struct http_message *m)
{
    struct slice s = http_message_get(m, HTTP_TRANSFER_ENCODING);
    const uint8_t *comma = s.size > 0 ? memrchr(s.at, ',', s.size) : NULL;
    if (comma)
        s = (struct slice){comma + 1, s.size - (size_t)(comma + 1 - s.at)};
    return http_is_word(http_trim(s), "chunked");
}

void http_message_reset(struct http_message *m)
{
    free(m->bytes);
    *m = (struct http_message){.last = HTTP_FIELD_COUNT};
}
