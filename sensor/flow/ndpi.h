/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ndpi.h - nDPI's headers and the detection module, for the files of the adapter: classify.c, library_tls.c and library_speed.c. Nobody else
 * includes it.
 */
#ifndef FLOW_NDPI_H
#define FLOW_NDPI_H

#include "flow/library.h"

/* The C library's tcp.h, which nDPI includes, has constants of the same names as our TCP states. */
#define TCP_STATE_ESTABLISHED SYSTEM_TCP_ESTABLISHED
#define TCP_STATE_SYN_SENT    SYSTEM_TCP_SYN_SENT
#define TCP_STATE_SYN_RECV    SYSTEM_TCP_SYN_RECV
#define TCP_STATE_FIN_WAIT1   SYSTEM_TCP_FIN_WAIT1
#define TCP_STATE_FIN_WAIT2   SYSTEM_TCP_FIN_WAIT2
#define TCP_STATE_TIME_WAIT   SYSTEM_TCP_TIME_WAIT
#define TCP_STATE_CLOSE_WAIT  SYSTEM_TCP_CLOSE_WAIT
#define TCP_STATE_LAST_ACK    SYSTEM_TCP_LAST_ACK
#define TCP_STATE_CLOSING     SYSTEM_TCP_CLOSING

#include <ndpi_define.h>
#define NDPI_SINCE(major, minor) (NDPI_MAJOR > (major) || (NDPI_MAJOR == (major) && NDPI_MINOR >= (minor)))
#if !NDPI_SINCE(4, 2)
#error "nDPI 4.2 or later is needed"
#endif
#if !NDPI_SINCE(4, 6)
#define NDPI_LIB_COMPILATION /* shows the module struct, where the caches hang */
#endif
#include <ndpi_api.h>

#undef TCP_STATE_ESTABLISHED
#undef TCP_STATE_SYN_SENT
#undef TCP_STATE_SYN_RECV
#undef TCP_STATE_FIN_WAIT1
#undef TCP_STATE_FIN_WAIT2
#undef TCP_STATE_TIME_WAIT
#undef TCP_STATE_CLOSE_WAIT
#undef TCP_STATE_LAST_ACK
#undef TCP_STATE_CLOSING

typedef struct ndpi_detection_module_struct ndpi_module;

struct library {
    ndpi_module *module;
    bool is_payload[NDPI_CONFIDENCE_MAX]; /* by confidence id: rests on the flow's own payload */
    struct ndpi_flow_struct asking;       /* for questions about a name, without a flow */
};

#if NDPI_SINCE(4, 11)
#define STACK(p) (&(p)->proto)
#else
#define STACK(p) (p)
#endif

/* Puts faster functions in the place of some of the library's, once for the process. Not in parallel with another call of the library. */
void library_hasten(struct library *l);

/* Breed id of a protocol stack. */
uint8_t library_breed(ndpi_module *m, const ndpi_protocol *p);

#endif
