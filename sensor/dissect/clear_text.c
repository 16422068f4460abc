/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clear_text.c - see clear_text.h.
 */
#include "dissect/clear_text.h"

#include "base/utf8.h"
#include "decode/cursor.h"

#define LOOKED_AT  32         /* bytes that must be text */
#define MISSES_MAX 4          /* segments until an end counts as binary */
#define FRAME_MAX  (1u << 20) /* length of a framed message that is believed */

static bool is_control(uint8_t c)
{
    return c < 0x20 ? c != '\n' && c != '\r' && c != '\t' : c == 0x7f;
}

/* UTF-8 without control characters; the last character may be cut. */
static bool is_text(struct slice s)
{
    uint32_t code;
    for (size_t i = 0, step; i < s.size && i < LOOKED_AT; i += step) {
        step = s.at[i] < 0x80 ? 1 : utf8_decode(s.at + i, s.size - i, &code);
        if (is_control(s.at[i]) || (step == 0 && (s.at[i] < 0xc2 || s.size - i > 3)))
            return false;
        if (step == 0)
            break;
    }
    return s.size > 0;
}

/* A length of either byte order, then JSON. */
static bool is_framed(struct slice s)
{
    if (s.size < 6 || (s.at[4] != '{' && s.at[4] != '['))
        return false;
    uint32_t big = read_u32(s.at);
    return (big < FRAME_MAX || __builtin_bswap32(big) < FRAME_MAX) && is_text((struct slice){s.at + 4, s.size - 4});
}

bool clear_text_begins(struct slice bytes)
{
    return is_text(bytes) || is_framed(bytes);
}

static void keep(struct clear_text *c, struct budget *b, const struct parse_place *place, struct slice bytes, size_t most)
{
    if (c->size >= most || c->misses == MISSES_MAX || bytes.size == 0)
        return;
    if (c->size == 0 && !clear_text_begins(bytes)) {
        c->misses++;
        return;
    }
    size_t size = bytes.size < most - c->size ? bytes.size : most - c->size;
    if (!budget_append(b, &c->kept, bytes.at, size, most)) {
        c->misses = MISSES_MAX;
        return;
    }
    c->size += (uint32_t)size;
    if (c->size == most)
        clear_text_tell(c, b, place, place->end);
}

/* What of the bytes was not peeked at. */
static struct slice behind_peeked(const struct clear_text *c, struct slice bytes)
{
    size_t known = bytes.size < c->peeked ? bytes.size : c->peeked;
    return known ? (struct slice){bytes.at + known, bytes.size - known} : bytes;
}

void clear_text_take(struct clear_text *c, struct budget *b, const struct parse_place *place, struct slice bytes, size_t most)
{
    struct slice fresh = behind_peeked(c, bytes);
    c->peeked -= (uint32_t)(bytes.size - fresh.size);
    keep(c, b, place, fresh, most);
}

void clear_text_peek(struct clear_text *c, struct budget *b, const struct parse_place *place, struct slice bytes, size_t most)
{
    struct slice fresh = behind_peeked(c, bytes);
    if (fresh.size == 0)
        return;
    c->peeked = (uint32_t)bytes.size;
    keep(c, b, place, fresh, most);
}

void clear_text_tell(struct clear_text *c, struct budget *b, const struct parse_place *place, int end)
{
    struct observer *w = place->observer;
    if (c->kept.size == 0)
        return;
    struct observation_body *o =
        observer_begin(w, OBSERVE_BODY, sizeof *o, place->flow, place->packet, flow_direction(place->flow, end));
    o->source = BODY_STREAM;
    o->number = c->pieces++;
    o->bytes = observer_text(w, c->kept.at, c->kept.size);
    observer_end(w);
    budget_clear(b, &c->kept);
}
