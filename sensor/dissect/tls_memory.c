/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_memory.c - see tls_memory.h. Hashes are keyed, so that nobody can aim at the place of another.
 */
#include "dissect/tls_memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define PRINTS   256u
#define READINGS 128u

struct print_place {
    struct tls_prints prints;
    uint32_t size; /* of the key, 0: a free place */
    uint8_t key[TLS_PRINT_KEY_MAX];
};

/* `at`: the message, and behind it what was read. */
struct reading_place {
    uint8_t *at;
    uint32_t message_size, reading_size;
};

struct tls_memory {
    struct print_place prints[PRINTS];
    struct reading_place readings[READINGS];
    struct hash_key key;
};

struct tls_memory *tls_memory_new(void)
{
    struct tls_memory *m = calloc(1, sizeof *m);
    if (m)
        m->key = hash_key_random();
    return m;
}

void tls_memory_free(struct tls_memory *m)
{
    if (!m)
        return;
    for (unsigned i = 0; i < READINGS; i++)
        free(m->readings[i].at);
    free(m);
}

/* ------------------------------------------------------------------- prints */

static struct print_place *print_place(struct tls_memory *m, struct slice key)
{
    if (!m || key.size == 0 || key.size > TLS_PRINT_KEY_MAX)
        return NULL;
    return &m->prints[hash_quick(m->key, key.at, key.size) % PRINTS];
}

const struct tls_prints *tls_memory_prints(struct tls_memory *m, struct slice key)
{
    const struct print_place *p = print_place(m, key);
    return p && p->size == key.size && memcmp(p->key, key.at, key.size) == 0 ? &p->prints : NULL;
}

void tls_memory_keep_prints(struct tls_memory *m, struct slice key, const struct tls_prints *prints)
{
    struct print_place *p = print_place(m, key);
    if (!p)
        return;
    p->prints = *prints;
    p->size = (uint32_t)key.size;
    memcpy(p->key, key.at, key.size);
}

/* ------------------------------------------------------------- certificates */

static struct reading_place *reading_place(struct tls_memory *m, struct slice message)
{
    if (!m || message.size == 0 || message.size > TLS_CHAIN_MAX)
        return NULL;
    return &m->readings[hash_quick(m->key, message.at, message.size) % READINGS];
}

struct slice tls_memory_reading(struct tls_memory *m, struct slice message)
{
    const struct reading_place *p = reading_place(m, message);
    if (!p || p->message_size != message.size || memcmp(p->at, message.at, message.size) != 0)
        return (struct slice){NULL, 0};
    return (struct slice){p->at + p->message_size, p->reading_size};
}

void tls_memory_keep_reading(struct tls_memory *m, struct slice message, struct slice head, struct slice rest)
{
    struct reading_place *p = reading_place(m, message);
    size_t size = head.size + rest.size;
    uint8_t *at = p && size > 0 && size <= TLS_READING_MAX ? realloc(p->at, message.size + size) : NULL;
    if (!at)
        return;
    memcpy(at, message.at, message.size);
    memcpy(at + message.size, head.at, head.size);
    if (rest.size > 0)
        memcpy(at + message.size + head.size, rest.at, rest.size);
    *p = (struct reading_place){at, (uint32_t)message.size, (uint32_t)size};
}
