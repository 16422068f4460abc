/* SPDX-License-Identifier: Apache-2.0 */
/* suricata_sets.h - the datasets of an export: which value lies in which, each a file of JSON lines (write_suricata.h). */
#ifndef INTEL_SURICATA_SETS_H
#define INTEL_SURICATA_SETS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "intel/indicator.h"

#define SETS_MAX     512
#define SET_NAME_MAX 48
#define LABELS_MAX   16

/* Whose things a set holds: SIDs differ by class (plugins/dprk/README.md). */
enum suricata_class { CLASS_ACTOR, CLASS_LAUNDERING, CLASS_NETWORK, CLASS_CANARY, CLASS_EXCHANGE, CLASS_COUNT };

enum set_kind {
    SET_NAMES,     /* whole names; HTTP hosts that are addresses too */
    SET_BELOW,     /* names that stand for all below them, of `depth` labels each */
    SET_HOSTS,     /* addresses as text: HTTP hosts */
    SET_PEERS,     /* the same addresses, whatever their ports, as addresses */
    SET_ADDRESSES, /* addresses whose reports name exactly `ports` */
    SET_JA3,
    SET_JA3S,
    SET_JA4,
    SET_CERTIFICATES, /* SHA-1 */
    SET_URL_HOSTS,
    SET_URL_PATHS, /* path without query */
    SET_URL_FULL,  /* path and query */
    SET_PREFIXES   /* no dataset: they are in the reputation file */
};

struct suricata_set {
    enum suricata_class class;
    enum set_kind kind;
    unsigned depth;
    char ports[INDICATOR_PORTS_MAX * 6 + 1]; /* "443,8443", "" for none */
    char name[SET_NAME_MAX];                 /* of the dataset; its file is name.json */
    FILE *file;
    uint64_t count;
};

struct map64;

struct suricata_sets {
    const char *directory;
    struct suricata_set set[SETS_MAX];
    size_t count;
    struct map64 *seen; /* set and value */
};

/* Adds `value` to the set of that kind, made when it is new, unless it is there. `row` is the context. False: out of room or not
 * written. */
bool suricata_sets_add(struct suricata_sets *s, const struct suricata_set *like, const char *value, const struct indicator *row);

/* Closes the files. False when one is not whole. */
bool suricata_sets_close(struct suricata_sets *s);

const char *suricata_class_name(enum suricata_class class);

/* Writes the rules for all sets. Returns how many, or -1 when the file failed. */
int64_t suricata_rules_write(FILE *file, const struct suricata_sets *s, const struct sensor_rule *rules);

#endif
