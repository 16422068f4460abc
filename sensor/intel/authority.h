/* SPDX-License-Identifier: Apache-2.0 */
/*
 * authority.h - certificates of public certificate authorities, which stand in everybody's chains: nobody may watch for one. None is
 * shipped: they are those that the system trusts (Debian's ca-certificates), read when a list first gives the hash of a certificate.
 */
#ifndef INTEL_AUTHORITY_H
#define INTEL_AUTHORITY_H

#include <stdbool.h>

#define AUTHORITY_FILE "/etc/ssl/certs/ca-certificates.crt"

/* Another file of PEM certificates than AUTHORITY_FILE, for tests; before the first question. `path` must stay. */
void authority_file_set(const char *path);

/* False when the file could not be read or holds no certificate: then nothing is known. */
bool authorities_known(void);

/* Is it the SHA-1 or SHA-256 (lower-case hex) of an authority's certificate? Any thread. */
bool is_authority(const char *hex);

#endif
