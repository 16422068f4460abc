/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origins.h - which file, and which interface in it, the number in a frame (and in an observation) stands for.
 *
 * Readers add, other threads look up; a number travels to them through a ring, after its entry was complete. Numbers are 16 bits: when they have
 * all been given, they are given anew from the first; texts stay until origins_free, so a late look-up names the newer file.
 */
#ifndef CAPTURE_ORIGINS_H
#define CAPTURE_ORIGINS_H

#include <stddef.h>
#include <stdint.h>

struct origins;

struct origins *origins_new(void); /* NULL when memory is short */
void origins_free(struct origins *o);

/* A number for a file (`path` is copied) and the name of an interface in it, of `size` bytes, cut at 64 and made valid UTF-8; size 0:
 * none. When memory is short, a number without a name. Any thread. */
uint16_t origins_add(struct origins *o, const char *path, const char *interface, size_t size);

/* The path; NULL when there is none. */
const char *origins_file(const struct origins *o, uint16_t number);
/* The interface's name; NULL when there is none. */
const char *origins_interface(const struct origins *o, uint16_t number);

#endif
