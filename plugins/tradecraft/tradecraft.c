/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tradecraft.c - how intruders from the DPRK work, apart from what is theirs: tools, services and habits that others use too.
 *
 * Nothing here is an indicator. Remote access (D23, D37), VPN exits (D24), mining (D25), calls to blockchains (D26), HTTP as
 * Contagious Interview speaks it (D31), FTP (D32) and web services that take stolen files (D33): each is a fact about a host, its weight hangs on
 * the host's role, and the chain of them tells more than one alone. This file holds the contract; the head of tradecraft.h says who
 * decides what.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tradecraft.h"

enum { STATE_VERSION = 2, LURED_S = 86400, LISTS_MAX = 16 };

static const struct sensor_option options[] = {
    {"tools", OPTION_TEXT, "tradecraft/tools.csv", 0, 0, "CSV of tools and services; its columns are in plugins/tradecraft/README.md"},
    {"contagious", OPTION_TEXT, "tradecraft/contagious.csv", 0, 0, "CSV of the ports and paths of Contagious Interview (D31)"},
    {"services", OPTION_TEXT, "exchange/services.csv", 0, 0, "the exchange detector's CSV: its mining pools and RPC endpoints"},
    {"wallets", OPTION_LIST, "dprk/indicators.csv", 0, 0, "lists of indicators whose wallets are looked for in clear HTTP; empty: none"},
    {"exits", OPTION_LIST, "", 0, 0, "lists of addresses of VPN, proxy and Tor exits, in any format of indicators (D24)"},
    {"sanctioned", OPTION_LIST, "", 0, 0, "remote-access tools that are allowed, as the list calls them: TeamViewer"},
    {"support-roles", OPTION_LIST, "helpdesk", 0, 0, "roles of `hosts` that may use any remote-access tool"},
    {"forbidden-roles", OPTION_LIST, "server,dc,build,ot,kiosk", 0, 0, "roles of `hosts` for which all of this weighs more"},
    {"wallet-roles", OPTION_LIST, "trading,wallet", 0, 0, "roles of `hosts` that may speak to blockchains"},
    {"mining-roles", OPTION_LIST, "mining", 0, 0, "roles of `hosts` that may mine"},
    {"kvm-roles", OPTION_LIST, "lab,kvm", 0, 0, "roles of `hosts` where KVM-over-IP devices are at home"},
    {"partner-roles", OPTION_LIST, "partner", 0, 0, "roles of `hosts` of outside FTP servers that may be sent files"},
    {"ftp-upload", OPTION_SIZE, "5mb", 1, INT64_MAX, "bytes to one FTP server within a day that are an upload"},
    {"upload", OPTION_SIZE, "1mb", 1, INT64_MAX, "bytes out in one flow to a web service that are an upload"},
    {"window", OPTION_SECONDS, "1d", 1, UINT32_MAX, "one alert per rule, host and service in this time"},
    {"entries", OPTION_NUMBER, "4096", 64, 1 << 20, "remembered of each kind at once: hosts, shells, FTP servers and uploads, odd TLS; of contracts twice as many"},
    {NULL, OPTION_TEXT, NULL, 0, 0, NULL},
};

/* ------------------------------------------------------------ what is known */

bool tradecraft_has_role(const struct tradecraft *t, struct sensor_context *context, const struct address *a,
                         const struct tradecraft_words *roles, struct sensor_role *out)
{
    for (size_t i = 0; i < TRADECRAFT_ROLES_MAX && roles->word[i][0] != '\0'; i++)
        if (t->host->has_role(context, a, roles->word[i], out))
            return true;
    return false;
}

bool tradecraft_has_word(const struct tradecraft_words *words, const char *word)
{
    for (size_t i = 0; i < TRADECRAFT_ROLES_MAX && words->word[i][0] != '\0'; i++)
        if (strcmp(words->word[i], word) == 0)
            return true;
    return false;
}

bool tradecraft_was_lured(const struct tradecraft *t, const struct observation *o, uint64_t *ago_s)
{
    const uint64_t *at = t->host->table_find(t->lured, &o->client);
    if (at == NULL || o->time_ns < *at)
        return false;
    *ago_s = (o->time_ns - *at) / NS_PER_S;
    return *ago_s <= LURED_S;
}

/* ----------------------------------------------------------------- opening */

static void close_tradecraft(void *state)
{
    struct tradecraft *t = state;
    if (t == NULL)
        return;
    if (t->lured != NULL && t->ftp_servers != NULL)
        t->host->tables_save("tradecraft", STATE_VERSION, (struct sensor_table *const[]){t->lured, t->ftp_servers}, 2);
    t->host->table_free(t->fakes);
    t->host->table_free(t->uploads);
    t->host->table_free(t->ftp_servers);
    t->host->table_free(t->reads);
    t->host->table_free(t->shells);
    t->host->table_free(t->lured);
    t->host->list_close(t->exits);
    t->host->list_close(t->wallets);
    t->host->list_close(t->services);
    t->host->list_close(t->lures);
    t->host->list_close(t->tools);
    free(t);
}

static struct sensor_list *open_list(const struct tradecraft *t, const struct sensor_options *o, const char *option,
                                     char path[TRADECRAFT_TEXT_MAX], char *error, size_t size)
{
    static const char *const columns[] = {"service", "kind", "reference", NULL};
    const char *text = t->host->option_text(o, option);
    if (*text == '\0') {
        snprintf(error, size, "tradecraft: %s: empty; give the path of a CSV, or leave the option out", option);
        return NULL;
    }
    tradecraft_printable(path, (struct slice){(const uint8_t *)text, strlen(text)});
    return t->host->list_open(text, columns, error, size);
}

static bool read_words(const struct tradecraft *t, const struct sensor_options *o, const char *option, struct tradecraft_words *out,
                       char *error, size_t size)
{
    size_t count = t->host->option_count(o, option);
    for (size_t i = 0; i < count; i++) {
        const char *word = t->host->option_item(o, option, i);
        if (i == TRADECRAFT_ROLES_MAX || strlen(word) >= sizeof out->word[0]) {
            snprintf(error, size, "tradecraft: %s: at most %d words of at most 31 letters", option, TRADECRAFT_ROLES_MAX);
            return false;
        }
        memcpy(out->word[i], word, strlen(word) + 1);
    }
    return true;
}

static bool read_options(struct tradecraft *t, const struct sensor_options *o, char *error, size_t size)
{
    t->upload_least = (uint64_t)t->host->option_number(o, "upload");
    t->ftp_least = (uint64_t)t->host->option_number(o, "ftp-upload");
    t->window_s = (uint32_t)t->host->option_number(o, "window");
    return read_words(t, o, "sanctioned", &t->sanctioned, error, size) &&
           read_words(t, o, "support-roles", &t->support, error, size) &&
           read_words(t, o, "forbidden-roles", &t->forbidden, error, size) &&
           read_words(t, o, "wallet-roles", &t->wallet, error, size) &&
           read_words(t, o, "mining-roles", &t->mining, error, size) && read_words(t, o, "kvm-roles", &t->kvm, error, size) &&
           read_words(t, o, "partner-roles", &t->partners, error, size);
}

/* No list is no error: nobody need look for wallets or exits. */
static bool open_indicators(const struct tradecraft *t, const struct sensor_options *o, const char *option, struct sensor_list **out, char *error,
                            size_t size)
{
    const char *items[LISTS_MAX];
    size_t count = t->host->option_count(o, option);
    if (count > LISTS_MAX) {
        snprintf(error, size, "tradecraft: %s: at most %d lists", option, LISTS_MAX);
        return false;
    }
    for (size_t i = 0; i < count; i++)
        items[i] = t->host->option_item(o, option, i);
    if (count > 0)
        *out = t->host->list_open_indicators(items, count, error, size);
    return count == 0 || *out != NULL;
}

static bool open_lists(struct tradecraft *t, const struct sensor_options *o, char *error, size_t size)
{
    t->tools = open_list(t, o, "tools", t->tools_path, error, size);
    if (t->tools == NULL)
        return false;
    t->lures = open_list(t, o, "contagious", t->lures_path, error, size);
    if (t->lures == NULL)
        return false;
    t->services = open_list(t, o, "services", t->services_path, error, size);
    return t->services != NULL && open_indicators(t, o, "wallets", &t->wallets, error, size) && open_indicators(t, o, "exits", &t->exits, error, size);
}

static void *open_tradecraft(const struct sensor_host *host, const struct sensor_options *o, char *error, size_t error_size)
{
    struct tradecraft *t = calloc(1, sizeof *t);
    if (t == NULL) {
        snprintf(error, error_size, "tradecraft: out of memory");
        return NULL;
    }
    t->host = host;
    t->entries = (uint32_t)host->option_number(o, "entries");
    t->lured = host->table_new(t->entries, sizeof(struct address), sizeof(uint64_t));
    if (t->lured == NULL || !tradecraft_shell_open(t) || !tradecraft_rpc_open(t) || !tradecraft_ftp_open(t) ||
        !tradecraft_fake_tls_open(t)) {
        snprintf(error, error_size, "tradecraft: out of memory; lower entries");
        close_tradecraft(t);
        return NULL;
    }
    if (!open_lists(t, o, error, error_size) || !read_options(t, o, error, error_size)) {
        close_tradecraft(t);
        return NULL;
    }
    host->tables_load("tradecraft", STATE_VERSION, (struct sensor_table *const[]){t->lured, t->ftp_servers}, 2);
    host->log(SENSOR_INFO, "tradecraft: %zu rows from %s", host->list_count(t->tools), t->tools_path);
    return t;
}

/* --------------------------------------------------------------- observing */

static void see_tls(struct tradecraft *t, const struct observation_tls *o, struct sensor_context *context)
{
    struct slice sni = observation_text(&o->head, o->sni);
    tradecraft_kvm_see_name(t, &o->head, context, sni);
    tradecraft_kvm_see_certificate(t, o, context);
    tradecraft_fake_tls_see(t, o, context);
    tradecraft_tools_see_name(t, &o->head, context, sni, BY_TLS);
}

static void see_request(struct tradecraft *t, const struct observation_http *o, struct sensor_context *context)
{
    struct slice host = observation_text(&o->head, o->host);
    tradecraft_kvm_see_name(t, &o->head, context, host);
    tradecraft_tools_see_name(t, &o->head, context, host, BY_HTTP);
    tradecraft_contagious_see(t, o, context);
    tradecraft_wallet_see(t, o, context);
    if (o->head.client_internal && !o->head.server_internal)
        tradecraft_chains_see_path(t, o, context, tradecraft_contagious_path(observation_text(&o->head, o->url)));
}

/* Text in clear. */
static void see_body(struct tradecraft *t, const struct observation_body *o, struct sensor_context *context)
{
    tradecraft_wallet_see_body(t, o, context);
    tradecraft_kvm_see_body(t, o, context);
    if (o->source != BODY_STREAM)
        tradecraft_rpc_see(t, o, context);
    else if (!tradecraft_stratum_see(t, o, context))
        tradecraft_shell_see(t, o, context);
}

static void observe(void *state, const struct observation *o, struct sensor_context *context)
{
    struct tradecraft *t = state;
    const struct observation_quic *quic = (const struct observation_quic *)o;
    switch (o->kind) {
    case OBSERVE_DEVICE: tradecraft_kvm_see_device(t, (const struct observation_device *)o, context); break;
    case OBSERVE_TLS: see_tls(t, (const struct observation_tls *)o, context); break;
    case OBSERVE_QUIC:
        if (!quic->is_server)
            tradecraft_tools_see_name(t, o, context, observation_text(o, quic->sni), BY_QUIC);
        break;
    case OBSERVE_HTTP_REQUEST: see_request(t, (const struct observation_http *)o, context); break;
    case OBSERVE_FTP: tradecraft_ftp_see(t, (const struct observation_ftp *)o, context); break;
    case OBSERVE_FTP_DATA: tradecraft_ftp_see_data(t, (const struct observation_ftp_data *)o, context); break;
    case OBSERVE_TLS_FLAW: tradecraft_fake_tls_see_flaw(t, (const struct observation_tls_flaw *)o, context); break;
    case OBSERVE_BODY: see_body(t, (const struct observation_body *)o, context); break;
    case OBSERVE_CLASSIFIED: tradecraft_tools_see_class(t, o, context); break;
    case OBSERVE_ENDED:
        tradecraft_tools_see_class(t, o, context);
        tradecraft_tools_see_end(t, o, context);
        tradecraft_exits_see_end(t, o, context);
        tradecraft_kvm_see_end(t, o, context);
        break;
    default: break;
    }
}

static void tick(void *state, uint64_t now_ns, struct sensor_context *context)
{
    const struct tradecraft *t = state;
    const struct sensor_table *tables[] = {t->lured, t->shells, t->ftp_servers, t->fakes, t->uploads, t->reads};
    uint64_t evicted = 0;
    (void)now_ns;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        evicted += t->host->table_evicted(tables[i]);
    t->host->set(context, "tables_evicted", evicted);
}

SENSOR_PLUGIN(tradecraft) = {
    SENSOR_PLUGIN_ABI,
    .kind = SENSOR_DETECTOR,
    .name = "tradecraft",
    .version = "1.0.0",
    .license = "Apache-2.0",
    .summary = "ways of working: remote access, VPN exits, mining, blockchain calls, Contagious Interview's HTTP, web services and FTP for theft",
    .options = options,
    .detector =
        {
            .observes = OBSERVE_BIT(OBSERVE_DEVICE) | OBSERVE_BIT(OBSERVE_TLS) | OBSERVE_BIT(OBSERVE_QUIC) |
                        OBSERVE_BIT(OBSERVE_HTTP_REQUEST) | OBSERVE_BIT(OBSERVE_BODY) | OBSERVE_BIT(OBSERVE_FTP) | OBSERVE_BIT(OBSERVE_FTP_DATA) | OBSERVE_BIT(OBSERVE_TLS_FLAW) |
                        OBSERVE_BIT(OBSERVE_CLASSIFIED) | OBSERVE_BIT(OBSERVE_ENDED),
            .rules = tradecraft_rules,
            .open = open_tradecraft,
            .observe = observe,
            .tick = tick,
            .close = close_tradecraft,
        },
};
