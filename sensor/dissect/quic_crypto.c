/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quic_crypto.c - HKDF (RFC 5869) with TLS 1.3 labels (RFC 8446 7.1), AES-128-ECB header masks, AES-128-GCM.
 *
 * Fetching algorithms is what costs in OpenSSL 3, so ciphers are fetched once and contexts are only re-keyed.
 */
#include "dissect/quic_crypto.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "dissect/digest.h"

#define TAG_SIZE    16
#define SAMPLE_SIZE 16
#define PLAIN_MAX   65536 /* no UDP payload is longer */

struct quic_crypto {
    EVP_CIPHER_CTX *mask;
    EVP_CIPHER_CTX *aead;
    uint8_t plain[PLAIN_MAX];
};

static bool prepare(struct quic_crypto *c)
{
    c->mask = EVP_CIPHER_CTX_new();
    c->aead = EVP_CIPHER_CTX_new();
    return c->mask && c->aead && EVP_EncryptInit_ex(c->mask, EVP_aes_128_ecb(), NULL, NULL, NULL) == 1 && EVP_CIPHER_CTX_set_padding(c->mask, 0) == 1 &&
           EVP_DecryptInit_ex(c->aead, EVP_aes_128_gcm(), NULL, NULL, NULL) == 1;
}

struct quic_crypto *quic_crypto_new(struct error *error)
{
    struct quic_crypto *c = calloc(1, sizeof *c);
    if (c && prepare(c))
        return c;
    error_set(error, "quic: libcrypto has no AES-128; check its providers");
    quic_crypto_free(c);
    return NULL;
}

void quic_crypto_free(struct quic_crypto *c)
{
    if (!c)
        return;
    EVP_CIPHER_CTX_free(c->aead);
    EVP_CIPHER_CTX_free(c->mask);
    free(c);
}

/* HKDF-Expand-Label with an empty context; one block is enough for `size` <= 32. */
static void expand(const struct hmac *secret, const char *label, uint8_t *out, size_t size)
{
    uint8_t info[64] = {0, (uint8_t)size}, block[HMAC_SIZE];
    size_t label_size = strlen(label);
    size_t at = 2;
    info[at++] = (uint8_t)(6 + label_size);
    memcpy(info + at, "tls13 ", 6);
    memcpy(info + at + 6, label, label_size);
    at += 6 + label_size;
    info[at++] = 0; /* context length */
    info[at++] = 1; /* block number */
    hmac_bytes(secret, (struct slice){info, at}, block);
    memcpy(out, block, size);
}

void quic_secret_derive(const struct quic_dialect *dialect, struct slice dcid, uint8_t secret[QUIC_SECRET_SIZE])
{
    struct hmac salted;
    hmac_init(&salted, (struct slice){dialect->salt, QUIC_SALT_SIZE});
    hmac_bytes(&salted, dcid, secret);
}

void quic_keys_derive(const struct quic_dialect *dialect, const uint8_t secret[QUIC_SECRET_SIZE], enum direction direction,
                      struct quic_keys *keys)
{
    struct hmac h;
    uint8_t of_direction[QUIC_SECRET_SIZE];
    hmac_init(&h, (struct slice){secret, QUIC_SECRET_SIZE});
    expand(&h, direction == TO_SERVER ? "client in" : "server in", of_direction, sizeof of_direction);
    hmac_init(&h, (struct slice){of_direction, sizeof of_direction});
    expand(&h, dialect->key, keys->key, sizeof keys->key);
    expand(&h, dialect->iv, keys->iv, sizeof keys->iv);
    expand(&h, dialect->hp, keys->hp, sizeof keys->hp);
}

/* The header's protected bytes in clear: first byte and packet number. */
struct bare_header {
    uint8_t first;
    uint8_t number[4];
    int number_size;
};

static bool unmask(struct quic_crypto *c, const struct quic_keys *keys, const struct quic_packet *p, struct bare_header *h)
{
    uint8_t mask[SAMPLE_SIZE];
    int size;
    struct cursor at = cursor_of(p->bytes.at + p->number_at, p->bytes.size - p->number_at);
    const uint8_t *number = cursor_take(&at, 4);
    const uint8_t *sample = number ? cursor_take(&at, SAMPLE_SIZE) : NULL;
    if (!sample || EVP_EncryptInit_ex(c->mask, NULL, NULL, keys->hp, NULL) != 1 ||
        EVP_EncryptUpdate(c->mask, mask, &size, sample, SAMPLE_SIZE) != 1)
        return false;
    h->first = p->bytes.at[0] ^ (mask[0] & 0x0f);
    h->number_size = (h->first & 3) + 1;
    for (int i = 0; i < h->number_size; i++)
        h->number[i] = number[i] ^ mask[1 + i];
    return true;
}

/* Starts the AEAD: nonce is the IV xor packet number, associated data the header in clear. An Initial's packet number is
 * small, so what is on the wire is all of it. */
static bool begin_open(struct quic_crypto *c, const struct quic_keys *keys, const struct quic_packet *p,
                       const struct bare_header *h)
{
    uint8_t nonce[12];
    int size;
    memcpy(nonce, keys->iv, sizeof nonce);
    for (int i = 0; i < h->number_size; i++)
        nonce[12 - h->number_size + i] ^= h->number[i];
    return EVP_DecryptInit_ex(c->aead, NULL, NULL, keys->key, nonce) == 1 &&
           EVP_DecryptUpdate(c->aead, NULL, &size, &h->first, 1) == 1 &&
           EVP_DecryptUpdate(c->aead, NULL, &size, p->bytes.at + 1, (int)p->number_at - 1) == 1 &&
           EVP_DecryptUpdate(c->aead, NULL, &size, h->number, h->number_size) == 1;
}

bool quic_packet_open(struct quic_crypto *c, const struct quic_keys *keys, const struct quic_packet *packet, struct slice *plain)
{
    struct bare_header h;
    uint8_t tag[TAG_SIZE];
    int size, last;
    if (packet->bytes.size > PLAIN_MAX || !unmask(c, keys, packet, &h))
        return false;
    struct cursor at = cursor_of(packet->bytes.at, packet->bytes.size);
    cursor_skip(&at, packet->number_at + (size_t)h.number_size);
    if (cursor_left(&at) <= TAG_SIZE)
        return false;
    size_t sealed = cursor_left(&at) - TAG_SIZE;
    memcpy(tag, at.at + sealed, TAG_SIZE);
    if (!begin_open(c, keys, packet, &h) || EVP_DecryptUpdate(c->aead, c->plain, &size, at.at, (int)sealed) != 1 ||
        EVP_CIPHER_CTX_ctrl(c->aead, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) != 1 ||
        EVP_DecryptFinal_ex(c->aead, c->plain + size, &last) != 1)
        return false;
    *plain = (struct slice){c->plain, sealed};
    return true;
}
