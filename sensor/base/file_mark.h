/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file_mark.h - what tells that a file is another one, or has been written to, without reading it. Both a rename and a write show, on
 * any file system.
 */
#ifndef BASE_FILE_MARK_H
#define BASE_FILE_MARK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/error.h"

struct file_mark {
    uint64_t device, inode, size;
    struct timespec changed, written;
};

/* False and `error` when there is no such file. */
bool file_mark_take(const char *path, struct file_mark *out, struct error *error);
bool file_mark_same(const struct file_mark *a, const struct file_mark *b);

#endif
