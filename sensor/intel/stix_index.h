/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stix_index.h - what must be known of a whole bundle before its first indicator can be told: which version of each is the latest,
 * whom it indicates, and how those are called. 20 to 40 bytes an indicator, and as much for each relation; ids are kept as keyed
 * 64-bit hashes.
 */
#ifndef INTEL_STIX_INDEX_H
#define INTEL_STIX_INDEX_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define STIX_OBJECTS_MAX 4000000 /* indicators whose versions are known; as many relations */
#define STIX_NAMES_MAX   200000

struct stix_index;

struct stix_index *stix_index_new(void); /* NULL: out of memory */
void stix_index_free(struct stix_index *x);

/* Takes what the object tells: indicator, relationship, intrusion-set, threat-actor, campaign, malware, tool, identity. */
void stix_index_learn(struct stix_index *x, const json_t *object);

/* Is this version of the indicator the latest? True when nothing is known of it. */
bool stix_index_is_latest(const struct stix_index *x, const json_t *indicator);

enum stix_named { STIX_ACTOR, STIX_CAMPAIGN, STIX_MALWARE, STIX_NAMED_COUNT };
/* Name of what the indicator indicates, "" when none is given. Lives as long as the index. */
const char *stix_index_indicated(const struct stix_index *x, const json_t *indicator, enum stix_named what);
/* Name of the object with this id (an identity), "" when unknown. */
const char *stix_index_name(const struct stix_index *x, const char *id);

bool stix_index_has_indicators(const struct stix_index *x);
/* Objects beyond a bound, which were not learnt from. */
uint64_t stix_index_passed_over(const struct stix_index *x);

#endif
