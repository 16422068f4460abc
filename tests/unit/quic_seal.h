/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quic_seal.h - builds protected Initial packets, the sender's half that the sensor does not have. Used by unit tests and by the
 * fuzz target, so that mutated bytes reach what lies behind the encryption.
 */
#ifndef TESTS_QUIC_SEAL_H
#define TESTS_QUIC_SEAL_H

#include <assert.h>
#include <string.h>

#include <openssl/evp.h>

#include "dissect/quic_crypto.h"

#define SEAL_MAX 4096

/* A packet under construction; the header fields a test may choose. */
struct seal {
    uint32_t version;
    uint8_t type_bits; /* 0..3, as the version numbers them */
    struct slice dcid, scid, token;
    struct quic_keys keys;
    uint32_t number; /* packet number, sent in `number_size` bytes */
    int number_size; /* 1..4 */
};

/* Both directions' keys, by enum direction. */
static inline void seal_keys(const struct quic_dialect *dialect, struct slice dcid, struct quic_keys keys[2])
{
    uint8_t secret[QUIC_SECRET_SIZE];
    quic_secret_derive(dialect, dcid, secret);
    quic_keys_derive(dialect, secret, TO_SERVER, &keys[TO_SERVER]);
    quic_keys_derive(dialect, secret, TO_CLIENT, &keys[TO_CLIENT]);
}

static inline size_t seal_varint2(uint8_t *out, size_t value)
{
    out[0] = (uint8_t)(0x40 | value >> 8);
    out[1] = (uint8_t)value;
    return 2;
}

static inline size_t seal_cid(uint8_t *out, struct slice cid)
{
    out[0] = (uint8_t)cid.size;
    if (cid.size > 0)
        memcpy(out + 1, cid.at, cid.size);
    return 1 + cid.size;
}

/* Long header up to and with the packet number in clear; `sealed` is how many bytes follow it, tag included. */
static inline size_t seal_header(const struct seal *s, size_t sealed, bool with_token, uint8_t *out)
{
    size_t n = 0;
    out[n++] = (uint8_t)(0xc0 | s->type_bits << 4 | (s->number_size - 1));
    for (int i = 3; i >= 0; i--)
        out[n++] = (uint8_t)(s->version >> 8 * i);
    n += seal_cid(out + n, s->dcid);
    n += seal_cid(out + n, s->scid);
    if (with_token) {
        n += seal_varint2(out + n, s->token.size);
        if (s->token.size > 0)
            memcpy(out + n, s->token.at, s->token.size);
        n += s->token.size;
    }
    n += seal_varint2(out + n, sealed + (size_t)s->number_size);
    for (int i = s->number_size - 1; i >= 0; i--)
        out[n++] = (uint8_t)(s->number >> 8 * i);
    return n;
}

static inline void seal_gcm(const struct seal *s, const uint8_t *header, size_t header_size, struct slice plain, uint8_t *out)
{
    uint8_t nonce[12];
    int size, last;
    memcpy(nonce, s->keys.iv, 12);
    for (int i = 0; i < 4; i++)
        nonce[11 - i] ^= (uint8_t)(s->number >> 8 * i);
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    EVP_EncryptInit_ex(c, EVP_aes_128_gcm(), NULL, s->keys.key, nonce);
    EVP_EncryptUpdate(c, NULL, &size, header, (int)header_size);
    EVP_EncryptUpdate(c, out, &size, plain.at, (int)plain.size);
    EVP_EncryptFinal_ex(c, out + size, &last);
    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, 16, out + plain.size);
    EVP_CIPHER_CTX_free(c);
}

static inline void seal_mask(const struct seal *s, uint8_t *packet, size_t number_at)
{
    uint8_t mask[16];
    int size;
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    EVP_EncryptInit_ex(c, EVP_aes_128_ecb(), NULL, s->keys.hp, NULL);
    EVP_EncryptUpdate(c, mask, &size, packet + number_at + 4, 16);
    EVP_CIPHER_CTX_free(c);
    packet[0] ^= mask[0] & 0x0f;
    for (int i = 0; i < s->number_size; i++)
        packet[number_at + (size_t)i] ^= mask[1 + i];
}

/* Seals `plain` behind a header; returns the packet's size. `out` has room for plain.size + 128 + token. */
static inline size_t seal_packet(const struct seal *s, struct slice plain, bool is_initial, uint8_t *out)
{
    size_t header = seal_header(s, plain.size + 16, is_initial, out);
    seal_gcm(s, out, header, plain, out + header);
    seal_mask(s, out, header - (size_t)s->number_size);
    return header + plain.size + 16;
}

/* A CRYPTO frame of `type` with two-byte varints. */
static inline size_t seal_crypto(uint8_t type, size_t offset, const uint8_t *data, size_t size, uint8_t *out)
{
    out[0] = type;
    size_t n = 1;
    n += seal_varint2(out + n, offset);
    n += seal_varint2(out + n, size);
    memcpy(out + n, data, size);
    return n + size;
}

#endif
