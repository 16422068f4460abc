/* SPDX-License-Identifier: Apache-2.0 */
/*
 * accounts.h - do the counters add up? What comes in at one place and goes out at another is counted at both, by different code.
 *
 * Checked whenever counters are gathered, and at the end, when nothing is on its way any more.
 */
#ifndef ANALYSIS_ACCOUNTS_H
#define ANALYSIS_ACCOUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/stats.h"

enum account_rule {
    ACCOUNT_KERNEL = 0,   /* live: kernel = dropped + early + abandoned + filtered + received + waiting */
    ACCOUNT_FRAMES,       /* received = sum of outcomes: decoded, duplicates, each reason why not */
    ACCOUNT_VERSIONS,     /* decoded = IPv4 + IPv6 */
    ACCOUNT_TRANSPORTS,   /* decoded = TCP + UDP + ICMP + ... + other */
    ACCOUNT_FRAGMENTS,    /* kept fragments = joined + salvaged + lost + waiting */
    ACCOUNT_FLOWS,        /* packets of flows = decoded + salvaged */
    ACCOUNT_BYPASS,       /* packets that the kernel kept = added to flows + strays */
    ACCOUNT_FLOW_ENDS,    /* at the end: sum over the records of ended flows = frames given to flows */
    ACCOUNT_FLOW_COUNT,   /* flows begun = active + expired + evicted + shut down + reused */
    ACCOUNT_OBSERVATIONS, /* said by workers = analysed + lost for want of room + on their way */
    ACCOUNT_SIGHTINGS,    /* raised = alerts + held back + suppressed */
    ACCOUNT_OUTPUTS,      /* lines produced + recovered = written + dropped + spooled + queued */
    ACCOUNT_RULES
};

/* One that does not hold. */
struct account_break {
    enum account_rule rule;
    const char *where; /* a thread or an output, "" for the whole; not owned */
    uint64_t in, out;  /* the two sides */
};

struct accounts {
    bool live;
    bool final; /* the end: nothing is on its way */
    bool cut;   /* several readers of files were stopped somewhere each: what each read differs */
    uint64_t broken[ACCOUNT_RULES]; /* how often each did not hold */
    struct account_break first;     /* of the latest check that found one */
};

/* "kernel", "frames", ... */
const char *account_name(enum account_rule rule);

/* Each returns how many do not hold. Of one worker live, or of all readers of files together: */
uint32_t accounts_check_worker(struct accounts *a, const struct worker_counters *c, const char *where);
/* Of the whole sensor. */
uint32_t accounts_check_all(struct accounts *a, const struct stats *s);
uint32_t accounts_check_output(struct accounts *a, const struct output_counters *o);

#endif
