/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats_coverage.c - what of the traffic could not be judged, in the stats event: facts, then the verdict in words.
 */
#include "eve/line.h"

#include <stdio.h>
#include <time.h>

#include "analysis/verdict.h"

static void unread(struct json *j, const struct decode_unreads *u)
{
    static const char *const kinds[] = {"link_type", "ether_type", "ip_protocol"};
    json_uint(j, "unread_others", u->others);
    if (u->top[0].count == 0)
        return;
    json_open_array(j, "unread");
    for (unsigned i = 0; i < UNREAD_MAX && u->top[i].count > 0; i++) {
        json_open(j, NULL);
        json_uint(j, kinds[u->top[i].kind], u->top[i].number);
        json_uint(j, "frames", u->top[i].count);
        json_close(j);
    }
    json_close_array(j);
}

static void home_unseen(struct json *j, const struct stats *s)
{
    const struct coverage_counters *c = &s->analysis.coverage;
    uint64_t all = c->prefixes >= 64 ? UINT64_MAX : (UINT64_C(1) << c->prefixes) - 1;
    if (c->prefixes_seen == all)
        return;
    json_open_array(j, "home_unseen");
    for (uint64_t i = 0; i < c->prefixes; i++)
        if (!(c->prefixes_seen >> i & 1))
            json_text(j, NULL, s->prefix[i] ? s->prefix[i] : "");
    json_close_array(j);
}

static void lists(struct json *j, const struct stats *s)
{
    json_uint(j, "lists_refused", s->lists_refused);
    if (s->list_count == 0)
        return;
    json_open_array(j, "lists");
    for (uint32_t i = 0; i < s->list_count; i++) {
        char day[16] = "", digest[17];
        struct tm tm;
        time_t written = (time_t)s->list[i].written_s;
        if (gmtime_r(&written, &tm))
            strftime(day, sizeof day, "%Y-%m-%d", &tm);
        snprintf(digest, sizeof digest, "%016llx", (unsigned long long)s->list[i].digest);
        json_open(j, NULL);
        json_text(j, "list", s->list[i].name);
        json_uint(j, "rows", s->list[i].rows);
        json_text(j, "updated", day);
        json_uint(j, "reloads", s->list[i].reloads);
        json_text(j, "digest", digest);
        json_close(j);
    }
    json_close_array(j);
}

static void verdict(struct json *j, const struct stats *s)
{
    struct verdict v;
    verdict_of(s, &v);
    json_text(j, "verdict", verdict_text(v.word));
    if (v.reason_count == 0)
        return;
    json_open_array(j, "blind_because");
    for (uint32_t i = 0; i < v.reason_count; i++)
        json_text(j, NULL, v.reason[i]);
    json_close_array(j);
}

void stats_coverage(struct json *j, const struct stats *s)
{
    const struct coverage_counters *c = &s->analysis.coverage;
    json_open(j, "coverage");
    json_uint(j, "flows", c->flows);
    json_uint(j, "home_flows", c->home_flows);
    json_uint(j, "truncated_flows", c->truncated_flows);
    json_uint(j, "bytes", c->bytes);
    json_uint(j, "outside_bytes", c->outside_bytes);
    json_uint(j, "inside_bytes", c->inside_bytes);
    json_uint(j, "tcp_flows", c->tcp_flows);
    json_uint(j, "one_sided", c->one_sided);
    json_uint(j, "split_vlan_pairs", c->split_pairs);
    json_uint(j, "tcp_bytes_seen", s->total.ack_gap.seen);
    json_uint(j, "tcp_bytes_lost", s->total.ack_gap.lost);
    json_uint(j, "tcp_holes", s->total.ack_gap.holes);
    json_uint(j, "hellos", c->hellos);
    json_uint(j, "nameless", c->nameless);
    json_uint(j, "ech", c->ech);
    unread(j, &s->total.unread);
    home_unseen(j, s);
    lists(j, s);
    json_close(j);
    verdict(j, s);
}
