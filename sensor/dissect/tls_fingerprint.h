/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_fingerprint.h - JA3, JA3S (Althouse, Atkinson, Atkins: salesforce/ja3) and JA4 (FoxIO, ja4 technical details) from the
 * lists of a hello. No allocation, no state.
 */
#ifndef DISSECT_TLS_FINGERPRINT_H
#define DISSECT_TLS_FINGERPRINT_H

#include <stdbool.h>

#include "dissect/tls_hello.h"

#define HELLO_EXTENSION_MAX 1024 /* extensions of one hello that are remembered */

/* The lists of one hello, as sent: slices hold big-endian 16-bit values unless said otherwise. */
struct hello_lists {
    uint16_t legacy_version;
    uint16_t version;                         /* highest of supported_versions, else legacy_version */
    uint16_t cipher;                          /* ServerHello only */
    struct slice ciphers;                     /* ClientHello only */
    struct slice groups;                      /* supported_groups */
    struct slice point_formats;               /* ec_point_formats: bytes */
    struct slice signatures;                  /* signature_algorithms */
    struct slice alpn;                        /* first protocol name */
    uint16_t extensions[HELLO_EXTENSION_MAX]; /* types in order, GREASE included */
    size_t extension_count;
    bool overflow; /* more extensions than that: no fingerprint is made */
};

/* Values that clients send to keep servers tolerant (RFC 8701): 0x0a0a, 0x1a1a, ... 0xfafa. */
static inline bool tls_is_grease(uint16_t value)
{
    return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

/* Text of JA3 into `text`[JA3_TEXT_MAX] and its MD5 into `hash`[33]; both "" when it does not fit. */
void tls_ja3(const struct hello_lists *lists, char *text, char *hash);
void tls_ja3s(const struct hello_lists *lists, char *text, char *hash);

/* JA4 into `out`[37]; "" when there are too many values. */
void tls_ja4(const struct hello_lists *lists, enum tls_carrier carrier, char *out);

#endif
