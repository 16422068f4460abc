/* SPDX-License-Identifier: Apache-2.0 */
/*
 * digest.h - MD5, SHA-1 and SHA-256 for fingerprints of what was seen, HMAC-SHA256 for QUIC. Nothing here protects a secret.
 *
 * libcrypto's own functions, with the processor's instructions for them. Not its EVP interface: to set that up costs as much as hashing a
 * hello, and it may refuse.
 */
#ifndef DISSECT_DIGEST_H
#define DISSECT_DIGEST_H

#include <openssl/sha.h>

#include "sensor_plugin.h"

enum digest_kind { DIGEST_MD5 = 0, DIGEST_SHA1, DIGEST_SHA256, DIGEST_KIND_COUNT };

#define DIGEST_SIZE_MAX 32 /* bytes of the longest, SHA-256; MD5 has 16, SHA-1 20 */

/* Bytes of one kind's digest. */
size_t digest_size(enum digest_kind kind);

/* Hashes `bytes` into `out`[digest_size(kind)]. Any thread. */
void digest_bytes(enum digest_kind kind, struct slice bytes, uint8_t *out);

/* The first `size` bytes of `raw` as lower-case hex into `out`[2 * size + 1], with a NUL. */
void digest_hex(const uint8_t *raw, size_t size, char *out);

#define HMAC_SIZE    32
#define HMAC_KEY_MAX 64

/* HMAC-SHA256 (RFC 2104) under one key, for any number of messages: the key is worked in once. */
struct hmac {
    SHA256_CTX inner, outer;
};

/* `key` has at most HMAC_KEY_MAX bytes. */
void hmac_init(struct hmac *h, struct slice key);
void hmac_bytes(const struct hmac *h, struct slice bytes, uint8_t out[HMAC_SIZE]);

#endif
