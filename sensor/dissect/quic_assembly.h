/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quic_assembly.h - the CRYPTO stream of one direction, put together from frames in any order (RFC 9000 19.6).
 */
#ifndef DISSECT_QUIC_ASSEMBLY_H
#define DISSECT_QUIC_ASSEMBLY_H

#include <stdbool.h>

#include "sensor_plugin.h"

#define QUIC_ASSEMBLY_MAX 16384 /* bytes of the stream that are kept */

struct quic_assembly {
    uint8_t *bytes; /* `size` bytes, then a bitmap of those that came; NULL before the first frame */
    uint32_t size;  /* a power of two, at most QUIC_ASSEMBLY_MAX */
    uint32_t whole; /* bytes from the start without a hole */
};

/* Puts a frame in its place; bytes that were there already stay. What lies beyond the bound, or finds no memory, is missing. */
void quic_assembly_add(struct quic_assembly *a, uint64_t offset, struct slice frame);
/* The bytes from the start without a hole; never a NULL slice. Valid until the next call. */
struct slice quic_assembly_whole(const struct quic_assembly *a);
/* Bytes of memory held. */
size_t quic_assembly_memory(const struct quic_assembly *a);
/* Lets go of the bytes; `a` is empty again. */
void quic_assembly_reset(struct quic_assembly *a);

#endif
