/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns.h - DNS messages (RFC 1035, 6891, 9460): one message in, one OBSERVE_DNS out. No state, no allocation.
 */
#ifndef DISSECT_DNS_H
#define DISSECT_DNS_H

#include <stdbool.h>

#include "dissect/parser.h"

/* Could these bytes be a DNS message, its end perhaps cut off? Strict enough for UDP on any port: header counts, opcode, a first
 * question that parses, plausible type and class. A response without a question must be whole. Never MAYBE. */
enum probe dns_probe(struct slice message);

/* The same for DNS's own port, where reserved opcodes, types and classes are worth a line: the first question can be read, and the
 * message is long enough for what its header claims. */
enum probe dns_port_probe(struct slice message);

/* Is a DNS header's QR bit set (a response)? `message` holds at least 12 bytes. */
bool dns_is_response(struct slice message);

/* Parses one message and observes it; `tx_id` is its number within the flow. False when it is malformed beyond use (header
 * or first question broken); records broken later are counted in lost_records and those before them kept. */
bool dns_message(const struct parse_place *place, struct slice message, uint32_t tx_id);

/* DNS over TCP: two-byte length, message, again (RFC 7766). `tx_id` is advanced. For one direction. */
enum probe dns_tcp_probe(struct slice bytes);
struct parse_result dns_tcp(const struct parse_place *place, struct slice bytes, uint32_t *tx_id, uint64_t *messages);

#endif
