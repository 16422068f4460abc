/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bulk.h - the bulk of long flows, which is left out first when a worker falls behind: packets of flows that are classified and dissected to the
 * end. The kernel counts them and does not hand them over (capture/bypass.h); what it counted is added to their flows here, so that
 * these have all their packets and bytes and do not time out. One worker's, live.
 */
#ifndef RUN_BULK_H
#define RUN_BULK_H

#include "capture/capture.h"
#include "flow/flow_table.h"
#include "flow/observer.h"

struct bulk;

/* For `flow_max` flows; `after`: bytes of a flow that come in any case. NULL and `error` when memory is short. */
struct bulk *bulk_new(struct bypass *bypass, struct flow_table *flows, uint32_t flow_max, uint64_t after, struct error *error);
void bulk_free(struct bulk *b); /* takes NULL */

/* The worker is done with a packet of the flow, and falls behind: from now on the kernel may keep its like away. True when this is the flow's
 * first direction so treated: gaps in its sequence numbers mean nothing then. */
bool bulk_offer(struct bulk *b, struct flow *f, const struct packet *p, int end);
/* Whether packets of the flow are kept away. */
bool bulk_has(const struct bulk *b, uint32_t flow);
/* Adds what the kernel counted to the flows. `go_on` false: all packets shall come again. */
void bulk_collect(struct bulk *b, uint64_t now_ns, bool go_on);
/* The flow is over: the last of it is added. What was kept away of it; NULL when nothing was. Good until the next call. */
const struct flow_bypass *bulk_end(struct bulk *b, struct flow *f, uint64_t now_ns);

#endif
