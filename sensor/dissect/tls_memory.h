/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_memory.h - what was made of hellos and certificates seen lately: the same clients and servers say the same again and again, and
 * fingerprints, digests and texts are the largest part of what a handshake costs.
 *
 * Looked up by all the bytes that the result depends on, so remembering changes no result. A fixed number of places, one for each hash;
 * a newcomer takes the place. One memory for each worker.
 */
#ifndef DISSECT_TLS_MEMORY_H
#define DISSECT_TLS_MEMORY_H

#include <stdbool.h>

#include "sensor_plugin.h"

struct tls_memory;

/* 320 KiB, and at most 1.2 MiB for certificates as they come. NULL when memory is short: then nothing is remembered. */
struct tls_memory *tls_memory_new(void);
void tls_memory_free(struct tls_memory *m); /* takes NULL */

#define TLS_PRINT_KEY_MAX  512
#define TLS_PRINT_TEXT_MAX 512

/* Fingerprints of a ClientHello; its lists are the key. */
struct tls_prints {
    char ja3[TLS_PRINT_TEXT_MAX];
    char ja3_hash[33];
    char ja4[37];
};

/* NULL when these are not remembered. `m` may be NULL, here and below. Valid until the next call. */
const struct tls_prints *tls_memory_prints(struct tls_memory *m, struct slice key);
void tls_memory_keep_prints(struct tls_memory *m, struct slice key, const struct tls_prints *prints);

/* What was read from a Certificate message, at most TLS_READING_MAX bytes of whatever its reader likes. Empty when not remembered. Valid
 * until the next call. */
#define TLS_CHAIN_MAX   8192
#define TLS_READING_MAX 4096
struct slice tls_memory_reading(struct tls_memory *m, struct slice message);
/* In two parts, which are put together. */
void tls_memory_keep_reading(struct tls_memory *m, struct slice message, struct slice head, struct slice rest);

#endif
