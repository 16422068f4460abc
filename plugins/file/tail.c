/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tail.c - the end of a file that the last run did not finish: a killed process leaves the beginning of a line there, a crashed disk
 * zeros. Both are cut, so that every line in the file is whole.
 */
#include "file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TAIL_MAX   (16u << 20) /* bytes of a torn last line that are cut without asking */
#define TAIL_BLOCK 65536u

/* Where the last whole line before `end` ends; 0 when there is none. -1 on failure. */
static off_t last_line_end(int fd, off_t end)
{
    char block[TAIL_BLOCK];
    while (end > 0) {
        size_t size = end < (off_t)sizeof block ? (size_t)end : sizeof block;
        off_t start = end - (off_t)size;
        if (pread(fd, block, size, start) != (ssize_t)size)
            return -1;
        const char *lf = memrchr(block, '\n', size);
        if (lf != NULL)
            return start + (lf - block) + 1;
        end = start;
    }
    return 0;
}

static bool is_torn_line(int fd, char first, off_t start, off_t end)
{
    char begins;
    return end - start <= (off_t)TAIL_MAX && pread(fd, &begins, 1, start) == 1 && (begins == first || begins == '\0');
}

static off_t fail(struct reason *why, const char *what)
{
    refuse(why, "%s: %s", what, strerror(errno));
    return -1;
}

off_t tail_repair(int fd, char first, struct reason *why)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return fail(why, "cannot look at it");
    off_t end = last_line_end(fd, st.st_size);
    if (end < 0)
        return fail(why, "cannot read its end");
    if (end == st.st_size)
        return 0;
    if (!is_torn_line(fd, first, end, st.st_size)) {
        refuse(why, "does not end in a line of events; not touched, name another file");
        return -1;
    }
    return ftruncate(fd, end) == 0 ? st.st_size - end : fail(why, "cannot cut its torn last line");
}
