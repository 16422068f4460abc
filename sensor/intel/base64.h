/* SPDX-License-Identifier: Apache-2.0 */
/* base64.h - RFC 4648 section 4, as Suricata's string datasets use it. */
#ifndef INTEL_BASE64_H
#define INTEL_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* Decodes to NUL-terminated UTF-8 text without control characters; false when it is none or does not fit. */
bool base64_text(const char *in, size_t size, char *out, size_t room);

/* Encodes with padding and NUL; `out` holds 4 * (size + 2) / 3 + 1 bytes. */
void base64_write(const char *in, size_t size, char *out);

#endif
