/* SPDX-License-Identifier: Apache-2.0 */
/* summary_coverage.c - see summary_coverage.h. */
#include "run/summary_coverage.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/utf8.h"

#define UNKNOWN_SHOWN 6u

const char *summary_number(uint64_t n, char *out)
{
    char digits[24];
    int size = snprintf(digits, sizeof digits, "%" PRIu64, n);
    char *to = out;
    for (int i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return out;
}

/* "1,234 WHAT" */
static void say(FILE *out, const char *before, uint64_t n, const char *what)
{
    char number[SUMMARY_NUMBER_MAX];
    fprintf(out, "%s%s %s", before, summary_number(n, number), what);
}

static void print_frames(FILE *out, const struct worker_counters *t)
{
    const struct decode_counters *d = &t->decode;
    uint64_t unread = 0;
    for (int i = DECODED + 1; i < DUPLICATE; i++)
        unread += d->outcomes[i];
    say(out, "account    ", t->capture.received + t->capture.filtered, "frames = ");
    say(out, "", d->outcomes[DECODED], "decoded + ");
    say(out, "", d->outcomes[DUPLICATE], "duplicates + ");
    say(out, "", t->capture.filtered, "filtered + ");
    say(out, "", unread, "not read\n");
    if (unread == 0)
        return;
    const char *comma = "not read   ";
    for (int i = DECODED + 1; i < DUPLICATE; i++)
        if (d->outcomes[i]) {
            say(out, comma, d->outcomes[i], decode_outcome_name((enum decode_outcome)i));
            comma = ", ";
        }
    if (d->arp)
        say(out, " (", d->arp, "of them ARP)");
    fputc('\n', out);
}

static void share(FILE *out, const char *before, uint64_t some, uint64_t all, const char *what)
{
    fprintf(out, "%s%.1f %% of %s", before, all ? 100.0 * (double)some / (double)all : 0.0, what);
}

static void print_shares(FILE *out, const struct stats *s)
{
    const struct worker_counters *t = &s->total;
    const struct coverage_counters *c = &s->analysis.coverage;
    share(out, "unseen     ", t->ack_gap.lost, t->ack_gap.seen + t->ack_gap.lost, "acknowledged TCP bytes lost");
    share(out, ", ", c->one_sided, c->tcp_flows, "TCP flows one-sided");
    share(out, ", ", t->decode.truncated, t->decode.outcomes[DECODED], "packets cut\n");
    share(out, "           ", c->nameless + c->ech, c->hellos, "TLS and QUIC handshakes without a name");
    say(out, " (", c->ech, "by ECH)");
    share(out, ", ", c->outside_bytes, c->bytes, "bytes between outside hosts\n");
    if (t->decode.bad_checksums) {
        share(out, "           ", t->decode.bad_checksums, t->decode.checksums, "checksums looked at are wrong: ");
        fputs(t->decode.bad_checksums * 10 >= t->decode.checksums ? "left to the network card (offload)\n" : "damaged packets\n",
              out);
    }
}

static void print_unknown(FILE *out, const struct decode_unreads *unread)
{
    static const char *const kinds[] = {"link type", "EtherType", "IP protocol"};
    char number[SUMMARY_NUMBER_MAX];
    const char *comma = "unknown    ";
    for (unsigned i = 0; i < UNKNOWN_SHOWN && unread->top[i].count > 0; i++) {
        const struct decode_unread *u = &unread->top[i];
        fprintf(out, u->kind == UNREAD_ETHER_TYPE ? "%s%s 0x%04x (%s)" : "%s%s %u (%s)", comma, kinds[u->kind], u->number,
                summary_number(u->count, number));
        comma = ", ";
    }
    if (unread->top[0].count > 0)
        fputc('\n', out);
}

static void print_home(FILE *out, const struct stats *s)
{
    const char *comma = "home       no traffic of ";
    for (uint64_t i = 0; i < s->analysis.coverage.prefixes; i++)
        if (!(s->analysis.coverage.prefixes_seen >> i & 1) && s->prefix[i]) {
            fprintf(out, "%s%s", comma, s->prefix[i]);
            comma = ", ";
        }
    if (*comma == ',')
        fputc('\n', out);
}

static void print_lists(FILE *out, const struct stats *s)
{
    char number[SUMMARY_NUMBER_MAX], name[64 * 4 + 1];
    int64_t now_s = (int64_t)(clock_wall_ns() / NS_PER_S);
    for (uint32_t i = 0; i < s->list_count; i++) {
        if (!stats_list_is_first(s, i))
            continue;
        struct slice text = {(const uint8_t *)s->list[i].name, strnlen(s->list[i].name, 64)};
        name[utf8_clean(name, text.at, text.size)] = '\0';
        fprintf(out, "list       %s: %s rows, written %" PRId64 " days ago\n", name, summary_number(s->list[i].rows, number),
                (now_s - s->list[i].written_s) / 86400);
    }
}

/* What the kernel had for us, and what became of it. */
static void print_interfaces(FILE *out, const struct stats *s)
{
    for (uint32_t i = 0; i < s->interface_count; i++) {
        const struct interface_facts *one = &s->interface[i];
        const struct capture_counters *c = &one->capture;
        char name[INTERFACE_NAME_MAX * 4 + 1];
        name[utf8_clean(name, (const uint8_t *)one->name, strnlen(one->name, INTERFACE_NAME_MAX))] = '\0';
        fprintf(out, "interface  %s%s: ", name, one->up ? "" : " (down)");
        say(out, "", c->kernel_received, "frames = ");
        say(out, "", c->received, "received + ");
        say(out, "", c->kernel_dropped, "dropped by the kernel");
        if (c->early + c->abandoned + c->filtered) {
            say(out, " + ", c->early, "before all threads had joined");
            say(out, " + ", c->abandoned, "abandoned");
            say(out, " + ", c->filtered, "filtered");
        }
        say(out, "; ", c->interface_dropped, "lost by the interface");
        if (c->interruptions)
            say(out, "; ", c->interruptions, "times down");
        fputc('\n', out);
    }
    if (s->account_breaks)
        say(out, "accounts   ", s->account_breaks, "sums did not add up\n");
}

void summary_account(const struct stats *all, FILE *out)
{
    print_interfaces(out, all);
    print_frames(out, &all->total);
    print_shares(out, all);
    print_unknown(out, &all->total.unread);
    print_home(out, all);
    print_lists(out, all);
}
