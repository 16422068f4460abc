/* SPDX-License-Identifier: Apache-2.0 */
/*
 * known.h - classifies TLS and QUIC flows by what our dissectors read, so that nDPI need not read it once more.
 *
 * nDPI is asked only what it alone knows: what a server's name, its address or its certificate's holder stand for. It is asked by a hello
 * made up for the name, and what it says is remembered by name. The marks that it would make on hellos and certificates are made here, by
 * the rules of its release 4.2 (library_rules_are_known).
 *
 * The classifier decides which flows are left to the dissectors (flow->left) before they look: the calls below do nothing for others. One
 * for each worker.
 */
#ifndef FLOW_KNOWN_H
#define FLOW_KNOWN_H

#include "base/error.h"
#include "flow/flow.h"

struct known;

/* A ClientHello. */
struct known_offer {
    uint16_t version;    /* its legacy_version: RFC 8446 4.1.2 */
    struct slice name;   /* SNI, empty when none */
    struct slice alpns;  /* offered, comma-joined, empty when none */
    bool odd_extension;  /* see known_is_odd_extension */
    bool hides_name;     /* it has an encrypted_server_name (draft-ietf-tls-esni-02) */
};

/* A ServerHello. */
struct known_choice {
    uint16_t cipher;
    struct slice alpns; /* what the client offered, or else the server's answer; empty when the server's hello has no ALPN */
    bool odd_extension;
};

/* The server's own certificate. */
struct known_certificate {
    struct slice name;            /* that the client asked for, empty when none */
    struct slice subject, issuer; /* "C=US, O=Example, CN=a" */
    struct slice san;             /* names, joined by NUL */
    int64_t not_before, not_after, seen; /* seconds since 1970 */
};

/* An extension that IANA does not know and nobody uses either, or one of DTLS. */
bool known_is_odd_extension(uint16_t type);

/* `end` sent a ClientHello: in TLS the flow has a name from here on. Takes NULL for `k`, as the others do. */
void known_see_offer(struct known *k, struct flow *f, int end, const struct known_offer *offer);
void known_see_choice(struct known *k, struct flow *f, const struct known_choice *choice);
void known_see_certificate(struct known *k, struct flow *f, const struct known_certificate *certificate);
void known_see_fatal_alert(struct known *k, struct flow *f);

#endif
