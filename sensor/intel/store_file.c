/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_file.c - a finished store as a file, and back by mapping it. A header with the counts, then the arrays as they lie in memory.
 *
 * The file is for this machine and this build: it holds no pointers, but byte order and struct layout are the machine's. It is taken
 * only when it is a plain file of our own user that nobody else may read or write, was made of the same inputs, and every byte of it
 * has the check sum it was written with.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "intel/store_parts.h"

#define STORE_MAGIC   "haetae indicators\n"
#define STORE_VERSION 3u
#define ALIGN         64u
#define ARRAYS        8

struct header {
    char magic[24];
    uint32_t version, header_size, row_size, byte_order;
    uint64_t key;
    uint64_t file_size;
    uint64_t sum; /* of all that follows it in the header, and of the arrays */
    struct hash_key hash_key;
    uint32_t counts[ARRAYS];
    uint64_t digest;
    uint32_t column_count, type_count, name_longest, unused;
    uint32_t columns[STORE_COLUMNS_MAX], types[STORE_TYPES_MAX];
};

/* One array of a store. */
struct array {
    void *at;        /* address of the pointer to it */
    uint32_t *count;
    size_t size; /* of an element */
};

static void list_arrays(struct store *s, struct array out[ARRAYS])
{
    const struct array arrays[ARRAYS] = {
        {&s->rows, &s->row_count, sizeof *s->rows},
        {&s->contexts, &s->context_count, s->column_count * sizeof *s->contexts},
        {&s->texts, &s->text_size, 1},
        {&s->slots, &s->slot_count, sizeof *s->slots},
        {&s->filter, &s->filter_count, sizeof *s->filter},
        {&s->nets, &s->net_count, sizeof *s->nets},
        {&s->nets_index, &s->nets_index_count, sizeof *s->nets_index},
        {&s->urls, &s->url_count, sizeof *s->urls},
    };
    memcpy(out, arrays, sizeof arrays);
}

static const void *array_bytes(const struct array *a)
{
    return *(void **)a->at;
}

static uint64_t array_size(const struct array *a)
{
    return (uint64_t)*a->count * a->size;
}

static uint64_t padded(uint64_t size)
{
    return (size + ALIGN - 1) / ALIGN * ALIGN;
}

static uint64_t check_sum(const struct header *h, const struct array arrays[ARRAYS])
{
    const uint8_t *from = (const uint8_t *)&h->hash_key;
    uint64_t sums[ARRAYS + 1];
    sums[ARRAYS] = hash_bytes(hash_key_fixed, from, sizeof *h - (size_t)(from - (const uint8_t *)h));
    for (int i = 0; i < ARRAYS; i++)
        sums[i] = hash_bytes(hash_key_fixed, array_bytes(&arrays[i]), array_size(&arrays[i]));
    return hash_bytes(hash_key_fixed, sums, sizeof sums);
}

/* ------------------------------------------------------------------ writing */

static void fill_header(const struct store *s, uint64_t key, const struct array arrays[ARRAYS], struct header *h)
{
    memset(h, 0, sizeof *h);
    memcpy(h->magic, STORE_MAGIC, sizeof STORE_MAGIC);
    h->version = STORE_VERSION;
    h->header_size = sizeof *h;
    h->row_size = sizeof(struct row);
    h->byte_order = 0x01020304;
    h->key = key;
    h->hash_key = s->key;
    h->column_count = s->column_count;
    h->type_count = s->type_count;
    h->name_longest = s->name_longest;
    h->digest = s->digest;
    memcpy(h->columns, s->columns, sizeof h->columns);
    memcpy(h->types, s->types, sizeof h->types);
    h->file_size = padded(sizeof *h);
    for (int i = 0; i < ARRAYS; i++) {
        h->counts[i] = *arrays[i].count;
        h->file_size += padded(array_size(&arrays[i]));
    }
    h->sum = check_sum(h, arrays);
}

static bool write_padded(FILE *f, const void *bytes, uint64_t size)
{
    static const char zeros[ALIGN];
    return (size == 0 || fwrite(bytes, size, 1, f) == 1) && fwrite(zeros, 1, padded(size) - size, f) == padded(size) - size;
}

static bool write_all(FILE *f, const struct header *h, const struct array arrays[ARRAYS])
{
    bool good = write_padded(f, h, sizeof *h);
    for (int i = 0; good && i < ARRAYS; i++)
        good = write_padded(f, array_bytes(&arrays[i]), array_size(&arrays[i]));
    return good && fflush(f) == 0 && fsync(fileno(f)) == 0;
}

bool store_write(const struct store *s, uint64_t key, const char *path, struct error *error)
{
    struct store view = *s;
    struct array arrays[ARRAYS];
    struct header h;
    char beside[PATH_MAX];
    list_arrays(&view, arrays);
    fill_header(s, key, arrays, &h);
    int n = snprintf(beside, sizeof beside, "%s.%ld.new", path, (long)getpid());
    int fd = n > 0 && (size_t)n < sizeof beside ? open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
    FILE *f = fd >= 0 ? fdopen(fd, "wb") : NULL;
    bool good = f && write_all(f, &h, arrays);
    int why = errno;
    if (f)
        good = fclose(f) == 0 && good;
    if (good && rename(beside, path) == 0)
        return true;
    if (f)
        unlink(beside);
    return error_set(error, "%s: cannot write: %s", path, strerror(why));
}

/* ------------------------------------------------------------------ mapping */

static bool check_owner(int fd, const char *path, uint64_t *size, struct error *error)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return error_set(error, "%s: %s", path, strerror(errno));
    *size = (uint64_t)st.st_size;
    if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return error_set(error, "%s: not a file of this user alone", path);
    return true;
}

static bool check_header(const struct header *h, uint64_t size, uint64_t key, const char *path, struct error *error)
{
    if (size < sizeof *h || memcmp(h->magic, STORE_MAGIC, sizeof STORE_MAGIC) != 0)
        return error_set(error, "%s: not a compiled list", path);
    if (h->version != STORE_VERSION || h->header_size != sizeof *h || h->row_size != sizeof(struct row) || h->byte_order != 0x01020304)
        return error_set(error, "%s: compiled by another version", path);
    if (h->key != key)
        return error_set(error, "%s: compiled from other lists", path);
    if (h->file_size != size || h->column_count > STORE_COLUMNS_MAX || h->type_count > STORE_TYPES_MAX)
        return error_set(error, "%s: damaged: its size does not fit", path);
    return true;
}

/* Points the arrays into the map; false when they leave it. */
static bool place_arrays(struct store *s, const struct header *h)
{
    struct array arrays[ARRAYS];
    uint64_t at = padded(sizeof *h);
    s->key = h->hash_key;
    s->column_count = h->column_count;
    s->type_count = h->type_count;
    s->name_longest = h->name_longest;
    s->digest = h->digest;
    memcpy(s->columns, h->columns, sizeof s->columns);
    memcpy(s->types, h->types, sizeof s->types);
    list_arrays(s, arrays);
    for (int i = 0; i < ARRAYS; i++) {
        *arrays[i].count = h->counts[i];
        *(void **)arrays[i].at = (uint8_t *)s->map + at;
        at += padded(array_size(&arrays[i]));
        if (at > s->map_size)
            return false;
    }
    return at == s->map_size && check_sum(h, arrays) == h->sum;
}

/* Slots and filter leave the file for memory of their own. */
static bool own_hot(struct store *s)
{
    struct slot *slots = hot_new(slots_size(s));
    uint64_t *filter = hot_new(filter_size(s));
    bool good = slots && filter;
    if (good) {
        memcpy(slots, s->slots, slots_size(s));
        memcpy(filter, s->filter, filter_size(s));
    }
    s->slots = slots;
    s->filter = filter;
    return good;
}

static struct store *map_file(int fd, uint64_t size, uint64_t key, const char *path, struct error *error)
{
    struct store *s = calloc(1, sizeof *s);
    void *map = s ? mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0) : MAP_FAILED;
    if (map == MAP_FAILED) {
        free(s);
        error_set(error, "%s: cannot map: %s", path, strerror(errno));
        return NULL;
    }
    s->map = map;
    s->map_size = size;
    bool placed = check_header(map, size, key, path, error) &&
                  (place_arrays(s, map) || error_set(error, "%s: damaged: its check sum does not fit", path));
    if (!placed)
        s->slots = NULL, s->filter = NULL; /* the map's, if anything */
    else if (own_hot(s) || error_set(error, "%s: out of memory", path))
        return s;
    store_free(s);
    return NULL;
}

struct store *store_map(const char *path, uint64_t key, struct error *error)
{
    uint64_t size = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        error_set(error, "%s: %s", path, strerror(errno));
        return NULL;
    }
    bool good = check_owner(fd, path, &size, error);
    if (good && size < sizeof(struct header))
        good = error_set(error, "%s: damaged: too short", path);
    struct store *s = good ? map_file(fd, size, key, path, error) : NULL;
    close(fd);
    return s;
}
