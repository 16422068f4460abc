/* SPDX-License-Identifier: Apache-2.0 */
/* stix_path.c - see stix_path.h. */
#include "intel/stix_path.h"

#include <string.h>

static const struct stix_path paths[] = {
    {"ipv4-addr:value", STIX_VALUES, INDICATOR_IPV4},
    {"ipv6-addr:value", STIX_VALUES, INDICATOR_IPV6},
    {"domain-name:value", STIX_VALUES, INDICATOR_DOMAIN},
    {"url:value", STIX_VALUES, INDICATOR_URL},
    {"network-traffic:dst_ref.value", STIX_VALUES, INDICATOR_NONE},
    {"network-traffic:src_ref.value", STIX_VALUES, INDICATOR_NONE},
    {"network-traffic:dst_port", STIX_PORTS, INDICATOR_NONE},
    {"network-traffic:src_port", STIX_PORTS, INDICATOR_NONE},
    {"network-traffic:protocols[*]", STIX_NEUTRAL, INDICATOR_NONE},
    {"network-traffic:dst_ref.type", STIX_NEUTRAL, INDICATOR_NONE},
    {"network-traffic:src_ref.type", STIX_NEUTRAL, INDICATOR_NONE},
    {"network-traffic:x_ja3", STIX_VALUES, INDICATOR_JA3},
    {"network-traffic:x_ja3s", STIX_VALUES, INDICATOR_JA3S},
    {"network-traffic:x_ja4", STIX_VALUES, INDICATOR_JA4},
    {"x509-certificate:hashes.'SHA-1'", STIX_VALUES, INDICATOR_TLS_SHA1},
    {"x509-certificate:hashes.SHA1", STIX_VALUES, INDICATOR_TLS_SHA1},
    {"x509-certificate:hashes.'SHA-256'", STIX_VALUES, INDICATOR_TLS_SHA256},
    {"x509-certificate:hashes.SHA256", STIX_VALUES, INDICATOR_TLS_SHA256},
    {"x509-certificate:subject", STIX_VALUES, INDICATOR_TLS_NAME},
    {"x509-certificate:x509_v3_extensions.subject_alternative_name", STIX_VALUES, INDICATOR_TLS_NAME},
    {"cryptocurrency-wallet:value", STIX_VALUES, INDICATOR_WALLET},
};

const struct stix_path *stix_path_of(const struct stix_lexer *l)
{
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (strlen(paths[i].text) == l->size && strncasecmp(paths[i].text, l->start, l->size) == 0)
            return &paths[i];
    return NULL;
}

bool stix_path_takes(const struct stix_path *path, const struct stix_lexer *operation)
{
    if (!path)
        return false;
    bool is_address = path->type == INDICATOR_IPV4 || path->type == INDICATOR_IPV6 || path->type == INDICATOR_NONE;
    bool may_be_like = path->type == INDICATOR_DOMAIN || path->type == INDICATOR_TLS_NAME || path->type == INDICATOR_URL;
    return stix_lexer_is(operation, "=") || stix_lexer_is(operation, "==") || stix_lexer_is(operation, "IN") ||
           (stix_lexer_is(operation, "ISSUBSET") && is_address) || (stix_lexer_is(operation, "LIKE") && may_be_like);
}
