/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quic_version.h - what differs between QUIC versions, as far as the Initial packet goes.
 */
#ifndef DISSECT_QUIC_VERSION_H
#define DISSECT_QUIC_VERSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUIC_SALT_SIZE    20
#define QUIC_DIALECTS_MAX 3

/* How the Initials of a family of versions are protected and framed. */
struct quic_dialect {
    uint8_t salt[QUIC_SALT_SIZE]; /* of the initial secret (RFC 9001 5.2) */
    const char *key, *iv, *hp;    /* HKDF labels */
    uint8_t initial_bits;         /* long packet type of an Initial, 0..3 (RFC 9369 3.2 moved it) */
    bool google_frames;           /* Google QUIC's frame types instead of RFC 9000's */
    bool chlo;                    /* Google's own crypto (CHLO) instead of TLS */
};

/*
 * The dialects an Initial of this version may be protected with, likeliest first, into `out`; returns how many. 0: not a
 * version we know. More than one for version numbers whose meaning changed over time or that say nothing (reserved ones):
 * authenticated encryption tells which is right.
 */
size_t quic_dialects_of(uint32_t version, const struct quic_dialect *out[QUIC_DIALECTS_MAX]);

/* Is the number a version in its own right (RFC 9000, 9369, drafts 22..34, Facebook's, Google's)? Not so the reserved
 * numbers 0x?a?a?a?a, which quic_dialects_of knows too. */
bool quic_version_is_known(uint32_t version);

/* Long packet type of Retry packets, 0..3. */
uint8_t quic_retry_bits(const struct quic_dialect *dialect);

#endif
