/* SPDX-License-Identifier: Apache-2.0 */
/* state.c - see state.h. */
#include "base/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"

#define HEAD_SIZE 24
#define PATH_SIZE 4096

static const char magic[8] = "HAETAE1\n";

static void put_le(uint8_t *at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get_le(const uint8_t *at, unsigned bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

static bool path_of(const char *directory, const char *name, const char *ending, char out[PATH_SIZE], struct error *error)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t size = strlen(name);
    if (size == 0 || strspn(name, allowed) != size)
        return error_set(error, "state '%s': a name is made of a-z, 0-9, _ and -", name);
    int n = snprintf(out, PATH_SIZE, "%s/%s.%s", directory, name, ending);
    return (n > 0 && n < PATH_SIZE) || error_set(error, "%s: path too long", directory);
}

/* ----------------------------------------------------------------- loading */

/* All of a file, at most `most` bytes; NULL with errno set. */
static uint8_t *read_all(int fd, size_t *size, size_t most)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return NULL;
    errno = EFBIG;
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > most)
        return NULL;
    uint8_t *bytes = malloc((size_t)st.st_size + 1);
    for (*size = 0; bytes && *size < (size_t)st.st_size;) {
        ssize_t got = read(fd, bytes + *size, (size_t)st.st_size - *size);
        if (got == 0)
            break;
        if (got < 0 && errno != EINTR) {
            free(bytes);
            return NULL;
        }
        *size += got > 0 ? (size_t)got : 0;
    }
    return bytes;
}

/* What is wrong with a file, or NULL. */
static const char *fault_of(const uint8_t *file, size_t size, uint32_t version)
{
    if (size < HEAD_SIZE || memcmp(file, magic, sizeof magic) != 0)
        return "is no state of this program";
    if (get_le(file + 12, 4) != size - HEAD_SIZE)
        return "is cut off or too long";
    uint8_t head[HEAD_SIZE - 8 - sizeof magic];
    memcpy(head, file + sizeof magic, sizeof head);
    uint64_t sum = hash_bytes(hash_key_fixed, file + HEAD_SIZE, size - HEAD_SIZE) ^ hash_bytes(hash_key_fixed, head, sizeof head);
    if (get_le(file + 16, 8) != sum)
        return "is damaged (wrong checksum)";
    return get_le(file + 8, 4) != version ? "is of another version" : NULL;
}

enum state_result state_load(const char *directory, const char *name, uint32_t version,
                             bool (*take)(void *arg, struct slice bytes), void *arg, struct error *error)
{
    char path[PATH_SIZE];
    if (!path_of(directory, name, "state", path, error))
        return STATE_REFUSED;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return STATE_NONE;
    size_t size = 0;
    uint8_t *file = fd >= 0 ? read_all(fd, &size, HEAD_SIZE + (size_t)STATE_SIZE_MAX) : NULL;
    if (!file)
        error_set(error, "%s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    if (!file)
        return STATE_REFUSED;
    const char *fault = fault_of(file, size, version);
    if (!fault && !take(arg, (struct slice){file + HEAD_SIZE, size - HEAD_SIZE}))
        fault = "does not make sense";
    free(file);
    if (!fault)
        return STATE_LOADED;
    error_set(error, "%s %s: starting without it; it is replaced at the next save", path, fault);
    return STATE_REFUSED;
}

/* ------------------------------------------------------------------ saving */

static bool write_all(int fd, const uint8_t *at, size_t size)
{
    while (size > 0) {
        ssize_t wrote = write(fd, at, size);
        if (wrote < 0 && errno != EINTR)
            return false;
        at += wrote > 0 ? wrote : 0;
        size -= wrote > 0 ? (size_t)wrote : 0;
    }
    return true;
}

bool state_save(const char *directory, const char *name, uint32_t version, struct slice bytes, struct error *error)
{
    char path[PATH_SIZE], fresh[PATH_SIZE];
    if (!path_of(directory, name, "state", path, error) || !path_of(directory, name, "new", fresh, error))
        return false;
    if (bytes.size > STATE_SIZE_MAX)
        return error_set(error, "%s: %zu bytes are more than state may have", path, bytes.size);
    uint8_t head[HEAD_SIZE];
    memcpy(head, magic, sizeof magic);
    put_le(head + 8, version, 4);
    put_le(head + 12, bytes.size, 4);
    put_le(head + 16, hash_bytes(hash_key_fixed, bytes.at, bytes.size) ^ hash_bytes(hash_key_fixed, head + 8, 8), 8);
    (void)unlink(fresh); /* of a save that was cut off, or put there by somebody */
    int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool good = fd >= 0 && write_all(fd, head, sizeof head) && write_all(fd, bytes.at, bytes.size) && fsync(fd) == 0;
    if (!good)
        error_set(error, "%s: %s", fresh, strerror(errno));
    if (fd >= 0)
        close(fd);
    if (good && rename(fresh, path) != 0)
        good = error_set(error, "%s: %s", path, strerror(errno));
    return good;
}
