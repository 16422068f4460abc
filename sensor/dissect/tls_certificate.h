/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_certificate.h - the readable fields of an X.509 certificate (RFC 5280), straight from its DER.
 *
 * A passive sensor verifies nothing, so this is a reader, not a validator: one walk over the bytes, no allocation, no big
 * numbers, no keys. Hostile input can neither take time nor memory. What follows a break is left empty.
 */
#ifndef DISSECT_TLS_CERTIFICATE_H
#define DISSECT_TLS_CERTIFICATE_H

#include <stdbool.h>

#include "sensor_plugin.h"

#define CERTIFICATE_NAME_MAX 4096  /* bytes of a subject or issuer text */
#define CERTIFICATE_SAN_MAX  32768 /* bytes of all alternative names */

struct tls_certificate {
    struct slice serial;           /* content of the INTEGER, big endian, in the certificate's own bytes */
    int64_t not_before, not_after; /* seconds since the epoch, 0 when unreadable */
    /* "C=US, O=Example\, Inc., CN=a": OpenSSL's short names, else the dotted OID; commas and backslashes in values escaped;
     * parts of a multi-valued name joined by " + ". Teletex, BMP and Universal strings become UTF-8, the others keep their
     * bytes, types that are no text are "#" and hex. Not NUL-terminated; cut on a whole part when too long. */
    size_t subject_size, issuer_size, san_size;
    char subject[CERTIFICATE_NAME_MAX];
    char issuer[CERTIFICATE_NAME_MAX];
    /* dNSName and iPAddress texts joined by NUL bytes; a NUL inside a name is written \x00. */
    char san[CERTIFICATE_SAN_MAX];
};

/* Reads `der`, one certificate. False when it is none (no serial number and issuer); else as much as could be read. */
bool tls_certificate_parse(struct slice der, struct tls_certificate *out);

#endif
