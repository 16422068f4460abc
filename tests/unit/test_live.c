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

#include "capture/capture.h"
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

static struct capture *open_lo(const char *bpf)
{
    if (!has_namespace)
        skip();
    struct error error = {{0}};
    const struct capture_live_options options = {"lo", 128, 1 << 20, false, bpf};
    struct capture *c = capture_open_live(&options, &error);
    if (!c)
        print_error("%s\n", error.text);
    assert_non_null(c);
    return c;
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
    assert_true(f.time_ns > UINT64_C(1500000000000000000));
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
    assert_true(counters.kernel_received >= 2);
    assert_int_equal(counters.kernel_dropped, 0);
    capture_close(c);
}

static void test_quiet_interface_is_idle(void **state)
{
    (void)state;
    struct capture *c = open_lo(NULL);
    struct frame f;
    assert_int_equal(capture_next(c, &f), CAPTURE_IDLE);
    assert_int_equal(capture_next(c, &f), CAPTURE_IDLE);
    capture_close(c);
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
    capture_close(c);
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
    struct frame f;
    assert_int_equal(capture_next(signalled, &f), CAPTURE_END);
    sigaction(SIGUSR1, &old, NULL);
    capture_close(signalled);
}

static void test_unknown_interface_names_those_there_are(void **state)
{
    (void)state;
    if (!has_namespace)
        skip();
    struct error error = {{0}};
    const struct capture_live_options options = {"nosuch0", 1500, 0, true, NULL};
    assert_null(capture_open_live(&options, &error));
    assert_non_null(strstr(error.text, "nosuch0: no such interface; there are: "));
    assert_non_null(strstr(error.text, "lo"));
}

static void test_bad_filter_is_named(void **state)
{
    (void)state;
    if (!has_namespace)
        skip();
    struct error error = {{0}};
    const struct capture_live_options options = {"lo", 1500, 0, false, "port port"};
    assert_null(capture_open_live(&options, &error));
    assert_non_null(strstr(error.text, "lo: filter 'port port': "));
}

static void test_snap_length_must_be_in_range(void **state)
{
    (void)state;
    static const int bad[] = {0, 63, -1, 262145};
    for (size_t i = 0; i < 4; i++) {
        struct error error = {{0}};
        const struct capture_live_options options = {"lo", bad[i], 0, false, NULL};
        assert_null(capture_open_live(&options, &error));
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
    const struct capture_live_options options = {"lo", 1500, 0, false, NULL};
    assert_null(capture_open_live(&options, &error));
    assert_string_equal(error.text, "lo: not allowed to capture; run as root or with CAP_NET_RAW");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_of_an_interface_arrive_cut_and_counted),
        cmocka_unit_test(test_quiet_interface_is_idle),
        cmocka_unit_test(test_stop_ends_the_wait),
        cmocka_unit_test(test_stop_from_a_signal_handler),
        cmocka_unit_test(test_unknown_interface_names_those_there_are),
        cmocka_unit_test(test_bad_filter_is_named),
        cmocka_unit_test(test_snap_length_must_be_in_range),
        cmocka_unit_test(test_without_the_capability_the_message_says_so),
    };
    return cmocka_run_group_tests(tests, enter_namespace, NULL);
}
