/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_record.c - records and metadata written by hand, above all those a hostile file would hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "geo/record.h"

#define TEXT(length) (char)(0x40 + (length)) /* control bytes of the format */
#define MAP(pairs)   (char)(0xe0 + (pairs))

/* From a heap copy of just the size, for the address sanitizer. */
static struct sensor_geo read_bytes(const void *bytes, size_t size, size_t offset)
{
    struct sensor_geo out = {.asn = 0};
    uint8_t *copy = malloc(size);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    record_read((struct slice){copy, size}, offset, &out);
    free(copy);
    return out;
}

static bool is_metadata(const void *bytes, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    bool result = record_is_metadata((struct slice){copy, size});
    free(copy);
    return result;
}

static const char record[] = {MAP(3), TEXT(7), 'c', 'o', 'u', 'n',     't', 'r', 'y',     MAP(1),  TEXT(8), 'i', 's',        'o',
                              '_',    'c',     'o', 'd', 'e', TEXT(2), 'k', 'p', TEXT(3), 'a',     's',     'n', (char)0xc2, 0x01,
                              0x02,   TEXT(7), 'a', 's', '_', 'n',     'a', 'm', 'e',     TEXT(3), 'O',     'r', 'g'};

static void test_record_is_read_in_one_pass(void **state)
{
    (void)state;
    struct sensor_geo g = read_bytes(record, sizeof record, 0);
    assert_string_equal(g.country_iso, "KP");
    assert_int_equal(g.asn, 0x0102);
    assert_string_equal(g.organization, "Org");
}

static void test_every_cut_of_a_record_gives_what_came_before(void **state)
{
    (void)state;
    for (size_t cut = 1; cut < sizeof record; cut++) {
        struct sensor_geo g = read_bytes(record, cut, 0);
        assert_string_equal(g.country_iso, cut >= 22 ? "KP" : "");
        assert_int_equal(g.asn, cut >= 29 ? 0x0102 : 0);
        assert_string_equal(g.organization, "");
    }
}

static void test_offsets_outside_are_refused(void **state)
{
    (void)state;
    assert_int_equal(read_bytes(record, sizeof record, sizeof record).asn, 0);
    assert_int_equal(read_bytes(record, sizeof record, SIZE_MAX).asn, 0);
}

static void test_values_behind_pointers_are_found(void **state)
{
    (void)state;
    /* 0: "Org", 4: {"as_name": -> 0} */
    const char data[] = {TEXT(3), 'O', 'r', 'g', MAP(1), TEXT(7), 'a', 's', '_', 'n', 'a', 'm', 'e', 0x20, 0};
    assert_string_equal(read_bytes(data, sizeof data, 4).organization, "Org");
}

static void test_map_that_points_to_itself_ends(void **state)
{
    (void)state;
    const char data[] = {MAP(1), TEXT(7), 'c', 'o', 'u', 'n', 't', 'r', 'y', 0x20, 0};
    assert_string_equal(read_bytes(data, sizeof data, 0).country_iso, "");
    const char names[] = {MAP(2), TEXT(7), 'c', 'o', 'u', 'n', 't', 'r', 'y', 0x20, 0, TEXT(5), 'n', 'a', 'm', 'e', 's', 0x20, 0};
    assert_string_equal(read_bytes(names, sizeof names, 0).country, "");
}

static void test_pointer_to_a_pointer_is_refused(void **state)
{
    (void)state;
    const char data[] = {0x20, 0, MAP(1), TEXT(3), 'a', 's', 'n', 0x20, 0};
    assert_int_equal(read_bytes(data, sizeof data, 2).asn, 0);
    const char outside[] = {0x38, 0x7f, 0x7f, 0x7f, 0x7f};
    assert_int_equal(read_bytes(outside, sizeof outside, 0).asn, 0);
}

/* An array that says it has 16 million items, and has them: read in no time, because the budget ends first. */
static void test_huge_containers_use_up_the_budget(void **state)
{
    (void)state;
    const size_t size = 4u << 20;
    uint8_t *data = malloc(size);
    assert_non_null(data);
    memset(data, 0x40, size); /* empty texts */
    const char head[] = {MAP(2), TEXT(1), 'x', 0x1f, 4, (char)0xff, (char)0xff, (char)0xff};
    memcpy(data, head, sizeof head);
    for (int i = 0; i < 1000; i++) {
        struct sensor_geo g = {.asn = 0};
        record_read((struct slice){data, size}, 0, &g);
        assert_int_equal(g.asn, 0);
    }
    assert_false(record_is_metadata((struct slice){data, size}));
    free(data);
}

static void test_wrong_types_are_left_alone(void **state)
{
    (void)state;
    const char data[] = {MAP(2), TEXT(3), 'a', 's', 'n', MAP(0), TEXT(7), 'c', 'o', 'u', 'n', 't', 'r', 'y', (char)0xa1, 7};
    struct sensor_geo g = read_bytes(data, sizeof data, 0);
    assert_int_equal(g.asn, 0);
    assert_string_equal(g.country_iso, "");
}

static void test_as_numbers_in_text(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t asn;
    } cases[] = {{"AS123", 123}, {"123", 123}, {"AS4294967295", 4294967295u}, {"AS4294967296", 0}, {"AS", 0},
                 {"ASx", 0},     {"", 0},      {"AS99999999999999999999", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char data[64] = {MAP(1), TEXT(3), 'a', 's', 'n', TEXT((char)strlen(cases[i].text))};
        memcpy(data + 6, cases[i].text, strlen(cases[i].text));
        assert_true(read_bytes(data, 6 + strlen(cases[i].text), 0).asn == cases[i].asn);
    }
}

/* ------------------------------------------------------------- metadata */

static void test_metadata_is_a_map_of_values_lists_and_maps_of_text(void **state)
{
    (void)state;
    const char good[] = {MAP(3), TEXT(1), 'l', 1,   4,       TEXT(2), 'e',     'n', TEXT(1),    'd',
                         MAP(1), TEXT(2), 'e', 'n', TEXT(1), 'x',     TEXT(1), 'n', (char)0xc1, 9};
    assert_true(is_metadata(good, sizeof good));
    for (size_t cut = 0; cut < sizeof good; cut++)
        assert_false(is_metadata(good, cut));
    const char not_a_map[] = {TEXT(1), 'x'};
    assert_false(is_metadata(not_a_map, sizeof not_a_map));
    const char list_in_list[] = {MAP(1), TEXT(1), 'l', 1, 4, 1, 4, TEXT(0)};
    assert_false(is_metadata(list_in_list, sizeof list_in_list));
    const char number_in_list[] = {MAP(1), TEXT(1), 'l', 1, 4, (char)0xa0};
    assert_false(is_metadata(number_in_list, sizeof number_in_list));
}

/* Each level holds the one below many times, by pointer: a walk without a bound would not end. */
static void test_metadata_that_multiplies_itself_is_refused(void **state)
{
    (void)state;
    const char self[] = {MAP(1), TEXT(1), 'l', 0x20, 0};
    assert_false(is_metadata(self, sizeof self));
    char wide[4 + 2 * 28 + 2] = {MAP(1), TEXT(0), 28, 4};
    for (size_t i = 0; i < 28; i++)
        wide[4 + 2 * i] = 0x20; /* each points to the map at 0 */
    assert_false(is_metadata(wide, sizeof wide));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_record_is_read_in_one_pass),
        cmocka_unit_test(test_every_cut_of_a_record_gives_what_came_before),
        cmocka_unit_test(test_offsets_outside_are_refused),
        cmocka_unit_test(test_values_behind_pointers_are_found),
        cmocka_unit_test(test_map_that_points_to_itself_ends),
        cmocka_unit_test(test_pointer_to_a_pointer_is_refused),
        cmocka_unit_test(test_huge_containers_use_up_the_budget),
        cmocka_unit_test(test_wrong_types_are_left_alone),
        cmocka_unit_test(test_as_numbers_in_text),
        cmocka_unit_test(test_metadata_is_a_map_of_values_lists_and_maps_of_text),
        cmocka_unit_test(test_metadata_that_multiplies_itself_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
