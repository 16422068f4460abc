/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange.c - D13 and D14: cryptocurrency exchanges and the services around them, by name.
 *
 * Every flow that names a listed service is labelled. Only an API or WebSocket host of an exchange also
 * alerts (D13): that is where programs, not people, move money. Web sites (D14), hosts that serve web and
 * API under one name, bridges, mixers, mining pools and RPC nodes are labelled only; other detectors may
 * build on the labels. Listing a service here says nothing about who uses it.
 */
#include "allow.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEXT_MAX = 256,
    SLUG_MAX = 64,
    WHY_MAX = 8,
    WHY_SIZE = 320,
    EVIDENCE_MAX = 16,
    QUESTIONS_MAX = 16,
    NAME_PCT = 60 /* a name says which host was meant, not what was done there */
};

/* Where a name was said; the index of its rule in `rules` and its words. */
enum place { BY_TLS = 0, BY_QUIC, BY_HTTP, BY_DNS };

struct exchange {
    const struct sensor_host *host;
    struct sensor_list *services;
    char list_name[TEXT_MAX];
    struct exchange_allow allow;
    bool alert_on_dns;
    uint32_t limit, window_s;
};

/* One listed name that was said. */
struct sight {
    struct sensor_entry entry;
    enum place place;
    char name[TEXT_MAX]; /* printable */
    char slug[SLUG_MAX]; /* of the service: "htx-huobi" */
};

/* Sentences that explain one alert. */
struct why {
    char text[WHY_MAX][WHY_SIZE];
    const char *line[WHY_MAX + 1];
    size_t count;
};

static const struct {
    const char *field, *said, *signature;
} places[] = {
    [BY_TLS] = {"tls.sni", "sent the TLS server name", "TLS SNI"},
    [BY_QUIC] = {"quic.sni", "sent the QUIC server name", "QUIC SNI"},
    [BY_HTTP] = {"http.hostname", "sent an HTTP request for", "HTTP host"},
    [BY_DNS] = {"dns.queries.rrname", "asked DNS for", "DNS query"},
};

#define TRADE_FALSE_POSITIVES                                                                                                      \
    "Trading desks, portfolio and tax programs and price widgets use these hosts all day: name such hosts in the "                 \
    "allow option. An alert matters on a server, a build agent, or after contact with DPRK infrastructure."

#define THEFT                                                                                                                      \
    .category = "Misc activity", .severity = 3, .rev = 1, .tactic_id = "TA0040", .tactic_name = "Impact", .technique_id = "T1657", \
    .technique_name = "Financial_Theft", .created = "2026_11_20", .updated = "2026_11_20"

enum { RULE_CONNECTED = 0, RULE_ASKED };

static const struct sensor_rule rules[] = {
    [RULE_CONNECTED] =
        {.sid = 1791300,
         .detector = "D13",
         .name = "exchange.api",
         THEFT,
         .summary = "An internal host connected to the programming interface of a cryptocurrency exchange.",
         .evidence = "The server name of TLS or QUIC, or the host of an HTTP request, is an API or WebSocket host of the list.",
         .false_positives = TRADE_FALSE_POSITIVES},
    [RULE_ASKED] = {.sid = 1791301,
                    .detector = "D13",
                    .name = "exchange.api",
                    THEFT,
                    .summary = "An internal host asked DNS for the programming interface of a cryptocurrency exchange.",
                    .evidence =
                        "A DNS question for an API or WebSocket host of the list; set dns-alert: no to leave it at the label.",
                    .false_positives = TRADE_FALSE_POSITIVES " A resolver asks for others."},
    {.sid = 1791400,
     .detector = "D14",
     .name = "exchange.web",
     THEFT,
     .summary = "A flow to the web site of a cryptocurrency exchange. It is labelled and never alerts.",
     .evidence = "A name of the list that is not an API or WebSocket host, or serves web and API alike.",
     .false_positives = "People visit exchanges; that is why this is a label."},
    {.sid = 0},
};

static const struct sensor_option options[] = {
    {"services", OPTION_TEXT, "exchange/services.csv", 0, 0, "CSV of services; its columns are in plugins/exchange/README.md"},
    {"allow", OPTION_LIST, "", 0, 0, "addresses and networks of hosts that may trade: labelled and counted, no alert"},
    {"dns-alert", OPTION_BOOL, "yes", 0, 0, "a DNS question for an API host alerts by itself"},
    {"limit", OPTION_NUMBER, "1", 0, UINT32_MAX, "alerts per window for one rule, host and exchange; 0 for all"},
    {"window", OPTION_SECONDS, "1d", 1, UINT32_MAX, "length of that window in packet time"},
    {NULL, OPTION_TEXT, NULL, 0, 0, NULL},
};

/* ----------------------------------------------------------------- words */

static struct slice slice_of(const char *text)
{
    return (struct slice){(const uint8_t *)text, strlen(text)};
}

/* Copies bytes as printable ASCII; others, quotes and backslashes become '?'. */
static void make_printable(char out[TEXT_MAX], struct slice s)
{
    size_t n = s.size < TEXT_MAX - 1 ? s.size : TEXT_MAX - 1;
    for (size_t i = 0; i < n; i++) {
        uint8_t c = s.at[i];
        out[i] = c < 0x20 || c > 0x7e || c == '"' || c == '\\' ? '?' : (char)c;
    }
    out[n] = '\0';
}

/* "HTX (Huobi)" becomes "htx-huobi": lower-case letters and digits, other runs as one hyphen. */
static void make_slug(char out[SLUG_MAX], const char *service)
{
    size_t n = 0;
    for (; *service != '\0' && n < SLUG_MAX - 1; service++) {
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

/* ----------------------------------------------------------------- telling */

static const char *column(const struct exchange *x, const struct sight *s, const char *name)
{
    return x->host->field(&s->entry, name);
}

/* True for the host of an exchange that only programs use. */
static bool is_api(const struct exchange *x, const struct sight *s)
{
    const char *kind = column(x, s, "kind");
    return strcmp(kind, "exchange_ws") == 0 || (strcmp(kind, "exchange_api") == 0 && strcmp(column(x, s, "transport"), "web") != 0);
}

/* Writes the label for the kind of service; exchanges also get "crypto-exchange". */
static void label(const struct exchange *x, struct sensor_context *context, const struct sight *s)
{
    const char *kind = column(x, s, "kind");
    bool is_exchange = strncmp(kind, "exchange_", 9) == 0;
    bool possible = strcmp(kind, "exchange_api") == 0 && !is_api(x, s);
    x->host->label(context, s->slug, is_exchange ? "crypto-exchange" : kind);
    if (is_exchange)
        x->host->label(context, NULL, possible ? "exchange_api_possible" : kind);
    x->host->count(context, possible ? "api_possible" : is_api(x, s) ? "api" : strcmp(kind, "exchange_web") == 0 ? "web" : "other");
}

static size_t write_evidence(const struct exchange *x, const struct sight *s, struct evidence out[EVIDENCE_MAX])
{
    const char *const facts[][2] = {
        {"service", column(x, s, "service")},
        {"service_id", s->slug},
        {"kind", column(x, s, "kind")},
        {"transport", column(x, s, "transport")},
        {"jurisdiction", column(x, s, "jurisdiction")},
        {"host", column(x, s, "value")},
        {"match", column(x, s, "match")},
        {"matched_on", places[s->place].field},
        {"matched_value", s->name},
        {"source", column(x, s, "source")},
        {"reference", column(x, s, "reference")},
        {"list", x->list_name},
    };
    size_t count = 0;
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        if (*facts[i][1] != '\0')
            out[count++] = (struct evidence){.name = facts[i][0], .kind = EVIDENCE_TEXT, .text = slice_of(facts[i][1])};
    out[count++] = (struct evidence){.name = "list_line", .kind = EVIDENCE_NUMBER, .number = s->entry.line};
    return count;
}

static void explain(const struct exchange *x, const struct observation *o, const struct sight *s, struct why *why)
{
    char client[46], server[46];
    bool is_ws = strcmp(column(x, s, "kind"), "exchange_ws") == 0;
    because(why, "%s %s %.120s at %s port %u", x->host->address_text(&o->client, client), places[s->place].said, s->name,
            x->host->address_text(&o->server, server), o->server_port);
    because(why, "%.120s is listed as %s of %s, line %u of %s", column(x, s, "value"), is_ws ? "a WebSocket host" : "an API host",
            column(x, s, "service"), s->entry.line, x->list_name);
    because(why, "Programs use such a host and people do not: is a trading program expected on this host?");
    because(why, "The host is not in the allow option of the exchange plugin");
    because(why, "Source of the row: %s", column(x, s, "source"));
}

static void raise_api(struct exchange *x, const struct observation *o, struct sensor_context *context, const struct sight *s)
{
    struct why why = {.count = 0};
    struct evidence evidence[EVIDENCE_MAX];
    char service[TEXT_MAX], signature[161];
    make_printable(service, slice_of(column(x, s, "service")));
    snprintf(signature, sizeof signature, "Crypto exchange API of %.64s in %s", service, places[s->place].signature);
    explain(x, o, s, &why);
    const char *references[] = {column(x, s, "reference"), NULL};
    const char *tags[] = {"crypto-exchange", NULL};
    x->host->raise(context, &(struct sighting){.rule = &rules[s->place == BY_DNS ? RULE_ASKED : RULE_CONNECTED],
                                               .signature = signature,
                                               .confidence_pct = NAME_PCT,
                                               .context_key = "exchange",
                                               .evidence = evidence,
                                               .evidence_count = write_evidence(x, s, evidence),
                                               .why = why.line,
                                               .tags = tags,
                                               .references = references,
                                               .dedup = slice_of(s->slug),
                                               .limit = x->limit,
                                               .window_s = x->window_s});
}

static void see_name(struct exchange *x, const struct observation *o, struct sensor_context *context, struct slice name,
                     enum place place)
{
    struct sight s = {.place = place};
    if (name.size == 0 || !x->host->list_find_name(x->services, name, &s.entry))
        return;
    make_printable(s.name, name);
    make_slug(s.slug, column(x, &s, "service"));
    label(x, context, &s);
    if (!is_api(x, &s) || !o->client_internal || (place == BY_DNS && !x->alert_on_dns))
        return;
    if (exchange_allow_has(&x->allow, &o->client)) {
        x->host->count(context, "allowed");
        return;
    }
    raise_api(x, o, context, &s);
}

/* A response repeats the question, so it counts only when its request did not pass here. */
static void see_dns(struct exchange *x, const struct observation_dns *o, struct sensor_context *context)
{
    const struct dns_record *q;
    if (o->head.app_proto == APP_MDNS)
        return;
    if (o->is_response && o->head.packets[TO_SERVER] != 0)
        return;
    for (uint32_t i = 0; i < QUESTIONS_MAX; i++) {
        q = observation_item(&o->head, o->questions, i, sizeof *q);
        if (q == NULL)
            return;
        see_name(x, &o->head, context, observation_text(&o->head, q->name), BY_DNS);
    }
}

/* ------------------------------------------------------------ the contract */

static void close_exchange(void *state)
{
    struct exchange *x = state;
    if (x == NULL)
        return;
    x->host->list_close(x->services);
    exchange_allow_free(&x->allow);
    free(x);
}

static bool open_services(struct exchange *x, const struct sensor_options *o, char *error, size_t error_size)
{
    static const char *const columns[] = {"match", "service", "kind", "transport", "jurisdiction", "source", "reference", NULL};
    const char *path = x->host->option_text(o, "services");
    if (*path == '\0') {
        snprintf(error, error_size, "exchange: services: empty; give the path of a CSV, or leave the option out");
        return false;
    }
    make_printable(x->list_name, slice_of(path));
    x->services = x->host->list_open(path, columns, error, error_size);
    return x->services != NULL;
}

static void *open_exchange(const struct sensor_host *host, const struct sensor_options *o, char *error, size_t error_size)
{
    struct exchange *x = calloc(1, sizeof *x);
    if (x == NULL) {
        snprintf(error, error_size, "exchange: out of memory");
        return NULL;
    }
    x->host = host;
    x->alert_on_dns = host->option_number(o, "dns-alert") != 0;
    x->limit = (uint32_t)host->option_number(o, "limit");
    x->window_s = (uint32_t)host->option_number(o, "window");
    if (!open_services(x, o, error, error_size) || !exchange_allow_read(&x->allow, host, o, error, error_size)) {
        close_exchange(x);
        return NULL;
    }
    host->log(SENSOR_INFO, "exchange: %zu names from %s", host->list_count(x->services), x->list_name);
    return x;
}

static void observe(void *state, const struct observation *o, struct sensor_context *context)
{
    struct exchange *x = state;
    const struct observation_quic *quic = (const struct observation_quic *)o;
    switch (o->kind) {
    case OBSERVE_DNS: see_dns(x, (const struct observation_dns *)o, context); break;
    case OBSERVE_TLS: see_name(x, o, context, observation_text(o, ((const struct observation_tls *)o)->sni), BY_TLS); break;
    case OBSERVE_QUIC:
        if (!quic->is_server)
            see_name(x, o, context, observation_text(o, quic->sni), BY_QUIC);
        break;
    case OBSERVE_HTTP_REQUEST:
        see_name(x, o, context, observation_text(o, ((const struct observation_http *)o)->host), BY_HTTP);
        break;
    default: break;
    }
}

SENSOR_PLUGIN(exchange) = {
    SENSOR_PLUGIN_ABI,
    .kind = SENSOR_DETECTOR,
    .name = "exchange",
    .version = "1.0.0",
    .license = "Apache-2.0",
    .summary = "cryptocurrency exchanges and the services around them, by name: labels, and alerts on API hosts",
    .options = options,
    .detector =
        {
            .observes = OBSERVE_BIT(OBSERVE_DNS) | OBSERVE_BIT(OBSERVE_TLS) | OBSERVE_BIT(OBSERVE_QUIC) |
                        OBSERVE_BIT(OBSERVE_HTTP_REQUEST),
            .rules = rules,
            .open = open_exchange,
            .observe = observe,
            .close = close_exchange,
        },
};
