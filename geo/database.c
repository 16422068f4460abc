/* SPDX-License-Identifier: Apache-2.0 */
/*
 * database.c - opens a MaxMind DB so that neither its file nor its content can hurt.
 *
 * libmaxminddb maps the file it opens, and a mapped file truncated by somebody is a SIGBUS. So the file is copied into an
 * anonymous file in memory first, sealed against any change, and libmaxminddb opens that one through /proc/self/fd. Of
 * the library only opening and the walk through the search tree are used; its walk is at most 128 steps. Records are read
 * by record.c, and the metadata is looked at before the library may recurse over it.
 */
#include "geo/database.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <maxminddb.h>

#include "base/addr.h"
#include "geo/record.h"

#define SIZE_MAX_FILE (UINT64_C(1) << 30) /* bytes; the largest city databases have a tenth of it */
#define METADATA_MAX  (128u * 1024u)      /* the marker is in the last 128 KiB (specification, "Database Metadata") */

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

struct database {
    MMDB_s mmdb;
    bool is_open;
    char *path;
    uint64_t size;
};

/* ------------------------------------------------------------- the copy */

/* A descriptor of a regular file of sensible size, or -1. */
static int open_source(const char *path, uint64_t *size, struct error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* not to wait for the writer of a FIFO */
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        error_set(error, "%s: %s", path, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        error_set(error, "%s: not a regular file", path);
    else if (st.st_size == 0)
        error_set(error, "%s: the file is empty", path);
    else if ((uint64_t)st.st_size > SIZE_MAX_FILE)
        error_set(error, "%s: larger than 1 GiB, not a database for us", path);
    else {
        *size = (uint64_t)st.st_size;
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

static int memory_file(void)
{
    int fd = memfd_create("geo", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    if (fd < 0 && errno == EINVAL) /* before Linux 6.3 */
        fd = memfd_create("geo", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return fd;
}

static bool write_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

/* Copies exactly `size` bytes. Through a buffer: reading into a mapping of the copy takes a page fault for each page, and twice as long. */
static bool copy_all(int from, int to, uint64_t size)
{
    uint8_t buffer[64 * 1024];
    while (size > 0) {
        ssize_t got = read(from, buffer, size < sizeof buffer ? size : sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || !write_all(to, buffer, (size_t)got))
            return false;
        size -= (uint64_t)got;
    }
    return true;
}

/* The last marker begins the metadata; libmaxminddb takes the last, too. */
static bool metadata_is_sane(struct slice file)
{
    static const char marker[] = "\xab\xcd\xefMaxMind.com";
    const size_t marker_size = sizeof marker - 1;
    size_t start = file.size > METADATA_MAX ? file.size - METADATA_MAX : 0;
    const uint8_t *found = NULL, *at = file.at + start, *end = file.at + file.size;
    while ((at = memmem(at, (size_t)(end - at), marker, marker_size)) != NULL) {
        at += marker_size;
        found = at;
    }
    return found && record_is_metadata((struct slice){found, (size_t)(end - found)});
}

/* Of the copy, whose last bytes are looked at. */
static bool copy_is_sane(int copy, uint64_t size)
{
    uint8_t *at = mmap(NULL, size, PROT_READ, MAP_SHARED, copy, 0);
    if (at == MAP_FAILED)
        return false;
    bool sane = metadata_is_sane((struct slice){at, size});
    munmap(at, size);
    return sane;
}

/* Fills the memory file from `fd` and seals it. */
static bool fill_copy(int copy, int fd, uint64_t size, const char *path, struct error *error)
{
    if (!copy_all(fd, copy, size))
        return error_set(error, "%s: it changed while it was read, or memory is short; put a new one in place by rename", path);
    if (fcntl(copy, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0)
        return error_set(error, "%s: %s", path, strerror(errno));
    if (!copy_is_sane(copy, size))
        return error_set(error, "%s: not a MaxMind DB file, or a damaged one", path);
    return true;
}

/* A sealed copy of the file in memory, or -1. */
static int sealed_copy(const char *path, uint64_t *size, struct error *error)
{
    int fd = open_source(path, size, error);
    if (fd < 0)
        return -1;
    int copy = memory_file();
    if (copy < 0) {
        error_set(error, "%s: %s", path, strerror(errno));
    } else if (!fill_copy(copy, fd, *size, path, error)) {
        close(copy);
        copy = -1;
    }
    close(fd);
    return copy;
}

/* ------------------------------------------------------------- the database */

struct database *database_open(const char *path, struct error *error)
{
    struct database *d = calloc(1, sizeof *d);
    if (!d || !(d->path = strdup(path))) {
        free(d);
        error_set(error, "%s: out of memory", path);
        return NULL;
    }
    int copy = sealed_copy(path, &d->size, error);
    if (copy >= 0) {
        char name[32];
        snprintf(name, sizeof name, "/proc/self/fd/%d", copy);
        int status = MMDB_open(name, MMDB_MODE_MMAP, &d->mmdb);
        d->is_open = status == MMDB_SUCCESS;
        if (!d->is_open)
            error_set(error, "%s: %s", path, MMDB_strerror(status));
        close(copy);
    }
    if (d->is_open)
        return d;
    database_close(d);
    return NULL;
}

void database_close(struct database *d)
{
    if (!d)
        return;
    if (d->is_open)
        MMDB_close(&d->mmdb);
    free(d->path);
    free(d);
}

static MMDB_lookup_result_s find_entry(const struct database *d, const struct address *a, int *status)
{
    if (addr_is_v4(a)) {
        struct sockaddr_in v4 = {.sin_family = AF_INET};
        memcpy(&v4.sin_addr, a->bytes + 12, 4);
        return MMDB_lookup_sockaddr(&d->mmdb, (const struct sockaddr *)&v4, status);
    }
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    memcpy(&v6.sin6_addr, a->bytes, 16);
    return MMDB_lookup_sockaddr(&d->mmdb, (const struct sockaddr *)&v6, status);
}

void database_find(const struct database *d, const struct address *a, struct sensor_geo *out)
{
    int status = MMDB_SUCCESS;
    MMDB_lookup_result_s found = find_entry(d, a, &status);
    if (status == MMDB_SUCCESS && found.found_entry)
        record_read((struct slice){d->mmdb.data_section, d->mmdb.data_section_size}, found.entry.offset, out);
}

const char *database_path(const struct database *d)
{
    return d->path;
}

const char *database_type(const struct database *d)
{
    return d->mmdb.metadata.database_type ? d->mmdb.metadata.database_type : "";
}

uint64_t database_build_s(const struct database *d)
{
    return d->mmdb.metadata.build_epoch;
}

uint64_t database_size(const struct database *d)
{
    return d->size;
}
