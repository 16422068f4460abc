/* SPDX-License-Identifier: Apache-2.0 */
/* id_set.h - which texts were there already. Texts are kept as keyed 64-bit hashes. */
#ifndef INTEL_ID_SET_H
#define INTEL_ID_SET_H

#include <stdbool.h>
#include <stddef.h>

struct id_set;

struct id_set *id_set_new(void); /* NULL: out of memory */
void id_set_free(struct id_set *s);
/* Adds `text`. True when it is new. When memory is short everything counts as new. */
bool id_set_add(struct id_set *s, const char *text);

#endif
