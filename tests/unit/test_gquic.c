/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_gquic.c - Google QUIC: hellos in clear (Q024 to Q046), in Google's frames (Q050), and TLS in them (T050, T051).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "quic_watch.h"

/* -------------------------------------------------------------- Google QUIC */

/* CHLO with PAD, SNI and UAID. */
static size_t chlo(uint8_t *out)
{
    static const char head[] = "43484c4f 0300 0000  50414400 08000000  534e4900 17000000  55414944 22000000"
                               "2d2d2d2d2d2d2d2d";
    size_t n = watch_hex(head, out, 64);
    memcpy(out + n, "www.example.orgChrome/49.0", 26);
    return n + 26;
}

static void assert_is_chlo(const struct observation_quic *o, uint32_t version)
{
    assert_non_null(o);
    assert_int_equal(o->version, version);
    assert_true(watch_text_is(o, o->sni, "www.example.org"));
    assert_true(watch_text_is(o, o->user_agent, "Chrome/49.0"));
}

static size_t clear_datagram(const char *header, uint8_t *out)
{
    size_t n = watch_hex(header, out, 64);
    return n + chlo(out + n);
}

static void test_clear_versions_tell_name_and_user_agent(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        uint32_t version;
    } cases[] = {
        {"0d 0102030405060708 51303234 01 000102030405060708090a0b 00 a0 01 5a00", 0x51303234},       /* Q024 */
        {"09 0102030405060708 51303433 01 000102030405060708090a0b a4 01 0000 005a", 0x51303433},     /* Q043 */
        {"c3 51303436 50 0102030405060708 00000001 000102030405060708090a0b a0 01 005a", 0x51303436}, /* Q046 */
        {"01 51303339 01 000102030405060708090a0b a0 01 005a", 0x51303339}, /* Q039 without connection id */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct quic_watch w;
        uint8_t datagram[256];
        size_t size = clear_datagram(cases[i].header, datagram);
        assert_int_equal(quic_probe((struct slice){datagram, size}), PROBE_YES);
        open_flow(&w);
        assert_int_equal(give(&w, 0, datagram, size), PARSE_DONE);
        assert_is_chlo(next(&w), cases[i].version);
        close_flow(&w);
    }
}

static void test_clear_hello_cut_at_every_length_is_silent(void **state)
{
    (void)state;
    uint8_t datagram[256];
    size_t size = clear_datagram("09 0102030405060708 51303433 01 000102030405060708090a0b a4 01 0000 005a", datagram);
    for (size_t n = 0; n < size; n++) {
        struct quic_watch w;
        uint8_t *cut = watch_exact(datagram, n);
        open_flow(&w);
        quic_probe((struct slice){cut, n});
        give(&w, 0, cut, n);
        assert_int_equal(w.t.count, 0);
        close_flow(&w);
        free(cut);
    }
}

static void test_q050_hello_behind_an_ack(void **state)
{
    (void)state;
    struct quic_watch w;
    struct seal s = client_of(0x51303530);
    uint8_t plain[CLIENT_PLAIN] = {0}, message[128], packet[SEAL_MAX];
    size_t n = watch_hex("60 01 0000 01 01 02 01 00 07", plain, sizeof plain); /* ACK with a block, PING */
    seal_crypto(0x08, 0, message, chlo(message), plain + n);
    size_t size = seal_packet(&s, (struct slice){plain, sizeof plain}, true, packet);
    open_flow(&w);
    assert_int_equal(quic_probe((struct slice){packet, size}), PROBE_YES);
    give(&w, 0, packet, size);
    assert_is_chlo(next(&w), 0x51303530);
    close_flow(&w);
}

static void test_t05x_carry_tls_in_google_frames(void **state)
{
    (void)state;
    static const uint32_t versions[] = {0x54303530, 0x54303531};
    for (size_t i = 0; i < 2; i++) {
        struct quic_watch w;
        struct seal s = client_of(versions[i]);
        uint8_t plain[CLIENT_PLAIN] = {0}, packet[SEAL_MAX];
        seal_crypto(0x08, 0, hello_bytes(), HELLO_SIZE, plain);
        size_t size = seal_packet(&s, (struct slice){plain, sizeof plain}, true, packet);
        open_flow(&w);
        give(&w, 0, packet, size);
        assert_is_example(next(&w), versions[i]);
        close_flow(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clear_versions_tell_name_and_user_agent),
        cmocka_unit_test(test_clear_hello_cut_at_every_length_is_silent),
        cmocka_unit_test(test_q050_hello_behind_an_ack),
        cmocka_unit_test(test_t05x_carry_tls_in_google_frames),
    };
    return cmocka_run_group_tests(tests, make_crypto, free_crypto);
}
