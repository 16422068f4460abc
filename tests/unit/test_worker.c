/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_worker.c - the packet clock: which times end flows, seen from the records a worker puts into its ring.
 *
 * A capture of raw IPv4 datagrams is written to a scratch file and the worker's body is called in place: the ring is larger than
 * all it says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "analysis/stats.h"
#include "base/clock.h"
#include "base/ring.h"
#include "run/worker.h"

#define LINK_RAW      101
#define DATAGRAM_SIZE 29

/* What a worker said about one capture. */
struct said {
    unsigned flows;      /* that ended */
    uint64_t packets[8]; /* of the first of them */
    struct worker_counters counters;
};

static void put_u32(FILE *file, uint32_t n)
{
    assert_int_equal(fwrite(&n, 4, 1, file), 1); /* the magic number tells the byte order */
}

static void put_capture_header(FILE *file)
{
    const uint32_t header[] = {0xa1b2c3d4u, 4u << 16 | 2, 0, 0, 65535, LINK_RAW};
    for (size_t i = 0; i < 6; i++)
        put_u32(file, header[i]);
}

/* One byte over UDP, from 10.0.0.1:`port` to 10.0.0.2:60000. */
static void put_datagram(FILE *file, uint32_t seconds, uint16_t port)
{
    const uint8_t frame[DATAGRAM_SIZE] = {0x45,
                                          0,
                                          0,
                                          DATAGRAM_SIZE,
                                          0,
                                          1,
                                          0,
                                          0,
                                          64,
                                          17,
                                          0,
                                          0,
                                          10,
                                          0,
                                          0,
                                          1,
                                          10,
                                          0,
                                          0,
                                          2,
                                          (uint8_t)(port >> 8),
                                          (uint8_t)port,
                                          60000 >> 8,
                                          60000 & 0xff,
                                          0,
                                          9,
                                          0,
                                          0,
                                          'x'};
    const uint32_t header[] = {seconds, 0, DATAGRAM_SIZE, DATAGRAM_SIZE};
    for (size_t i = 0; i < 4; i++)
        put_u32(file, header[i]);
    assert_int_equal(fwrite(frame, sizeof frame, 1, file), 1);
}

static void listen_to(struct ring *ring, struct said *out)
{
    size_t size;
    *out = (struct said){0};
    for (const struct observation *o; (o = ring_peek(ring, &size)) != NULL; ring_release(ring)) {
        if (o->kind == OBSERVE_COUNTERS)
            out->counters = ((const struct observation_counters *)(const void *)o)->counters;
        else if (o->kind == OBSERVE_ENDED && out->flows++ < 8)
            out->packets[out->flows - 1] = o->packets[TO_SERVER] + o->packets[TO_CLIENT];
    }
}

static struct said run(const char *path)
{
    struct error error = {{0}};
    struct said said;
    struct ring *ring = ring_new(1u << 20, &error);
    struct worker_options options = {.ring = ring,
                                     .capture = capture_open_file(path, NULL, -1, &error),
                                     .count = 1,
                                     .wanted = OBSERVE_BIT(OBSERVE_ENDED),
                                     .flow_max = 1000,
                                     .timeouts = flow_timeouts_default,
                                     .classify = {.packets_max = 8},
                                     .dissect = {.stream_max = 65536, .memory_max = 1u << 20}};
    struct worker *w = options.capture ? worker_new(&options, &error) : NULL;
    if (!w)
        fail_msg("%s", error.text);
    worker_run(w);
    listen_to(ring, &said);
    worker_free(w);
    ring_free(ring);
    return said;
}

/* A datagram of each flow at each of the times. */
static struct said run_times(const uint32_t *seconds, const uint16_t *port, size_t count)
{
    char path[] = "/tmp/haetae-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    put_capture_header(file);
    for (size_t i = 0; i < count; i++)
        put_datagram(file, seconds[i], port[i]);
    fclose(file);
    struct said said = run(path);
    unlink(path);
    return said;
}

static void test_flow_ends_when_its_time_is_up(void **state)
{
    (void)state;
    struct said s = run_times((uint32_t[]){1000, 1001, 2000}, (uint16_t[]){40000, 40000, 40000}, 3);
    assert_int_equal(s.flows, 2);
    assert_int_equal(s.packets[0], 2);
    assert_int_equal(s.packets[1], 1);
}

/* Every packet was a flow of its own once: born past its time. */
static void test_clock_set_back_keeps_later_packets_in_one_flow(void **state)
{
    (void)state;
    struct said s = run_times((uint32_t[]){5000, 1000, 1001, 1002, 1003}, (uint16_t[]){50000, 40000, 40000, 40000, 40000}, 5);
    assert_int_equal(s.flows, 2);
    assert_int_equal(s.packets[0] + s.packets[1], 5);
    assert_int_equal(s.counters.first_ns, 1000 * NS_PER_S);
    assert_int_equal(s.counters.last_ns, 5000 * NS_PER_S);
}

static void test_time_goes_on_from_where_the_clock_was_set_to(void **state)
{
    (void)state;
    struct said s = run_times((uint32_t[]){5000, 1000, 1100, 1101}, (uint16_t[]){50000, 40000, 40000, 40000}, 4);
    assert_int_equal(s.flows, 3);
    assert_int_equal(s.packets[0], 1); /* the first of 40000 was over at 1030 */
}

/* Two flows whose time is up in the same call, and a straggler that must not revive the earlier moment. */
static void test_frames_out_of_order_do_not_turn_the_clock_back(void **state)
{
    (void)state;
    struct said s = run_times((uint32_t[]){1000, 1031, 1028, 1032}, (uint16_t[]){40000, 50000, 40000, 40000}, 4);
    assert_int_equal(s.flows, 3);
    assert_int_equal(s.packets[0], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flow_ends_when_its_time_is_up),
        cmocka_unit_test(test_clock_set_back_keeps_later_packets_in_one_flow),
        cmocka_unit_test(test_time_goes_on_from_where_the_clock_was_set_to),
        cmocka_unit_test(test_frames_out_of_order_do_not_turn_the_clock_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
