/* SPDX-License-Identifier: Apache-2.0 */
/* speech.c - see speech.h. */
#include "run/speech.h"

#include <string.h>

#include "base/blackbox.h"

#define CROWDED_EVERY 32u /* observations between two looks at how full the ring is */

static void *reserve(struct speech *s, size_t size)
{
    void *place = ring_reserve(s->ring, size);
    if (place || s->hurries)
        return place;
    s->waits++;
    return ring_reserve_wait(s->ring, size);
}

bool speech_put(struct speech *s, const struct observation *o)
{
    void *place = reserve(s, o->size);
    if (!place)
        return false;
    memcpy(place, o, o->size);
    ring_commit(s->ring, o->size);
    s->said = o->order;
    blackbox_here->count++;
    return true;
}

/* The last quarter of the ring is kept for what indicators are looked for in: how a flow ended and what it is called can go first. */
static bool is_crowded(struct speech *s, const struct observation *o)
{
    if (s->offered++ % CROWDED_EVERY == 0)
        s->crowded = ring_used(s->ring) > s->ring_size / 4 * 3;
    return s->crowded && (o->kind == OBSERVE_ENDED || o->kind == OBSERVE_CLASSIFIED);
}

void speech_deliver(void *arg, const struct observation *o)
{
    struct speech *s = arg;
    if (s->hurries && is_crowded(s, o))
        s->shed++;
    else if (!speech_put(s, o))
        s->lost++;
}
