/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_bytes.h - for the TLS tests: puts hellos, certificates messages and records together, byte by byte.
 *
 *     struct made m = {0};
 *     size_t record = made_record(&m, 22, 0x0301), message = made_message(&m, 1);
 *     made_client_hello(&m, &plan);
 *     made_close(&m, message, 3);
 *     made_close(&m, record, 2);
 */
#ifndef TESTS_TLS_BYTES_H
#define TESTS_TLS_BYTES_H

#include <assert.h>
#include <stdint.h>
#include <string.h>

struct made {
    uint8_t at[80 * 1024];
    size_t size;
};

static inline void made_put(struct made *m, const void *bytes, size_t size)
{
    assert(m->size + size <= sizeof m->at);
    if (size)
        memcpy(m->at + m->size, bytes, size);
    m->size += size;
}

/* A number of `width` bytes, big endian. */
static inline void made_number(struct made *m, uint32_t value, int width)
{
    for (int shift = 8 * (width - 1); shift >= 0; shift -= 8)
        made_put(m, &(uint8_t){(uint8_t)(value >> shift)}, 1);
}

static inline void made_fill(struct made *m, uint8_t value, size_t size)
{
    while (size--)
        made_put(m, &value, 1);
}

/* Leaves room for a length of `width` bytes; made_close writes how much came after it. */
static inline size_t made_open(struct made *m, int width)
{
    made_number(m, 0, width);
    return m->size;
}

static inline void made_close(struct made *m, size_t opened, int width)
{
    size_t end = m->size;
    m->size = opened - (size_t)width;
    made_number(m, (uint32_t)(end - opened), width);
    m->size = end;
}

static inline size_t made_record(struct made *m, uint8_t type, uint16_t version)
{
    made_number(m, type, 1);
    made_number(m, version, 2);
    return made_open(m, 2);
}

static inline size_t made_message(struct made *m, uint8_t type)
{
    made_number(m, type, 1);
    return made_open(m, 3);
}

/* What a hello says. Extensions come in the order of `extensions`; those not listed below are empty. */
struct hello_plan {
    uint16_t version;
    const uint16_t *ciphers, *extensions, *groups, *signatures, *versions; /* each ends with 0xffff; NULL: none */
    const char *sni, *formats /* bytes, NUL-terminated except that '0' means 0 */, *alpns /* comma-joined */;
    const char *session_id, *cookie, *ticket;
    size_t padding; /* bytes of extension 21 */
};

static inline void made_list(struct made *m, const uint16_t *values, int width)
{
    size_t list = made_open(m, width);
    for (; values && *values != 0xffff; values++)
        made_number(m, *values, 2);
    made_close(m, list, width);
}

static inline void made_text(struct made *m, const char *text, int width)
{
    size_t size = text ? strlen(text) : 0;
    made_number(m, (uint32_t)size, width);
    made_put(m, text, size);
}

static inline void made_names(struct made *m, const char *alpns)
{
    size_t list = made_open(m, 2);
    while (alpns && *alpns) {
        size_t size = strcspn(alpns, ",");
        made_number(m, (uint32_t)size, 1);
        made_put(m, alpns, size);
        alpns += size + (alpns[size] == ',');
    }
    made_close(m, list, 2);
}

static inline void made_extension(struct made *m, const struct hello_plan *plan, uint16_t type)
{
    made_number(m, type, 2);
    size_t body = made_open(m, 2), list;
    switch (type) {
    case 0:
        list = made_open(m, 2);
        made_number(m, 0, 1);
        made_text(m, plan->sni, 2);
        made_close(m, list, 2);
        break;
    case 10: made_list(m, plan->groups, 2); break;
    case 11:
        list = made_open(m, 1);
        for (const char *f = plan->formats; f && *f; f++)
            made_number(m, *f == '0' ? 0 : (uint8_t)*f, 1);
        made_close(m, list, 1);
        break;
    case 13: made_list(m, plan->signatures, 2); break;
    case 16: made_names(m, plan->alpns); break;
    case 21: made_fill(m, 0, plan->padding); break;
    case 35: made_put(m, plan->ticket, plan->ticket ? strlen(plan->ticket) : 0); break;
    case 43: made_list(m, plan->versions, 1); break;
    default: break;
    }
    made_close(m, body, 2);
}

static inline void made_extensions(struct made *m, const struct hello_plan *plan)
{
    if (!plan->extensions)
        return;
    size_t block = made_open(m, 2);
    for (const uint16_t *e = plan->extensions; *e != 0xffff; e++)
        made_extension(m, plan, *e);
    made_close(m, block, 2);
}

/* The body of a ClientHello; with a cookie field when `dtls`. */
static inline void made_client_hello(struct made *m, const struct hello_plan *plan, int dtls)
{
    made_number(m, plan->version, 2);
    made_fill(m, 0xaa, 32);
    made_text(m, plan->session_id, 1);
    if (dtls)
        made_text(m, plan->cookie, 1);
    made_list(m, plan->ciphers, 2);
    made_number(m, 0x0100, 2); /* null compression */
    made_extensions(m, plan);
}

/* The body of a ServerHello: the first cipher, and the first of `versions` as the selected one. */
static inline void made_server_hello(struct made *m, const struct hello_plan *plan, const uint8_t *random)
{
    made_number(m, plan->version, 2);
    if (random)
        made_put(m, random, 32);
    else
        made_fill(m, 0xbb, 32);
    made_text(m, plan->session_id, 1);
    made_number(m, plan->ciphers[0], 2);
    made_number(m, 0, 1);
    if (!plan->extensions)
        return;
    size_t block = made_open(m, 2);
    for (const uint16_t *e = plan->extensions; *e != 0xffff; e++) {
        if (*e == 43) {
            made_number(m, 43, 2);
            made_number(m, 2, 2);
            made_number(m, plan->versions[0], 2);
        } else {
            made_extension(m, plan, *e);
        }
    }
    made_close(m, block, 2);
}

/* The body of a TLS <= 1.2 Certificate message with `count` copies of one certificate. */
static inline void made_certificates(struct made *m, const void *der, size_t size, int count)
{
    size_t list = made_open(m, 3);
    while (count-- > 0) {
        made_number(m, (uint32_t)size, 3);
        made_put(m, der, size);
    }
    made_close(m, list, 3);
}

#endif
