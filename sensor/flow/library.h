/* SPDX-License-Identifier: Apache-2.0 */
/*
 * library.h - what classifier.c and classify_names.c need of nDPI, without nDPI's types and versions. Private to flow/.
 *
 * Implemented by classify.c and library_tls.c, which alone include nDPI (with library_speed.c). Ids are the running library's and may change with it.
 */
#ifndef FLOW_LIBRARY_H
#define FLOW_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "flow/flow.h"

/* A detection module: for one thread at a time. */
struct library;

struct classify_names;

/* What the library says of a flow now. */
struct answer {
    struct classification class; /* all but its state */
    bool is_named;               /* there is a protocol */
    bool is_from_payload;        /* by deep inspection of this flow, not by its port or address, nor by other flows */
    bool is_final;               /* named, and more packets would tell nothing new */
};

/* Checks that the headers built with and the library found agree. `packets_max`: how many packets of a flow it may be shown.
 * Not in parallel with another call. NULL and `error` on failure. */
struct library *library_open(uint32_t packets_max, struct error *error);
void library_close(struct library *l); /* takes NULL */

/* The module the names were read from, for `packets_max`, unless it is lent or was opened for another number: NULL then, also
 * when `n` is. The thread that opens classifiers. */
struct library *classify_names_lend(struct classify_names *n, uint32_t packets_max);
/* True when `l` was lent by `n` and is back. */
bool classify_names_return(struct classify_names *n, struct library *l);

/* Does this release print every TLS hello for a fingerprint that nobody reads? */
bool library_prints_hellos(void);

/* Does what this release says of a DNS query rest on the query alone, whoever asks whom? */
bool library_judges_queries_alone(void);

/* Are the rules by which this release marks TLS the ones below? */
bool library_rules_are_known(void);

/* What it marks in a handshake. */
enum library_rule {
    RULE_OLD_VERSION = 0, RULE_NO_ALPN, RULE_NO_NAME, RULE_ODD_EXTENSION, RULE_HIDDEN_NAME, RULE_WEAK_CIPHER, RULE_UNCOMMON_ALPN,
    RULE_FATAL_ALERT, RULE_SELF_SIGNED, RULE_EXPIRED, RULE_EXPIRES_SOON, RULE_LONG_LIVED, RULE_OTHER_NAME, RULE_STRANGE_TEXT,
    RULES
};

/* Its bit in classification.risks. */
uint64_t library_risk(enum library_rule rule);
bool library_cipher_is_weak(uint16_t cipher);
bool library_alpn_is_common(struct library *l, struct slice name);
/* The protocol that one of the flow's addresses stands for, its client's first; 0: none, or IPv6. */
uint16_t library_owner(struct library *l, const struct flow *f, int client_end);
/* A name in a certificate ("*.example.com" too), or the certificate's holder: protocol, category and what follows from them, into
 * `class`. False and nothing changed when they stand for nothing. */
bool library_names(struct library *l, struct slice name, struct classification *class);
bool library_names_holder(struct library *l, struct slice subject, struct classification *class);
/* TLS.Google becomes QUIC.Google, or QUIC.DoH_DoT. */
void library_make_quic(struct library *l, struct classification *class);
void library_make_dns_over_quic(struct library *l, struct classification *class);

/* Bytes of the library's state of one flow. All zero is a fresh one. */
size_t library_flow_size(void);
/* Frees what the state points to, not the state itself. */
void library_flow_clear(struct ndpi_flow_struct *state);

/* Shows one IP packet of `f`, sent by `end`. The length in its header must be its size, at most 65535. */
struct answer library_show(struct library *l, const struct flow *f, struct slice l3, uint64_t time_ns, int end);
/* No more packets will come: the library guesses if it must. */
struct answer library_give_up(struct library *l, const struct flow *f);

/* Confidence id of a match by port. */
uint8_t library_confidence_port(void);

enum library_text {
    TEXT_PROTOCOL = 0,
    TEXT_CATEGORY,
    TEXT_BREED,
    TEXT_CONFIDENCE,
    TEXT_RISK,
    TEXT_SEVERITY, /* of a risk */
    TEXT_KINDS
};

/* How many ids there are, and the name of one of them: good until the next call, may be NULL. */
unsigned library_text_count(struct library *l, enum library_text kind);
const char *library_text(struct library *l, enum library_text kind, unsigned id);
/* "4.2.0 (API 8668)" into `out`. */
void library_version(char *out, size_t size);

#endif
