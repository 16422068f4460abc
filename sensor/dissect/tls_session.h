/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_session.h - what one handshake has told so far, whoever carried it (TLS over TCP or DTLS), and its one observation.
 *
 * Handshake messages go in as they become whole; the session keeps the few texts it needs, not the messages. When both
 * sides have said all that is in the clear, or when the carrier says that no more will come, OBSERVE_TLS goes out.
 */
#ifndef DISSECT_TLS_SESSION_H
#define DISSECT_TLS_SESSION_H

#include <stdbool.h>

#include "dissect/budget.h"
#include "dissect/parser.h"
#include "dissect/tls_hello.h"

/* Handshake types (RFC 8446 4, RFC 5246 7.4). */
enum tls_message {
    TLS_HELLO_REQUEST = 0,
    TLS_CLIENT_HELLO = 1,
    TLS_SERVER_HELLO = 2,
    TLS_HELLO_VERIFY = 3,
    TLS_SESSION_TICKET = 4,
    TLS_ENCRYPTED_EXTENSIONS = 8,
    TLS_CERTIFICATE = 11,
    TLS_SERVER_KEY_EXCHANGE = 12,
    TLS_CERTIFICATE_REQUEST = 13,
    TLS_SERVER_HELLO_DONE = 14,
    TLS_CERTIFICATE_VERIFY = 15,
    TLS_CLIENT_KEY_EXCHANGE = 16,
    TLS_FINISHED = 20,
    TLS_CERTIFICATE_URL = 21,
    TLS_CERTIFICATE_STATUS = 22,
    TLS_SUPPLEMENTAL_DATA = 23
};

struct tls_session {
    struct budget *budget;
    enum tls_carrier carrier;
    uint8_t from_proto; /* enum app_proto that upgraded */
    int8_t client_end;  /* which end of the flow is the TLS client; -1: no hello has told yet */
    bool client_seen, server_seen, certificate_seen;
    bool client_cut;               /* the ClientHello was not whole */
    bool certificate_requested;    /* the server wants the client's certificate */
    bool server_lost;              /* a part of what the server said is missing */
    bool client_done, server_done; /* nothing more in the clear is wanted from that side */
    bool observed;                 /* the observation went out */
    bool ech, resumed, client_has_ticket, same_session_id, retried;
    uint16_t client_version, server_version;
    struct budget_bytes texts; /* what the references below point into */
    struct text_ref client_session_id, sni, client_alpns, server_alpn, ja3, ja3_hash, ja3s, ja3s_hash, ja4;
    struct tls_leaf {
        struct text_ref subject, issuer, serial, san, sha1, sha256;
        struct text_ref chain; /* SHA-1 digests, leaf first */
        int64_t not_before, not_after;
    } server_leaf, client_leaf;
};

void tls_session_init(struct tls_session *s, struct budget *budget, enum tls_carrier carrier);
void tls_session_clear(struct tls_session *s);

/* Takes one whole handshake message (`body` without its header). The second ClientHello after a HelloRetryRequest or
 * HelloVerifyRequest changes nothing: the first is what names the client. False when a hello does not parse. */
bool tls_session_message(struct tls_session *s, const struct parse_place *place, enum tls_message type, struct slice body);

/* The start of a ClientHello that will never be whole: keeps its SNI and ALPN when they are, but no fingerprint. */
void tls_session_cut_hello(struct tls_session *s, const struct parse_place *place, struct slice body);

/* Bytes of place->end are missing: what was not seen proves nothing any more. */
void tls_session_lost(struct tls_session *s, const struct parse_place *place);

/* An SSL 2 compatible ClientHello (RFC 5246 E.2) offering `version`. */
void tls_session_old_hello(struct tls_session *s, const struct parse_place *place, uint16_t version);

/* The side that place->end is sends encrypted data, a fatal alert, or nothing any more. */
void tls_session_side_done(struct tls_session *s, const struct parse_place *place);

/* Is place->end the TLS client? Not always who opened the connection (FTP in active mode); before a hello it is assumed to be. */
bool tls_session_is_client(const struct tls_session *s, const struct parse_place *place);

/* True between a HelloRetryRequest and the real ServerHello: ChangeCipherSpec means nothing then. */
bool tls_session_is_retrying(const struct tls_session *s);

/* Observes what is known unless that was done; nothing when no message was ever seen. */
void tls_session_observe(struct tls_session *s, const struct parse_place *place);

#endif
