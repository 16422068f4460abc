/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probing.h - which parser wants the bytes at a place of a TCP stream. Inside dissect/ only.
 */
#ifndef DISSECT_PROBING_H
#define DISSECT_PROBING_H

#include "dissect/dissection.h"

/* A protocol seen at the start of some bytes, and which role speaks it. */
struct finding {
    enum speech speech;
    bool is_server;
    bool in_openvpn; /* TLS in its control channel, with `guard` */
    uint8_t guard;
};

/* Which parser wants bytes of x->place.end that begin like this? YES fills `found`. MAYBE: with more of them it can be told. */
enum probe probe_tcp(const struct work *x, struct slice bytes, struct finding *found);

#endif
