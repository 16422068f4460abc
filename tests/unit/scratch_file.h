/* SPDX-License-Identifier: Apache-2.0 */
/* scratch_file.h - a temporary file with given content, for tests of loaders. */
#ifndef TESTS_SCRATCH_FILE_H
#define TESTS_SCRATCH_FILE_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Writes `text` to a new file and its path to `path` (at least 64 bytes). Remove it with unlink(). */
static inline void scratch_file(char *path, const char *text)
{
    strncpy(path, "/tmp/haetae-test-XXXXXX", 64);
    int fd = mkstemp(path);
    assert(fd >= 0);
    size_t size = strlen(text);
    assert(write(fd, text, size) == (ssize_t)size);
    close(fd);
}

#endif
