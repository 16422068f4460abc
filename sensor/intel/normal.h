/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normal.h - the one way each kind of value is written, so that two lists that mean the same thing say the same bytes. The
 * entry for callers outside is indicator_normal() of reader.h; these are its parts.
 */
#ifndef INTEL_NORMAL_H
#define INTEL_NORMAL_H

#include <stdbool.h>
#include <stddef.h>

#include "intel/indicator.h"
#include "intel/reader.h"

/* Blanks, quotes, commas and angle brackets: what text puts around a value. */
bool wraps_value(char c);

/* Undoes what reports do so that nobody clicks, up to the path: hxxp, [.], (dot), [:], blanks and quotes around. False when it does not fit
 * INDICATOR_VALUE_MAX. */
bool refang(const char *value, char *out);

/* Lower case, A-labels (IDNA2008), no final dot, no leading "*." or "."; at most 253 bytes (RFC 1035 2.3.4). `out` holds
 * INDICATOR_VALUE_MAX. False and `why`. */
bool domain_normal(const char *value, char *out, const char **why);

/* True for what everybody's names lie below, by the Public Suffix List: "com", "co.uk", "github.io". */
bool domain_is_public_suffix(const char *name);

/* Lower-case scheme and host, no user, no default port, no fragment, at least "/" as path; no scheme means http. */
bool url_normal(const char *value, char *out, const char **why);

/* "192.0.2.1:443", "[2001:db8::1]:443": the address to `out` (INDICATOR_VALUE_MAX) and the port; false when it is no such pair. */
bool address_split_port(const char *value, char *out, uint16_t *port);

/* Why an address or prefix in normal form must not be watched ("everybody's traffic"); NULL when it may be. */
const char *address_is_everybodys(const char *value);

#endif
