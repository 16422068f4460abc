/* SPDX-License-Identifier: Apache-2.0 */
/*
 * indicator.h - one thing that a report says of an actor, as every list format can say it.
 *
 * A reader (reader.h) makes indicators out of a file, a store makes them searchable, a writer says them in another format. All words
 * are CSV column names of our own lists too, so a row, an indicator and the fields of an alert read alike.
 */
#ifndef INTEL_INDICATOR_H
#define INTEL_INDICATOR_H

#include <stddef.h>
#include <stdint.h>

enum indicator_type {
    INDICATOR_NONE = 0,
    INDICATOR_IPV4,        /* 198.51.100.7 */
    INDICATOR_IPV6,        /* 2001:db8::7, RFC 5952 */
    INDICATOR_CIDR,        /* 198.51.100.0/24, 2001:db8::/32; host bits are zero */
    INDICATOR_DOMAIN,      /* lower case, A-labels (RFC 5890), no final dot */
    INDICATOR_URL,         /* scheme://host[:port]/path[?query] */
    INDICATOR_JA3,         /* 32 lower-case hex digits */
    INDICATOR_JA3S,
    INDICATOR_JA4,
    INDICATOR_TLS_SHA1,    /* of a certificate's DER, lower-case hex without colons */
    INDICATOR_TLS_SHA256,
    INDICATOR_TLS_NAME,    /* subject CN or a subjectAltName of a certificate */
    INDICATOR_WALLET,      /* as its chain writes it; letter case as given */
    INDICATOR_TYPE_COUNT
};

enum indicator_match { MATCH_EXACT = 0, MATCH_SUFFIX /* the name and everything below it */, MATCH_PREFIX /* URLs */ };

#define INDICATOR_PORTS_MAX 16

/*
 * Times are seconds since the epoch, UTC; 0 says the list gave none. Texts are UTF-8, never NULL, "" when the list gave none, and live
 * as long as whoever handed the indicator out says.
 */
struct indicator {
    enum indicator_type type;
    enum indicator_match match;
    const char *value;      /* in the normal form of its type */
    uint16_t ports[INDICATOR_PORTS_MAX]; /* addresses only: the ports that the report names */
    uint8_t port_count;
    uint8_t confidence_pct; /* 0..100 */
    int64_t first_seen;     /* earliest report */
    int64_t last_seen;      /* latest report: where ageing counts from */
    int64_t valid_from;     /* explicit validity, as STIX 2.1 has it */
    int64_t valid_until;
    const char *actor;
    const char *campaign;
    const char *malware;
    const char *category;   /* actor_c2, laundering, ... : plugins/dprk/README.md */
    const char *hosted;     /* the shared parent of a host, "" when the name or address is the actor's own */
    const char *status;     /* "", seized_..., offline, delisted_..., stale, unverified */
    const char *tlp;        /* "", clear, green, amber, amber+strict, red */
    const char *source;     /* who reported */
    const char *reference;  /* URL of the report */
    const char *note;       /* key=value; key=value */
    const char *list;       /* name of the list it came from */
    uint32_t line;          /* in that file, from 1; 0 when the format has no lines */
};

/* The word of our CSV's `type` column ("ipv4", "tls_sha1", ...), and back; INDICATOR_NONE when there is no such word. */
const char *indicator_type_name(enum indicator_type type);
enum indicator_type indicator_type_of(const char *name);

#endif
