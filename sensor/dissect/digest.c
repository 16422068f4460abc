/* SPDX-License-Identifier: Apache-2.0 */
/*
 * digest.c - one libcrypto context per thread and algorithm, made at first use, freed when the thread ends.
 */
#include "dissect/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct engine {
    EVP_MD *algorithm[DIGEST_KIND_COUNT];
    EVP_MD_CTX *context[DIGEST_KIND_COUNT];
};

static pthread_key_t engine_key;
static pthread_once_t engine_once = PTHREAD_ONCE_INIT;
static _Thread_local struct engine *engine_mine;

static void engine_free(void *arg)
{
    struct engine *e = arg;
    for (int i = 0; i < DIGEST_KIND_COUNT; i++) {
        EVP_MD_CTX_free(e->context[i]);
        EVP_MD_free(e->algorithm[i]);
    }
    free(e);
}

/* The main thread leaves through exit(), where key destructors do not run. */
static void engine_free_mine(void)
{
    if (engine_mine)
        engine_free(engine_mine);
    engine_mine = NULL;
}

static void engine_register(void)
{
    OPENSSL_init_crypto(0, NULL); /* registers its own clean-up first, so that ours runs before it */
    if (pthread_key_create(&engine_key, engine_free) != 0)
        abort();
    (void)atexit(engine_free_mine);
}

static struct engine *engine_get(void)
{
    if (engine_mine)
        return engine_mine;
    pthread_once(&engine_once, engine_register);
    engine_mine = calloc(1, sizeof *engine_mine);
    if (engine_mine)
        pthread_setspecific(engine_key, engine_mine);
    return engine_mine;
}

/* A context ready for bytes, or NULL. */
static EVP_MD_CTX *context_start(enum digest_kind kind)
{
    static const char *const names[DIGEST_KIND_COUNT] = {"MD5", "SHA1", "SHA256"};
    struct engine *e = engine_get();
    if (!e)
        return NULL;
    if (!e->algorithm[kind]) {
        e->algorithm[kind] = EVP_MD_fetch(NULL, names[kind], NULL);
        if (!e->algorithm[kind])
            return NULL;
    }
    if (!e->context[kind]) {
        e->context[kind] = EVP_MD_CTX_new();
        if (!e->context[kind])
            return NULL;
    }
    return EVP_DigestInit_ex2(e->context[kind], e->algorithm[kind], NULL) == 1 ? e->context[kind] : NULL;
}

size_t digest_size(enum digest_kind kind)
{
    static const size_t sizes[DIGEST_KIND_COUNT] = {16, 20, 32};
    return sizes[kind];
}

bool digest_bytes(enum digest_kind kind, struct slice bytes, uint8_t *out)
{
    EVP_MD_CTX *context = context_start(kind);
    if (context && EVP_DigestUpdate(context, bytes.at, bytes.size) == 1 && EVP_DigestFinal_ex(context, out, NULL) == 1)
        return true;
    memset(out, 0, digest_size(kind));
    return false;
}

void digest_hex(const uint8_t *raw, size_t size, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        *out++ = digits[raw[i] >> 4];
        *out++ = digits[raw[i] & 15];
    }
    *out = 0;
}
