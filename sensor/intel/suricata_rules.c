/* SPDX-License-Identifier: Apache-2.0 */
/*
 * suricata_rules.c - the rules of an export, from a table: for each kind of set, under which SID what is looked at.
 *
 * In a condition, @ stands for the look-up of the buffer in the dataset, !@ for its opposite, @src and @dst for that of an address (in
 * the reputation file for prefixes), # for that of a URL's host, % for a peer that is not listed.
 */
#include <stdlib.h>
#include <string.h>

#include "intel/suricata_sets.h"

#define SIDS_MAX 128

/* Which ports of the far side a rule is for. */
enum port_use { PORTS_ANY, PORTS_REPORTED, PORTS_OTHER };

static const struct template
{
    enum set_kind kind;
    enum suricata_class last_class; /* for classes up to this one; CLASS_EXCHANGE alone when it is that */
    uint32_t sid;                   /* of CLASS_ACTOR, or of exchanges */
    enum port_use ports;
    const char *protocol;
    bool outward; /* from the internal host to the far side; else back */
    const char *condition;
}
templates[] = {
    /* flows: answered; refused; unanswered; and the same inward */
    {SET_ADDRESSES, CLASS_CANARY, 1790200, PORTS_REPORTED, "ip", false, "flow:established,to_client; @src"},
    {SET_ADDRESSES, CLASS_CANARY, 1790201, PORTS_REPORTED, "tcp", false, "flow:to_client; tcp.flags:R; flow.pkts_toclient:1; @src"},
    {SET_ADDRESSES, CLASS_CANARY, 1790201, PORTS_REPORTED, "ip", true,
     "flow:to_server,not_established; flow.pkts_toclient:0; flow.pkts_toserver:>1; @dst"},
    {SET_ADDRESSES, CLASS_CANARY, 1790100, PORTS_OTHER, "ip", false, "flow:established,to_client; @src"},
    {SET_ADDRESSES, CLASS_CANARY, 1790101, PORTS_OTHER, "tcp", false, "flow:to_client; tcp.flags:R; flow.pkts_toclient:1; @src"},
    {SET_ADDRESSES, CLASS_CANARY, 1790101, PORTS_OTHER, "ip", true,
     "flow:to_server,not_established; flow.pkts_toclient:0; flow.pkts_toserver:>1; @dst"},
    {SET_ADDRESSES, CLASS_CANARY, 1790102, PORTS_ANY, "ip", false, "flow:established,to_server; @src"},
    {SET_ADDRESSES, CLASS_CANARY, 1790103, PORTS_ANY, "tcp", true, "flow:to_client; tcp.flags:R; flow.pkts_toclient:1; @dst"},
    {SET_ADDRESSES, CLASS_CANARY, 1790103, PORTS_ANY, "ip", false,
     "flow:to_server,not_established; flow.pkts_toclient:0; flow.pkts_toserver:>1; @src"},
    {SET_PREFIXES, CLASS_CANARY, 1790100, PORTS_ANY, "ip", false, "flow:established,to_client; @src"},
    {SET_PREFIXES, CLASS_CANARY, 1790101, PORTS_ANY, "tcp", false, "flow:to_client; tcp.flags:R; flow.pkts_toclient:1; @src"},
    {SET_PREFIXES, CLASS_CANARY, 1790101, PORTS_ANY, "ip", true,
     "flow:to_server,not_established; flow.pkts_toclient:0; flow.pkts_toserver:>1; @dst"},
    {SET_PREFIXES, CLASS_CANARY, 1790102, PORTS_ANY, "ip", false, "flow:established,to_server; @src"},
    {SET_PREFIXES, CLASS_CANARY, 1790103, PORTS_ANY, "tcp", true, "flow:to_client; tcp.flags:R; flow.pkts_toclient:1; @dst"},
    {SET_PREFIXES, CLASS_CANARY, 1790103, PORTS_ANY, "ip", false,
     "flow:to_server,not_established; flow.pkts_toclient:0; flow.pkts_toserver:>1; @src"},
    /* names; each row serves exact names, and again names below */
    {SET_NAMES, CLASS_CANARY, 1790300, PORTS_ANY, "dns", false, "flow:to_client; dns.rcode:0; dns.queries.rrname; @"},
    {SET_NAMES, CLASS_CANARY, 1790301, PORTS_ANY, "dns", false, "flow:to_client; dns.rcode:!0; dns.queries.rrname; @"},
    {SET_NAMES, CLASS_CANARY, 1790401, PORTS_ANY, "dns", false, "flow:to_client; dns.queries.rrname; !@ dns.response.rrname; @"},
    {SET_NAMES, CLASS_CANARY, 1790500, PORTS_ANY, "tls", true, "flow:established,to_server; tls.sni; @"},
    {SET_NAMES, CLASS_CANARY, 1790600, PORTS_ANY, "quic", true, "quic.sni; @"},
    {SET_NAMES, CLASS_CANARY, 1790700, PORTS_ANY, "http", true,
     "flow:established,to_server; http.method; content:!\"CONNECT\"; http.host; @"},
    {SET_NAMES, CLASS_CANARY, 1790701, PORTS_ANY, "http", true,
     "flow:established,to_server; http.method; content:\"CONNECT\"; http.host; @"},
    /* an address named to a proxy; when it is the peer itself, the rules for flows tell it */
    {SET_HOSTS, CLASS_CANARY, 1790700, PORTS_ANY, "http", true,
     "flow:established,to_server; http.method; content:!\"CONNECT\"; http.host; @ ip.dst; %"},
    {SET_HOSTS, CLASS_CANARY, 1790701, PORTS_ANY, "http", true,
     "flow:established,to_server; http.method; content:\"CONNECT\"; http.host; @"},
    /* what servers show and clients look like; Suricata writes SHA-1 with colons */
    {SET_NAMES, CLASS_CANARY, 1790800, PORTS_ANY, "tls", false, "flow:established,to_client; tls.subjectaltname; @"},
    {SET_JA3, CLASS_CANARY, 1791000, PORTS_ANY, "tls", true, "flow:established,to_server; ja3.hash; @"},
    {SET_JA3S, CLASS_CANARY, 1791001, PORTS_ANY, "tls", false, "flow:established,to_client; ja3s.hash; @"},
    {SET_JA4, CLASS_CANARY, 1791002, PORTS_ANY, "tls", true, "flow:established,to_server; ja4.hash; @"},
    {SET_CERTIFICATES, CLASS_CANARY, 1791100, PORTS_ANY, "tls", false, "flow:established,to_client; tls.cert_fingerprint; @"},
    /* the host of the URL is looked up in the set of URL hosts */
    {SET_URL_PATHS, CLASS_CANARY, 1790900, PORTS_ANY, "http", true,
     "flow:established,to_server; http.host; # http.uri.raw; pcrexform:\"^([^?]*)\"; @"},
    {SET_URL_FULL, CLASS_CANARY, 1790900, PORTS_ANY, "http", true, "flow:established,to_server; http.host; # http.uri.raw; @"},
    /* programming interfaces of exchanges */
    {SET_NAMES, CLASS_EXCHANGE, 1791300, PORTS_ANY, "tls", true, "flow:established,to_server; tls.sni; @"},
    {SET_NAMES, CLASS_EXCHANGE, 1791300, PORTS_ANY, "quic", true, "quic.sni; @"},
    {SET_NAMES, CLASS_EXCHANGE, 1791300, PORTS_ANY, "http", true, "flow:established,to_server; http.host; @"},
    {SET_NAMES, CLASS_EXCHANGE, 1791301, PORTS_ANY, "dns", false, "flow:to_client; dns.queries.rrname; @"},
};

struct rules {
    FILE *file;
    const struct sensor_rule *known;
    struct {
        uint32_t sid, gid;
    } used[SIDS_MAX];
    size_t used_count;
    int64_t count;
};

/* 1 for the first rule of a SID, then 2 and so on. */
static uint32_t next_gid(struct rules *r, uint32_t sid)
{
    size_t i = 0;
    while (i < r->used_count && r->used[i].sid != sid)
        i++;
    if (i == SIDS_MAX)
        return 0;
    if (i == r->used_count)
        r->used[r->used_count++].sid = sid;
    return ++r->used[i].gid;
}

static const struct sensor_rule *known_rule(const struct rules *r, uint32_t sid)
{
    for (const struct sensor_rule *k = r->known; k->sid; k++)
        if (k->sid == sid)
            return k;
    return NULL;
}

/* Short names of Suricata's classification.config. */
static const char *classtype_of(const char *category)
{
    static const struct {
        const char *category, *classtype;
    } types[] = {
        {"Malware Command and Control Activity Detected", "command-and-control"},
        {"Domain Observed Used for C2 Detected", "domain-c2"},
        {"A Network Trojan was detected", "trojan-activity"},
        {"Potentially Bad Traffic", "bad-unknown"},
        {"Potential Corporate Privacy Violation", "policy-violation"},
        {"Detection of a Network Scan", "network-scan"},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(category, types[i].category) == 0)
            return types[i].classtype;
    return "misc-activity";
}

/* In msg, quotes, semicolons and backslashes would end it. */
static void write_msg(FILE *file, const struct sensor_rule *known)
{
    fprintf(file, "msg:\"haetae %s: ", known->name);
    for (const char *c = known->summary; *c; c++)
        if (!strchr("\";\\", *c))
            putc(*c, file);
    fputs("\"; ", file);
}

/* ------------------------------------------------------------------ look-ups */

static void write_dataset(FILE *file, const struct suricata_set *set, const char *name, bool negated)
{
    const char *type = set->kind == SET_ADDRESSES ? "ip" : "string";
    fprintf(file, "dataset:%s,%s,type %s,load %s.json,format ndjson,context_key %s,value_key value;",
            negated ? "isnotset" : "isset", name, type, name, "haetae");
}

/* What the dataset holds of the buffer: all of it, or its last labels. */
static void write_lookup(FILE *file, const struct suricata_set *set, bool negated)
{
    bool is_name = set->kind == SET_NAMES || set->kind == SET_BELOW;
    if (is_name)
        fputs("to_lowercase; ", file);
    if (set->kind == SET_BELOW)
        fprintf(file, "pcrexform:\"((?:[^.]+\\.){%u}[^.]+)$\"; ", set->depth - 1);
    write_dataset(file, set, set->name, negated);
}

/* Not one of the listed addresses, of whatever ports. */
static void write_other_peer(FILE *file, const struct suricata_set *set)
{
    char name[SET_NAME_MAX];
    snprintf(name, sizeof name, "haetae-%s-peers", suricata_class_name(set->class));
    fprintf(file, "dataset:isnotset,%s,type ip,load %s.json,format ndjson,context_key haetae_peer,value_key value;", name, name);
}

static void write_url_hosts(FILE *file, const struct suricata_set *set)
{
    char name[SET_NAME_MAX];
    snprintf(name, sizeof name, "haetae-%s-url-hosts", suricata_class_name(set->class));
    fprintf(file, "dataset:isset,%s,type string,load %s.json,format ndjson,context_key haetae_host,value_key value;", name, name);
}

/* Which end of the packet: "@src" or "@dst". */
static void write_end(FILE *file, const struct suricata_set *set, const char *end)
{
    if (set->kind == SET_PREFIXES) {
        fprintf(file, "iprep:%.3s,haetae-%s,>,0;", end, suricata_class_name(set->class));
        return;
    }
    fprintf(file, "ip.%.3s; ", end);
    write_lookup(file, set, false);
}

static void write_condition(FILE *file, const struct suricata_set *set, const char *c)
{
    for (; *c; c++) {
        if (strncmp(c, "@src", 4) == 0 || strncmp(c, "@dst", 4) == 0) {
            write_end(file, set, c + 1);
            c += 3;
        } else if (strncmp(c, "!@", 2) == 0) {
            write_lookup(file, set, true);
            c++;
        } else if (*c == '@') {
            write_lookup(file, set, false);
        } else if (*c == '%') {
            write_other_peer(file, set);
        } else if (*c == '#') {
            write_url_hosts(file, set);
        } else {
            putc(*c, file);
        }
    }
}

/* --------------------------------------------------------------------- rules */

static void write_ports(FILE *file, const struct suricata_set *set, enum port_use use)
{
    if (use == PORTS_ANY || !*set->ports)
        fputs("any", file);
    else
        fprintf(file, "%s[%s]", use == PORTS_OTHER ? "!" : "", set->ports);
}

static void write_header(FILE *file, const struct suricata_set *set, const struct template *t)
{
    fprintf(file, "alert %s %s ", t->protocol, t->outward ? "$HOME_NET any -> any" : "any");
    write_ports(file, set, t->ports);
    fputs(t->outward ? " (" : " -> $HOME_NET any (", file);
}

static void write_rule(struct rules *r, const struct suricata_set *set, const struct template *t)
{
    static const uint32_t offsets[CLASS_COUNT] = {0, 50, 60, 70, 0};
    uint32_t sid = t->sid + offsets[set->class];
    const struct sensor_rule *known = known_rule(r, sid);
    uint32_t gid = known ? next_gid(r, sid) : 0;
    if (gid == 0)
        return;
    write_header(r->file, set, t);
    write_msg(r->file, known);
    write_condition(r->file, set, t->condition);
    fprintf(r->file, " threshold:type limit,track by_both,count 1,seconds 3600; classtype:%s; priority:%u; ",
            classtype_of(known->category), known->severity);
    fprintf(r->file, "metadata:mitre_tactic_id %s, mitre_technique_id %s, created_at %s, updated_at %s; ", known->tactic_id,
            known->technique_id, known->created, known->updated);
    fprintf(r->file, "sid:%u; gid:%u; rev:%u;)\n", sid, gid, known->rev);
    r->count++;
}

static bool is_for(const struct template *t, const struct suricata_set *set)
{
    bool is_exchange = set->class == CLASS_EXCHANGE;
    enum set_kind kind = set->kind == SET_BELOW ? SET_NAMES : set->kind;
    if (t->kind != kind || (t->last_class == CLASS_EXCHANGE) != is_exchange)
        return false;
    return t->ports != PORTS_REPORTED || *set->ports; /* nothing was reported of ports: any is "other" */
}

int64_t suricata_rules_write(FILE *file, const struct suricata_sets *s, const struct sensor_rule *rules)
{
    struct rules r = {.file = file, .known = rules};
    fputs(
        "# haetae: rules over the datasets beside this file. Rules of one SID differ in gid: exact names, names below a parent by\n"
        "# depth, ports. suricata-update keeps one rule of each SID, so load this file by itself (rule-files).\n",
        file);
    for (size_t k = 0; k < sizeof templates / sizeof *templates; k++)
        for (size_t i = 0; i < s->count; i++)
            if (is_for(&templates[k], &s->set[i]))
                write_rule(&r, &s->set[i], &templates[k]);
    return ferror(file) ? -1 : r.count;
}
