/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.h - a BPF expression over frames of any link type: libpcap compiles it once for each type that comes.
 */
#ifndef CAPTURE_FILTER_H
#define CAPTURE_FILTER_H

#include "capture/capture.h"

struct filter;

/* For one thread. `text` NULL or "": NULL, which every frame passes. Out of memory: NULL and `error`. */
struct filter *filter_new(const char *text, struct error *error);
void filter_free(struct filter *f); /* takes NULL */

/* Whether the expression makes sense for that link type; `error` has libpcap's words. */
bool filter_fits(struct filter *f, int link_type, struct error *error);
/* Whether the frame is wanted. Where the expression does not fit the link type, no frame is: filter_misfit tells. */
bool filter_passes(struct filter *f, const struct frame *frame);
/* Frames left out because the expression does not fit their link type. */
uint64_t filter_misfits(const struct filter *f);

#endif
