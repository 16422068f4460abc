/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rotate.c - when lines go to another file: the name is another one by the time, the file was set aside under a name with the time behind
 * it (rotate-interval of a fixed name, rotate-size), or somebody moved it and asks for reopening (logrotate's `create`).
 *
 * A file changes between two lines only, and the old one goes on until the next one is open, so nothing is lost or written twice.
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROTATE_AGAIN_S 60   /* after a next file that could not be opened */
#define ASIDE_MAX      1000 /* files set aside in one second */

time_t next_rotation(const struct file *f, time_t now)
{
    struct tm local = {0};
    if (!f->aligned)
        return now + f->interval_s;
    localtime_r(&now, &local);
    long into = local.tm_sec + (f->interval_s > 60 ? 60L * local.tm_min : 0) + (f->interval_s > 3600 ? 3600L * local.tm_hour : 0);
    return now + (into < f->interval_s ? f->interval_s - into : 1);
}

static void wake_keeper(struct file *f)
{
    f->keeper_is_due = false;
    if (f->keeper != NULL)
        keeper_wake(f->keeper);
}

/* From now on lines go to `fd` at `next`, which become ours. */
static void change_to(struct file *f, const struct spot *next, int fd)
{
    close(f->fd);
    spot_close(&f->at);
    f->fd = fd;
    f->at = *next;
    f->error.text[0] = '\0';
    atomic_fetch_add_explicit(&f->rotated, 1, memory_order_relaxed);
    wake_keeper(f);
}

/* Opens what the name leads to now, unless that is the file in use. */
static bool open_next(struct file *f)
{
    struct spot next;
    if (!place_find(&f->place, time(NULL), &next, &f->error))
        return false;
    bool same = spot_names(&next, f->fd);
    int fd = same ? -1 : spot_open(&next, f->mode, &f->error);
    if (fd >= 0 && file_repair(f, fd, next.path, &f->error)) {
        change_to(f, &next, fd);
        return true;
    }
    if (fd >= 0)
        close(fd);
    spot_close(&next);
    return same;
}

/* Only between lines: what was begun is finished in its file. */
bool file_reopen(void *state)
{
    struct file *f = state;
    if (f->is_stream)
        return true;
    if (f->torn)
        return refuse(&f->error, "%.300s: has a torn last line; not changed before that is finished", f->at.path);
    return open_next(f);
}

/* renameat2(2) where the file system knows it; else a name that is looked for first. */
static bool rename_new(int dir_fd, const char *from, const char *to)
{
    struct stat st;
    if (renameat2(dir_fd, from, dir_fd, to, RENAME_NOREPLACE) == 0)
        return true;
    if (errno != EINVAL && errno != ENOSYS)
        return false;
    if (fstatat(dir_fd, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
        errno = EEXIST;
    else if (errno == ENOENT)
        return renameat(dir_fd, from, dir_fd, to) == 0;
    return false;
}

/* Did another file have this name, and was compressed since? */
static bool was_used(int dir_fd, const char *name)
{
    char packed[NAME_MAX + 8];
    struct stat st;
    for (enum packing kind = PACK_GZIP; kind <= PACK_ZSTD; kind++) {
        snprintf(packed, sizeof packed, "%s%s", name, pack_suffix(kind));
        if (fstatat(dir_fd, packed, &st, AT_SYMLINK_NOFOLLOW) == 0)
            return true;
    }
    return false;
}

/* Gives the file a name with the time behind it, into `aside`[NAME_MAX + 1]. */
static bool set_aside(struct file *f, char *aside)
{
    char stamp[OLD_STAMP_MAX];
    time_t now = time(NULL);
    if (now != f->aside_s)
        f->aside_number = 0;
    f->aside_s = now;
    while (f->aside_number < ASIDE_MAX) {
        old_stamp(stamp, now, ++f->aside_number);
        if (snprintf(aside, NAME_MAX + 1, "%s%s", f->at.leaf, stamp) > NAME_MAX)
            return refuse(&f->error, "%.300s: its name is too long to set it aside", f->at.path);
        if (was_used(f->at.dir_fd, aside))
            continue;
        if (rename_new(f->at.dir_fd, f->at.leaf, aside))
            return true;
        if (errno != EEXIST)
            break;
    }
    return refuse(&f->error, "%.300s: cannot set it aside: %s", f->at.path, strerror(errno));
}

/* The next file under the same name. When that cannot be opened, the old one has its name back. */
static bool replace(struct file *f)
{
    char aside[NAME_MAX + 1];
    if (!spot_names(&f->at, f->fd))
        return open_next(f); /* somebody moved it already */
    if (!set_aside(f, aside))
        return false;
    if (open_next(f))
        return true;
    rename_new(f->at.dir_fd, aside, f->at.leaf);
    return false;
}

static bool has_fixed_name(const struct file *f)
{
    return strchr(f->place.leaf, '%') == NULL && strchr(f->place.walk, '%') == NULL;
}

static void rotate_by_time(struct file *f, time_t now)
{
    f->rotate_at = next_rotation(f, now);
    if (has_fixed_name(f) ? replace(f) : open_next(f))
        return;
    f->host->log(SENSOR_WARNING, "cannot rotate: %s; the old file goes on", f->error.text);
    if (f->rotate_at > now + ROTATE_AGAIN_S)
        f->rotate_at = now + ROTATE_AGAIN_S;
}

static void rotate_by_size(struct file *f, time_t now, size_t more)
{
    struct stat st;
    if (fstat(f->fd, &st) != 0 || st.st_size == 0 || st.st_size + (off_t)more <= f->size_max || replace(f))
        return;
    f->host->log(SENSOR_WARNING, "cannot rotate: %s; the old file goes on", f->error.text);
    f->size_again = now + ROTATE_AGAIN_S;
}

void file_rotate(struct file *f, size_t more)
{
    if (f->taken > 0 || f->is_stream)
        return;
    time_t now = time(NULL);
    if (f->keeper_is_due)
        wake_keeper(f);
    if (f->interval_s > 0 && now >= f->rotate_at)
        rotate_by_time(f, now);
    if (f->size_max > 0 && now >= f->size_again)
        rotate_by_size(f, now, more);
}
