/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_live.c - live capture, on the loopback interface of a network namespace of its own.
 *
 * The namespace keeps other traffic out, so counts are exact. Where the system allows neither root nor user namespaces,
 * the tests that need the interface count as skipped.
 */
#include <arpa/inet.h>
#include <linux/capability.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/addr.h"
#include "capture/bypass.h"
#include "capture/capture.h"
#include "capture/interface.h"
#include "decode/decode.h"

#define ROUNDS_MAX 100 /* of at most 100 ms: gives up instead of hanging */

static bool has_namespace;

static int enter_namespace(void **state)
{
    (void)state;
    has_namespace = unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
    if (!has_namespace)
        return 0;
    struct ifreq request = {.ifr_name = "lo"};
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    request.ifr_flags = IFF_UP;
    has_namespace = s >= 0 && ioctl(s, SIOCSIFFLAGS, &request) == 0;
    close(s);
    return 0;
}

static struct interface_options lo_options(void)
{
    return (struct interface_options){.name = "lo", .threads = 1, .snaplen = 128, .buffer_size = 1 << 20, .number = 3};
}

static struct interface *interface;

static struct capture *open_thread(uint32_t thread)
{
    struct error error = {{0}};
    struct capture *c = capture_open_live(interface, thread, &error);
    if (!c)
        print_error("%s\n", error.text);
    assert_non_null(c);
    return c;
}

static struct capture *open_with(const struct interface_options *options)
{
    if (!has_namespace)
        skip();
    struct error error = {{0}};
    interface = interface_new(options, &error);
    assert_non_null(interface);
    return open_thread(0);
}

static struct capture *open_lo(const char *bpf)
{
    struct interface_options options = lo_options();
    options.bpf = bpf;
    return open_with(&options);
}

static void close_lo(struct capture *c)
{
    capture_close(c);
    interface_free(interface);
}

/* Reads on until it ends after capture_stop; frames that came. */
static uint64_t drain(struct capture *c)
{
    struct frame f;
    uint64_t frames = 0;
    capture_stop(c);
    for (int i = 0; i < 100000; i++) {
        enum capture_result result = capture_next(c, &f);
        if (result == CAPTURE_END)
            return frames;
        frames += result == CAPTURE_FRAME;
    }
    fail_msg("it does not end");
    return 0;
}

static void send_udp(uint16_t port, size_t size)
{
    static const char zeros[2000];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(sendto(s, zeros, size, 0, (struct sockaddr *)&to, sizeof to), size);
    close(s);
}

/* Waits for the next frame; fails the test after ROUNDS_MAX idle answers. */
static void next_frame(struct capture *c, struct frame *f)
{
    for (int i = 0; i < ROUNDS_MAX; i++) {
        enum capture_result result = capture_next(c, f);
        if (result == CAPTURE_FRAME)
            return;
        assert_int_equal(result, CAPTURE_IDLE);
    }
    fail_msg("no frame came");
}

static void test_frames_of_an_interface_arrive_cut_and_counted(void **state)
{
    (void)state;
    struct capture *c = open_lo("udp dst port 4242");
    assert_true(capture_is_live(c));
    assert_string_equal(capture_name(c), "lo");
    assert_true(capture_progress(c) == -1);
    send_udp(4241, 9); /* not ours, says the filter */
    send_udp(4242, 1000);
    send_udp(4242, 3);
    struct frame f;
    struct packet p;
    next_frame(c, &f);
    assert_int_equal(f.number, 1);
    assert_int_equal(f.cap_len, 128);
    assert_int_equal(f.wire_len, 14 + 28 + 1000);
    assert_true(f.time_ns > UINT64_C(1500000000000000000) && f.order == f.time_ns);
    assert_int_equal(f.interface, 3);
    struct error error = {{0}};
    struct decoder *decoder = decoder_new(NULL, &error);
    assert_int_equal(decode_frame(decoder, &f, &p), DECODED);
    decoder_free(decoder);
    assert_int_equal(p.dst_port, 4242);
    assert_int_equal(p.payload_wire_len, 1000);
    next_frame(c, &f);
    assert_int_equal(f.number, 2);
    assert_int_equal(f.wire_len, 14 + 28 + 3);
    struct capture_counters counters;
    capture_count(c, &counters);
    assert_int_equal(counters.received, 2);
    assert_int_equal(counters.bytes, 1042 + 45);
    assert_int_equal(counters.kernel_received, 2);
    assert_int_equal(counters.kernel_dropped, 0);
    assert_int_equal(counters.early, 0);
    close_lo(c);
}

static void test_quiet_interface_is_idle(void **state)
{
    (void)state;
    struct capture *c = open_lo(NULL);
    struct frame f;
    assert_int_equal(capture_next(c, &f), CAPTURE_IDLE);
    uint64_t quiet_ns = capture_quiet_ns(c);
    assert_true(quiet_ns > 0);
    assert_int_equal(capture_next(c, &f), CAPTURE_IDLE);
    assert_true(capture_quiet_ns(c) > quiet_ns);
    close_lo(c);
}

static void *stop(void *c)
{
    capture_stop(c);
    return NULL;
}

static void test_stop_ends_the_wait(void **state)
{
    (void)state;
    struct capture *c = open_lo(NULL);
    struct frame f;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stop, c), 0);
    enum capture_result result = CAPTURE_IDLE;
    for (int i = 0; i < ROUNDS_MAX && result == CAPTURE_IDLE; i++)
        result = capture_next(c, &f);
    assert_int_equal(result, CAPTURE_END);
    assert_int_equal(pthread_join(thread, NULL), 0);
    close_lo(c);
}

static struct capture *signalled;

static void on_signal(int number)
{
    (void)number;
    capture_stop(signalled);
}

static void test_stop_from_a_signal_handler(void **state)
{
    (void)state;
    signalled = open_lo(NULL);
    struct sigaction action = {.sa_handler = on_signal}, old;
    sigaction(SIGUSR1, &action, &old);
    raise(SIGUSR1);
    assert_int_equal(drain(signalled), 0);
    sigaction(SIGUSR1, &old, NULL);
    close_lo(signalled);
}

static void test_what_waits_is_read_at_the_end_and_the_account_closes(void **state)
{
    (void)state;
    struct capture *c = open_lo("udp"); /* and no answers by ICMP */
    for (int i = 0; i < 50; i++)
        send_udp(4242, 100);
    assert_int_equal(drain(c), 50);
    struct capture_counters n;
    capture_count(c, &n);
    assert_true(n.received == 50 && n.kernel_received == 50 && n.kernel_dropped == 0 && n.early == 0);
    struct interface_account told;
    interface_read(interface, &told);
    assert_string_equal(told.name, "lo");
    assert_true(told.up && told.threads == 1 && told.capture.received == 50 && told.capture.kernel_received == 50);
    close_lo(c);
}

/* Two handles, `fanout`: both directions of each of many flows must come to one of them, and each frame once. */
static void share(enum fanout fanout)
{
    struct interface_options options = lo_options();
    options.threads = 2;
    options.bpf = "udp";
    options.fanout = fanout;
    options.defrag = fanout == FANOUT_FLOW;
    struct capture *c = open_with(&options);
    send_udp(4242, 1); /* before the group is whole */
    struct capture *other = open_thread(1);
    for (uint16_t port = 1000; port < 1100; port++)
        send_udp(port, 10);
    uint64_t one = drain(c), two = drain(other);
    struct interface_account told;
    interface_read(interface, &told);
    assert_int_equal(one + two, 100);
    assert_int_equal(told.capture.kernel_received, 100 + told.capture.early);
    assert_true(told.capture.early >= 1); /* seen by the first handle alone, but nobody knows that */
    assert_true(fanout == FANOUT_PAIR ? one == 0 || two == 0 : one > 10 && two > 10);
    capture_close(other);
    close_lo(c);
}

static void test_two_handles_share_by_flow(void **state)
{
    (void)state;
    share(FANOUT_FLOW);
}

static void test_two_handles_share_by_pair_of_addresses(void **state)
{
    (void)state;
    share(FANOUT_PAIR);
}

static void set_lo(bool up)
{
    struct ifreq request = {.ifr_name = "lo"};
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    request.ifr_flags = up ? IFF_UP : 0;
    assert_int_equal(ioctl(s, SIOCSIFFLAGS, &request), 0);
    close(s);
}

static void test_capture_goes_on_when_the_interface_comes_back(void **state)
{
    (void)state;
    struct capture *c = open_lo("udp");
    struct interface_account told;
    struct frame f;
    set_lo(false);
    for (int i = 0; i < 120; i++) /* of 10 ms */
        assert_int_equal(capture_next(c, &f), CAPTURE_IDLE);
    interface_read(interface, &told);
    assert_false(told.up);
    set_lo(true);
    send_udp(4242, 7);
    next_frame(c, &f);
    assert_int_equal(f.wire_len, 14 + 28 + 7);
    for (int i = 0; i < 120; i++) /* of 10 ms */
        assert_int_equal(capture_next(c, &f), CAPTURE_IDLE);
    struct capture_counters n;
    capture_count(c, &n);
    interface_read(interface, &told);
    assert_int_equal(told.capture.interruptions, 1);
    assert_true(told.up);
    close_lo(c);
}

/* From port 4243 to 4242, 142 bytes on the wire. */
static void send_between(uint16_t from, uint16_t to)
{
    static const char zeros[100];
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(from), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, there = here;
    there.sin_port = htons(to);
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(s, (struct sockaddr *)&here, sizeof here), 0);
    assert_int_equal(sendto(s, zeros, sizeof zeros, 0, (struct sockaddr *)&there, sizeof there), sizeof zeros);
    close(s);
}

static uint64_t frames_of(struct capture *c, uint16_t source)
{
    struct frame f;
    uint64_t found = 0;
    for (int idle = 0; idle < 8;) {
        enum capture_result result = capture_next(c, &f);
        idle += result == CAPTURE_IDLE;
        found += result == CAPTURE_FRAME && f.wire_len == 142 && f.bytes[34] == source >> 8 && f.bytes[35] == (source & 0xff);
    }
    return found;
}

static void test_bypass_keeps_packets_away_and_counts_them(void **state)
{
    (void)state;
    struct interface_options options = lo_options();
    options.bypass = BYPASS_ALWAYS;
    struct capture *c = open_with(&options);
    struct bypass *b = capture_bypass(c);
    if (!b) {
        close_lo(c);
        skip();
    }
    struct address lo = addr_from_v4((const uint8_t[]){127, 0, 0, 1});
    const struct bypass_ends ends = {.src = &lo, .dst = &lo, .src_port = 4243, .dst_port = 4242, .proto = 17, .ip_version = 4};
    struct bypass_counts counts;
    struct capture_counters n;
    int place = bypass_add(b, &ends);
    assert_true(place >= 0 && bypass_add(b, &ends) == -1);
    send_between(4243, 4242);
    assert_int_equal(frames_of(c, 4243), 1); /* not begun yet */
    bypass_begin(b, place);
    for (int i = 0; i < 3; i++) {
        send_between(4243, 4242);
        send_between(4244, 4242);
    }
    assert_int_equal(frames_of(c, 4243), 0);
    assert_true(bypass_take(b, place, &counts));
    assert_true(counts.packets == 3 && counts.bytes == 3 * 142);
    assert_true(bypass_take(b, place, &counts) && counts.packets == 0);
    send_between(4243, 4242);
    bypass_remove(b, place);
    send_between(4243, 4242);
    assert_int_equal(frames_of(c, 4243), 1);
    capture_count(c, &n);
    assert_true(n.bypassed == 4 && n.bypassed_bytes == 4 * 142 && n.bypassed_strays == 1); /* the fourth was never taken */
    close_lo(c);
}

static void test_unknown_interface_names_those_there_are(void **state)
{
    (void)state;
    if (!has_namespace)
        skip();
    struct error error = {{0}};
    struct interface_options options = lo_options();
    options.name = "nosuch0";
    interface = interface_new(&options, &error);
    assert_null(capture_open_live(interface, 0, &error));
    interface_free(interface);
    assert_non_null(strstr(error.text, "nosuch0: no such interface; there are: "));
    assert_non_null(strstr(error.text, "lo"));
}

static void test_bad_filter_is_named(void **state)
{
    (void)state;
    if (!has_namespace)
        skip();
    struct error error = {{0}};
    struct interface_options options = lo_options();
    options.bpf = "port port";
    interface = interface_new(&options, &error);
    assert_null(capture_open_live(interface, 0, &error));
    interface_free(interface);
    assert_non_null(strstr(error.text, "lo: filter 'port port': "));
}

static void test_snap_length_must_be_in_range(void **state)
{
    (void)state;
    static const int bad[] = {0, 63, -1, 262145};
    for (size_t i = 0; i < 4; i++) {
        struct error error = {{0}};
        struct interface_options options = lo_options();
        options.snaplen = bad[i];
        assert_null(interface_new(&options, &error));
        assert_non_null(strstr(error.text, "is out of range (64..262144)"));
    }
}

/* Runs last: what it gives up does not come back. */
static void test_without_the_capability_the_message_says_so(void **state)
{
    (void)state;
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    const struct __user_cap_data_struct none[2] = {{0}};
    assert_int_equal(syscall(SYS_capset, &header, none), 0);
    struct error error = {{0}};
    struct interface_options options = lo_options();
    interface = interface_new(&options, &error);
    assert_null(capture_open_live(interface, 0, &error));
    interface_free(interface);
    assert_string_equal(error.text, "lo: not allowed to capture; run as root or with CAP_NET_RAW");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_of_an_interface_arrive_cut_and_counted),
        cmocka_unit_test(test_quiet_interface_is_idle),
        cmocka_unit_test(test_stop_ends_the_wait),
        cmocka_unit_test(test_stop_from_a_signal_handler),
        cmocka_unit_test(test_what_waits_is_read_at_the_end_and_the_account_closes),
        cmocka_unit_test(test_two_handles_share_by_flow),
        cmocka_unit_test(test_two_handles_share_by_pair_of_addresses),
        cmocka_unit_test(test_capture_goes_on_when_the_interface_comes_back),
        cmocka_unit_test(test_bypass_keeps_packets_away_and_counts_them),
        cmocka_unit_test(test_unknown_interface_names_those_there_are),
        cmocka_unit_test(test_bad_filter_is_named),
        cmocka_unit_test(test_snap_length_must_be_in_range),
        cmocka_unit_test(test_without_the_capability_the_message_says_so),
    };
    return cmocka_run_group_tests(tests, enter_namespace, NULL);
}
