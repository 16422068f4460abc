/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_coding.h - content codings of HTTP bodies (RFC 9110 8.4): the beginning of what was packed.
 *
 * gzip and deflate only. No state is kept: the first bytes of a body are unpacked at once, when they are told.
 */
#ifndef DISSECT_HTTP_CODING_H
#define DISSECT_HTTP_CODING_H

#include <stdbool.h>

#include "sensor_plugin.h"

/* Is a Content-Encoding one coding that http_coding_undo knows: gzip, x-gzip, deflate? */
bool http_coding_is_known(struct slice name);

/*
 * Unpacks the beginning of a body into `out`: never more than `room` bytes, however much there would be, so a bomb costs no more than
 * any other body. Returns what came out before the packed bytes ended or were broken, 0 when nothing did or memory is short.
 */
size_t http_coding_undo(struct slice packed, uint8_t *out, size_t room);

#endif
