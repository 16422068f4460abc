/* SPDX-License-Identifier: Apache-2.0 */
/*
 * old.c - which files of a directory are old ones of this sink. A name made by strftime(3) is read back by strptime(3) and made once
 * more: only when the same name comes out, it is ours. `eve-%Y.json` thus never claims the `eve-alerts.json` of another output.
 */
#include "file.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STAMP      ".%Y%m%d-%H%M%S"
#define STAMP_SIZE 16

void old_stamp(char *out, time_t now, unsigned n)
{
    struct tm local = {0};
    char number[16] = "";
    localtime_r(&now, &local);
    if (n > 1)
        snprintf(number, sizeof number, "-%u", n);
    size_t size = strftime(out, OLD_STAMP_MAX, STAMP, &local);
    snprintf(out + size, OLD_STAMP_MAX - size, "%s", number);
}

/* Was the text made by this pattern? */
static bool was_made_by(const char *pattern, const char *text)
{
    struct tm time = {.tm_mday = 1, .tm_isdst = -1};
    char again[NAME_MAX + 1];
    const char *end = strptime(text, pattern, &time);
    return end != NULL && *end == '\0' && strftime(again, sizeof again, pattern, &time) > 0 && strcmp(again, text) == 0;
}

static bool cut_suffix(char *name, const char *suffix)
{
    size_t size = strlen(name), cut = strlen(suffix);
    if (size <= cut || strcmp(name + size - cut, suffix) != 0)
        return false;
    name[size - cut] = '\0';
    return true;
}

/* "-12" at the end. */
static bool cut_number(char *name)
{
    size_t size = strlen(name), digits = 0;
    while (digits < size && isdigit((unsigned char)name[size - 1 - digits]))
        digits++;
    if (digits == 0 || digits > 6 || size <= digits + 1 || name[size - digits - 1] != '-')
        return false;
    name[size - digits - 1] = '\0';
    return true;
}

static bool cut_stamp(char *name)
{
    size_t size = strlen(name);
    if (size <= STAMP_SIZE || !was_made_by(STAMP, name + size - STAMP_SIZE))
        return false;
    name[size - STAMP_SIZE] = '\0';
    return true;
}

/* With the suffix of compression gone. */
static bool is_old_name(const char *pattern, char *name)
{
    bool timed = strchr(pattern, '%') != NULL;
    if (timed && was_made_by(pattern, name))
        return true;
    bool stamped = cut_stamp(name);
    if (!stamped && cut_number(name)) {
        if (timed && was_made_by(pattern, name))
            return true;
        stamped = cut_stamp(name);
    }
    return stamped && (timed ? was_made_by(pattern, name) : strcmp(pattern, name) == 0);
}

bool old_is_ours(const char *pattern, const char *name, enum old_kind *kind)
{
    char text[NAME_MAX + 1];
    if (snprintf(text, sizeof text, "%s", name) >= (int)sizeof text)
        return false;
    bool part = cut_suffix(text, OLD_PART_SUFFIX);
    bool packed = cut_suffix(text, pack_suffix(PACK_GZIP)) || cut_suffix(text, pack_suffix(PACK_ZSTD));
    *kind = part ? OLD_PART : packed ? OLD_PACKED : OLD_PLAIN;
    return (packed || !part) && is_old_name(pattern, text);
}

/* ----------------------------------------------------------------- listing */

static int by_age(const void *a, const void *b)
{
    const struct old_file *x = a, *y = b;
    if (x->written.tv_sec != y->written.tv_sec)
        return x->written.tv_sec < y->written.tv_sec ? -1 : 1;
    if (x->written.tv_nsec != y->written.tv_nsec)
        return x->written.tv_nsec < y->written.tv_nsec ? -1 : 1;
    return strverscmp(x->name, y->name);
}

/* Room for one more: arrays grow by powers of two. */
static bool make_room(struct old_list *list)
{
    if ((list->count & (list->count - 1)) != 0)
        return true;
    struct old_file *more = realloc(list->file, (list->count > 0 ? 2 * list->count : 1) * sizeof *more);
    if (more != NULL)
        list->file = more;
    return more != NULL;
}

static bool add(struct old_list *list, int dir_fd, const char *pattern, const char *name)
{
    struct stat st;
    enum old_kind kind;
    if (!old_is_ours(pattern, name, &kind) || fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
        return true;
    if (!make_room(list))
        return false;
    struct old_file *file = &list->file[list->count++];
    *file = (struct old_file){.written = st.st_mtim, .size = st.st_size, .kind = kind};
    snprintf(file->name, sizeof file->name, "%s", name);
    return true;
}

bool old_list(int dir_fd, const char *pattern, struct old_list *out)
{
    *out = (struct old_list){0};
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
    bool good = directory != NULL;
    if (!good && fd >= 0)
        close(fd);
    for (const struct dirent *entry; good && (entry = readdir(directory)) != NULL;)
        good = add(out, dir_fd, pattern, entry->d_name);
    if (directory != NULL)
        closedir(directory);
    if (out->count > 0)
        qsort(out->file, out->count, sizeof *out->file, by_age);
    if (!good)
        old_list_free(out);
    return good;
}

void old_list_free(struct old_list *list)
{
    free(list->file);
    *list = (struct old_list){0};
}
