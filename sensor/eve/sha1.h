/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sha1.h - SHA-1 (FIPS 180-4) of a text that fits one block; for the Community ID, which every event has.
 *
 * A libcrypto call costs five times its rounds. Where the processor has instructions for SHA-1 (x86: SHA-NI), they are used.
 */
#ifndef EVE_SHA1_H
#define EVE_SHA1_H

#include <stdint.h>

#define SHA1_BLOCK_SIZE  64
#define SHA1_DIGEST_SIZE 20

/* `block` is padded already: 0x80, zeros, and the size in bits as its last 8 bytes. */
void sha1_of_block(const uint8_t block[SHA1_BLOCK_SIZE], uint8_t digest[SHA1_DIGEST_SIZE]);
/* The same without special instructions; for processors without, and for the test. */
void sha1_of_block_portable(const uint8_t block[SHA1_BLOCK_SIZE], uint8_t digest[SHA1_DIGEST_SIZE]);

#endif
