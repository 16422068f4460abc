/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trust.h - who else may write what we believe. Lists say what an attack is and thresholds what is no longer told, so a file that anybody
 * may write makes the sensor anybody's.
 */
#ifndef BASE_TRUST_H
#define BASE_TRUST_H

#include <stdbool.h>

#include "base/error.h"

/*
 * False and `error` when all users may write the file, or put another in its place (a directory that all may write, without the sticky
 * bit). Says in the log, and goes on, when one user or group may: an owner who is neither root, nor this process, nor the owner of
 * the program, or a group that is not theirs. A file that is not there is no matter of trust: true.
 */
bool trust_file(const char *path, struct error *error);

#endif
