/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - numbers of protocols in the words EVE uses for them. Inside eve/ only.
 */
#ifndef EVE_NAMES_H
#define EVE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IP_PROTO_ICMP   1
#define IP_PROTO_TCP    6
#define IP_PROTO_UDP    17
#define IP_PROTO_ICMPV6 58
#define IP_PROTO_SCTP   132

#define DECIMAL_MAX 11 /* digits of a uint32_t and NUL */
#define HEX_MAX     9  /* digits of a uint32_t in hex and NUL */

/* Decimal digits of n into `out`[DECIMAL_MAX]; returns out. */
char *decimal_text(uint32_t n, char *out);
/* Lower-case hex digits of n, no zeros in front, into `out`[HEX_MAX]; returns out. */
char *hex_text(uint32_t n, char *out);

/* `app_proto`: "http", "failed", ...; NULL for APP_UNKNOWN and numbers that are none. */
const char *app_proto_name(uint8_t app);

/* `proto`: "TCP", "IPv6-ICMP"; other numbers in decimal into `out`[4]. */
/* What `pkt_src` says of a packet out of a tunnel; never NULL. */
const char *tunnel_source_name(uint8_t kind);

const char *ip_proto_name(uint8_t proto, char *out);

/* `tls.version`: "TLS 1.3", "SSLv3", "DTLS 1.2", "TLS 1.3 draft-28"; "UNDETERMINED" for 0 and what is no version, so that
 * the field always has a form its readers split. */
const char *tls_version_name(uint16_t version, bool is_dtls, char out[20]);

/* `quic.version`: "1", "v2", "Q046", others in hex without zeros in front. */
const char *quic_version_name(uint32_t version, char out[HEX_MAX]);

/* `dns.rrtype`: "A", or the number (IANA DNS parameters); `out`[DECIMAL_MAX] holds the number. */
const char *dns_type_name(uint16_t type, char *out);
/* `dns.rcode`: "NXDOMAIN", or the number. */
const char *dns_rcode_name(uint16_t rcode, char *out);

#endif
