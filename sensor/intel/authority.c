/* SPDX-License-Identifier: Apache-2.0 */
/* authority.c - see authority.h. A few hundred digests, sorted as texts; libcrypto reads the PEM and hashes. */
#include "intel/authority.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CERTIFICATES_MAX 4096
#define HEX_SIZE         65 /* of a SHA-256, with its NUL */

static const char *file_path = AUTHORITY_FILE;
static char (*digests)[HEX_SIZE];
static size_t digest_count;
static pthread_once_t once = PTHREAD_ONCE_INIT;

void authority_file_set(const char *path)
{
    file_path = path;
}

static int compare(const void *one, const void *other)
{
    return strcmp(one, other);
}

static void add_digest(const EVP_MD *kind, const unsigned char *der, size_t size)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (EVP_Digest(der, size, digest, &length, kind, NULL) != 1)
        return;
    for (unsigned i = 0; i < length && i < HEX_SIZE / 2; i++)
        snprintf(digests[digest_count] + 2 * i, 3, "%02x", digest[i]);
    digest_count++;
}

static void add_certificates(FILE *file)
{
    char *name, *header;
    unsigned char *der;
    long size;
    while (digest_count < 2 * CERTIFICATES_MAX && PEM_read(file, &name, &header, &der, &size) == 1) {
        if (strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_TRUSTED) == 0) {
            add_digest(EVP_sha1(), der, (size_t)size);
            add_digest(EVP_sha256(), der, (size_t)size);
        }
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(der);
    }
}

static void forget_digests(void)
{
    free(digests);
    digests = NULL;
    digest_count = 0;
}

static void load(void)
{
    FILE *file = fopen(file_path, "re");
    digests = file ? calloc(2 * CERTIFICATES_MAX, sizeof *digests) : NULL;
    if (digests) {
        add_certificates(file);
        qsort(digests, digest_count, sizeof *digests, compare);
        atexit(forget_digests);
    }
    if (file)
        fclose(file);
}

bool authorities_known(void)
{
    pthread_once(&once, load);
    return digest_count != 0;
}

bool is_authority(const char *hex)
{
    char key[HEX_SIZE] = "";
    if (!authorities_known() || strlen(hex) >= sizeof key)
        return false;
    memcpy(key, hex, strlen(hex));
    return bsearch(key, digests, digest_count, sizeof *digests, compare) != NULL;
}
