/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_quic.c - QUIC flows from first datagram to hellos: shuffled and coalesced packets, Retry, one side alone, and what
 * must not be believed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "quic_watch.h"

/* RFC 9001 A.4 */
static const char retry_v1[] = "ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba";

/* ------------------------------------------------------------------ assembly */

static void test_hello_over_two_datagrams_in_either_order(void **state)
{
    (void)state;
    struct seal s = client_of(VERSION_1);
    for (size_t cut = 1; cut < HELLO_SIZE; cut++)
        for (int swapped = 0; swapped < 2; swapped++) {
            struct quic_watch w;
            uint8_t packets[2][SEAL_MAX];
            size_t sizes[2] = {seal_piece(&s, 0, hello_bytes(), cut, packets[0]),
                               seal_piece(&s, cut, hello_bytes() + cut, HELLO_SIZE - cut, packets[1])};
            open_flow(&w);
            give(&w, 0, packets[swapped], sizes[swapped]);
            assert_int_equal(w.t.count, 0);
            give(&w, 0, packets[!swapped], sizes[!swapped]);
            assert_is_example(next(&w), VERSION_1);
            close_flow(&w);
        }
}

static void test_shuffled_overlapping_frames_give_the_same_hello(void **state)
{
    (void)state;
    uint64_t seed = 42;
    for (int round = 0; round < 200; round++) {
        struct quic_watch w;
        struct seal s = client_of(VERSION_1);
        open_flow(&w);
        for (int i = 0; i < 60 && w.t.count == 0; i++) { /* random pieces until all of it came */
            uint8_t plain[CLIENT_PLAIN] = {0}, packet[SEAL_MAX];
            size_t n = 0;
            for (int frame = 0; frame < 4; frame++) {
                size_t offset = watch_random(&seed) % HELLO_SIZE;
                offset = offset < 40 ? 0 : offset;
                size_t left = HELLO_SIZE - offset, size = frame & 1 ? left : 1 + watch_random(&seed) % left;
                n += seal_crypto(0x06, offset, hello_bytes() + offset, size, plain + n);
                plain[n++] = frame & 1; /* PADDING or PING in between */
            }
            s.number++;
            give(&w, 0, packet, seal_packet(&s, (struct slice){plain, sizeof plain}, true, packet));
        }
        assert_is_example(next(&w), VERSION_1);
        close_flow(&w);
    }
}

static void test_acks_before_crypto_are_passed(void **state)
{
    (void)state;
    struct quic_watch w;
    struct seal s = client_of(VERSION_1);
    uint8_t plain[CLIENT_PLAIN] = {0}, packet[SEAL_MAX];
    size_t n = watch_hex("02 05 10 01 00 0101  03 4005 10 00 02 01 02 03 01", plain, sizeof plain);
    seal_crypto(0x06, 0, hello_bytes(), HELLO_SIZE, plain + n);
    size_t size = seal_packet(&s, (struct slice){plain, sizeof plain}, true, packet);
    open_flow(&w);
    give(&w, 0, packet, size);
    assert_is_example(next(&w), VERSION_1);
    close_flow(&w);
}

static void test_memory_is_bounded_whatever_the_offsets(void **state)
{
    (void)state;
    struct quic_watch w;
    struct seal s = client_of(VERSION_1);
    open_flow(&w);
    for (size_t offset = 1; offset < 16384; offset += 411) {
        uint8_t packet[SEAL_MAX];
        size_t size = seal_piece(&s, offset, hello_bytes(), HELLO_SIZE, packet);
        give(&w, 0, packet, size);
    }
    assert_in_range(quic_flow_memory(w.q), 16384, 16384 + 2048 + 1024);
    assert_int_equal(w.t.count, 0);
    close_flow(&w);
}

/* ----------------------------------------------------------- other packets */

static void test_coalesced_packets_are_all_read(void **state)
{
    (void)state;
    struct quic_watch w;
    struct seal s = client_of(VERSION_1);
    uint8_t datagram[SEAL_MAX], plain[400] = {0};
    size_t n = seal_crypto(0x06, 0, hello_bytes(), 100, plain);
    size_t size = seal_packet(&s, (struct slice){plain, n}, true, datagram);
    s.type_bits = 2; /* Handshake: cannot be opened */
    size += seal_packet(&s, (struct slice){plain, n}, false, datagram + size);
    s.type_bits = 0;
    s.number = 3;
    n = seal_crypto(0x06, 100, hello_bytes() + 100, HELLO_SIZE - 100, plain);
    size += seal_packet(&s, (struct slice){plain, n}, true, datagram + size);
    memset(datagram + size, 0, 50); /* and padding outside packets */
    open_flow(&w);
    give(&w, 0, datagram, size + 50);
    assert_is_example(next(&w), VERSION_1);
    close_flow(&w);
}

static void test_retry_changes_the_keys_and_tells_once(void **state)
{
    (void)state;
    struct quic_watch w;
    uint8_t packet[SEAL_MAX];
    static const uint8_t new_id[8] = {0xf0, 0x67, 0xa5, 0x50, 0x2a, 0x42, 0x62, 0xb5};
    size_t size = client_packet(VERSION_1, packet);
    open_flow(&w);
    give(&w, 0, packet, size);
    assert_is_example(next(&w), VERSION_1);
    give_hex(&w, 1, retry_v1);
    const struct quic_dialect *dialects[QUIC_DIALECTS_MAX];
    struct quic_keys keys[2];
    quic_dialects_of(VERSION_1, dialects);
    seal_keys(dialects[0], (struct slice){new_id, 8}, keys);
    struct seal s = client_of(VERSION_1);
    s.dcid = (struct slice){new_id, 8};
    s.token = (struct slice){(const uint8_t *)"token", 5};
    s.keys = keys[TO_SERVER];
    s.number = 3;
    size = seal_piece(&s, 0, hello_bytes(), HELLO_SIZE, packet);
    give(&w, 0, packet, size);
    assert_null(next(&w));
    uint8_t server[SEAL_MAX], plain[256];
    struct seal answer = {.version = VERSION_1, .scid = {new_id, 8}, .keys = keys[TO_CLIENT], .number = 0, .number_size = 1};
    size_t n = watch_hex("0600405a020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566dc5430b9a045a12001301"
                         "00002e00330024001d00209d3c940d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b00020304",
                         plain, sizeof plain);
    size = seal_packet(&answer, (struct slice){plain, n}, true, server);
    assert_int_equal(give(&w, 1, server, size), PARSE_DONE);
    assert_int_equal(next(&w)->is_server, 1);
    close_flow(&w);
}

static void test_second_connection_on_the_same_ports_is_told(void **state)
{
    (void)state;
    struct quic_watch w;
    uint8_t packet[SEAL_MAX];
    static const uint8_t other_id[4] = {1, 2, 3, 4};
    size_t size = client_packet(VERSION_1, packet);
    open_flow(&w);
    give(&w, 0, packet, size);
    const struct quic_dialect *dialects[QUIC_DIALECTS_MAX];
    struct quic_keys keys[2];
    quic_dialects_of(VERSION_1, dialects);
    seal_keys(dialects[0], (struct slice){other_id, 4}, keys);
    struct seal s = client_of(VERSION_1);
    s.dcid = (struct slice){other_id, 4};
    s.keys = keys[TO_SERVER];
    size = seal_piece(&s, 0, hello_bytes(), HELLO_SIZE, packet);
    give(&w, 0, packet, size);
    assert_int_equal(watch_count(&w.t, OBSERVE_QUIC), 2);
    close_flow(&w);
}

static void test_server_alone_opens_when_it_took_over_the_clients_id(void **state)
{
    (void)state;
    struct quic_watch w;
    const struct quic_dialect *dialects[QUIC_DIALECTS_MAX];
    struct quic_keys keys[2];
    uint8_t plain[256], packet[SEAL_MAX];
    quic_dialects_of(VERSION_1, dialects);
    seal_keys(dialects[0], dcid, keys);
    struct seal s = {.version = VERSION_1, .scid = dcid, .keys = keys[TO_CLIENT], .number = 1, .number_size = 2};
    size_t n = watch_hex("0200000000 0600405a020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566dc5430b9a045a12001301"
                         "00002e00330024001d00209d3c940d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b00020304",
                         plain, sizeof plain);
    size_t size = seal_packet(&s, (struct slice){plain, n}, true, packet);
    open_flow(&w);
    w.t.flow.client_end = 0;
    give(&w, 0, packet, size); /* sent by what looked like the client */
    const struct observation_quic *o = next(&w);
    assert_non_null(o);
    assert_int_equal(o->is_server, 1);
    assert_int_equal(w.t.flow.client_end, 1);
    quic_end(w.q, &w.t.place);
    assert_null(next(&w));
    close_flow(&w);
}

static void test_server_hello_behind_a_hello_retry_request(void **state)
{
    (void)state;
    struct quic_watch w;
    uint8_t packet[SEAL_MAX], plain[512];
    size_t size = client_packet(VERSION_1, packet);
    open_flow(&w);
    give(&w, 0, packet, size);
    assert_non_null(next(&w));
    const struct quic_dialect *dialects[QUIC_DIALECTS_MAX];
    struct quic_keys keys[2];
    quic_dialects_of(VERSION_1, dialects);
    seal_keys(dialects[0], dcid, keys);
    struct seal s = {.version = VERSION_1, .keys = keys[TO_CLIENT], .number = 0, .number_size = 1};
    size_t n = watch_hex("06 4000 4038 02000034 0303 cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c 00 1302 00"
                         "000c 002b00020304 003300020017",
                         plain, sizeof plain);
    size = seal_packet(&s, (struct slice){plain, n}, true, packet);
    assert_int_equal(give(&w, 1, packet, size), PARSE_MORE);
    assert_null(next(&w));
    n = watch_hex("06 4038 405a020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566dc5430b9a045a12001301"
                  "00002e00330024001d00209d3c940d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b00020304",
                  plain, sizeof plain);
    s.number = 1;
    size = seal_packet(&s, (struct slice){plain, n}, true, packet);
    assert_int_equal(give(&w, 1, packet, size), PARSE_DONE);
    const struct observation_quic *o = next(&w);
    assert_true(watch_text_is(o, o->ja3s, "771,4865,51-43"));
    close_flow(&w);
}

/* --------------------------------------------------------------------- ends */

static void test_incomplete_hello_tells_its_name_at_the_end(void **state)
{
    (void)state;
    struct quic_watch w;
    struct seal s = client_of(VERSION_1);
    uint8_t packet[SEAL_MAX];
    size_t size = seal_piece(&s, 0, hello_bytes(), 120, packet); /* the name is in, the rest is not */
    open_flow(&w);
    give(&w, 0, packet, size);
    assert_int_equal(w.t.count, 0);
    w.t.place.packet = NULL;
    quic_end(w.q, &w.t.place);
    const struct observation_quic *o = next(&w);
    assert_non_null(o);
    assert_true(watch_text_is(o, o->sni, "example.com"));
    assert_int_equal(o->ja4.size, 0);
    assert_int_equal(o->ja3.size, 0);
    close_flow(&w);
}

static void test_hello_whose_start_is_missing_tells_the_version_at_the_end(void **state)
{
    (void)state;
    struct quic_watch w;
    struct seal s = client_of(VERSION_1);
    uint8_t packet[SEAL_MAX];
    size_t size = seal_piece(&s, 50, hello_bytes() + 50, 100, packet);
    open_flow(&w);
    give(&w, 0, packet, size);
    quic_end(w.q, &w.t.place);
    const struct observation_quic *o = next(&w);
    assert_non_null(o);
    assert_int_equal(o->version, VERSION_1);
    assert_int_equal(o->sni.size, 0);
    close_flow(&w);
}

static void test_nothing_is_said_of_what_did_not_open(void **state)
{
    (void)state;
    struct quic_watch w;
    uint8_t packet[SEAL_MAX];
    size_t size = client_packet(VERSION_1, packet);
    packet[600] ^= 1;
    open_flow(&w);
    enum parse_state parsed = PARSE_MORE;
    int given = 0;
    while (parsed == PARSE_MORE && given < 100) {
        parsed = give(&w, 0, packet, size);
        given++;
    }
    assert_int_equal(parsed, PARSE_DONE);
    assert_in_range(given, 2, 20); /* attempts are bounded */
    quic_end(w.q, &w.t.place);
    assert_int_equal(w.t.count, 0);
    close_flow(&w);
}

static void test_cut_at_every_length_reads_nothing_beyond(void **state)
{
    (void)state;
    uint8_t packet[SEAL_MAX];
    size_t size = client_packet(VERSION_1, packet);
    for (size_t n = 0; n < size; n++) {
        struct quic_watch w;
        uint8_t *cut = watch_exact(packet, n);
        open_flow(&w);
        quic_probe((struct slice){cut, n});
        give(&w, 0, cut, n);
        quic_end(w.q, &w.t.place);
        assert_int_equal(w.t.count, 0);
        close_flow(&w);
        free(cut);
    }
}

static void test_frames_cut_at_every_length_read_nothing_beyond(void **state)
{
    (void)state;
    struct seal s = client_of(VERSION_1);
    uint8_t plain[512], packet[SEAL_MAX];
    size_t whole = watch_hex("02 05 10 01 00 0101 01 03 4005 10 00 02 01 02 03", plain, sizeof plain);
    whole += seal_crypto(0x06, 0, hello_bytes(), HELLO_SIZE, plain + whole);
    for (size_t n = 4; n <= whole; n++) { /* shorter ones leave no sample */
        struct quic_watch w;
        size_t size = seal_packet(&s, (struct slice){plain, n}, true, packet);
        open_flow(&w);
        give(&w, 0, packet, size);
        assert_int_equal(w.t.count, n == whole);
        close_flow(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hello_over_two_datagrams_in_either_order),
        cmocka_unit_test(test_shuffled_overlapping_frames_give_the_same_hello),
        cmocka_unit_test(test_acks_before_crypto_are_passed),
        cmocka_unit_test(test_memory_is_bounded_whatever_the_offsets),
        cmocka_unit_test(test_coalesced_packets_are_all_read),
        cmocka_unit_test(test_retry_changes_the_keys_and_tells_once),
        cmocka_unit_test(test_second_connection_on_the_same_ports_is_told),
        cmocka_unit_test(test_server_alone_opens_when_it_took_over_the_clients_id),
        cmocka_unit_test(test_server_hello_behind_a_hello_retry_request),
        cmocka_unit_test(test_incomplete_hello_tells_its_name_at_the_end),
        cmocka_unit_test(test_hello_whose_start_is_missing_tells_the_version_at_the_end),
        cmocka_unit_test(test_nothing_is_said_of_what_did_not_open),
        cmocka_unit_test(test_cut_at_every_length_reads_nothing_beyond),
        cmocka_unit_test(test_frames_cut_at_every_length_read_nothing_beyond),
    };
    return cmocka_run_group_tests(tests, make_crypto, free_crypto);
}
