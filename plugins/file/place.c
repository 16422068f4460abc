/* SPDX-License-Identifier: Apache-2.0 */
/*
 * place.c - opens the log file, and nothing else that may stand in its place. The directory is opened once and everything goes through
 * its descriptor; every step below it, and the file, is taken without following a link; what was opened is then looked at, so there is
 * no moment between looking and opening.
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool refuse(struct reason *why, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why->text, sizeof why->text, format, arguments);
    va_end(arguments);
    return false;
}

static bool refuse_errno(struct reason *why, const char *path, const char *what)
{
    int number = errno;
    const char *hint = number == ELOOP    ? " (it is a symbolic link; name the file itself, or use filetype stdout)"
                       : number == ENOENT ? "; create the directory"
                       : number == EACCES ? "; the user that runs this must own the directory"
                                          : "";
    return refuse(why, "%.300s: %s: %s%s", path, what, strerror(number), hint);
}

/* ------------------------------------------------------------------- names */

static bool has_dots(const char *name)
{
    for (const char *at = name; at != NULL; at = strchr(at, '/')) {
        at += *at == '/';
        if (strncmp(at, "..", 2) == 0 && (at[2] == '/' || at[2] == '\0'))
            return true;
    }
    return false;
}

static bool check_name(const char *name, struct reason *why)
{
    size_t size = strlen(name);
    if (size == 0)
        return refuse(why, "filename is empty");
    if (has_dots(name))
        return refuse(why, "%.300s: filename goes up with '..'; name the place itself", name);
    if (name[size - 1] == '/' || strcmp(name, ".") == 0)
        return refuse(why, "%.300s: filename is a directory; name a file in it", name);
    return size < PATH_MAX || refuse(why, "filename is too long");
}

/* "FIRST/SECOND" into `out`[PATH_MAX]; either may be empty. */
static bool join(char *out, const char *first, const char *second)
{
    size_t size = strlen(first);
    bool joined = size > 0 && second[0] != '\0' && first[size - 1] != '/';
    return snprintf(out, PATH_MAX, "%s%s%s", first, joined ? "/" : "", second) < PATH_MAX;
}

/* How much of an absolute name is the directory that the administrator names: up to what the time changes. */
static size_t base_size(const char *name)
{
    const char *end = memchr(name, '%', strlen(name)), *slash;
    slash = end != NULL ? memrchr(name, '/', (size_t)(end - name)) : strrchr(name, '/');
    return slash != NULL ? (size_t)(slash - name) + 1 : 0;
}

bool place_open(struct place *p, const char *directory, const char *name, struct reason *why)
{
    p->base_fd = -1;
    if (!check_name(name, why))
        return false;
    size_t skip = name[0] == '/' ? base_size(name) : 0;
    if (skip > 0)
        snprintf(p->base, sizeof p->base, "%.*s", (int)skip, name);
    else if (!join(p->base, directory[0] != '\0' ? directory : ".", ""))
        return refuse(why, "directory is too long");
    const char *slash = strrchr(name + skip, '/');
    size_t walk = slash != NULL ? (size_t)(slash - (name + skip)) : 0;
    snprintf(p->walk, sizeof p->walk, "%.*s", (int)walk, name + skip);
    snprintf(p->leaf, sizeof p->leaf, "%s", name + skip + walk + (slash != NULL));
    p->base_fd = open(p->base, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return p->base_fd >= 0 || refuse_errno(why, name[0] == '/' ? name : p->base, "cannot open");
}

void place_close(struct place *p)
{
    if (p->base_fd >= 0)
        close(p->base_fd);
    p->base_fd = -1;
}

/* ------------------------------------------------------------------- spots */

/* The pattern as the time has it. */
static bool at_time(const char *pattern, time_t now, char *out, size_t size)
{
    struct tm local = {0};
    if (strchr(pattern, '%') == NULL)
        return snprintf(out, size, "%s", pattern) < (int)size;
    localtime_r(&now, &local);
    return strftime(out, size, pattern, &local) > 0;
}

/* Goes down the directories of `walk`, which is taken apart. The descriptor, or -1. */
static int walk_down(int from_fd, char *walk)
{
    char *rest = walk;
    int fd = fcntl(from_fd, F_DUPFD_CLOEXEC, 0);
    for (char *step = strtok_r(walk, "/", &rest); step != NULL && fd >= 0; step = strtok_r(NULL, "/", &rest)) {
        int next = openat(fd, step, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int number = errno;
        close(fd);
        errno = number;
        fd = next;
    }
    return fd;
}

bool place_find(const struct place *p, time_t now, struct spot *out, struct reason *why)
{
    char walk[PATH_MAX], below[PATH_MAX];
    out->dir_fd = -1;
    if (!at_time(p->leaf, now, out->leaf, sizeof out->leaf) || (p->walk[0] != '\0' && !at_time(p->walk, now, below, sizeof below)))
        return refuse(why, "filename is too long");
    if (p->walk[0] == '\0')
        below[0] = '\0';
    if (has_dots(below) || has_dots(out->leaf) || strchr(out->leaf, '/') != NULL)
        return refuse(why, "%.300s: what the time puts into filename must not lead elsewhere", out->leaf);
    memcpy(walk, below, sizeof walk);
    const char *base = strcmp(p->base, ".") == 0 ? "" : p->base;
    if (!join(out->path, base, below) || !join(walk, out->path, out->leaf))
        return refuse(why, "filename is too long");
    memcpy(out->path, walk, sizeof walk);
    out->dir_fd = walk_down(p->base_fd, below);
    return out->dir_fd >= 0 || refuse_errno(why, out->path, "cannot open");
}

void spot_close(struct spot *s)
{
    if (s->dir_fd >= 0)
        close(s->dir_fd);
    s->dir_fd = -1;
}

bool spot_names(const struct spot *s, int fd)
{
    struct stat named, open_one;
    return fstatat(s->dir_fd, s->leaf, &named, AT_SYMLINK_NOFOLLOW) == 0 && fstat(fd, &open_one) == 0 &&
           named.st_dev == open_one.st_dev && named.st_ino == open_one.st_ino;
}

/* ----------------------------------------------------------------- opening */

bool lock_file(int fd)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_SETLK, &whole) == 0 || (errno != EAGAIN && errno != EACCES);
}

/* What was opened is a file of ours alone. */
static bool check_opened(const struct spot *s, int fd, struct reason *why)
{
    struct stat st, directory;
    if (fstat(fd, &st) != 0 || fstat(s->dir_fd, &directory) != 0)
        return refuse_errno(why, s->path, "cannot look at it");
    if (!S_ISREG(st.st_mode))
        return refuse(why, "%.300s: is not a regular file", s->path);
    if (st.st_nlink > 1)
        return refuse(why, "%.300s: has another name too (a hard link); remove one of them", s->path);
    if ((directory.st_mode & S_IWOTH) && st.st_uid != geteuid())
        return refuse(why, "%.300s: belongs to uid %u, and anyone can write to its directory; remove it, or use another directory",
                      s->path, st.st_uid);
    return true;
}

static int open_once(const struct spot *s, mode_t mode, struct reason *why)
{
    /* Non-blocking so that a FIFO without a reader is refused, not waited for. */
    int flags = O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    int fd = openat(s->dir_fd, s->leaf, flags | O_CREAT | O_EXCL, mode);
    bool is_new = fd >= 0;
    if (fd < 0 && errno == EEXIST)
        fd = openat(s->dir_fd, s->leaf, flags);
    if (fd < 0) {
        refuse_errno(why, s->path, "cannot open");
        return -1;
    }
    bool good = check_opened(s, fd, why) && (!is_new || fchmod(fd, mode) == 0 || refuse_errno(why, s->path, "cannot set its mode"));
    if (good && !lock_file(fd))
        good = refuse(why, "%.300s: another output or program is writing to it; give each its own file", s->path);
    if (good)
        return fd;
    close(fd);
    return -1;
}

int spot_open(const struct spot *s, mode_t mode, struct reason *why)
{
    /* The keeper deletes old files: one that went away between opening and locking is opened anew. */
    for (int attempt = 0; attempt < 3; attempt++) {
        int fd = open_once(s, mode, why);
        if (fd < 0 || spot_names(s, fd))
            return fd;
        close(fd);
    }
    refuse(why, "%.300s: somebody replaces it all the time", s->path);
    return -1;
}
