/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dprk_test.h - what the dprk tests share: the detector opened on rows.csv, and short ways to feed it.
 */
#ifndef DPRK_TEST_H
#define DPRK_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_host.h"

extern const struct sensor_plugin sensor_plugin_dprk;

/* Path of a file beside this one, valid until the next call. */
static inline const char *beside(const char *name)
{
    static char path[4][512];
    static unsigned turn;
    const char *slash = strrchr(__FILE__, '/');
    char *out = path[turn++ % 4];
    snprintf(out, sizeof path[0], "%.*s%s", slash != NULL ? (int)(slash - __FILE__ + 1) : 0, __FILE__, name);
    return out;
}

/* Opens the detector on rows.csv with at most one option overridden; aborts the test on failure. */
static inline void *open_with(const char *name, const char *value)
{
    static const char *option[10];
    char error[256] = "";
    size_t n = 0;
    if (name != NULL)
        option[n++] = name, option[n++] = value;
    option[n++] = "lists", option[n++] = beside("rows.csv"), option[n++] = "actors", option[n++] = beside("../actors.csv");
    option[n++] = "shared", option[n++] = beside("shared.json"), option[n] = NULL;
    fake.plugin = &sensor_plugin_dprk;
    fake.option = option;
    fake_reset();
    void *state = sensor_plugin_dprk.detector.open(&fake_host, NULL, error, sizeof error);
    if (state == NULL)
        fail_msg("open: %s", error);
    return state;
}

static inline int set_up(void **state)
{
    *state = open_with(NULL, NULL);
    return 0;
}

static inline int tear_down(void **state)
{
    sensor_plugin_dprk.detector.close(*state);
    return 0;
}

static inline void feed(void *state, const union fake_observation *o)
{
    sensor_plugin_dprk.detector.observe(state, &o->head, NULL);
}

/* A TLS handshake of an internal host with this server name. */
static inline void feed_sni(void *state, const char *sni)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_TLS);
    o.tls.client_seen = 1;
    o.tls.sni = fake_text(&o, sni);
    feed(state, &o);
}

/* An HTTP request of an internal host. */
static inline void feed_http(void *state, const char *method, const char *host, const char *url)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_HTTP_REQUEST);
    o.head.server_port = 80;
    o.http.method = fake_text(&o, method);
    o.http.host = fake_text(&o, host);
    o.http.url = fake_text(&o, url);
    feed(state, &o);
}

/* The only sighting so far. */
static inline const struct fake_raised *only(void)
{
    assert_int_equal(fake.raised_count, 1);
    return &fake.raised[0];
}

#define assert_has(text, part)                                                                                                     \
    do {                                                                                                                           \
        if (strstr((text), (part)) == NULL)                                                                                        \
            fail_msg("no '%s' in:\n%s", (part), (text));                                                                           \
    } while (0)

#endif
