/* SPDX-License-Identifier: Apache-2.0 */
/* behaviour_test.h - opening the plugin on the shipped list, and flows to feed it with. */
#ifndef BEHAVIOUR_TEST_H
#define BEHAVIOUR_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_host.h"

#define DAY   86400u
#define BEGIN 1786147200u /* 2026-08-08, midnight */
#define SECOND UINT64_C(1000000000)

#define assert_has(text, part)                                                                                                     \
    do {                                                                                                                           \
        if (strstr((text), (part)) == NULL)                                                                                        \
            fail_msg("no '%s' in:\n%s", (part), (text));                                                                           \
    } while (0)

extern const struct sensor_plugin sensor_plugin_behaviour;

static inline void *open_with(const char *name, const char *value)
{
    static const char *option[] = {"usual", SOURCE_DIR "/plugins/behaviour/usual.csv", NULL, NULL, NULL};
    char error[256] = "";
    option[2] = name;
    option[3] = value;
    fake.plugin = &sensor_plugin_behaviour;
    fake.option = option;
    fake_reset();
    void *state = sensor_plugin_behaviour.detector.open(&fake_host, NULL, error, sizeof error);
    if (state == NULL)
        fail_msg("open: %s", error);
    return state;
}

static inline int set_up(void **state)
{
    free(fake.state_bytes);
    fake.state_bytes = NULL;
    *state = open_with(NULL, NULL);
    return 0;
}

static inline int tear_down(void **state)
{
    sensor_plugin_behaviour.detector.close(*state);
    return 0;
}

static inline void reopen(void **state, const char *name, const char *value)
{
    sensor_plugin_behaviour.detector.close(*state);
    *state = open_with(name, value);
}

/* The end of a flow that began `s` seconds after BEGIN, from internal 10.1.2.3 to outside 203.0.113.9:443. */
static inline void begin_flow(union fake_observation *o, double s, uint64_t bytes_out)
{
    fake_begin(o, OBSERVE_ENDED);
    o->head.start_ns = BEGIN * SECOND + (uint64_t)(s * 1e9);
    o->head.time_ns = o->head.start_ns + SECOND;
    o->head.last_ns = o->head.time_ns;
    o->head.flow_id = o->head.start_ns / 1000;
    o->head.bytes[TO_SERVER] = bytes_out;
    o->head.bytes[TO_CLIENT] = 1000;
}

static inline void feed(void *state, const union fake_observation *o)
{
    sensor_plugin_behaviour.detector.observe(state, &o->head, NULL);
}

static inline void feed_flow(void *state, double s, uint64_t bytes_out)
{
    union fake_observation o;
    begin_flow(&o, s, bytes_out);
    feed(state, &o);
}

/* The host's name for the outside end of all that follows. */
static inline void peer_is(const char *name, enum sensor_name_source source)
{
    fake.name_count = name != NULL;
    if (name != NULL)
        fake.name[0] = (struct sensor_name){.name = {(const uint8_t *)name, strlen(name)}, .source = (uint8_t)source};
}

static inline void feed_end_of_capture(void *state, double s)
{
    fake.is_ending = true;
    sensor_plugin_behaviour.detector.tick(state, BEGIN * SECOND + (uint64_t)(s * 1e9), NULL);
    fake.is_ending = false;
}

static inline const struct fake_raised *only(void)
{
    if (fake.raised_count != 1)
        fail_msg("%zu alerts, the first: %s", fake.raised_count, fake.raised[0].signature);
    return &fake.raised[0];
}

/* A number between 0 and 1, the same in every run. */
static inline double chance(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) / 16777216.0;
}

#endif
