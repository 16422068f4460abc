/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ftp.h - the control connection of FTP (RFC 959, 2428, 4217): commands joined with their replies, and where data will flow.
 *
 * A transaction is a command and its replies up to the final one; the server's greeting is one without a command. Passwords are never
 * kept. The data connections are flows of their own: who wants their bytes joins them by address and port.
 */
#ifndef DISSECT_FTP_H
#define DISSECT_FTP_H

#include <stdbool.h>

#include "dissect/parser.h"

struct ftp_flow; /* both directions of one connection */

/* Does FTP begin here: a greeting that names it, or on its port any greeting that is not another protocol's, or a login? */
enum probe ftp_probe(struct slice bytes, bool on_its_port, bool *is_server);

/* NULL without memory. */
struct ftp_flow *ftp_flow_new(void);
void ftp_flow_free(struct ftp_flow *f);
size_t ftp_flow_memory(const struct ftp_flow *f);

/*
 * Bytes of one direction; `direction` is TO_SERVER for commands. Observes OBSERVE_FTP at the end of each transaction. Everything but
 * an unfinished line is consumed. PARSE_DONE with ftp_is_tunnel() true when AUTH was accepted: TLS follows. PARSE_REFUSED when lines
 * are no commands or replies.
 */
struct parse_result ftp_bytes(struct ftp_flow *f, const struct parse_place *place, enum direction direction, struct slice bytes);
/* Bytes are missing here: the rest of the line is passed over. */
void ftp_gap(struct ftp_flow *f, enum direction direction);
bool ftp_is_tunnel(const struct ftp_flow *f);
/* Transactions begun so far. */
uint32_t ftp_transactions(const struct ftp_flow *f);
/* The flow is over: unfinished transactions are observed as far as they were seen. */
void ftp_end(struct ftp_flow *f, const struct parse_place *place);

#endif
