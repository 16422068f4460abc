/* SPDX-License-Identifier: Apache-2.0 */
/* stix_path.h - which object paths of STIX patterns speak of what packets show, and by which operators. */
#ifndef INTEL_STIX_PATH_H
#define INTEL_STIX_PATH_H

#include "intel/indicator.h"
#include "intel/stix_lexer.h"

enum stix_kind {
    STIX_VALUES,  /* indicators */
    STIX_PORTS,   /* ports */
    STIX_NEUTRAL, /* true of what a packet shows anyway: a protocol, a type */
    STIX_UNSAID   /* nothing that a packet shows */
};

struct stix_path {
    const char *text;
    enum stix_kind kind;
    enum indicator_type type; /* NONE: an address or a name, by its text */
};

/* The path token's entry, NULL when packets do not show it. */
const struct stix_path *stix_path_of(const struct stix_lexer *l);

/* Can values of this path be asked for by this operator? False for a path that is NULL. */
bool stix_path_takes(const struct stix_path *path, const struct stix_lexer *operation);

#endif
