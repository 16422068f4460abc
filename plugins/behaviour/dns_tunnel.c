/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_tunnel.c - D20: data in the names that a host asks for.
 *
 * For each host and registered domain, within an hour: how much information was in different names (their count by HyperLogLog,
 * times their mean length: the measure of Information-based Heavy Hitters, Ozery, Nadler, Shabtai 2023), how long and how random
 * they were, and how often their type was one that answers with free bytes. Names below no possible top-level domain are taken
 * together: dnscat and its like need no domain where they ask their server directly.
 */
#include "behaviour.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <strings.h>

#include "distinct.h"

enum {
    QUESTIONS_MAX = 4,
    ANSWERS_MAX = 64,
    QUERIES_LEAST = 50,  /* before anything is said */
    NAMES_LEAST = 100,
    LENGTH_LEAST = 30,
    TYPES_LEAST = 100,
    JUDGED_EVERY = 8,    /* queries */
    RESOLVER_FACTOR = 10,
    ENCODED_LEAST = 48,
    LETTERS = 39,        /* a to z, digits, '-', '_', all others */
    TYPE_CNAME = 5, TYPE_NULL = 10, TYPE_TXT = 16,
    RCODE_NXDOMAIN = 3
};
#define ENTROPY_LEAST 3.8 /* bits in a character */
#define NO_DOMAIN     "(no domain)"

struct asked_key {
    struct address host;
    char domain[NAME_ROOM];
};

struct asked {
    uint64_t since_ns;
    struct observation head; /* of the latest query */
    struct distinct names;
    uint32_t queries, free_types, answers, nxdomain;
    uint64_t name_bytes, answer_bytes;
    uint32_t letter[LETTERS];
    char sample[NAME_ROOM];
    bool told;
};

/* A name in two parts. */
struct parts {
    struct slice below; /* what stands before the domain, without the dot */
    struct slice domain;
};

struct verdict {
    enum behaviour_rule rule;
    uint32_t names;
    double length, entropy;
    uint64_t information; /* bytes */
};

bool dns_tunnel_open(struct behaviour *b, uint32_t pairs_max)
{
    b->asked = b->host->table_new(pairs_max, sizeof(struct asked_key), sizeof(struct asked));
    return b->asked != NULL;
}

/* -------------------------------------------------------------------- names */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Letters alone, or an A-label (RFC 5890): all top-level domains are (RFC 3696 2). */
static bool is_top_level(struct slice label)
{
    if (label.size > 4 && memcmp(label.at, "xn--", 4) == 0)
        return true;
    for (size_t i = 0; i < label.size; i++)
        if ((label.at[i] | 0x20) < 'a' || (label.at[i] | 0x20) > 'z')
            return false;
    return label.size >= 2 && label.size <= 24;
}

static struct slice last_label(struct slice name)
{
    size_t at = name.size;
    while (at > 0 && name.at[at - 1] != '.')
        at--;
    if (at == 0) /* an empty name has nowhere to add to */
        return name;
    return (struct slice){name.at + at, name.size - at};
}

static struct parts split(const struct behaviour *b, struct slice name)
{
    struct parts p = {name, {(const uint8_t *)NO_DOMAIN, sizeof NO_DOMAIN - 1}};
    if (!is_top_level(last_label(name)))
        return p;
    p.domain = b->host->registered_domain(name);
    p.below.size = p.domain.size < name.size ? name.size - p.domain.size - 1 : 0;
    return p;
}

/* In lower case, so that mixed case (0x20) makes no other domain; the last bytes of a long one. */
static void write_domain(struct asked_key *key, struct slice domain)
{
    size_t size = domain.size < NAME_ROOM - 1 ? domain.size : NAME_ROOM - 1;
    behaviour_printable(key->domain, sizeof key->domain, (struct slice){domain.at + domain.size - size, size});
    for (size_t i = 0; i < size; i++)
        if (key->domain[i] >= 'A' && key->domain[i] <= 'Z')
            key->domain[i] |= 0x20;
}

/* The answer to a search for what an address is called (RFC 1035 3.5, 3596 2.5): its length says nothing. */
static bool is_reverse(struct slice name)
{
    struct slice top = last_label(name);
    return top.size == 4 && strncasecmp((const char *)top.at, "arpa", 4) == 0;
}

static unsigned letter_of(uint8_t c)
{
    if (is_digit(c))
        return 26u + c - '0';
    uint8_t low = c | 0x20;
    if (low >= 'a' && low <= 'z')
        return low - (unsigned)'a';
    return c == '-' ? 36 : c == '_' ? 37 : 38;
}

/* Counts letters and returns how many bytes the labels held: `\DDD` is one, dots are none. */
static uint32_t count_letters(struct asked *a, struct slice below)
{
    uint32_t bytes = 0;
    for (size_t i = 0; i < below.size; i++) {
        uint8_t c = below.at[i];
        if (c == '.')
            continue;
        if (c == '\\')
            i += i + 1 < below.size && is_digit(below.at[i + 1]) ? 3 : 1;
        a->letter[letter_of(c)]++;
        bytes++;
    }
    return bytes;
}

static double entropy_of(const struct asked *a)
{
    double all = 0, sum = 0;
    for (unsigned i = 0; i < LETTERS; i++)
        all += a->letter[i];
    for (unsigned i = 0; i < LETTERS; i++)
        if (a->letter[i] > 0)
            sum -= a->letter[i] / all * log2(a->letter[i] / all);
    return sum;
}

/* ------------------------------------------------------------------ judging */

/* What an hour of questions shows; false: nothing. A resolver asks for many hosts, so it takes ten times as much. */
static bool judge(const struct behaviour *b, const struct asked *a, bool is_resolver, struct verdict *v)
{
    uint32_t factor = is_resolver ? RESOLVER_FACTOR : 1;
    if (a->queries < QUERIES_LEAST * factor)
        return false;
    v->names = distinct_count(&a->names);
    v->names = v->names < a->queries ? v->names : a->queries;
    v->length = (double)a->name_bytes / a->queries;
    v->entropy = entropy_of(a);
    v->information = (uint64_t)(v->names * v->length);
    if (v->information >= b->tunnel_bytes * factor)
        v->rule = RULE_DNS_INFORMATION;
    else if (v->names >= NAMES_LEAST * factor && v->length >= LENGTH_LEAST && v->entropy >= ENTROPY_LEAST)
        v->rule = RULE_DNS_NAMES;
    else if (a->queries >= TYPES_LEAST * factor && a->free_types >= a->queries / 2)
        v->rule = RULE_DNS_TYPES;
    else
        return false;
    return true;
}

static void report_figures(struct report *r, const struct asked *a, const struct verdict *v)
{
    report_number(r, "queries", a->queries);
    report_number(r, "names", v->names);
    report_number(r, "information_bytes", (int64_t)v->information);
    report_number(r, "name_length_mean", (int64_t)(v->length + 0.5));
    report_number(r, "entropy_millibit", (int64_t)(v->entropy * 1000));
    report_number(r, "free_type_queries", a->free_types);
    report_number(r, "answers", a->answers);
    report_number(r, "nxdomain", a->nxdomain);
    report_number(r, "answer_bytes", (int64_t)a->answer_bytes);
    report_text(r, "sample", a->sample);
    report_because(r, "About %" PRIu32 " different names of %.1f bytes on the mean: %" PRIu64 " bytes of information", v->names,
                   v->length, v->information);
    report_because(r, "%" PRIu32 " of them asked for TXT, NULL or CNAME; %" PRIu32 " of %" PRIu32 " answers were NXDOMAIN", a->free_types,
                   a->nxdomain, a->answers);
    report_because(r, "Their letters hold %.2f bits each; random base 32 has 5, hexadecimal digits 4", v->entropy);
    report_because(r, "One of them: %s", a->sample);
}

static void tell(const struct behaviour *b, struct sensor_context *context, const struct asked_key *key, struct asked *a,
                 const struct verdict *v, bool is_resolver)
{
    char host[46];
    struct report r = {.rule = v->rule, .confidence_pct = v->rule == RULE_DNS_INFORMATION ? 75 : 60, .window_s = DAY_S};
    a->told = true;
    if (behaviour_is_usual(b, (struct slice){(const uint8_t *)key->domain, strlen(key->domain)}, "dns")) {
        b->host->count(context, "dns_usual");
        return;
    }
    uint64_t seconds = (a->head.time_ns - a->since_ns) / NS_PER_S;
    snprintf(r.dedup, sizeof r.dedup, "%s", key->domain);
    snprintf(r.signature, sizeof r.signature, "DNS tunnel below %.63s", key->domain);
    report_text(&r, "matched_value", key->domain);
    report_number(&r, "seconds", (int64_t)seconds);
    report_because(&r, "%s asked %" PRIu32 " times for names below %s within %" PRIu64 " s", b->host->address_text(&key->host, host),
                   a->queries, key->domain, seconds);
    report_figures(&r, a, v);
    if (is_resolver)
        report_because(&r, "The host is a resolver by its role: one of those who ask it is meant");
    report_tell(b, context, &a->head, &r);
}

static void consider(const struct behaviour *b, struct sensor_context *context, const struct asked_key *key, struct asked *a)
{
    struct verdict v;
    if (a->told || a->queries < QUERIES_LEAST)
        return;
    bool is_resolver = b->host->has_role(context, &key->host, "resolver", NULL);
    if (judge(b, a, is_resolver, &v))
        tell(b, context, key, a, &v, is_resolver);
}

/* ----------------------------------------------------------- a single name */

/* Base 64 in a label: no host is called so. Mixed case alone is not enough, for resolvers mix it (0x20). */
static bool is_encoded(struct slice below)
{
    bool upper = false, lower = false, digit = false, sign = false;
    if (below.size < ENCODED_LEAST)
        return false;
    for (size_t i = 0; i < below.size; i++) {
        uint8_t c = below.at[i];
        if (c == '\\')
            return false;
        upper |= c >= 'A' && c <= 'Z';
        lower |= c >= 'a' && c <= 'z';
        digit |= is_digit(c);
        sign |= c == '=' || c == '+' || c == '/';
    }
    return upper && lower && digit && sign;
}

static void tell_encoded(const struct behaviour *b, struct sensor_context *context, const struct observation *o,
                         const struct asked_key *key, const struct asked *a, struct slice below)
{
    char host[46];
    struct report r = {.rule = RULE_DNS_ENCODED, .confidence_pct = 50, .window_s = DAY_S};
    snprintf(r.dedup, sizeof r.dedup, "%s", key->domain);
    snprintf(r.signature, sizeof r.signature, "Encoded bytes in a DNS name below %.63s", key->domain);
    report_text(&r, "matched_value", key->domain);
    report_number(&r, "name_bytes", (int64_t)below.size);
    report_text(&r, "sample", a->sample);
    report_because(&r, "%s asked for a name with %zu bytes below %s that read like base 64", b->host->address_text(&o->client, host),
                   below.size, key->domain);
    report_because(&r, "It holds both letter cases, digits and a sign that host names do not: %s", a->sample);
    report_tell(b, context, NULL, &r);
}

/* ------------------------------------------------------------------ keeping */

static bool is_free_type(uint16_t type)
{
    return type == TYPE_CNAME || type == TYPE_NULL || type == TYPE_TXT;
}

static void see_question(struct behaviour *b, const struct observation *o, struct sensor_context *context, struct slice name, uint16_t type)
{
    struct asked_key key = {.host = o->client};
    struct parts p = split(b, name);
    bool is_new;
    if (p.below.size == 0 || is_reverse(name))
        return;
    write_domain(&key, p.domain);
    struct asked *a = b->host->table_take(b->asked, &key, &is_new);
    if (!is_new && o->time_ns >= a->since_ns + HOUR_NS) {
        consider(b, context, &key, a);
        memset(a, 0, sizeof *a);
    }
    if (a->queries++ == 0)
        a->since_ns = o->time_ns;
    a->head = *o;
    a->free_types += is_free_type(type);
    a->name_bytes += count_letters(a, p.below);
    distinct_add(&a->names, p.below);
    behaviour_printable(a->sample, sizeof a->sample, p.below);
    if (is_encoded(p.below))
        tell_encoded(b, context, o, &key, a, p.below);
    if (a->queries % JUDGED_EVERY == 0)
        consider(b, context, &key, a);
}

static void see_answer(struct behaviour *b, const struct observation_dns *o, struct slice name)
{
    struct asked_key key = {.host = o->head.client};
    struct parts p = split(b, name);
    const struct dns_record *r;
    write_domain(&key, p.domain);
    struct asked *a = b->host->table_find(b->asked, &key);
    if (a == NULL)
        return;
    a->answers++;
    a->nxdomain += o->rcode == RCODE_NXDOMAIN;
    for (uint32_t i = 0; i < ANSWERS_MAX && (r = observation_item(&o->head, o->answers, i, sizeof *r)) != NULL; i++)
        a->answer_bytes += r->data.size;
}

/* Multicast has no resolver behind it, and a one-sided capture repeats its questions in the answers. */
void dns_tunnel_see(struct behaviour *b, const struct observation_dns *o, struct sensor_context *context)
{
    const struct dns_record *q;
    bool is_question = !o->is_response || o->head.packets[TO_SERVER] == 0;
    if (!o->head.client_internal || o->head.app_proto == APP_MDNS || o->head.server_port == 5355 || o->head.server_port == 137)
        return;
    for (uint32_t i = 0; i < QUESTIONS_MAX && (q = observation_item(&o->head, o->questions, i, sizeof *q)) != NULL; i++) {
        struct slice name = observation_text(&o->head, q->name);
        if (is_question)
            see_question(b, &o->head, context, name, q->type);
        if (o->is_response)
            see_answer(b, o, name);
    }
    if (o->is_response && o->answers.count > 0)
        host_resolved(b, &o->head);
}

void dns_tunnel_finish(struct behaviour *b, struct sensor_context *context)
{
    const void *key;
    for (struct asked *a = NULL; (a = b->host->table_next(b->asked, a, &key)) != NULL;)
        consider(b, context, key, a);
}
