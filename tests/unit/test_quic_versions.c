/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_quic_versions.c - Initial keys and packets of RFC 9001 and RFC 9369 appendix A, every version we know, and the probe.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "quic_watch.h"

/* RFC 9001 A.3 and RFC 9369 A.3: the server's Initial as it is on the wire. */
static const char server_v1[] =
    "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb38cc5a99f5ede"
    "4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06ed"
    "bb7aaf2f58891850abbdca3d20398c276456cbc42158407dd074ee";
static const char server_v2[] =
    "dc6b3343cf0008f067a5502a4262b5004075d92faaf16f05d8a4398c47089698baeea26b91eb761d9b89237bbf872630179153582300"
    "35f7fd3945d88965cf17f9af6e16886c61bfc703106fbaf3cb4cfa52382dd16a393e42757507698075b2c984c707f0a0812d8cd5a688"
    "1eaf21ceda98f4bd23f6fe1a3e2c43edd9ce7ca84bed8521e2e140";
/* ------------------------------------------------------------------ vectors */

static void assert_keys(const struct quic_keys *k, const char *key, const char *iv, const char *hp)
{
    uint8_t bytes[16];
    watch_hex(key, bytes, 16);
    assert_memory_equal(k->key, bytes, 16);
    watch_hex(iv, bytes, 16);
    assert_memory_equal(k->iv, bytes, 12);
    watch_hex(hp, bytes, 16);
    assert_memory_equal(k->hp, bytes, 16);
}

static void test_keys_are_those_of_the_appendices(void **state)
{
    (void)state;
    const struct quic_dialect *dialects[QUIC_DIALECTS_MAX];
    struct quic_keys keys[2];
    assert_int_equal(quic_dialects_of(VERSION_1, dialects), 1);
    seal_keys(dialects[0], dcid, keys);
    assert_keys(&keys[TO_SERVER], "1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c",
                "9f50449e04a0e810283a1e9933adedd2");
    assert_keys(&keys[TO_CLIENT], "cf3a5331653c364c88f0f379b6067e37", "0ac1493ca1905853b0bba03e",
                "c206b8d9b9f0f37644430b490eeaa314");
    assert_int_equal(quic_dialects_of(VERSION_2, dialects), 1);
    seal_keys(dialects[0], dcid, keys);
    assert_keys(&keys[TO_SERVER], "8b1a0bc121284290a29e0971b5cd045d", "91f73e2351d8fa91660e909f",
                "45b95e15235d6f45a6b19cbcb0294ba9");
    assert_keys(&keys[TO_CLIENT], "82db637861d55e1d011f19ea71d5d2a7", "dd13c276499c0249d3310652",
                "edf6d05c83121201b436e16877593c3a");
}

/* The beginning and the end of a packet (the end holds the tag, which depends on every byte). */
static void assert_begins_and_ends(const uint8_t *packet, size_t size, const char *start, const char *end)
{
    uint8_t bytes[64];
    size_t n = watch_hex(start, bytes, sizeof bytes);
    assert_memory_equal(packet, bytes, n);
    n = watch_hex(end, bytes, sizeof bytes);
    assert_memory_equal(packet + size - n, bytes, n);
}

/* RFC headers encode the token length in one byte where the sealer uses two, so the header is made by hand here. */
static size_t rfc_packet(uint32_t version, const char *header_hex, uint8_t *out)
{
    struct seal s = client_of(version);
    uint8_t plain[CLIENT_PLAIN] = {0};
    watch_hex(client_frames, plain, sizeof plain);
    size_t header = watch_hex(header_hex, out, 64);
    seal_gcm(&s, out, header, (struct slice){plain, sizeof plain}, out + header);
    seal_mask(&s, out, header - 4);
    return header + CLIENT_PLAIN + 16;
}

static void test_client_initial_of_rfc_9001(void **state)
{
    (void)state;
    struct quic_watch w;
    uint8_t packet[SEAL_MAX];
    size_t size = rfc_packet(VERSION_1, "c300000001088394c8f03e5157080000449e00000002", packet);
    assert_int_equal(size, 1200);
    assert_begins_and_ends(packet, size, "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11",
                           "e221af44860018ab0856972e194cd934");
    open_flow(&w);
    assert_int_equal(quic_probe((struct slice){packet, size}), PROBE_YES);
    assert_int_equal(give(&w, 0, packet, size), PARSE_MORE);
    assert_is_example(next(&w), VERSION_1);
    assert_int_equal(give_hex(&w, 1, server_v1), PARSE_DONE);
    const struct observation_quic *o = next(&w);
    assert_non_null(o);
    assert_int_equal(o->is_server, 1);
    assert_int_equal(o->head.direction, TO_CLIENT);
    assert_true(watch_text_is(o, o->ja3s, "771,4865,51-43"));
    close_flow(&w);
}

static void test_client_initial_of_rfc_9369(void **state)
{
    (void)state;
    struct quic_watch w;
    uint8_t packet[SEAL_MAX];
    size_t size = rfc_packet(VERSION_2, "d36b3343cf088394c8f03e5157080000449e00000002", packet);
    assert_begins_and_ends(packet, size, "d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485",
                           "a18b2faa745b6fe189cf772a9f84cbfc");
    open_flow(&w);
    assert_int_equal(quic_probe((struct slice){packet, size}), PROBE_YES);
    give(&w, 0, packet, size);
    assert_is_example(next(&w), VERSION_2);
    assert_int_equal(give_hex(&w, 1, server_v2), PARSE_DONE);
    assert_int_equal(next(&w)->version, VERSION_2);
    close_flow(&w);
}

/* ----------------------------------------------------------------- versions */

static void test_every_known_version_opens(void **state)
{
    (void)state;
    static const uint32_t versions[] = {
        VERSION_1,  VERSION_2,  0x709a50c4, 0xff000016, 0xff000017, 0xff000018, 0xff000019, 0xff00001a, 0xff00001b,
        0xff00001c, 0xff00001d, 0xff00001e, 0xff00001f, 0xff000020, 0xff000021, 0xff000022, 0xfaceb001, 0xfaceb002,
    };
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        struct quic_watch w;
        uint8_t packet[SEAL_MAX];
        size_t size = client_packet(versions[i], packet);
        open_flow(&w);
        assert_int_equal(quic_probe((struct slice){packet, size}), PROBE_YES);
        give(&w, 0, packet, size);
        assert_is_example(next(&w), versions[i]);
        close_flow(&w);
    }
}

static void test_ambiguous_versions_open_with_each_of_their_dialects(void **state)
{
    (void)state;
    static const uint32_t versions[] = {0xfaceb00e, 0xfaceb010, 0x1a2a3a4a};
    for (size_t i = 0; i < 3; i++) {
        const struct quic_dialect *dialects[QUIC_DIALECTS_MAX];
        size_t count = quic_dialects_of(versions[i], dialects);
        assert_int_equal(count, 3);
        for (size_t d = 0; d < count; d++) {
            struct quic_watch w;
            uint8_t packet[SEAL_MAX];
            struct seal s = client(versions[i], dialects[d]);
            size_t size = seal_piece(&s, 0, hello_bytes(), HELLO_SIZE, packet);
            open_flow(&w);
            give(&w, 0, packet, size);
            assert_is_example(next(&w), versions[i]);
            close_flow(&w);
        }
    }
}

static void test_salts_of_neighbouring_drafts_differ(void **state)
{
    (void)state;
    const struct quic_dialect *a[QUIC_DIALECTS_MAX], *b[QUIC_DIALECTS_MAX];
    static const uint32_t edges[] = {0xff000016, 0xff00001c, 0xff000020};
    for (size_t i = 0; i < 3; i++) {
        quic_dialects_of(edges[i], a);
        quic_dialects_of(edges[i] + 1, b);
        assert_memory_not_equal(a[0]->salt, b[0]->salt, QUIC_SALT_SIZE);
    }
    assert_int_equal(quic_dialects_of(0xff000015, a), 0);
    assert_int_equal(quic_dialects_of(0xff000023, a), 0);
}

/* -------------------------------------------------------------------- probe */

static void test_version_negotiation_is_quic(void **state)
{
    (void)state;
    uint8_t b[64];
    size_t n = watch_hex("80 00000000 04 01020304 08 0102030405060708 1a2a3a4a 00000001", b, sizeof b);
    assert_int_equal(quic_probe((struct slice){b, n}), PROBE_YES);
    assert_int_equal(quic_probe((struct slice){b, n - 1}), PROBE_NO);
    n = watch_hex("80 00000000 04 01020304 08 0102030405060708 12345678", b, sizeof b);
    assert_int_equal(quic_probe((struct slice){b, n}), PROBE_NO);
}

static void test_other_protocols_are_not_quic(void **state)
{
    (void)state;
    static const char *const others[] = {
        "",
        "c0",
        "0001 0100 0001 0000 0000 0000 0161 00 0001 0001",      /* DNS */
        "000100002112a442000102030405060708090a0b",             /* STUN */
        "8060000100000000000000000000000000000000",             /* RTP */
        "16fefd0000000000000000007e0100007200000000000000",     /* DTLS */
        "c000000002088394c8f03e5157080000449e7b9aec34d1b1c98d", /* version 2 of nobody */
        "c000000001ff8394c8f03e5157080000449e7b9aec34d1b1c98d", /* connection id of 255 bytes */
        "40c0ffee00c0ffee00c0ffee00c0ffee00c0ffee",             /* short header */
    };
    uint8_t b[128];
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(quic_probe((struct slice){b, watch_hex(others[i], b, sizeof b)}), PROBE_NO);
    uint64_t seed = 7;
    for (int i = 0; i < 1000000; i++) {
        for (int j = 0; j < 64; j += 8) {
            uint64_t r = watch_random(&seed);
            memcpy(b + j, &r, 8);
        }
        assert_int_equal(quic_probe((struct slice){b, 64}), PROBE_NO);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_are_those_of_the_appendices),
        cmocka_unit_test(test_client_initial_of_rfc_9001),
        cmocka_unit_test(test_client_initial_of_rfc_9369),
        cmocka_unit_test(test_every_known_version_opens),
        cmocka_unit_test(test_ambiguous_versions_open_with_each_of_their_dialects),
        cmocka_unit_test(test_salts_of_neighbouring_drafts_differ),
        cmocka_unit_test(test_version_negotiation_is_quic),
        cmocka_unit_test(test_other_protocols_are_not_quic),
    };
    return cmocka_run_group_tests(tests, make_crypto, free_crypto);
}
