/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange_test.h - what the exchange tests share: the detector opened on the shipped list, and short ways to feed it.
 */
#ifndef EXCHANGE_TEST_H
#define EXCHANGE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_host.h"

extern const struct sensor_plugin sensor_plugin_exchange;

#define assert_has(text, part)                                                                                                     \
    do {                                                                                                                           \
        if (strstr((text), (part)) == NULL)                                                                                        \
            fail_msg("no '%s' in:\n%s", (part), (text));                                                                           \
    } while (0)

static inline const char *beside(const char *name)
{
    static char path[4][512];
    static unsigned turn;
    const char *slash = strrchr(__FILE__, '/');
    char *out = path[turn++ % 4];
    snprintf(out, sizeof path[0], "%.*s%s", slash != NULL ? (int)(slash - __FILE__ + 1) : 0, __FILE__, name);
    return out;
}

/* Opens on the shipped list with at most one option overridden. */
static inline void *open_with(const char *name, const char *value, char *error, size_t error_size)
{
    static const char *option[6];
    option[0] = name != NULL ? name : "services";
    option[1] = name != NULL ? value : beside("../services.csv");
    option[2] = "services", option[3] = beside("../services.csv");
    fake.plugin = &sensor_plugin_exchange;
    fake.option = option;
    fake_reset();
    return sensor_plugin_exchange.detector.open(&fake_host, NULL, error, error_size);
}

static inline int set_up(void **state)
{
    char error[256] = "";
    free(fake.state_bytes);
    fake.state_bytes = NULL;
    *state = open_with(NULL, NULL, error, sizeof error);
    return *state == NULL;
}

static inline int tear_down(void **state)
{
    sensor_plugin_exchange.detector.close(*state);
    return 0;
}

static inline void reopen(void **state, const char *name, const char *value)
{
    char error[256] = "";
    sensor_plugin_exchange.detector.close(*state);
    *state = open_with(name, value, error, sizeof error);
    if (*state == NULL)
        fail_msg("open: %s", error);
}

static inline void feed(void *state, const union fake_observation *o)
{
    sensor_plugin_exchange.detector.observe(state, &o->head, NULL);
}

static uint64_t flow_id = 1000;

/* The end of the latest flow. */
static inline void feed_end(void *state)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_ENDED);
    o.head.flow_id = flow_id;
    o.head.bytes[TO_SERVER] = 1000;
    o.head.bytes[TO_CLIENT] = 5000;
    feed(state, &o);
}

static inline void feed_sni(void *state, const char *sni)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_TLS);
    o.head.flow_id = ++flow_id;
    o.head.start_ns = o.head.time_ns;
    o.tls.sni = fake_text(&o, sni);
    feed(state, &o);
}

static inline void feed_question(void *state, const char *name, bool response)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_DNS);
    o.head.flow_id = response ? flow_id : ++flow_id;
    o.head.server_port = 53;
    o.dns.is_response = response;
    struct dns_record q = {.name = fake_text(&o, name), .type = 1, .class = 1};
    struct text_ref at = fake_bytes(&o, &q, sizeof q);
    o.dns.questions = (struct array_ref){at.at, 1};
    feed(state, &o);
}

static inline const struct fake_raised *only(void)
{
    assert_int_equal(fake.raised_count, 1);
    return &fake.raised[0];
}

static inline void expect_labels(const char *first, const char *second)
{
    assert_int_equal(fake.label_count, second != NULL ? 2 : 1);
    assert_string_equal(fake.label[0], first);
    if (second != NULL)
        assert_string_equal(fake.label[1], second);
}

#endif
