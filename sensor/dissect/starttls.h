/* SPDX-License-Identifier: Apache-2.0 */
/*
 * starttls.h - what comes before TLS on a connection that upgrades to it: mail, FTP, LDAP, PostgreSQL and RDP greetings, SOCKS
 * and PROXY protocol prefaces. Names only; the TLS itself is found by its own hello.
 */
#ifndef DISSECT_STARTTLS_H
#define DISSECT_STARTTLS_H

#include <stddef.h>
#include <stdint.h>

#include "sensor_plugin.h"

/* The enum app_proto that a segment of clear text gives away, APP_UNKNOWN when it does not. */
uint8_t starttls_name(struct slice segment);

/* Bytes of one SOCKS 4, 4a or 5 message (RFC 1928), PROXY protocol header (haproxy, version 1 and 2) or PostgreSQL SSL answer at
 * the start of `segment`; 0 when there is none or it is not whole. */
size_t starttls_preface(struct slice segment);

#endif
