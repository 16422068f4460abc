/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ftp.c - D32: files leave by FTP. The control connection says what, who and on which port; the data connection, a flow of its own that
 * is found by that port, says how much.
 *
 * An archive or the file of a wallet is told at once; other files when they are many or large. Outside partners with a role are silent.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tradecraft.h"

enum { FILES_MANY = 10, DAY_S = 86400, EXTENSION_MAX = 16 };

/* Where a data connection is awaited. */
struct endpoint {
    struct address listener;
    uint16_t port;
    uint8_t zero[6];
};

struct transfer {
    struct observation control; /* head of the control connection */
    uint64_t bytes;             /* of the upload, once the data connection is over */
    uint8_t mode;               /* enum ftp_mode */
    bool is_upload;
};

/* What went from a host to a server within a day. */
struct pair {
    struct address client, server;
};

struct upload {
    uint64_t first_ns, bytes;
    uint32_t files;
    char user[64], last[96];
};

bool tradecraft_ftp_open(struct tradecraft *t)
{
    t->transfers = t->host->table_new(t->entries, sizeof(struct endpoint), sizeof(struct transfer));
    t->uploads = t->host->table_new(t->entries, sizeof(struct pair), sizeof(struct upload));
    return t->transfers != NULL && t->uploads != NULL;
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

static struct endpoint endpoint_of(const struct observation_ftp *o)
{
    return (struct endpoint){.listener = o->mode == FTP_ACTIVE ? o->head.client : o->head.server, .port = o->dynamic_port};
}

static void copy(char *out, size_t room, struct slice text)
{
    char clean[TRADECRAFT_TEXT_MAX];
    tradecraft_printable(clean, text);
    snprintf(out, room, "%.*s", (int)room - 1, clean);
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

static void add_bytes(struct tradecraft *t, const struct observation *control, struct sensor_context *context, uint64_t now_ns, uint64_t bytes)
{
    struct upload *u = upload_of(t, control, now_ns);
    bool was_less = u->bytes < t->ftp_least;
    u->bytes += bytes;
    if (was_less && u->bytes >= t->ftp_least)
        tell_volume(t, control, context, u);
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
    struct endpoint key = endpoint_of(o);
    struct transfer *transfer = o->dynamic_port != 0 ? t->host->table_find(t->transfers, &key) : NULL;
    struct upload *u = upload_of(t, &o->head, o->head.time_ns);
    t->host->label(context, NULL, "ftp_upload");
    u->files++;
    copy(u->last, sizeof u->last, observation_text(&o->head, o->data));
    copy(u->user, sizeof u->user, observation_text(&o->head, o->user));
    if (find_kind(t, observation_text(&o->head, o->data), &kind))
        tell_file(t, &o->head, context, u, &kind);
    if (u->files == FILES_MANY)
        tell_volume(t, &o->head, context, u);
    if (transfer == NULL)
        return;
    transfer->is_upload = true;
    if (transfer->bytes != 0) { /* over already */
        add_bytes(t, &o->head, context, o->head.time_ns, transfer->bytes);
        t->host->table_drop(t->transfers, transfer);
    }
}

void tradecraft_ftp_see(struct tradecraft *t, const struct observation_ftp *o, struct sensor_context *context)
{
    bool is_new, refused = o->code_count > 0 && o->codes[o->code_count - 1] >= 400;
    if (!o->head.client_internal || o->head.server_internal || refused)
        return;
    if (is_store(o)) {
        see_store(t, o, context);
    } else if (o->dynamic_port != 0) {
        struct endpoint key = endpoint_of(o);
        struct transfer *transfer = t->host->table_take(t->transfers, &key, &is_new);
        *transfer = (struct transfer){.control = o->head, .mode = o->mode};
    }
}

void tradecraft_ftp_see_end(struct tradecraft *t, const struct observation *o, struct sensor_context *context)
{
    struct endpoint key = {.listener = o->server, .port = o->server_port};
    struct transfer *transfer = t->host->table_find(t->transfers, &key);
    if (transfer == NULL || o->flow_id == transfer->control.flow_id)
        return;
    transfer->bytes = o->bytes[transfer->mode == FTP_ACTIVE ? TO_CLIENT : TO_SERVER];
    if (!transfer->is_upload)
        return;
    struct observation control = transfer->control;
    uint64_t bytes = transfer->bytes;
    t->host->table_drop(t->transfers, transfer);
    add_bytes(t, &control, context, o->time_ns, bytes);
}
