/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tradecraft.h - what the files of the tradecraft detector share.
 *
 * tradecraft.c hears the observations, tools.c judges names and protocols, contagious.c requests to bare addresses, kvm.c devices on
 * the LAN, chains.c pools, nodes and RPC endpoints. In clear text wallet.c looks for wallets, rpc.c for calls to blockchains, stratum.c for
 * miners, shell.c for shells. ftp.c follows files that leave by FTP, fake_tls.c
 * looks at TLS that is none. report.c writes the alerts, rules.c says what there is to say.
 */
#ifndef TRADECRAFT_H
#define TRADECRAFT_H

#include "sensor_plugin.h"

#define NS_PER_S UINT64_C(1000000000)

enum {
    TRADECRAFT_TEXT_MAX = 256,
    TRADECRAFT_ROLES_MAX = 16,
    TRADECRAFT_WHY_MAX = 8,
    TRADECRAFT_FACTS_MAX = 24
};

/* The rules; the index into tradecraft_rules, which ends at RULE_COUNT. */
enum tradecraft_rule {
    RULE_REMOTE_OUT = 0, RULE_REMOTE_IN, RULE_EXIT, RULE_EXIT_IN, RULE_MINING, RULE_RPC_NAME, RULE_RPC_PATH, RULE_NODE,
    RULE_CONTAGIOUS_PATH, RULE_CONTAGIOUS_BARE, RULE_UPLOAD, RULE_CONTACT, RULE_LOOKUP, RULE_KVM, RULE_KVM_CLOUD, RULE_WALLET_OUT,
    RULE_WALLET_IN, RULE_STRATUM, RULE_MINING_CLASS, RULE_RPC_METHOD, RULE_DEAD_DROP, RULE_CODE_ON_CHAIN, RULE_CONTAGIOUS_SHELL,
    RULE_FTP_ARCHIVE, RULE_FTP_VOLUME, RULE_FTP_WALLET, RULE_FAKE_TLS, RULE_FAKE_HELLO,
    RULE_CONTAGIOUS_SOCKET, RULE_COUNT
};

/* How something was learned. */
enum tradecraft_place { BY_TLS = 0, BY_QUIC, BY_HTTP, BY_ADDRESS, BY_CLASS };

/* A listed name or protocol that a flow showed. Valid during the observation. */
struct tradecraft_sight {
    struct sensor_entry entry;
    enum tradecraft_place place;
    char name[TRADECRAFT_TEXT_MAX]; /* printable */
    const char *list;               /* path of the list */
};

/* The words of the configuration: empty ones end them. */
struct tradecraft_words {
    char word[TRADECRAFT_ROLES_MAX][32];
};

struct tradecraft {
    const struct sensor_host *host;
    struct sensor_list *tools;    /* tools.csv */
    struct sensor_list *lures;    /* contagious.csv: ports and paths */
    struct sensor_list *exits;    /* indicators: addresses of VPN, proxy and Tor exits; NULL: none given */
    struct sensor_list *wallets;  /* indicators, for their wallets; NULL: none wanted */
    struct sensor_list *services; /* the exchange detector's catalogue: pools and RPC endpoints */
    char tools_path[TRADECRAFT_TEXT_MAX], lures_path[TRADECRAFT_TEXT_MAX], services_path[TRADECRAFT_TEXT_MAX];
    struct tradecraft_words sanctioned, support, forbidden, wallet, mining, kvm, partners; /* services; the others are roles */
    uint64_t upload_least;        /* bytes */
    uint64_t ftp_least;           /* bytes */
    uint32_t window_s;
    uint32_t entries;             /* of each of the tables below at most */
    struct sensor_table *lured;   /* internal address -> ns of its latest request like contagious_http's */
    struct sensor_table *shells;  /* flow id -> what its client said in JSON: shell.c */
    struct sensor_table *ftp_servers; /* address -> ns of its first use as an outside FTP server: ftp.c */
    struct sensor_table *fakes;   /* flow id -> what is odd about its TLS: fake_tls.c */
    struct sensor_table *uploads; /* what went by FTP, by host and server: ftp.c */
    uint32_t unlisted_makers[256]; /* prefixes of hardware addresses that no row has, plus one: kvm.c */
    struct sensor_table *reads;   /* host and contract -> how often it was read: rpc.c */
};

/* One alert in the making. */
struct tradecraft_report {
    const struct sensor_rule *rule;
    char signature[161];
    char dedup[TRADECRAFT_TEXT_MAX];
    const char *reference;
    uint8_t severity; /* 0: the rule's */
    uint8_t confidence_pct;
    uint8_t target_is_server;
    char why[TRADECRAFT_WHY_MAX][320];
    size_t why_count;
    struct evidence fact[TRADECRAFT_FACTS_MAX];
    size_t fact_count;
};

extern const struct sensor_rule tradecraft_rules[];

/* report.c */

/* Begins one; `reference` must live until it is raised. */
void tradecraft_begin(struct tradecraft_report *r, enum tradecraft_rule rule, const char *reference);
/* A sentence that somebody can check; those beyond the bound are dropped. */
void tradecraft_because(struct tradecraft_report *r, const char *format, ...) SENSOR_PRINTF(2, 3);
/* A fact; the text must live until the report is raised. Empty texts are left out. */
void tradecraft_text(struct tradecraft_report *r, const char *name, const char *text);
void tradecraft_number(struct tradecraft_report *r, const char *name, uint64_t number);
/* What the row of a list says and where it matched: facts and sentences. */
void tradecraft_sight(const struct tradecraft *t, const struct observation *o, const struct tradecraft_sight *s, struct tradecraft_report *r);
/* A role that counts, as a fact and a sentence. */
void tradecraft_role(struct tradecraft_report *r, const struct sensor_role *role);
void tradecraft_raise(const struct tradecraft *t, struct sensor_context *context, const struct tradecraft_report *r);
/* About a flow whose head was kept. */
void tradecraft_raise_on(const struct tradecraft *t, struct sensor_context *context, const struct observation *head,
                         const struct tradecraft_report *r);
/* Copies bytes as printable ASCII; others, quotes and backslashes become '?'. */
void tradecraft_printable(char out[TRADECRAFT_TEXT_MAX], struct slice s);

/* tradecraft.c */

/* Has the address one of these roles? */
bool tradecraft_has_role(const struct tradecraft *t, struct sensor_context *context, const struct address *a,
                         const struct tradecraft_words *roles, struct sensor_role *out);
bool tradecraft_has_word(const struct tradecraft_words *words, const char *word);
/* Seconds since the host's latest D31 request, within a day. */
bool tradecraft_was_lured(const struct tradecraft *t, const struct observation *o, uint64_t *ago_s);

/* tools.c */

/* A name that a flow to the outside said; `ended`: the flow is over, so its bytes are known. */
void tradecraft_tools_see_name(struct tradecraft *t, const struct observation *o, struct sensor_context *context, struct slice name,
                    enum tradecraft_place place);
/* What nDPI made of the flow: classified, or over. */
void tradecraft_tools_see_class(struct tradecraft *t, const struct observation *o, struct sensor_context *context);
/* The flow is over: upload by its name, and a flow without one by what was resolved. */
void tradecraft_tools_see_end(struct tradecraft *t, const struct observation *o, struct sensor_context *context);

/* exits.c */

/* A flow with a listed exit is over: to a login service of ours, or from one of ours. */
void tradecraft_exits_see_end(struct tradecraft *t, const struct observation *o, struct sensor_context *context);

/* chains.c */

/* A name of the catalogue of services: pools and RPC endpoints. False when it is neither. */
bool tradecraft_chains_see_name(struct tradecraft *t, const struct observation *o, struct sensor_context *context, const struct tradecraft_sight *s);
/* nDPI's Mining, which covers pools and the nodes of chains. */
void tradecraft_chains_see_mining(struct tradecraft *t, const struct observation *o, struct sensor_context *context, const struct tradecraft_sight *s);
/* Raises a blockchain call, weighed by roles and what came before; `severity` is what it has by itself. Allowed hosts are counted. */
void tradecraft_rpc_tell(struct tradecraft *t, const struct observation *o, struct sensor_context *context, struct tradecraft_report *r);
void tradecraft_rpc_tell_from(struct tradecraft *t, const struct observation *o, struct sensor_context *context, struct tradecraft_report *r,
                              uint8_t severity);
/* A path that only nodes serve. */
void tradecraft_chains_see_path(struct tradecraft *t, const struct observation_http *o, struct sensor_context *context, struct slice path);

/* contagious.c */

void tradecraft_contagious_see(struct tradecraft *t, const struct observation_http *o, struct sensor_context *context);
/* Is it one that Contagious Interview uses? */
bool tradecraft_is_lure_port(const struct tradecraft *t, uint16_t port);
/* Did anybody of the network resolve a name to the flow's outside end? */
bool tradecraft_was_resolved(const struct tradecraft *t, struct sensor_context *context);
/* Remembers the host: what it does next weighs more. */
void tradecraft_lure(struct tradecraft *t, const struct observation *o);
/* The path of a request target: without scheme, host, query and fragment. */
struct slice tradecraft_contagious_path(struct slice url);

/* wallet.c */

void tradecraft_wallet_see(struct tradecraft *t, const struct observation_http *o, struct sensor_context *context);

void tradecraft_wallet_see_body(struct tradecraft *t, const struct observation_body *o, struct sensor_context *context);

/* rpc.c */

/* Makes its table; false without memory. */
bool tradecraft_rpc_open(struct tradecraft *t);
/* The body of a clear HTTP request or response. */
void tradecraft_rpc_see(struct tradecraft *t, const struct observation_body *o, struct sensor_context *context);

/* stratum.c */

/* Clear text over TCP: true when it is a miner's. */
bool tradecraft_stratum_see(struct tradecraft *t, const struct observation_body *o, struct sensor_context *context);

/* shell.c */

/* Makes its table; false without memory. */
bool tradecraft_shell_open(struct tradecraft *t);
/* Clear text over TCP. */
void tradecraft_shell_see(struct tradecraft *t, const struct observation_body *o, struct sensor_context *context);

/* ftp.c */

/* Makes its tables; false without memory. */
bool tradecraft_ftp_open(struct tradecraft *t);
void tradecraft_ftp_see(struct tradecraft *t, const struct observation_ftp *o, struct sensor_context *context);
/* A file went. */
void tradecraft_ftp_see_data(struct tradecraft *t, const struct observation_ftp_data *o, struct sensor_context *context);

/* fake_tls.c */

/* Makes its table; false without memory. */
bool tradecraft_fake_tls_open(struct tradecraft *t);
/* Records that are no TLS. */
void tradecraft_fake_tls_see_flaw(struct tradecraft *t, const struct observation_tls_flaw *o, struct sensor_context *context);
/* A handshake. */
void tradecraft_fake_tls_see(struct tradecraft *t, const struct observation_tls *o, struct sensor_context *context);

/* kvm.c */

/* A host name that an internal device is called by, announces, or has in its certificate or the title of a page. */
void tradecraft_kvm_see_name(struct tradecraft *t, const struct observation *o, struct sensor_context *context, struct slice name);
void tradecraft_kvm_see_device(struct tradecraft *t, const struct observation_device *o, struct sensor_context *context);
void tradecraft_kvm_see_body(struct tradecraft *t, const struct observation_body *o, struct sensor_context *context);
/* A flow is over: the hardware addresses of its internal ends. */
void tradecraft_kvm_see_end(struct tradecraft *t, const struct observation *o, struct sensor_context *context);
/* Adds to a report that the client is a board of which such devices are made, or such a device. */
void tradecraft_kvm_note_board(const struct tradecraft *t, const struct observation *o, struct tradecraft_report *r);
void tradecraft_kvm_see_certificate(struct tradecraft *t, const struct observation_tls *o, struct sensor_context *context);

#endif
