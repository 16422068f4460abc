/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange.c - D13 to D15: cryptocurrency exchanges and the services around them, by name.
 *
 * Every flow that names a listed service is labelled. A program at the API of an exchange also alerts (D13), once per host and
 * exchange a day, unless the host may trade; so does any use by a host whose role forbids it (D15). Web sites (D14), hosts that
 * serve web and API under one name, bridges, mixers, mining pools and RPC nodes are labelled only; other detectors may build
 * on the labels. Listing a service here says nothing about who uses it.
 */
#include "exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { QUESTIONS_MAX = 16, NAMES_MAX = 64, SHARED_FROM = 5 };

/* What is remembered of a connection until it ends. */
struct flow_mark {
    struct exchange_sight sight;
    struct exchange_judgement judgement;
    bool waits; /* its sighting comes at the end, when its bytes are known */
};

static const struct sensor_option options[] = {
    {"services", OPTION_TEXT, "exchange/services.csv", 0, 0, "CSV of services; its columns are in plugins/exchange/README.md"},
    {"allow", OPTION_LIST, "", 0, 0,
     "addresses and networks of hosts that may trade, with or without =exchange and @last-day: labelled and counted, no alert"},
    {"trading-roles", OPTION_LIST, "trading,wallet", 0, 0, "roles of `hosts` that may trade"},
    {"forbidden-roles", OPTION_LIST, "server,dc,build,ot,kiosk", 0, 0, "roles of `hosts` that must not: severity 2"},
    {"office-hours", OPTION_TEXT, "", 0, 0, "like 08:00-18:00, Monday to Friday, local time; empty does not judge by it"},
    {"dns-alert", OPTION_BOOL, "yes", 0, 0, "a DNS question for an API host that no connection follows alerts by itself"},
    {"limit", OPTION_NUMBER, "1", 0, UINT32_MAX, "alerts per window for one rule, host and exchange; 0 for all"},
    {"window", OPTION_SECONDS, "1d", 1, UINT32_MAX, "length of that window in packet time"},
    {"flows", OPTION_NUMBER, "16384", 64, 1 << 22, "open connections to listed services remembered, 1 kB each"},
    {"uses", OPTION_NUMBER, "65536", 64, EXCHANGE_USES_MAX, "pairs of host and service remembered, 300 bytes each"},
    {NULL, OPTION_TEXT, NULL, 0, 0, NULL},
};

/* ------------------------------------------------------------------- kinds */

static const char *column(const struct exchange *x, const struct exchange_sight *s, const char *name)
{
    return x->host->field(&s->entry, name);
}

/* True for the host of an exchange that only programs use. */
static bool is_api(const struct exchange *x, const struct exchange_sight *s)
{
    const char *kind = column(x, s, "kind");
    return strcmp(kind, "exchange_ws") == 0 || (strcmp(kind, "exchange_api") == 0 && strcmp(column(x, s, "transport"), "web") != 0);
}

/* Services that move value, which a forbidden role is about. */
static bool moves_value(const struct exchange *x, const struct exchange_sight *s)
{
    const char *kind = column(x, s, "kind");
    return strncmp(kind, "exchange_", 9) == 0 || strcmp(kind, "bridge") == 0 || strcmp(kind, "mixer") == 0 ||
           strcmp(kind, "dex") == 0;
}

/* Writes the label for the kind of service; exchanges also get "crypto-exchange". */
static void label(const struct exchange *x, struct sensor_context *context, const struct exchange_sight *s)
{
    const char *kind = column(x, s, "kind");
    bool is_exchange = strncmp(kind, "exchange_", 9) == 0;
    bool possible = strcmp(kind, "exchange_api") == 0 && !is_api(x, s);
    x->host->label(context, s->slug, is_exchange ? "crypto-exchange" : kind);
    if (is_exchange)
        x->host->label(context, NULL, possible ? "exchange_api_possible" : kind);
    x->host->count(context, possible ? "api_possible" : is_api(x, s) ? "api" : strcmp(kind, "exchange_web") == 0 ? "web" : "other");
}

/* ------------------------------------------------------------------ policy */

/* One of `roles` that the host has. */
static bool has_one(const struct exchange *x, struct sensor_context *context, const struct address *host,
                    const char (*roles)[32], struct sensor_role *out)
{
    for (size_t i = 0; i < EXCHANGE_ROLES_MAX && roles[i][0] != '\0'; i++)
        if (x->host->has_role(context, host, roles[i], out))
            return true;
    return false;
}

static bool may_trade(const struct exchange *x, const struct observation *o, struct sensor_context *context, const char *slug)
{
    bool may = exchange_allow_has(&x->allow, &o->client, slug, o->time_ns) || has_one(x, context, &o->client, x->trading, NULL);
    if (may)
        x->host->count(context, "allowed");
    return may;
}

/* Tells a use by `rule`, or by that about roles. The host's threshold counts repeats, so this is called for those too. */
static void tell(struct exchange *x, const struct observation *o, struct sensor_context *context, struct exchange_use *use,
                 struct exchange_told what)
{
    struct sensor_role role;
    what.use = use;
    if (moves_value(x, what.sight) && has_one(x, context, &o->client, x->forbidden, &role)) {
        what.rule = RULE_ROLE;
        what.role = &role;
    } else if (!is_api(x, what.sight) || may_trade(x, o, context, what.sight->slug)) {
        return;
    } else if (what.judgement != NULL && what.judgement->actor == ACTOR_BROWSER && what.judgement->signs > 1) {
        x->host->count(context, "browser");
        return;
    }
    if (exchange_tell(x, o, context, &what))
        use->alerted_ns = o->time_ns;
}

static void tell_connection(struct exchange *x, const struct observation *o, struct sensor_context *context,
                            struct exchange_use *use, const struct flow_mark *mark)
{
    tell(x, o, context, use,
         (struct exchange_told){.rule = mark->sight.place == BY_ADDRESS ? RULE_RESOLVED : RULE_CONNECTED,
                                .sight = &mark->sight,
                                .judgement = &mark->judgement});
}

/* Would tell() have anything to say? Spares the memory of flows that it has nothing to say about. */
static bool concerns(const struct exchange *x, const struct observation *o, struct sensor_context *context,
                     const struct exchange_sight *s)
{
    return is_api(x, s) || (moves_value(x, s) && has_one(x, context, &o->client, x->forbidden, NULL));
}

/* ------------------------------------------------------------------- flows */

/* A connection to a listed host began, or is over at once (BY_ADDRESS at the end of a flow). */
static void connected(struct exchange *x, const struct observation *o, struct sensor_context *context,
                      const struct exchange_sight *s)
{
    bool is_new;
    struct exchange_use *use = exchange_use_of(x, &o->client, s->slug);
    struct flow_mark *mark = x->host->table_take(x->flows, &o->flow_id, &is_new);
    use->requests += o->kind == OBSERVE_HTTP_REQUEST;
    if (!is_new && strcmp(mark->sight.slug, s->slug) == 0)
        return;
    *mark = (struct flow_mark){.sight = *s};
    exchange_use_began(x, use, o);
    exchange_judge(o, use, &mark->judgement);
    mark->waits = x->limit == 1 && exchange_use_is_told(x, use, o->time_ns);
    if (!mark->waits)
        tell_connection(x, o, context, use, mark);
}

/* A question waits until its flow ends: if a connection followed, that one was told. */
static void asked(struct exchange *x, const struct observation *o, struct sensor_context *context, const struct exchange_sight *s)
{
    if (x->host->has_role(context, &o->client, "resolver", NULL)) {
        x->host->count(context, "via_resolver");
        return;
    }
    if (!x->alert_on_dns)
        return;
    for (size_t i = 0; i < x->asked_count; i++)
        if (x->asked[i].flow_id == o->flow_id && strcmp(x->asked[i].sight.slug, s->slug) == 0)
            return;
    if (x->asked_count < EXCHANGE_ASKED_MAX)
        x->asked[x->asked_count++] = (struct exchange_asked){.flow_id = o->flow_id, .at_ns = o->time_ns, .sight = *s};
    else
        tell(x, o, context, exchange_use_of(x, &o->client, s->slug), (struct exchange_told){.rule = RULE_ASKED, .sight = s});
}

static void see(struct exchange *x, const struct observation *o, struct sensor_context *context, struct exchange_sight *s)
{
    exchange_slug(s->slug, column(x, s, "service"));
    label(x, context, s);
    if (!o->client_internal)
        return;
    if (strcmp(column(x, s, "kind"), "exchange_web") == 0)
        exchange_use_of(x, &o->client, s->slug)->web_ns = o->time_ns;
    if (!concerns(x, o, context, s))
        return;
    if (s->place != BY_DNS)
        connected(x, o, context, s);
    else
        asked(x, o, context, s);
}

static void see_name(struct exchange *x, const struct observation *o, struct sensor_context *context, struct slice name,
                     enum exchange_place place)
{
    struct exchange_sight s = {.place = place};
    if (name.size == 0 || !x->host->list_find_name(x->services, name, &s.entry))
        return;
    exchange_printable(s.name, name);
    see(x, o, context, &s);
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

/* A flow that does not say its name: by what was resolved. Only API hosts count here, for web sites share their addresses. */
static void see_nameless(struct exchange *x, const struct observation *o, struct sensor_context *context)
{
    struct sensor_name n;
    struct exchange_sight s = {.place = BY_ADDRESS};
    if (!o->client_internal || o->server_internal || x->host->table_find(x->flows, &o->flow_id) != NULL)
        return;
    for (size_t i = 0; i < NAMES_MAX && x->host->name_of(context, i, &n) && n.source >= NAME_SAME_HOST; i++) {
        if (n.unsolicited || !x->host->list_find_name(x->services, n.name, &s.entry) || !is_api(x, &s))
            continue;
        exchange_printable(s.name, n.name);
        s.name_source = n.source;
        s.name_others = n.others;
        s.name_age_ns = n.age_ns;
        see(x, o, context, &s);
        return;
    }
}

/* A flow began to an address that a question waiting here gave: its end decides, if no name is seen before. */
static void hope(struct exchange *x, const struct observation *o, struct sensor_context *context)
{
    struct sensor_name n;
    char name[EXCHANGE_TEXT_MAX];
    for (size_t i = 0; i < NAMES_MAX && x->host->name_of(context, i, &n); i++) {
        exchange_printable(name, n.name);
        for (size_t k = 0; k < x->asked_count && n.source >= NAME_SAME_HOST; k++)
            if (strcasecmp(x->asked[k].sight.name, name) == 0)
                x->asked[k].hope = o->flow_id;
    }
}

/* Is there nothing more to wait for? Tells the question then, unless a connection followed. */
static bool is_settled(struct exchange *x, const struct observation *o, struct sensor_context *context, struct exchange_asked *a)
{
    struct exchange_use *use = exchange_use_of(x, &o->client, a->sight.slug);
    if (use->last_ns >= a->at_ns) {
        x->host->count(context, "asked_and_used");
        return true;
    }
    a->ended |= a->flow_id == o->flow_id;
    if (a->hope == o->flow_id)
        a->hope = 0;
    if (!a->ended || a->hope != 0)
        return false;
    tell(x, o, context, use, (struct exchange_told){.rule = RULE_ASKED, .sight = &a->sight});
    return true;
}

static void end_questions(struct exchange *x, const struct observation *o, struct sensor_context *context)
{
    for (size_t i = 0; i < x->asked_count;) {
        struct exchange_asked *a = &x->asked[i];
        bool concerns_it = a->flow_id == o->flow_id || a->hope == o->flow_id;
        if (concerns_it && is_settled(x, o, context, a))
            memmove(a, a + 1, (--x->asked_count - i) * sizeof *a);
        else
            i++;
    }
}

static void end(struct exchange *x, const struct observation *o, struct sensor_context *context)
{
    if ((o->marks & MARK_REPLIED) != 0 && o->app_proto != APP_DNS)
        see_nameless(x, o, context);
    if (x->asked_count > 0)
        end_questions(x, o, context);
    struct flow_mark *mark = x->host->table_find(x->flows, &o->flow_id);
    if (mark == NULL)
        return;
    struct exchange_use *use = exchange_use_of(x, &o->client, mark->sight.slug);
    if (mark->waits)
        tell_connection(x, o, context, use, mark);
    exchange_use_ended(x, use, o);
    x->host->table_drop(x->flows, mark);
}

/* ------------------------------------------------------------ the contract */

static void close_exchange(void *state)
{
    struct exchange *x = state;
    if (x == NULL)
        return;
    exchange_uses_close(x);
    x->host->table_free(x->flows);
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
    exchange_printable(x->list_name, (struct slice){(const uint8_t *)path, strlen(path)});
    x->services = x->host->list_open(path, columns, error, error_size);
    return x->services != NULL;
}

static bool read_roles(struct exchange *x, const struct sensor_options *o, const char *option, char (*out)[32], char *error, size_t size)
{
    size_t count = x->host->option_count(o, option);
    for (size_t i = 0; i < count; i++) {
        const char *role = x->host->option_item(o, option, i);
        if (i == EXCHANGE_ROLES_MAX || strlen(role) >= sizeof out[0]) {
            snprintf(error, size, "exchange: %s: at most %d roles of at most 31 letters", option, EXCHANGE_ROLES_MAX);
            return false;
        }
        memcpy(out[i], role, strlen(role) + 1);
    }
    return true;
}

static bool read_options(struct exchange *x, const struct sensor_options *o, char *error, size_t size)
{
    const char *hours = x->host->option_text(o, "office-hours");
    x->alert_on_dns = x->host->option_number(o, "dns-alert") != 0;
    x->limit = (uint32_t)x->host->option_number(o, "limit");
    x->window_s = (uint32_t)x->host->option_number(o, "window");
    if (!exchange_read_hours(x, hours)) {
        snprintf(error, size, "exchange: office-hours: '%s' is not like 08:00-18:00", hours);
        return false;
    }
    return read_roles(x, o, "trading-roles", x->trading, error, size) &&
           read_roles(x, o, "forbidden-roles", x->forbidden, error, size) &&
           exchange_allow_read(&x->allow, x->host, o, error, size);
}

static void *open_exchange(const struct sensor_host *host, const struct sensor_options *o, char *error, size_t error_size)
{
    struct exchange *x = calloc(1, sizeof *x);
    if (x == NULL) {
        snprintf(error, error_size, "exchange: out of memory");
        return NULL;
    }
    x->host = host;
    x->flows = host->table_new((uint32_t)host->option_number(o, "flows"), sizeof(uint64_t), sizeof(struct flow_mark));
    if (x->flows == NULL || !exchange_uses_open(x, (uint32_t)host->option_number(o, "uses"))) {
        snprintf(error, error_size, "exchange: out of memory; lower flows or uses");
        close_exchange(x);
        return NULL;
    }
    if (!open_services(x, o, error, error_size) || !read_options(x, o, error, error_size)) {
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
    const struct observation_tls *tls = (const struct observation_tls *)o;
    switch (o->kind) {
    case OBSERVE_DNS: see_dns(x, (const struct observation_dns *)o, context); break;
    case OBSERVE_TLS:
        see_name(x, o, context, observation_text(o, tls->sni), BY_TLS);
        if (tls->sni.size == 0 || tls->ech != ECH_NONE)
            see_nameless(x, o, context);
        break;
    case OBSERVE_QUIC:
        if (!quic->is_server)
            see_name(x, o, context, observation_text(o, quic->sni), BY_QUIC);
        if (!quic->is_server && (quic->sni.size == 0 || quic->ech != ECH_NONE))
            see_nameless(x, o, context);
        break;
    case OBSERVE_HTTP_REQUEST:
        see_name(x, o, context, observation_text(o, ((const struct observation_http *)o)->host), BY_HTTP);
        break;
    case OBSERVE_REPLIED:
        if (x->asked_count > 0 && o->client_internal && o->app_proto != APP_DNS)
            hope(x, o, context);
        break;
    case OBSERVE_ENDED: end(x, o, context); break;
    default: break;
    }
}

static void tick(void *state, uint64_t now_ns, struct sensor_context *context)
{
    const struct exchange *x = state;
    x->host->set(context, "tables_evicted", x->host->table_evicted(x->uses) + x->host->table_evicted(x->flows));
    exchange_uses_save(state, now_ns);
}

SENSOR_PLUGIN(exchange) = {
    SENSOR_PLUGIN_ABI,
    .kind = SENSOR_DETECTOR,
    .name = "exchange",
    .version = "1.1.0",
    .license = "Apache-2.0",
    .summary = "cryptocurrency exchanges and the services around them, by name: labels, and alerts on API hosts and forbidden roles",
    .options = options,
    .detector =
        {
            .observes = OBSERVE_BIT(OBSERVE_DNS) | OBSERVE_BIT(OBSERVE_TLS) | OBSERVE_BIT(OBSERVE_QUIC) |
                        OBSERVE_BIT(OBSERVE_HTTP_REQUEST) | OBSERVE_BIT(OBSERVE_REPLIED) | OBSERVE_BIT(OBSERVE_ENDED),
            .rules = exchange_rules,
            .open = open_exchange,
            .observe = observe,
            .tick = tick,
            .close = close_exchange,
        },
};
