/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_clock.c - times as text, against the C library's own calendar, in several zones.
 */
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void use_zone(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
}

static void expect_eve(uint64_t ns, const char *text)
{
    struct clock_text c;
    clock_text_init(&c);
    assert_string_equal(clock_eve(&c, ns), text);
}

static void test_eve_time_in_utc(void **state)
{
    (void)state;
    use_zone("UTC0");
    expect_eve(UINT64_C(1772366400000100999), "2026-03-01T12:00:00.000100+0000");
    expect_eve(0, "1970-01-01T00:00:00.000000+0000");
    expect_eve(UINT64_C(951782399999999999), "2000-02-28T23:59:59.999999+0000");
    expect_eve(UINT64_C(951782400000000000), "2000-02-29T00:00:00.000000+0000");
    expect_eve(UINT64_MAX, "2554-07-21T23:34:33.709551+0000");
}

static void test_eve_time_in_zones(void **state)
{
    (void)state;
    use_zone("KST-9");
    expect_eve(UINT64_C(1772366400000000000), "2026-03-01T21:00:00.000000+0900");
    use_zone("NST3:30");
    expect_eve(UINT64_C(1772366400000000000), "2026-03-01T08:30:00.000000-0330");
    expect_eve(0, "1969-12-31T20:30:00.000000-0330");
    use_zone("UTC0");
}

static void test_summer_time_begins_on_its_second(void **state)
{
    (void)state;
    use_zone("CET-1CEST,M3.5.0,M10.5.0/3");
    struct clock_text c;
    clock_text_init(&c);
    uint64_t change = UINT64_C(1774746000) * NS_PER_S; /* 2026-03-29 01:00 UTC */
    assert_string_equal(clock_eve(&c, change - 1), "2026-03-29T01:59:59.999999+0100");
    assert_string_equal(clock_eve(&c, change), "2026-03-29T03:00:00.000000+0200");
    assert_string_equal(clock_eve(&c, change - 1), "2026-03-29T01:59:59.999999+0100"); /* time may go back */
    use_zone("LHST-10:30LHDT-11,M10.1.0,M4.1.0"); /* changes by half an hour, on the half hour of UTC */
    clock_text_init(&c);
    change = UINT64_C(1791041400) * NS_PER_S; /* 2026-10-03 15:30 UTC */
    assert_string_equal(clock_eve(&c, change - 1), "2026-10-04T01:59:59.999999+1030");
    assert_string_equal(clock_eve(&c, change), "2026-10-04T02:30:00.000000+1100");
    use_zone("UTC0");
}

static void test_eve_time_agrees_with_strftime(void **state)
{
    (void)state;
    use_zone("EST5EDT,M3.2.0,M11.1.0");
    struct clock_text c;
    clock_text_init(&c);
    srandom(1970);
    for (int i = 0; i < 20000; i++) {
        time_t second = (time_t)(((uint64_t)random() << 20 ^ (uint64_t)random()) % UINT64_C(18000000000));
        struct tm local;
        localtime_r(&second, &local);
        char text[64];
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.123456%z", &local);
        assert_string_equal(clock_eve(&c, (uint64_t)second * NS_PER_S + 123456789), text);
    }
    use_zone("UTC0");
}

static void test_utc_is_clamped(void **state)
{
    (void)state;
    char out[CLOCK_TEXT_MAX];
    assert_string_equal(clock_utc(INT64_C(1767523723), out), "2026-01-04T10:48:43");
    assert_string_equal(clock_utc(-1, out), "1969-12-31T23:59:59");
    assert_string_equal(clock_utc(INT64_MIN, out), "0001-01-01T00:00:00");
    assert_string_equal(clock_utc(INT64_MAX, out), "9999-12-31T23:59:59");
    assert_string_equal(clock_utc(INT64_C(-2208988800), out), "1900-01-01T00:00:00");
}

static void test_utc_agrees_with_gmtime(void **state)
{
    (void)state;
    srandom(1582);
    for (int i = 0; i < 20000; i++) {
        time_t second = (time_t)(((int64_t)random() << 20 ^ (int64_t)random()) % INT64_C(315537897599)) - INT64_C(62135596800);
        struct tm utc;
        gmtime_r(&second, &utc);
        char text[80], out[CLOCK_TEXT_MAX];
        snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
                 utc.tm_min, utc.tm_sec);
        assert_string_equal(clock_utc(second, out), text);
    }
}

static void test_monotonic_time_does_not_go_back(void **state)
{
    (void)state;
    uint64_t last = clock_monotonic_ns();
    for (int i = 0; i < 1000; i++) {
        uint64_t now = clock_monotonic_ns();
        assert_true(now >= last);
        last = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eve_time_in_utc),
        cmocka_unit_test(test_eve_time_in_zones),
        cmocka_unit_test(test_summer_time_begins_on_its_second),
        cmocka_unit_test(test_eve_time_agrees_with_strftime),
        cmocka_unit_test(test_utc_is_clamped),
        cmocka_unit_test(test_utc_agrees_with_gmtime),
        cmocka_unit_test(test_monotonic_time_does_not_go_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
