/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_svcb.h - service parameters of SVCB and HTTPS records as text (RFC 9460 2.1, 7; RFC 9461; draft-ietf-tls-svcb-ech).
 */
#ifndef DISSECT_DNS_SVCB_H
#define DISSECT_DNS_SVCB_H

#include <stdbool.h>

#include "decode/cursor.h"

#define SVCB_TEXT_MAX 4096

struct svcb_text {
    char text[SVCB_TEXT_MAX]; /* "alpn=h2,h3 ipv4hint=192.0.2.1 ech=...": no NUL; cut on a parameter when too long */
    size_t size;
    bool ech; /* an ech= parameter is there */
};

/* Writes the parameters that begin at `params`, up to the first broken one; false when one is broken or was left out. */
bool svcb_text_of(struct cursor params, struct svcb_text *out);

#endif
