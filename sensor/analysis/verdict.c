/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict.c - see verdict.h. Each rule is a share and its bound; below a few dozen cases a share says nothing.
 */
#include "analysis/verdict.h"

#include <stdarg.h>
#include <stdio.h>

#define FEW 20u

const char *verdict_text(enum verdict_word word)
{
    static const char *const words[] = {"clear", "clear-but-blind", "hits"};
    return (unsigned)word < 3 ? words[word] : "clear-but-blind";
}

__attribute__((format(printf, 2, 3))) static void because(struct verdict *v, const char *format, ...)
{
    if (v->reason_count == VERDICT_REASONS_MAX)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(v->reason[v->reason_count++], VERDICT_REASON_SIZE, format, args);
    va_end(args);
}

/* More than `most_permille` of `all` are `some`: a reason, told in percent with one digit. */
static void judge(struct verdict *v, uint64_t some, uint64_t all, unsigned most_permille, const char *what)
{
    if (all == 0 || some == 0)
        return;
    double permille = 1000.0 * (double)some / (double)all;
    if (permille > most_permille)
        because(v, "%.1f %% of %s", permille / 10, what);
}

uint64_t verdict_unread(const struct worker_counters *t)
{
    uint64_t sum = t->fragment.lost_frames;
    for (int i = DECODED + 1; i < DUPLICATE; i++)
        if (i != UNDECODED_ETHER_TYPE && i != FRAGMENT_KEPT)
            sum += t->decode.outcomes[i];
    return sum;
}

/* Packets whose IP protocol nobody looks into, such as ESP: their flows are told, and nothing that is said in them. */
static uint64_t count_unread_protocols(const struct decode_unreads *u)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < UNREAD_MAX; i++)
        sum += u->top[i].kind == UNREAD_IP_PROTOCOL ? u->top[i].count : 0;
    return sum;
}

static void judge_capture(struct verdict *v, const struct worker_counters *t)
{
    const struct capture_counters *c = &t->capture;
    const struct decode_counters *d = &t->decode;
    uint64_t other = d->outcomes[UNDECODED_ETHER_TYPE] - (d->arp < d->outcomes[UNDECODED_ETHER_TYPE] ? d->arp : 0);
    if (t->damaged)
        because(v, "a capture is damaged");
    if (d->outcomes[DECODED] + t->fragment.salvaged == 0)
        because(v, "no frame could be decoded");
    judge(v, c->kernel_dropped + c->interface_dropped, c->kernel_received + c->interface_dropped, 10,
          "frames were dropped before capture");
    judge(v, verdict_unread(t), c->received, 50, "frames could not be read");
    judge(v, other, c->received, 500, "frames are neither IP nor ARP");
    uint64_t shut = d->layers[LAYER_UNOPENED_TUNNEL] + d->layers[LAYER_TOO_DEEP];
    judge(v, shut, d->outcomes[DECODED], 50, "packets are tunnels that could not be opened");
    if (shut == 0)
        judge(v, count_unread_protocols(&t->unread), d->outcomes[DECODED], 500, "packets are of IP protocols nobody looks into");
    if (t->ack_gap.seen > 65536)
        judge(v, t->ack_gap.lost, t->ack_gap.seen + t->ack_gap.lost, 10, "acknowledged TCP bytes were never seen");
    judge(v, d->truncated, d->outcomes[DECODED], 100, "packets are cut short (snap length)");
    judge(v, t->flow.evicted, t->flow.total, 10, "flows were given up early (flow.max-flows)");
    if (t->ring_lost + t->ring_shed)
        because(v, "the analysis was too slow: observations were lost");
}

static void judge_coverage(struct verdict *v, const struct coverage_counters *c)
{
    if (c->flows > 0 && c->home_flows == 0)
        because(v, "no host of HOME_NET was seen: only its hosts raise alerts");
    else if (c->flows > FEW)
        judge(v, c->outside_bytes, c->bytes, 50, "bytes flow between hosts outside of HOME_NET: is it complete?");
    if (c->tcp_flows >= FEW)
        judge(v, c->one_sided, c->tcp_flows, 200, "TCP flows show one direction only");
    if (c->hellos >= FEW)
        judge(v, c->nameless + c->ech, c->hellos, 500, "TLS and QUIC handshakes hide the server's name");
    if (c->split_pairs > 10)
        because(v, "both directions have their own VLAN id: set vlan.use-for-tracking to no");
}

static void judge_interfaces(struct verdict *v, const struct stats *s)
{
    for (uint32_t i = 0; i < s->interface_count; i++)
        if (!s->interface[i].up)
            because(v, "the interface %.15s is down or away", s->interface[i].name);
        else if (s->interface[i].capture.received == 0)
            because(v, "nothing was seen on the interface %.15s", s->interface[i].name);
    if (s->account_breaks)
        because(v, "the counters do not add up, see the log");
}

static void judge_lists(struct verdict *v, const struct stats *s)
{
    if (s->detectors == 0)
        because(v, "no detector is enabled");
    for (uint32_t i = 0; i < s->list_count; i++)
        if (s->list[i].rows == 0)
            because(v, "the list %.60s is empty", s->list[i].name);
}

void verdict_of(const struct stats *s, struct verdict *out)
{
    *out = (struct verdict){.word = VERDICT_CLEAR};
    judge_capture(out, &s->total);
    judge_coverage(out, &s->analysis.coverage);
    judge_interfaces(out, s);
    judge_lists(out, s);
    if (s->analysis.alerts > 0)
        out->word = VERDICT_HITS;
    else if (out->reason_count > 0)
        out->word = VERDICT_BLIND;
}
