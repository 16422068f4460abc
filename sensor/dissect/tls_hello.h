/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_hello.h - reads a whole ClientHello or ServerHello handshake body (RFC 5246, 8446, 6347) and names it: SNI, ALPN, JA3,
 * JA3S, JA4. Shared by TLS over TCP, DTLS and QUIC. No allocation; the result points into the message.
 */
#ifndef DISSECT_TLS_HELLO_H
#define DISSECT_TLS_HELLO_H

#include <stdbool.h>

#include "dissect/parser.h"
#include "sensor_plugin.h"

enum tls_carrier { TLS_OVER_TCP = 't', TLS_OVER_QUIC = 'q', TLS_OVER_DTLS = 'd' }; /* JA4's first letter */

#define JA3_TEXT_MAX 4096

struct tls_client_hello {
    uint16_t legacy_version;   /* of the hello */
    uint16_t version;          /* highest of supported_versions without GREASE, else legacy_version */
    struct slice sni;          /* bytes of the first host_name; empty when none */
    char alpns[256];           /* comma-joined, cut on an entry; "" when none */
    struct slice session_id;
    struct slice quic_user_agent; /* from Google's transport parameter user_agent_id (0x3129), else empty */
    bool has_ticket;           /* session_ticket with data, or pre_shared_key */
    bool odd_extension;        /* see known_is_odd_extension; also one that is not whole */
    bool esni;                 /* encrypted_server_name extension of draft-ietf-tls-esni-02 (0xffce) */
    bool ech;                  /* encrypted_client_hello extension (0xfe0d) */
    char ja3[JA3_TEXT_MAX];    /* "771,4865-...,..." ; "" when it would not fit */
    char ja3_hash[33];
    char ja4[37];              /* "t13d1516h2_8daaf6152771_b0da82dd1658" */
};

struct tls_server_hello {
    uint16_t legacy_version;
    uint16_t version;          /* supported_versions' answer, else legacy_version */
    uint16_t cipher;
    struct slice session_id;
    bool hello_retry;          /* HelloRetryRequest (RFC 8446 4.1.3) */
    bool odd_extension;        /* as above */
    bool resumed_psk;          /* pre_shared_key selected */
    char alpn[256];            /* "" when none or encrypted */
    char ja3s[JA3_TEXT_MAX];
    char ja3s_hash[33];
};

/* Tells the classifier what `client_end` offers, over TCP or QUIC. */
void tls_tell_offer(const struct parse_place *place, int client_end, const struct tls_client_hello *hello);

/* `body` is the handshake body without its 4-byte (DTLS: 12-byte) header. False when malformed: extensions up to the break count
 * if the fixed part was whole and at least the cipher list parsed. `memory`: where fingerprints may be found; NULL: none. */
bool tls_client_hello_parse(struct slice body, enum tls_carrier carrier, struct tls_memory *memory, struct tls_client_hello *out);
bool tls_server_hello_parse(struct slice body, enum tls_carrier carrier, struct tls_server_hello *out);

#endif
