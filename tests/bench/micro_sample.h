/* SPDX-License-Identifier: Apache-2.0 */
/*
 * micro_sample.h - what the micro-benchmarks work on: the frames of bundled captures in memory, their packets, and the
 * observations that the dissectors make of them.
 *
 * Nothing here is measured. A failure ends the program: a benchmark without its input has nothing to say.
 */
#ifndef BENCH_MICRO_SAMPLE_H
#define BENCH_MICRO_SAMPLE_H

#include "capture/capture.h"
#include "decode/packet.h"
#include "flow/flow.h"

/* Packets that belong together: of one port (a protocol), or all. Slices point into `frames`. */
struct sample {
    struct frame *frames; /* owned, with their bytes */
    uint32_t frame_count;
    struct packet *packets; /* owned; of the frames that decode and have `port` at one end */
    uint8_t *ends;          /* by packet: which end of its flow sent it */
    uint32_t *flow_of;      /* by packet: index into flows */
    uint32_t packet_count;
    struct flow *flows; /* owned; as they begin, to be copied before use */
    uint32_t flow_count;
};

/* Copies of observations, each in memory of its own. */
struct observations {
    struct observation **at;
    uint32_t count;
};

/* All captures below `folder` whose name contains one of the `names` (NULL-terminated), cut to packets with `port` at one end (0:
 * all). At least one packet, or the program ends. */
void sample_load(struct sample *s, const char *folder, const char *const *names, uint16_t port);
void sample_free(struct sample *s);

/* For observer_options.deliver, with a struct observations as `arg`: keeps a copy. */
void observations_keep(void *arg, const struct observation *o);
/* The first of a kind, or the program ends. */
const struct observation *observations_find(const struct observations *all, enum observation_kind kind);
void observations_free(struct observations *all);

/* malloc, or the end of the program. */
void *take(size_t size);
/* Says why and ends the program. */
_Noreturn void give_up(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
