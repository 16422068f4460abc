/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of a state: what was written is read, in order; what is too much goes, oldest first; what was cut is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/state_bytes.h"
#include "base/table.h"

struct value {
    uint64_t number;
    uint8_t rest[40];
};

static struct sensor_table *table_of(uint32_t entries)
{
    struct sensor_table *t = table_new(64, sizeof(uint32_t), sizeof(struct value));
    for (uint32_t i = 1; i <= entries; i++) {
        bool is_new;
        *(struct value *)table_take(t, &i, &is_new) = (struct value){.number = i * UINT64_C(1000), .rest = {[3] = (uint8_t)i}};
    }
    return t;
}

/* The keys of a table from the newest on. */
static uint32_t keys_of(const struct sensor_table *t, uint32_t *out)
{
    uint32_t count = 0;
    const void *key;
    for (const void *value = NULL; (value = table_next(t, value, &key)) != NULL;)
        memcpy(&out[count++], key, sizeof *out);
    return count;
}

static struct state_writer written(uint32_t entries, size_t share, bool *whole)
{
    struct state_writer w = {.most = 1 << 20};
    struct sensor_table *t = table_of(entries);
    *whole = state_put_table(&w, t, share);
    table_free(t);
    return w;
}

static void test_a_table_comes_back_in_its_order(void **state)
{
    (void)state;
    bool whole;
    uint32_t key[64];
    struct state_writer w = written(20, 1 << 20, &whole);
    struct state_reader r = {.rest = {w.bytes, w.size}};
    struct sensor_table *t = table_of(0);
    assert_true(whole);
    assert_true(state_read_table(&r, t));
    assert_int_equal(r.rest.size, 0);
    assert_int_equal(keys_of(t, key), 20);
    for (uint32_t i = 0; i < 20; i++) {
        const struct value *v = table_find(t, &key[i]);
        assert_int_equal(key[i], 20 - i);
        assert_int_equal(v->number, key[i] * 1000);
        assert_int_equal(v->rest[3], key[i]);
    }
    table_free(t);
    free(w.bytes);
}

static void test_what_is_too_much_goes_oldest_first(void **state)
{
    (void)state;
    bool whole;
    uint32_t key[64];
    struct state_writer w = written(20, 200, &whole);
    struct state_reader r = {.rest = {w.bytes, w.size}};
    struct sensor_table *t = table_of(0);
    assert_false(whole);
    assert_true(w.size <= 200);
    assert_true(state_read_table(&r, t));
    uint32_t count = keys_of(t, key);
    assert_in_range(count, 4, 10);
    assert_int_equal(key[0], 20);
    assert_int_equal(key[count - 1], 20 - count + 1);
    table_free(t);
    free(w.bytes);
}

static void test_a_table_of_another_kind_is_refused(void **state)
{
    (void)state;
    bool whole;
    struct state_writer w = written(3, 1 << 20, &whole);
    struct state_reader r = {.rest = {w.bytes, w.size}};
    struct sensor_table *t = table_new(8, sizeof(uint32_t), sizeof(struct value) + 8);
    assert_false(state_read_table(&r, t));
    assert_int_equal(table_count(t), 0);
    table_free(t);
    free(w.bytes);
}

static void test_cut_anywhere_it_is_refused_and_leaves_nothing(void **state)
{
    (void)state;
    bool whole;
    struct state_writer w = written(9, 1 << 20, &whole);
    for (size_t size = 0; size < w.size; size++) {
        uint8_t *cut = malloc(size + 1);
        memcpy(cut, w.bytes, size);
        struct state_reader r = {.rest = {cut, size}};
        struct sensor_table *t = table_of(0);
        assert_false(state_read_table(&r, t));
        assert_true(r.bad);
        assert_int_equal(table_count(t), 0);
        table_free(t);
        free(cut);
    }
    free(w.bytes);
}

static void test_any_byte_wrong_is_survived(void **state)
{
    (void)state;
    bool whole;
    struct state_writer w = written(9, 1 << 20, &whole);
    for (size_t at = 0; at < w.size; at++) {
        w.bytes[at] ^= 0xff;
        struct state_reader r = {.rest = {w.bytes, w.size}};
        struct sensor_table *t = table_of(0);
        state_read_table(&r, t);
        assert_true(table_count(t) <= 9);
        table_free(t);
        w.bytes[at] ^= 0xff;
    }
    free(w.bytes);
}

static void test_texts_of_any_size(void **state)
{
    (void)state;
    uint8_t text[255];
    memset(text, 'x', sizeof text);
    struct state_writer w = {.most = 1000};
    state_put_text(&w, (struct slice){NULL, 0});
    state_put_text(&w, (struct slice){text, sizeof text});
    struct state_reader r = {.rest = {w.bytes, w.size}};
    assert_int_equal(state_read_text(&r).size, 0);
    struct slice got = state_read_text(&r);
    assert_int_equal(got.size, sizeof text);
    assert_memory_equal(got.at, text, sizeof text);
    assert_false(r.bad);
    state_read_text(&r);
    assert_true(r.bad);
    free(w.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_table_comes_back_in_its_order),
        cmocka_unit_test(test_what_is_too_much_goes_oldest_first),
        cmocka_unit_test(test_a_table_of_another_kind_is_refused),
        cmocka_unit_test(test_cut_anywhere_it_is_refused_and_leaves_nothing),
        cmocka_unit_test(test_any_byte_wrong_is_survived),
        cmocka_unit_test(test_texts_of_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
