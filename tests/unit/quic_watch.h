/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quic_watch.h - a QUIC flow under test, and a client to talk on it: the hello of RFC 9001 A.2, protected for any version.
 *
 * The file that includes it runs its tests with quic_watch's make_crypto and free_crypto around them.
 */
#ifndef TESTS_QUIC_WATCH_H
#define TESTS_QUIC_WATCH_H

#include "dissect/quic.h"
#include "dissect/quic_crypto.h"
#include "quic_seal.h"
#include "watch.h"

enum { VERSION_1 = 1, VERSION_2 = 0x6b3343cf };

/* RFC 9001 A.2, RFC 9369 A.2: the client's CRYPTO frame; 917 bytes of PADDING follow it. */
static const char client_frames[] =
    "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c00000413011302010000c0"
    "00000010000e00000b6578616d706c652e636f6dff01000100000a00080006001d0017001800100007000504616c706e000500050100"
    "000000003300260024001d00209370b2c9caa47fbabaf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b00030203040"
    "00d0010000e0403050306030203080408050806002d00020101001c00024001003900320408ffffffffffffffff05048000ffff07"
    "048000ffff0801100104800075300901100f088394c8f03e51570806048000ffff";
#define HELLO_SIZE   241
#define CLIENT_PLAIN 1162

static const uint8_t dcid_bytes[8] = {0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08};
static const struct slice dcid = {dcid_bytes, 8};
static struct quic_crypto *crypto;

/* A flow under test. */
struct quic_watch {
    struct watch t;
    struct quic_flow *q;
};

static inline void open_flow(struct quic_watch *w)
{
    watch_open(&w->t, IP_UDP);
    w->q = quic_flow_new();
    assert(w->q);
}

static inline void close_flow(struct quic_watch *w)
{
    quic_flow_free(w->q);
    watch_close(&w->t);
}

static inline enum parse_state give(struct quic_watch *w, int end, const uint8_t *bytes, size_t size)
{
    watch_from(&w->t, end);
    return quic_datagram(crypto, w->q, &w->t.place, (struct slice){bytes, size}).state;
}

static inline enum parse_state give_hex(struct quic_watch *w, int end, const char *digits)
{
    uint8_t bytes[2048];
    return give(w, end, bytes, watch_hex(digits, bytes, sizeof bytes));
}

/* A client that knows its keys. */
static inline struct seal client(uint32_t version, const struct quic_dialect *dialect)
{
    struct quic_keys keys[2];
    struct seal s = {.version = version, .type_bits = dialect->initial_bits, .dcid = dcid, .number = 2, .number_size = 4};
    seal_keys(dialect, dcid, keys);
    s.keys = keys[TO_SERVER];
    return s;
}

static inline struct seal client_of(uint32_t version)
{
    const struct quic_dialect *dialects[QUIC_DIALECTS_MAX];
    assert_true(quic_dialects_of(version, dialects) >= 1);
    return client(version, dialects[0]);
}

/* The appendix's client hello without its frame head. */
static inline const uint8_t *hello_bytes(void)
{
    static uint8_t frames[512];
    assert_int_equal(watch_hex(client_frames, frames, sizeof frames), HELLO_SIZE + 4);
    return frames + 4;
}

/* An Initial with one CRYPTO frame, padded as a client would. */
static inline size_t seal_piece(const struct seal *s, size_t offset, const uint8_t *data, size_t size, uint8_t *out)
{
    uint8_t plain[CLIENT_PLAIN] = {0};
    seal_crypto(0x06, offset, data, size, plain);
    return seal_packet(s, (struct slice){plain, sizeof plain}, true, out);
}

static inline size_t client_packet(uint32_t version, uint8_t *out)
{
    struct seal s = client_of(version);
    return seal_piece(&s, 0, hello_bytes(), HELLO_SIZE, out);
}

static inline const struct observation_quic *next(struct quic_watch *w)
{
    return watch_take(&w->t, OBSERVE_QUIC);
}

static inline void assert_is_example(const struct observation_quic *o, uint32_t version)
{
    assert_non_null(o);
    assert_int_equal(o->version, version);
    assert_int_equal(o->is_server, 0);
    assert_int_equal(o->head.direction, TO_SERVER);
    assert_true(watch_text_is(o, o->sni, "example.com"));
    assert_true(watch_text_is(o, o->alpns, "alpn"));
    assert_int_equal(observation_text(&o->head, o->ja3_hash).size, 32);
    assert_int_equal(o->ja4.size, 36);
    assert_memory_equal(observation_text(&o->head, o->ja4).at, "q13d", 4);
}

static inline int make_crypto(void **state)
{
    struct error error;
    (void)state;
    crypto = quic_crypto_new(&error);
    return crypto ? 0 : -1;
}

static inline int free_crypto(void **state)
{
    (void)state;
    quic_crypto_free(crypto);
    return 0;
}

#endif
