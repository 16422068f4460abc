/* SPDX-License-Identifier: Apache-2.0 */
/* The bounded table and the words: full ones give up the oldest or refuse, and count it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "analysis/words.h"
#include "base/table.h"

static void test_take_makes_finds_and_zeroes(void **state)
{
    (void)state;
    struct sensor_table *t = table_new(8, sizeof(uint64_t), 24);
    uint64_t key = 5;
    bool is_new;
    uint8_t *value = table_take(t, &key, &is_new), zero[24] = {0};
    assert_true(is_new);
    assert_int_equal((uintptr_t)value % 8, 0);
    assert_memory_equal(value, zero, sizeof zero);
    value[3] = 9;
    assert_ptr_equal(table_find(t, &key), value);
    assert_ptr_equal(table_take(t, &key, &is_new), value);
    assert_false(is_new);
    key = 6;
    assert_null(table_find(t, &key));
    key = 5;
    table_drop(t, value);
    assert_null(table_find(t, &key));
    assert_int_equal(table_count(t), 0);
    assert_ptr_equal(table_take(t, &key, &is_new), value); /* the place is used again, and clean */
    assert_memory_equal(value, zero, sizeof zero);
    table_free(t);
}

static void count_end(void *arg, void *value)
{
    *(uint64_t *)arg += *(uint64_t *)value;
}

static void test_full_table_gives_up_the_entry_taken_longest_ago(void **state)
{
    (void)state;
    struct sensor_table *t = table_new(4, 1, 8);
    uint64_t ended = 0;
    bool is_new;
    table_on_end(t, count_end, &ended);
    for (uint8_t key = 1; key <= 4; key++)
        *(uint64_t *)table_take(t, &key, &is_new) = key;
    table_take(t, &(uint8_t){1}, &is_new);
    *(uint64_t *)table_take(t, &(uint8_t){9}, &is_new) = 9;
    assert_null(table_find(t, &(uint8_t){2}));
    assert_int_equal(ended, 2);
    assert_int_equal(table_evicted(t), 1);
    const uint8_t order[] = {9, 1, 4, 3};
    const void *key;
    size_t i = 0;
    for (void *v = NULL; (v = table_next(t, v, &key)); i++)
        assert_int_equal(*(const uint8_t *)key, order[i]);
    assert_int_equal(i, 4);
    assert_int_equal(*(uint64_t *)table_oldest(t, &key), 3);
    table_free(t);
    assert_int_equal(ended, 2 + 9 + 1 + 4 + 3);
}

/* Against a plain array, with a sequence that is the same each time. */
static void test_agrees_with_a_plain_model(void **state)
{
    (void)state;
    enum { MOST = 50, KEYS = 200 };
    uint32_t seed = 1, age[KEYS] = {0}, held = 0;
    struct sensor_table *t = table_new(MOST, sizeof(uint32_t), sizeof(uint32_t));
    for (uint32_t turn = 1; turn < 20000; turn++) {
        seed = seed * 1103515245u + 12345u;
        uint32_t key = seed >> 16 & 0xffff, oldest = KEYS;
        bool drop = key % 7 == 0, is_new;
        key %= KEYS;
        uint32_t *found = table_find(t, &key);
        assert_int_equal(found != NULL, age[key] != 0);
        if (found && drop) {
            table_drop(t, found);
            age[key] = 0;
            held--;
            continue;
        }
        *(uint32_t *)table_take(t, &key, &is_new) = key;
        assert_int_equal(is_new, age[key] == 0);
        for (uint32_t k = 0; k < KEYS; k++)
            if (age[k] && (oldest == KEYS || age[k] < age[oldest]))
                oldest = k;
        if (is_new && held == MOST)
            age[oldest] = 0;
        else
            held += is_new;
        age[key] = turn;
        assert_int_equal(table_count(t), held);
    }
    table_free(t);
}

static void test_words_are_held_once_and_counted(void **state)
{
    (void)state;
    struct words *w = words_new(2);
    struct slice a = {(const uint8_t *)"alpha", 5}, b = {(const uint8_t *)"beta", 4}, c = {(const uint8_t *)"gamma", 5};
    uint32_t one = words_take(w, a), again = words_take(w, a), two = words_take(w, b);
    assert_int_equal(one, again);
    assert_int_not_equal(one, two);
    assert_int_equal(words_take(w, c), 0);
    assert_int_equal(words_refused(w), 1);
    words_drop(w, one);
    assert_string_equal(words_text(w, one).at, "alpha");
    words_drop(w, one);
    assert_int_equal(words_count(w), 1);
    assert_int_not_equal(words_take(w, c), 0);
    assert_int_equal(words_take(w, (struct slice){NULL, 0}), 0);
    assert_int_equal(words_text(w, 0).size, 0);
    words_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_take_makes_finds_and_zeroes),
        cmocka_unit_test(test_full_table_gives_up_the_entry_taken_longest_ago),
        cmocka_unit_test(test_agrees_with_a_plain_model),
        cmocka_unit_test(test_words_are_held_once_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
