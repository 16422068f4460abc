/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ftp.c - D32: files leave by FTP. The control connection says what and who; the data connection, which the host joins with it, says how
 * much.
 *
 * An archive or the file of a wallet is told at once; other files when they are many or large. Outside partners with a role are silent.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tradecraft.h"

enum { FILES_MANY = 10, DAY_S = 86400, EXTENSION_MAX = 16, LEARN_S = 7 * DAY_S };

/* What went from a host to a server within a day. */
struct pair {
    struct address client, server;
};

struct upload {
    struct observation control; /* head of the latest control connection */
    uint64_t first_ns, bytes;
    uint32_t files;
    char user[64], last[96];
};

bool tradecraft_ftp_open(struct tradecraft *t)
{
    t->ftp_servers = t->host->table_new(t->entries, sizeof(struct address), sizeof(uint64_t));
    t->uploads = t->host->table_new(t->entries, sizeof(struct pair), sizeof(struct upload));
    return t->ftp_servers != NULL && t->uploads != NULL;
}

static bool is_word(const struct observation_ftp *o, struct text_ref ref, const char *word)
{
    struct slice s = observation_text(&o->head, ref);
    return s.size == strlen(word) && memcmp(s.at, word, s.size) == 0;
}

static bool is_store(const struct observation_ftp *o)
{
    return is_word(o, o->command, "STOR") || is_word(o, o->command, "APPE") || is_word(o, o->command, "STOU");
}

static void copy(char *out, size_t room, struct slice text)
{
    char clean[TRADECRAFT_TEXT_MAX];
    tradecraft_printable(clean, text);
    snprintf(out, room, "%.*s", (int)room - 1, clean);
}

/* -------------------------------------------------------------------- novelty */

/* When an address was first used as an FTP server; remembered when it is new. */
static uint64_t first_use(const struct tradecraft *t, const struct address *server, uint64_t now_ns)
{
    bool is_new;
    uint64_t *first_ns = t->host->table_take(t->ftp_servers, server, &is_new);
    if (is_new)
        *first_ns = now_ns;
    return *first_ns;
}

/* The address of nobody stands for the beginning of learning. */
static uint64_t learning_since(const struct tradecraft *t, uint64_t now_ns)
{
    static const struct address nobody;
    return first_use(t, &nobody, now_ns);
}

/* A server that the network has used for long weighs less, one that it never used before more. */
static void add_novelty(const struct tradecraft *t, const struct observation *control, struct tradecraft_report *r)
{
    uint64_t now_ns = control->time_ns, first_ns = first_use(t, &control->server, now_ns), since_ns = learning_since(t, now_ns);
    uint64_t learned_days = (now_ns - since_ns) / (DAY_S * NS_PER_S), known_days = (now_ns - first_ns) / (DAY_S * NS_PER_S);
    if (now_ns < since_ns + LEARN_S * NS_PER_S)
        return;
    tradecraft_number(r, "server_known_days", known_days);
    tradecraft_number(r, "learned_days", learned_days);
    if (now_ns >= first_ns + LEARN_S * NS_PER_S) {
        r->confidence_pct = 45;
        tradecraft_because(r, "The network has used this server for %" PRIu64 " days", known_days);
    } else if (first_ns >= since_ns + LEARN_S * NS_PER_S) {
        r->confidence_pct = 75;
        tradecraft_because(r, "Nobody here had used this server as long as FTP was watched, for %" PRIu64 " days", learned_days);
    }
}

/* -------------------------------------------------------------------- telling */

static void tell(struct tradecraft *t, const struct observation *control, struct sensor_context *context, const struct upload *u,
                 struct tradecraft_report *r)
{
    char client[46], server[46];
    uint64_t ago_s;
    t->host->address_text(&control->client, client);
    t->host->address_text(&control->server, server);
    r->confidence_pct = 60;
    add_novelty(t, control, r);
    tradecraft_text(r, "user", u->user);
    tradecraft_text(r, "file", u->last);
    tradecraft_number(r, "files", u->files);
    tradecraft_number(r, "bytes_out", u->bytes);
    tradecraft_number(r, "control_flow_id", control->flow_id);
    tradecraft_because(r, "%s stored %.90s on the FTP server %s as %.60s", client, u->last, server, u->user[0] != '\0' ? u->user : "nobody");
    tradecraft_because(r, "%" PRIu32 " files and %" PRIu64 " bytes went there within a day, as far as their data connections are over", u->files,
                       u->bytes);
    if (tradecraft_was_lured(t, control, &ago_s)) {
        r->severity = 1;
        r->confidence_pct = 80;
        tradecraft_because(r, "%" PRIu64 " s before, the host spoke as the programs of Contagious Interview do (D31)", ago_s);
    }
    if (tradecraft_has_role(t, context, &control->server, &t->partners, NULL)) {
        t->host->count(context, "ftp_allowed");
        return;
    }
    tradecraft_raise_on(t, context, control, r);
}

static void tell_file(struct tradecraft *t, const struct observation *control, struct sensor_context *context, const struct upload *u,
                      const struct sensor_entry *kind)
{
    struct tradecraft_report r;
    char server[46];
    bool is_wallet = strcmp(t->host->field(kind, "kind"), "wallet_file") == 0;
    tradecraft_begin(&r, is_wallet ? RULE_FTP_WALLET : RULE_FTP_ARCHIVE, t->host->field(kind, "reference"));
    snprintf(r.signature, sizeof r.signature, "%s leaves by FTP: %.80s", is_wallet ? "File of a wallet or key" : "Archive", u->last);
    snprintf(r.dedup, sizeof r.dedup, "%s", t->host->address_text(&control->server, server));
    tradecraft_text(&r, "matched_on", "ftp.command_data");
    tradecraft_text(&r, "matched_value", u->last);
    tell(t, control, context, u, &r);
}

static void tell_volume(struct tradecraft *t, const struct observation *control, struct sensor_context *context, const struct upload *u)
{
    struct tradecraft_report r;
    char server[46];
    t->host->address_text(&control->server, server);
    tradecraft_begin(&r, RULE_FTP_VOLUME, "https://attack.mitre.org/techniques/T1048/003/");
    snprintf(r.signature, sizeof r.signature, "Upload by FTP: %" PRIu32 " files, %" PRIu64 " bytes to %s", u->files, u->bytes, server);
    snprintf(r.dedup, sizeof r.dedup, "%s", server);
    tradecraft_text(&r, "matched_on", u->bytes >= t->ftp_least ? "bytes_out" : "files");
    tradecraft_text(&r, "matched_value", server);
    tell(t, control, context, u, &r);
}

/* -------------------------------------------------------------------- counting */

static struct upload *upload_of(struct tradecraft *t, const struct observation *control, uint64_t now_ns)
{
    struct pair key = {control->client, control->server};
    bool is_new;
    struct upload *u = t->host->table_take(t->uploads, &key, &is_new);
    if (is_new || now_ns > u->first_ns + DAY_S * NS_PER_S)
        *u = (struct upload){.first_ns = now_ns};
    return u;
}

/* The kind of file that a name's ending stands for. */
static bool find_kind(const struct tradecraft *t, struct slice name, struct sensor_entry *out)
{
    uint8_t lower[EXTENSION_MAX];
    const uint8_t *dot = name.size == 0 ? NULL : memrchr(name.at, '.', name.size);
    size_t size = dot == NULL ? 0 : name.size - (size_t)(dot + 1 - name.at);
    if (size == 0 || size > sizeof lower)
        return false;
    for (size_t i = 0; i < size; i++)
        lower[i] = (uint8_t)(dot[1 + i] >= 'A' && dot[1 + i] <= 'Z' ? dot[1 + i] + 32 : dot[1 + i]);
    return t->host->list_find_value(t->tools, "file_ext", (struct slice){lower, size}, out);
}

static void see_store(struct tradecraft *t, const struct observation_ftp *o, struct sensor_context *context)
{
    struct sensor_entry kind;
    struct upload *u = upload_of(t, &o->head, o->head.time_ns);
    t->host->label(context, NULL, "ftp_upload");
    u->control = o->head;
    u->files++;
    copy(u->last, sizeof u->last, observation_text(&o->head, o->data));
    copy(u->user, sizeof u->user, observation_text(&o->head, o->user));
    if (find_kind(t, observation_text(&o->head, o->data), &kind))
        tell_file(t, &o->head, context, u, &kind);
    if (u->files == FILES_MANY)
        tell_volume(t, &o->head, context, u);
}

void tradecraft_ftp_see(struct tradecraft *t, const struct observation_ftp *o, struct sensor_context *context)
{
    bool refused = o->code_count > 0 && o->codes[o->code_count - 1] >= 400;
    if (!o->head.client_internal || o->head.server_internal || refused)
        return;
    learning_since(t, o->head.time_ns);
    first_use(t, &o->head.server, o->head.time_ns);
    if (is_store(o))
        see_store(t, o, context);
}

/* An upload that no command was seen for, or whose pair was forgotten, is not counted. */
void tradecraft_ftp_see_data(struct tradecraft *t, const struct observation_ftp_data *o, struct sensor_context *context)
{
    bool passive = o->mode == FTP_PASSIVE;
    struct pair key = {passive ? o->head.client : o->head.server, passive ? o->head.server : o->head.client};
    struct upload *u = o->is_upload ? t->host->table_find(t->uploads, &key) : NULL;
    if (u == NULL)
        return;
    bool was_less = u->bytes < t->ftp_least;
    u->bytes += o->bytes;
    if (was_less && u->bytes >= t->ftp_least) {
        struct observation control = u->control;
        tell_volume(t, &control, context, u);
    }
}
