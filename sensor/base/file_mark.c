/* SPDX-License-Identifier: Apache-2.0 */
/* file_mark.c - see file_mark.h. */
#include "base/file_mark.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

bool file_mark_take(const char *path, struct file_mark *out, struct error *error)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return error_set(error, "%s: %s; is the path right, and a file that you may read?", path, strerror(errno));
    *out = (struct file_mark){.device = st.st_dev,
                              .inode = st.st_ino,
                              .size = (uint64_t)st.st_size,
                              .changed = st.st_ctim,
                              .written = st.st_mtim};
    return true;
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool file_mark_same(const struct file_mark *a, const struct file_mark *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size && same_time(&a->changed, &b->changed) &&
           same_time(&a->written, &b->written);
}
