/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keccak.c - Keccak-f[1600] with the rate of 256-bit digests (FIPS 202 3.2, without its padding).
 */
#include "keccak.h"

#include <string.h>

enum { RATE = 136, ROUNDS = 24 };

static uint64_t rotate(uint64_t x, unsigned by)
{
    return by == 0 ? x : x << by | x >> (64 - by);
}

/* The constant of a round, one bit at a time out of a linear feedback register (FIPS 202 3.2.5). */
static uint64_t round_constant(uint8_t *lfsr)
{
    uint64_t constant = 0;
    for (unsigned j = 0; j < 7; j++) {
        if ((*lfsr & 1) != 0)
            constant |= UINT64_C(1) << ((1u << j) - 1);
        *lfsr = (uint8_t)((*lfsr << 1) ^ ((*lfsr & 0x80) != 0 ? 0x71 : 0));
    }
    return constant;
}

static void mix_columns(uint64_t a[25])
{
    uint64_t c[5];
    for (unsigned x = 0; x < 5; x++)
        c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
    for (unsigned i = 0; i < 25; i++)
        a[i] ^= c[(i + 4) % 5] ^ rotate(c[(i + 1) % 5], 1);
}

/* Rotates each lane and moves it to its new place (FIPS 202 3.2.2, 3.2.3). */
static void move_lanes(uint64_t a[25])
{
    unsigned x = 1, y = 0;
    uint64_t lane = a[1];
    for (unsigned t = 0; t < 24; t++) {
        unsigned next = (2 * x + 3 * y) % 5;
        x = y;
        y = next;
        uint64_t kept = a[x + 5 * y];
        a[x + 5 * y] = rotate(lane, (t + 1) * (t + 2) / 2 % 64);
        lane = kept;
    }
}

static void mix_rows(uint64_t a[25])
{
    for (unsigned y = 0; y < 25; y += 5) {
        uint64_t row[5];
        memcpy(row, a + y, sizeof row);
        for (unsigned x = 0; x < 5; x++)
            a[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
    }
}

void tradecraft_keccak256(struct slice text, uint8_t out[32])
{
    uint8_t block[RATE] = {0}, lfsr = 1;
    uint64_t a[25] = {0};
    memcpy(block, text.at, text.size < RATE ? text.size : RATE - 1);
    block[text.size < RATE ? text.size : RATE - 1] ^= 0x01;
    block[RATE - 1] ^= 0x80;
    for (unsigned i = 0; i < RATE; i++)
        a[i / 8] ^= (uint64_t)block[i] << (i % 8 * 8);
    for (unsigned round = 0; round < ROUNDS; round++) {
        mix_columns(a);
        move_lanes(a);
        mix_rows(a);
        a[0] ^= round_constant(&lfsr);
    }
    for (unsigned i = 0; i < 32; i++)
        out[i] = (uint8_t)(a[i / 8] >> (i % 8 * 8));
}
