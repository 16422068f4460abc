/* SPDX-License-Identifier: Apache-2.0 */
/* accounts.c - see accounts.h. */
#include "analysis/accounts.h"

const char *account_name(enum account_rule rule)
{
    static const char *const names[] = {
        [ACCOUNT_KERNEL] = "kernel",         [ACCOUNT_FRAMES] = "frames",
        [ACCOUNT_VERSIONS] = "ip_versions",  [ACCOUNT_TRANSPORTS] = "transports",
        [ACCOUNT_FRAGMENTS] = "fragments",   [ACCOUNT_FLOWS] = "flow_packets",    [ACCOUNT_BYPASS] = "bypassed",
       
        [ACCOUNT_FLOW_ENDS] = "ended_flows", [ACCOUNT_FLOW_COUNT] = "flows",
        [ACCOUNT_SIGHTINGS] = "sightings",   [ACCOUNT_OBSERVATIONS] = "observations",
        [ACCOUNT_OUTPUTS] = "outputs",
    };
    return (unsigned)rule < ACCOUNT_RULES ? names[rule] : "";
}

static uint32_t note(struct accounts *a, struct account_break found)
{
    a->broken[found.rule]++;
    a->first = found;
    return 1;
}

/* `in` and `out` must be the same. */
static uint32_t same(struct accounts *a, enum account_rule rule, const char *where, uint64_t in, uint64_t out)
{
    return in == out ? 0 : note(a, (struct account_break){rule, where, in, out});
}

/* The same at the end; before, something may be on its way. */
static uint32_t arrives(struct accounts *a, enum account_rule rule, const char *where, uint64_t in, uint64_t out)
{
    return in == out || (in > out && !a->final) ? 0 : note(a, (struct account_break){rule, where, in, out});
}

static uint32_t check_kernel(struct accounts *a, const struct capture_counters *c, const char *where)
{
    uint64_t out = c->kernel_dropped + c->early + c->abandoned + c->filtered + c->received;
    return a->live ? arrives(a, ACCOUNT_KERNEL, where, c->kernel_received, out) : 0;
}

static uint32_t check_decode(struct accounts *a, const struct worker_counters *c, const char *where)
{
    const struct decode_counters *d = &c->decode;
    const struct fragment_counters *f = &c->fragment;
    uint64_t frames = 0, decoded = d->outcomes[DECODED];
    for (int i = 0; i < DECODE_OUTCOME_COUNT; i++)
        frames += d->outcomes[i];
    return same(a, ACCOUNT_FRAMES, where, c->capture.received, frames) + same(a, ACCOUNT_VERSIONS, where, decoded, d->ipv4 + d->ipv6) +
           same(a, ACCOUNT_TRANSPORTS, where, decoded,
                d->tcp + d->udp + d->icmpv4 + d->icmpv6 + d->sctp + d->other_transport) +
           same(a, ACCOUNT_FRAGMENTS, where, d->outcomes[FRAGMENT_KEPT],
                d->joined_frames + f->salvaged_frames + f->lost_frames + f->waiting);
}

static uint32_t check_flows(struct accounts *a, const struct worker_counters *c, const char *where)
{
    const struct flow_counters *f = &c->flow;
    uint64_t ends = f->active + f->expired + f->evicted + f->shutdown + f->tcp_reuse;
    uint32_t broken = arrives(a, ACCOUNT_BYPASS, where, c->capture.bypassed, f->bypassed + c->capture.bypassed_strays) +
                      same(a, ACCOUNT_FLOWS, where, c->decode.outcomes[DECODED] + c->fragment.salvaged, f->packets) +
                      same(a, ACCOUNT_FLOW_COUNT, where, f->total, ends);
    if (a->final && f->saturated == 0)
        broken += same(a, ACCOUNT_FLOW_ENDS, where, f->frames, f->ended_frames);
    return broken;
}

uint32_t accounts_check_worker(struct accounts *a, const struct worker_counters *c, const char *where)
{
    return a->cut ? 0 : check_kernel(a, &c->capture, where) + check_decode(a, c, where) + check_flows(a, c, where);
}

uint32_t accounts_check_output(struct accounts *a, const struct output_counters *o)
{
    return arrives(a, ACCOUNT_OUTPUTS, o->name, o->produced + o->recovered, o->written + o->dropped + o->spooled);
}

uint32_t accounts_check_all(struct accounts *a, const struct stats *s)
{
    const struct analysis_counters *n = &s->analysis;
    uint32_t broken = same(a, ACCOUNT_SIGHTINGS, "", n->sightings, n->alerts + n->held_back + n->suppressed);
    if (a->final) /* before, the workers' words are of different moments */
        broken += same(a, ACCOUNT_OBSERVATIONS, "", s->total.observer.records, n->observations + s->total.ring_lost + s->total.ring_shed);
    return broken;
}
