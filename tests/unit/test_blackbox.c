/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_blackbox.c - what is read after a death, also when what is there was written by an attacker.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/blackbox.h"
#include "run/sandbox.h"

static struct blackbox box;

static struct blackbox_flow flow_v4(void)
{
    struct blackbox_flow f = {.port = {1024, 443}, .proto = 6};
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff}, source[4] = {10, 0, 0, 1}, destination[4] = {192, 0, 2, 7};
    for (int end = 0; end < 2; end++)
        memcpy(f.address[end], mapped, sizeof mapped);
    memcpy(f.address[0] + 12, source, sizeof source);
    memcpy(f.address[1] + 12, destination, sizeof destination);
    return f;
}

static void test_a_flow_reads_well(void **state)
{
    (void)state;
    char text[160];
    struct blackbox_flow f = flow_v4();
    assert_string_equal(blackbox_flow_text(&f, text, sizeof text), "10.0.0.1 port 1024 -> 192.0.2.7 port 443 protocol 6");
    f.address[0][0] = 0x20;
    assert_string_equal(blackbox_flow_text(&f, text, sizeof text), "2000::ffff:a00:1 port 1024 -> 192.0.2.7 port 443 protocol 6");
    f.proto = 0;
    assert_string_equal(blackbox_flow_text(&f, text, sizeof text), "no flow");
}

static void test_a_place_reads_well(void **state)
{
    (void)state;
    char text[96];
    struct blackbox_slot s = {.role = ROLE_WORKER, .index = 1, .stage = STAGE_CLASSIFY};
    memcpy(box.plugin[2], "dprk", 5);
    assert_string_equal(blackbox_place_text(&box, &s, text, sizeof text), "packet thread 2 in nDPI");
    s = (struct blackbox_slot){.role = ROLE_ANALYST, .stage = STAGE_DETECTOR, .detail = 2};
    assert_string_equal(blackbox_place_text(&box, &s, text, sizeof text), "the analysis in detector dprk");
    s = (struct blackbox_slot){.role = ROLE_WRITER, .stage = STAGE_WRITE};
    memcpy(s.name, "eve-log", 8);
    memcpy(s.plugin, "redis", 6);
    assert_string_equal(blackbox_place_text(&box, &s, text, sizeof text), "the writer of eve-log in output redis");
}

static void test_a_page_full_of_garbage_stays_within_bounds(void **state)
{
    (void)state;
    char text[64], short_text[8];
    struct blackbox_slot s;
    memset(&box, 0xff, sizeof box);
    memset(&s, 0xff, sizeof s);
    blackbox_place_text(&box, &s, text, sizeof text);
    assert_true(strlen(text) < sizeof text);
    s.role = ROLE_ANALYST;
    s.stage = STAGE_DETECTOR;
    blackbox_place_text(&box, &s, text, sizeof text);
    assert_true(strlen(text) < sizeof text);
    blackbox_flow_text(&s.flow, short_text, sizeof short_text);
    assert_true(strlen(short_text) < sizeof short_text);
    memset(&box, 0, sizeof box);
}

/* Whichever way its packets go, and only for the detector that died of it. */
static void test_a_flow_is_shut_for_what_died_of_it(void **state)
{
    (void)state;
    const struct blackbox_flow there = flow_v4();
    struct blackbox_flow back = {.port = {there.port[1], there.port[0]}, .proto = there.proto};
    memcpy(back.address[0], there.address[1], sizeof back.address[0]);
    memcpy(back.address[1], there.address[0], sizeof back.address[1]);
    blackbox->shut[0] = (struct blackbox_shut){.flow = there};
    blackbox->shut[1] = (struct blackbox_shut){.flow = there, .plugin = "exchange"};
    blackbox->shut_count = 1;
    blackbox_here->flow = back;
    assert_true(blackbox_is_shut(NULL));
    assert_false(blackbox_is_shut("exchange"));
    blackbox->shut_count = 2;
    assert_true(blackbox_is_shut("exchange"));
    assert_false(blackbox_is_shut("dprk"));
    blackbox_here->flow.port[1]++;
    assert_false(blackbox_is_shut(NULL));
    blackbox->shut_count = 0;
}

static void test_the_directory_of_a_log_is_the_part_that_stays(void **state)
{
    (void)state;
    char text[64];
    assert_string_equal(sandbox_directory("/var/log/haetae/eve.json", text, sizeof text), "/var/log/haetae");
    assert_string_equal(sandbox_directory("/var/log/%Y/eve-%m.json", text, sizeof text), "/var/log");
    assert_string_equal(sandbox_directory("eve.json", text, sizeof text), ".");
    assert_string_equal(sandbox_directory("/eve.json", text, sizeof text), "/");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_flow_reads_well),
        cmocka_unit_test(test_a_place_reads_well),
        cmocka_unit_test(test_a_page_full_of_garbage_stays_within_bounds),
        cmocka_unit_test(test_a_flow_is_shut_for_what_died_of_it),
        cmocka_unit_test(test_the_directory_of_a_log_is_the_part_that_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
