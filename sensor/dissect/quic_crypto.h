/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quic_crypto.h - Initial keys and opening Initial packets (RFC 9001 5), with libcrypto.
 *
 * struct quic_crypto (quic.h declares it) is one worker's: contexts and a scratch buffer, reused for every packet.
 */
#ifndef DISSECT_QUIC_CRYPTO_H
#define DISSECT_QUIC_CRYPTO_H

#include <stdbool.h>

#include "dissect/quic.h"
#include "dissect/quic_packet.h"
#include "dissect/quic_version.h"

struct quic_keys {
    uint8_t key[16]; /* AEAD_AES_128_GCM */
    uint8_t iv[12];
    uint8_t hp[16]; /* header protection, AES-128-ECB */
};

#define QUIC_SECRET_SIZE 32

/* The initial secret, from the client's first destination connection id. */
void quic_secret_derive(const struct quic_dialect *dialect, struct slice dcid, uint8_t secret[QUIC_SECRET_SIZE]);
/* The keys of what is sent in one direction. */
void quic_keys_derive(const struct quic_dialect *dialect, const uint8_t secret[QUIC_SECRET_SIZE], enum direction direction,
                      struct quic_keys *keys);

/* Removes header protection and opens the packet: true when it is authentic. `plain` points into the crypto's scratch and
 * is valid until the next call. */
bool quic_packet_open(struct quic_crypto *c, const struct quic_keys *keys, const struct quic_packet *packet, struct slice *plain);

#endif
