/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bypass_code.h - the table that kernel and process share, and the program that reads it. Only for bypass*.c.
 */
#ifndef CAPTURE_BYPASS_CODE_H
#define CAPTURE_BYPASS_CODE_H

#include <linux/bpf.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define BYPASS_PLACES    4096u /* a power of two */
#define BYPASS_KEY_WORDS 5u
#define BYPASS_VLAN      0x1000u /* beside the id: there is a tag */
#define BYPASS_CODE_MAX  192u

/* One direction of a flow as bytes: addresses (IPv4: 4 bytes and zeros) of source and destination, their ports as on the wire, then VLAN id
 * with BYPASS_VLAN or 0, protocol, 4 or 6. The last word is never 0, so 0 there is a place that nobody has. */
struct bypass_place {
    _Atomic uint64_t key[BYPASS_KEY_WORDS];
    _Atomic uint64_t packets, bytes; /* counted up by the kernel for ever */
    _Atomic uint64_t begun; /* not 0: packets are kept away */
};
_Static_assert(sizeof(struct bypass_place) == 64, "a cache line, as the program has it");

/* Where a key's place is. `secret` is odd; nobody can aim at one. The program does the same. */
static inline uint32_t bypass_place_of(const uint64_t key[BYPASS_KEY_WORDS], uint64_t secret)
{
    uint64_t h = 0;
    for (uint32_t i = 0; i < BYPASS_KEY_WORDS; i++) {
        h = (h ^ key[i]) * secret;
        h ^= h >> 32;
    }
    return (uint32_t)h & (BYPASS_PLACES - 1);
}

/* Writes the program for the table behind descriptor `map`; returns how many instructions. */
uint32_t bypass_code(int map, uint64_t secret, struct bpf_insn code[BYPASS_CODE_MAX]);

#endif
