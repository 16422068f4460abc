/* SPDX-License-Identifier: Apache-2.0 */
/*
 * digest.c - see digest.h.
 */
#define OPENSSL_SUPPRESS_DEPRECATED /* "low level": what is meant is what is wanted here */
#include "dissect/digest.h"

#include <assert.h>
#include <openssl/md5.h>
#include <string.h>

size_t digest_size(enum digest_kind kind)
{
    static const size_t sizes[DIGEST_KIND_COUNT] = {MD5_DIGEST_LENGTH, SHA_DIGEST_LENGTH, SHA256_DIGEST_LENGTH};
    return sizes[kind];
}

static void md5(struct slice bytes, uint8_t *out)
{
    MD5_CTX c;
    MD5_Init(&c);
    MD5_Update(&c, bytes.at, bytes.size);
    MD5_Final(out, &c);
}

static void sha1(struct slice bytes, uint8_t *out)
{
    SHA_CTX c;
    SHA1_Init(&c);
    SHA1_Update(&c, bytes.at, bytes.size);
    SHA1_Final(out, &c);
}

static void sha256(struct slice bytes, uint8_t *out)
{
    SHA256_CTX c;
    SHA256_Init(&c);
    SHA256_Update(&c, bytes.at, bytes.size);
    SHA256_Final(out, &c);
}

void digest_bytes(enum digest_kind kind, struct slice bytes, uint8_t *out)
{
    static void (*const functions[DIGEST_KIND_COUNT])(struct slice bytes, uint8_t *out) = {md5, sha1, sha256};
    functions[kind](bytes, out);
}

void digest_hex(const uint8_t *raw, size_t size, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        *out++ = digits[raw[i] >> 4];
        *out++ = digits[raw[i] & 15];
    }
    *out = 0;
}

static void begin_with_pad(SHA256_CTX *c, struct slice key, uint8_t pad)
{
    uint8_t block[HMAC_KEY_MAX];
    memset(block, pad, sizeof block);
    for (size_t i = 0; i < key.size; i++)
        block[i] ^= key.at[i];
    SHA256_Init(c);
    SHA256_Update(c, block, sizeof block);
}

void hmac_init(struct hmac *h, struct slice key)
{
    assert(key.size <= HMAC_KEY_MAX);
    begin_with_pad(&h->inner, key, 0x36);
    begin_with_pad(&h->outer, key, 0x5c);
}

void hmac_bytes(const struct hmac *h, struct slice bytes, uint8_t out[HMAC_SIZE])
{
    SHA256_CTX c = h->inner;
    SHA256_Update(&c, bytes.at, bytes.size);
    SHA256_Final(out, &c);
    c = h->outer;
    SHA256_Update(&c, out, HMAC_SIZE);
    SHA256_Final(out, &c);
}
