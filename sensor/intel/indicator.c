/* SPDX-License-Identifier: Apache-2.0 */
/* indicator.c - see indicator.h: the words for types. */
#include "intel/indicator.h"

#include <string.h>

static const char *const names[INDICATOR_TYPE_COUNT] = {
    [INDICATOR_NONE] = "",
    [INDICATOR_IPV4] = "ipv4",
    [INDICATOR_IPV6] = "ipv6",
    [INDICATOR_CIDR] = "cidr",
    [INDICATOR_DOMAIN] = "domain",
    [INDICATOR_URL] = "url",
    [INDICATOR_JA3] = "ja3",
    [INDICATOR_JA3S] = "ja3s",
    [INDICATOR_JA4] = "ja4",
    [INDICATOR_TLS_SHA1] = "tls_sha1",
    [INDICATOR_TLS_SHA256] = "tls_sha256",
    [INDICATOR_TLS_NAME] = "tls_name",
    [INDICATOR_WALLET] = "wallet",
};

const char *indicator_type_name(enum indicator_type type)
{
    return type < INDICATOR_TYPE_COUNT ? names[type] : "";
}

enum indicator_type indicator_type_of(const char *name)
{
    for (unsigned i = 1; i < INDICATOR_TYPE_COUNT; i++)
        if (strcmp(name, names[i]) == 0)
            return (enum indicator_type)i;
    return INDICATOR_NONE;
}
