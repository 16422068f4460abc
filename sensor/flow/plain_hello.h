/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plain_hello.h - a TLS ClientHello without what only its fingerprint is made of. Private to flow/.
 *
 * Until release 4.8 nDPI prints every cipher, extension and signature algorithm of a hello for JA3 and JA3+, and cannot be told not to:
 * three quarters of what a hello costs it. Our own dissector makes the fingerprints, from the packet itself.
 */
#ifndef FLOW_PLAIN_HELLO_H
#define FLOW_PLAIN_HELLO_H

#include <stdbool.h>

#include "sensor_plugin.h"

/* Does this TCP payload begin a ClientHello in a record of its own? */
bool plain_hello_begins(struct slice payload);

/*
 * Overwrites ciphers with GREASE values (RFC 8701), which a classifier skips, and gives GREASE types to extensions that say nothing
 * about who is spoken to. Lengths stay; names, versions, ALPN and unknown extensions stay. `payload` as above, writable; it may be cut
 * anywhere.
 */
void plain_hello(uint8_t *payload, size_t size);

#endif
