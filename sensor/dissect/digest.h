/* SPDX-License-Identifier: Apache-2.0 */
/*
 * digest.h - MD5, SHA-1 and SHA-256 for fingerprints of what was seen. Nothing here protects a secret.
 *
 * libcrypto does the work. Fetching an algorithm costs more than hashing a hello, so each thread fetches once and keeps its
 * context until it ends.
 */
#ifndef DISSECT_DIGEST_H
#define DISSECT_DIGEST_H

#include <stdbool.h>

#include "sensor_plugin.h"

enum digest_kind { DIGEST_MD5 = 0, DIGEST_SHA1, DIGEST_SHA256, DIGEST_KIND_COUNT };

#define DIGEST_SIZE_MAX 32 /* bytes of the longest, SHA-256; MD5 has 16, SHA-1 20 */

/* Bytes of one kind's digest. */
size_t digest_size(enum digest_kind kind);

/* Hashes `bytes` into `out`[digest_size(kind)]. False, `out` zeroed, when libcrypto refuses (MD5 under FIPS) or lacks memory.
 * Any thread. */
bool digest_bytes(enum digest_kind kind, struct slice bytes, uint8_t *out);

/* The first `size` bytes of `raw` as lower-case hex into `out`[2 * size + 1], with a NUL. */
void digest_hex(const uint8_t *raw, size_t size, char *out);

#endif
