/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gquic.h - Google QUIC: headers of the versions that did not encrypt their hello (Q024..Q046), and the CHLO message.
 */
#ifndef DISSECT_GQUIC_H
#define DISSECT_GQUIC_H

#include <stdbool.h>

#include "sensor_plugin.h"

struct gquic_chlo {
    struct slice sni;        /* tag SNI, empty when none; points into the message */
    struct slice user_agent; /* tag UAID */
};

/* Is this the datagram of a client speaking Q0xx with its hello in clear? `version` and the bytes behind the version field. */
bool gquic_datagram_read(struct slice datagram, uint32_t *version, struct slice *rest);

/* Reads a CHLO that begins at the first byte. False when it is not one or not all of it is there. */
bool gquic_chlo_read(struct slice message, struct gquic_chlo *out);

/* Finds a whole CHLO anywhere in a datagram's clear part. */
bool gquic_chlo_find(struct slice bytes, struct gquic_chlo *out);

#endif
