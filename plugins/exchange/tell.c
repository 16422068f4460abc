/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tell.c - from a name that was seen to an alert: the rules, the evidence and the sentences.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "exchange.h"

#define NS_PER_S UINT64_C(1000000000)

enum {
    WHY_MAX = 12,
    WHY_SIZE = 320,
    EVIDENCE_MAX = 36,
    DAY_SIZE = 24,
    NAME_PCT = 60,    /* a name says which host was meant, not what was done there */
    ADDRESS_PCT = 50, /* the host resolved the name to the address it then used */
    SHARED_PCT = 35,  /* another host did, or many names share the address */
    SIGN_PCT = 10,    /* first use, odd hours, a program at work: each */
    ROLE_PCT = 80,
    SHARED_FROM = 5,
    MODEL_DAYS = 7 /* of watching before "never before" means something */
};

struct why {
    char text[WHY_MAX][WHY_SIZE];
    const char *line[WHY_MAX + 1];
    size_t count;
};

struct facts {
    struct evidence item[EVIDENCE_MAX];
    size_t count;
    char first[DAY_SIZE];
};

static const struct {
    const char *field, *said, *signature;
} places[] = {
    [BY_TLS] = {"tls.sni", "sent the TLS server name", "TLS SNI"},
    [BY_QUIC] = {"quic.sni", "sent the QUIC server name", "QUIC SNI"},
    [BY_HTTP] = {"http.hostname", "sent an HTTP request for", "HTTP host"},
    [BY_DNS] = {"dns.queries.rrname", "asked DNS for", "DNS query"},
    [BY_ADDRESS] = {"dns.rrname", "connected without a visible name to what DNS gave for", "flow without a name"},
};

#define TRADE_FALSE_POSITIVES                                                                                                      \
    "Trading desks, portfolio and tax programs and price widgets use these hosts all day: give such hosts the role trading, or "   \
    "name them in the allow option. An alert matters on a server, a build agent, or after contact with DPRK infrastructure."

#define THEFT(severity_, category_, rev_)                                                                                          \
    .category = category_, .severity = (severity_), .rev = (rev_), .tactic_id = "TA0040", .tactic_name = "Impact",                 \
    .technique_id = "T1657", .technique_name = "Financial_Theft", .created = "2026_11_20", .updated = "2026_11_21"

const struct sensor_rule exchange_rules[] = {
    [RULE_CONNECTED] =
        {.sid = 1791300,
         .detector = "D13",
         .name = "exchange.api",
         THEFT(3, "Misc activity", 2),
         .summary = "An internal host connected to the programming interface of a cryptocurrency exchange.",
         .evidence = "The server name of TLS or QUIC, or the host of an HTTP request, is an API or WebSocket host of the list; it does "
                     "not look like the page of a browser; the host has no trading role. Once per host and exchange a day.",
         .false_positives = TRADE_FALSE_POSITIVES},
    [RULE_ASKED] = {.sid = 1791301,
                    .detector = "D13",
                    .name = "exchange.api",
                    THEFT(3, "Misc activity", 2),
                    .summary = "An internal host asked DNS for the programming interface of a cryptocurrency exchange, and no "
                               "connection was seen.",
                    .evidence = "A DNS question for an API or WebSocket host of the list, and no flow of that host to the exchange "
                                "until the DNS flow ended; dns-alert: no leaves it at the label.",
                    .false_positives = TRADE_FALSE_POSITIVES " Hosts with the role resolver are left out."},
    [RULE_RESOLVED] =
        {.sid = 1791302,
         .detector = "D13",
         .name = "exchange.api",
         THEFT(3, "Misc activity", 1),
         .summary = "An internal host connected, without a visible name, to an address resolved from an exchange's API.",
         .evidence = "A flow that hides its name (ECH, no SNI) to an address that an internal host resolved from an API or WebSocket "
                     "host of the list within TTL and grace before.",
         .false_positives = TRADE_FALSE_POSITIVES " Content networks share addresses: see other_domains and scope."},
    [RULE_WEB] = {.sid = 1791400,
                  .detector = "D14",
                  .name = "exchange.web",
                  THEFT(3, "Misc activity", 1),
                  .summary = "A flow to the web site of a cryptocurrency exchange. It is labelled and never alerts.",
                  .evidence = "A name of the list that is not an API or WebSocket host, or serves web and API alike.",
                  .false_positives = "People visit exchanges; that is why this is a label."},
    [RULE_ROLE] = {.sid = 1791500,
                   .detector = "D15",
                   .name = "exchange.role",
                   THEFT(2, "Potential Corporate Privacy Violation", 1),
                   .summary = "A host whose role forbids it used a cryptocurrency exchange, bridge, mixer or decentralized exchange.",
                   .evidence = "A listed name seen from a host that the configuration (hosts) gives a role of the forbidden-roles option.",
                   .false_positives = "The role may be wrong: the alert names the line of the configuration that gives it."},
    {.sid = 0},
};

/* ----------------------------------------------------------------- words */

static struct slice slice_of(const char *text)
{
    return (struct slice){(const uint8_t *)text, strlen(text)};
}

void exchange_printable(char out[EXCHANGE_TEXT_MAX], struct slice s)
{
    size_t n = s.size < EXCHANGE_TEXT_MAX - 1 ? s.size : EXCHANGE_TEXT_MAX - 1;
    for (size_t i = 0; i < n; i++) {
        uint8_t c = s.at[i];
        out[i] = c < 0x20 || c > 0x7e || c == '"' || c == '\\' ? '?' : (char)c;
    }
    out[n] = '\0';
}

void exchange_slug(char out[EXCHANGE_SLUG_MAX], const char *service)
{
    size_t n = 0;
    for (; *service != '\0' && n < EXCHANGE_SLUG_MAX - 1; service++) {
        char c = *service >= 'A' && *service <= 'Z' ? (char)(*service - 'A' + 'a') : *service;
        bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (word)
            out[n++] = c;
        else if (n != 0 && out[n - 1] != '-')
            out[n++] = '-';
    }
    while (n != 0 && out[n - 1] == '-')
        n--;
    out[n] = '\0';
}

static void because(struct why *why, const char *format, ...) SENSOR_PRINTF(2, 3);
static void because(struct why *why, const char *format, ...)
{
    if (why->count == WHY_MAX)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why->text[why->count], WHY_SIZE, format, arguments);
    va_end(arguments);
    why->line[why->count] = why->text[why->count];
    why->line[++why->count] = NULL;
}

static void add_text(struct facts *f, const char *name, const char *text)
{
    if (*text != '\0' && f->count < EVIDENCE_MAX)
        f->item[f->count++] = (struct evidence){.name = name, .kind = EVIDENCE_TEXT, .text = slice_of(text)};
}

static void add_number(struct facts *f, const char *name, uint64_t number)
{
    if (f->count < EVIDENCE_MAX)
        f->item[f->count++] = (struct evidence){.name = name, .kind = EVIDENCE_NUMBER, .number = (int64_t)number};
}

/* ----------------------------------------------------------------- telling */

static const char *column(const struct exchange *x, const struct exchange_sight *s, const char *name)
{
    return x->host->field(&s->entry, name);
}

static void add_row(const struct exchange *x, const struct exchange_sight *s, struct facts *f)
{
    add_text(f, "service", column(x, s, "service"));
    add_text(f, "service_id", s->slug);
    add_text(f, "kind", column(x, s, "kind"));
    add_text(f, "transport", column(x, s, "transport"));
    add_text(f, "jurisdiction", column(x, s, "jurisdiction"));
    add_text(f, "host", column(x, s, "value"));
    add_text(f, "match", column(x, s, "match"));
    add_text(f, "matched_on", places[s->place].field);
    add_text(f, "matched_value", s->name);
    add_text(f, "source", column(x, s, "source"));
    add_text(f, "reference", column(x, s, "reference"));
    add_text(f, "list", x->list_name);
    add_number(f, "list_line", s->entry.line);
    if (s->place != BY_ADDRESS)
        return;
    add_text(f, "scope", s->name_source == NAME_SAME_HOST ? "same_host" : "network");
    add_number(f, "resolved_age_s", s->name_age_ns / NS_PER_S);
    add_number(f, "other_domains", s->name_others);
}

/* What is known of this host and this exchange from before. */
static void add_use(const struct exchange *x, const struct exchange_use *u, uint64_t now_ns, struct facts *f)
{
    time_t first = (time_t)(u->first_ns / NS_PER_S);
    struct tm tm;
    if (u->first_ns != 0 && gmtime_r(&first, &tm) != NULL && strftime(f->first, sizeof f->first, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
        add_text(f, "first_use", f->first);
    add_number(f, "days_used", u->days);
    add_number(f, "flows_before", u->flows);
    add_number(f, "requests_before", u->requests);
    add_number(f, "bytes_out_before", u->bytes_out);
    add_number(f, "bytes_in_before", u->bytes_in);
    add_number(f, "watched_days", x->learning_since_ns != 0 && x->learning_since_ns < now_ns ? (now_ns - x->learning_since_ns) / (86400 * NS_PER_S) : 0);
}

static bool is_first_ever(const struct exchange *x, const struct exchange_use *u, uint64_t now_ns)
{
    bool learned = x->learning_since_ns != 0 && now_ns >= x->learning_since_ns + MODEL_DAYS * 86400 * NS_PER_S;
    return learned && u->flows == 0 && u->starts <= 1 && u->days <= 1;
}

static const char *actor_word(const struct exchange_judgement *j)
{
    return j->actor == ACTOR_PROGRAM ? "program" : j->actor == ACTOR_BROWSER ? "browser" : "unclear";
}

static void explain_sight(const struct exchange *x, const struct observation *o, const struct exchange_sight *s, struct why *why)
{
    char client[46], server[46];
    const char *kind = column(x, s, "kind");
    bool is_ws = strcmp(kind, "exchange_ws") == 0, is_api = strcmp(kind, "exchange_api") == 0;
    because(why, "%s %s %.120s at %s port %u", x->host->address_text(&o->client, client), places[s->place].said, s->name,
            x->host->address_text(&o->server, server), o->server_port);
    because(why, "%.120s is listed as %s%s of %s, line %u of %s", column(x, s, "value"),
            is_ws ? "a WebSocket host" : is_api ? "an API host" : "kind ", is_ws || is_api ? "" : kind, column(x, s, "service"),
            s->entry.line, x->list_name);
    if (s->place == BY_ADDRESS)
        because(why, "%s resolved it %" PRIu64 " s before; %u other domains share the address",
                s->name_source == NAME_SAME_HOST ? "The same host" : "Only another internal host", s->name_age_ns / NS_PER_S,
                s->name_others);
}

/* The sentences that raise or lower confidence; returns it. */
static int weigh(const struct exchange *x, const struct observation *o, const struct exchange_told *what, struct why *why)
{
    const struct exchange_sight *s = what->sight;
    bool shared = s->name_source != NAME_SAME_HOST || s->name_others >= SHARED_FROM;
    int pct = what->rule == RULE_ROLE ? ROLE_PCT : s->place != BY_ADDRESS ? NAME_PCT : shared ? SHARED_PCT : ADDRESS_PCT;
    if (what->role != NULL)
        because(why, "%s gives the host the role %s, and hosts with that role must not use such services", what->role->where,
                what->role->role);
    if (is_first_ever(x, what->use, o->time_ns)) {
        because(why, "The host was never seen to use this exchange before");
        pct += SIGN_PCT;
    }
    if (exchange_is_off_hours(x, o->time_ns)) {
        because(why, "It is outside of the office hours");
        pct += SIGN_PCT;
    }
    if (what->judgement != NULL && what->judgement->actor == ACTOR_PROGRAM) {
        because(why, "A program seems to be at work: %s", what->judgement->sign[0]);
        pct += SIGN_PCT;
    }
    return pct < 95 ? pct : 95;
}

static void explain_rest(const struct exchange *x, const struct observation *o, struct sensor_context *context,
                         const struct exchange_told *what, struct why *why)
{
    if (x->host->has_role(context, &o->client, "proxy", NULL) || x->host->has_role(context, &o->client, "nat", NULL))
        because(why, "The host is a proxy or NAT by its role: the true client stands behind it");
    if (what->role == NULL) {
        because(why, "Programs use such a host and people do not: is a trading program expected on this host?");
        because(why, "The host has no trading role and is not in the allow option of the exchange plugin");
    }
    because(why, "Source of the row: %s", column(x, what->sight, "source"));
}

static void write_signature(const struct exchange *x, const struct exchange_told *what, char *out, size_t size)
{
    char service[EXCHANGE_TEXT_MAX];
    exchange_printable(service, slice_of(column(x, what->sight, "service")));
    if (what->rule == RULE_ROLE)
        snprintf(out, size, "%.64s used by a host with role %.31s, in %s", service, what->role->role,
                 places[what->sight->place].signature);
    else
        snprintf(out, size, "Crypto exchange API of %.64s in %s", service, places[what->sight->place].signature);
}

bool exchange_tell(struct exchange *x, const struct observation *o, struct sensor_context *context, const struct exchange_told *what)
{
    struct why why = {.count = 0};
    struct facts facts = {.count = 0};
    char signature[161];
    write_signature(x, what, signature, sizeof signature);
    explain_sight(x, o, what->sight, &why);
    int pct = weigh(x, o, what, &why);
    explain_rest(x, o, context, what, &why);
    add_row(x, what->sight, &facts);
    add_use(x, what->use, o->time_ns, &facts);
    add_text(&facts, "first_ever", is_first_ever(x, what->use, o->time_ns) ? "yes" : "");
    add_text(&facts, "off_hours", exchange_is_off_hours(x, o->time_ns) ? "yes" : "");
    if (what->judgement != NULL) {
        add_text(&facts, "judged_as", actor_word(what->judgement));
        if (what->judgement->signs > 0 && facts.count < EVIDENCE_MAX)
            facts.item[facts.count++] = (struct evidence){.name = "judged_by", .kind = EVIDENCE_LIST, .list = what->judgement->sign};
    }
    if (what->role != NULL) {
        add_text(&facts, "role", what->role->role);
        add_text(&facts, "role_source", what->role->where);
        add_text(&facts, "role_reason", what->role->reason);
    }
    const char *references[] = {column(x, what->sight, "reference"), NULL};
    const char *tags[] = {"crypto-exchange", NULL};
    return x->host->raise(context, &(struct sighting){.rule = &exchange_rules[what->rule],
                                                      .signature = signature,
                                                      .confidence_pct = (uint8_t)pct,
                                                      .context_key = "exchange",
                                                      .evidence = facts.item,
                                                      .evidence_count = facts.count,
                                                      .why = why.line,
                                                      .tags = tags,
                                                      .references = references,
                                                      .dedup = slice_of(what->sight->slug),
                                                      .limit = x->limit,
                                                      .window_s = x->window_s});
}
