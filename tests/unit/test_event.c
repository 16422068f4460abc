/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_event.c - a packed record says what the record said, and points into itself alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "events.h"

/* Packs `e` into memory of exactly the size that was asked for. */
static struct event *packed(const struct event *e)
{
    size_t size = event_packed_size(e);
    void *memory = malloc(size);
    assert_non_null(memory);
    assert_int_equal(size % 8, 0);
    event_pack(e, memory);
    return memory;
}

static bool is_inside(const struct event *e, size_t size, const void *at)
{
    return (const uint8_t *)at >= (const uint8_t *)e && (const uint8_t *)at <= (const uint8_t *)e + size;
}

static void test_a_bare_record(void **state)
{
    (void)state;
    static struct event_record r;
    struct observation_ended *o = event_begin(&r, OBSERVE_ENDED, sizeof *o);
    struct event e = {.type = EVENT_FLOW, .observation = &o->head};
    struct event *p = packed(&e);
    assert_int_equal(p->type, EVENT_FLOW);
    assert_true(p->observation != e.observation);
    assert_memory_equal(p->observation, o, o->head.size);
    assert_null(p->note);
    assert_null(p->geo);
    assert_null(p->name);
    free(p);
}

static void test_everything_known_goes_along(void **state)
{
    (void)state;
    static struct event_record r;
    struct observation_ended *o = event_begin(&r, OBSERVE_ENDED, sizeof *o);
    struct flow_note note = {.flow_id = 5, .id_count = 1, .id = {"binance"}};
    struct sensor_geo geo = {.country_iso = "KR", .asn = 4766};
    struct sensor_name name = {.name = {(const uint8_t *)"api.example.test", 16}, .leaf = {(const uint8_t *)"a.b", 3}, .ttl_s = 60};
    struct event e = {.type = EVENT_FLOW, .observation = &o->head, .note = &note, .geo = &geo, .name = &name};
    struct event *p = packed(&e);
    size_t size = event_packed_size(&e);
    assert_string_equal(p->note->id[0], "binance");
    assert_int_equal(p->geo->asn, 4766);
    assert_int_equal(p->name->ttl_s, 60);
    assert_memory_equal(p->name->name.at, "api.example.test", 16);
    assert_memory_equal(p->name->leaf.at, "a.b", 3);
    const void *const parts[] = {p->observation, p->note, p->geo, p->name, p->name->name.at, p->name->leaf.at + p->name->leaf.size};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        assert_true(is_inside(p, size, parts[i]));
    free(p);
}

static void test_texts_of_the_observation_go_along(void **state)
{
    (void)state;
    static struct event_record r;
    struct observation_tls *o = event_begin(&r, OBSERVE_TLS, sizeof *o);
    o->sni = event_text(&r, "wallet.example.test");
    struct event e = {.type = EVENT_TLS, .observation = &o->head};
    struct event *p = packed(&e);
    struct slice sni = observation_text(p->observation, ((const struct observation_tls *)p->observation)->sni);
    assert_int_equal(sni.size, 19);
    assert_memory_equal(sni.at, "wallet.example.test", 19);
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_bare_record),
        cmocka_unit_test(test_everything_known_goes_along),
        cmocka_unit_test(test_texts_of_the_observation_go_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
