/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509_name.h - DER elements (X.690), and an X.501 Name as a line of text.
 */
#ifndef DISSECT_X509_NAME_H
#define DISSECT_X509_NAME_H

#include <stdbool.h>

#include "decode/cursor.h"

/* The next element: its one-byte tag and its content. False (and no move) for multi-byte tags, indefinite lengths and
 * elements that do not fit. */
bool der_take(struct cursor *c, uint8_t *tag, struct cursor *body);

/* Writes the RDNSequence whose content is `name` into `out`[max] as struct tls_certificate describes; returns the bytes
 * written (no NUL). A part that does not fit ends the text. */
size_t x509_name_text(struct cursor name, char *out, size_t max);

#endif
