/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.h - small state on disk: one file NAME.state per name in one directory, versioned and checksummed.
 *
 * A file is 24 bytes of head (magic, version of the owner, size, SipHash of all that follows, little endian) and the bytes.
 * The checksum finds damage, not forgery: whoever can write the directory can write state. A file is replaced by rename, so it
 * is old or new, never half.
 */
#ifndef BASE_STATE_H
#define BASE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "sensor_plugin.h"

#define STATE_SIZE_MAX (256u << 20) /* bytes of one state */

enum state_result { STATE_LOADED, STATE_NONE /* there is no file */, STATE_REFUSED /* see error */ };

/* Hands the bytes of `directory`/`name`.state to `take`, whose false means that it refuses them. */
enum state_result state_load(const char *directory, const char *name, uint32_t version,
                             bool (*take)(void *arg, struct slice bytes), void *arg, struct error *error);

/* Replaces the file. False and `error` when it could not be written; the old one then stays. */
bool state_save(const char *directory, const char *name, uint32_t version, struct slice bytes, struct error *error);

#endif
