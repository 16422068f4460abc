/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ftp_data.c - see ftp_data.h. A data connection is found by who listens and on which port. While no FTP is spoken, a flow costs
 * nothing here.
 */
#include "analysis/ftp_data.h"

#include <stdlib.h>
#include <string.h>

#include "base/table.h"

enum { COMMAND_MAX = 8, NAME_MAX_KEPT = 512, USER_MAX = 64, TCP = 6 };

/* Who awaits the connection, and where. */
struct endpoint {
    struct address listener;
    uint16_t port;
    uint8_t zero[6];
};

struct text {
    uint16_t size;
    char at[NAME_MAX_KEPT];
};

struct awaited {
    uint64_t control_flow_id;
    struct observation data; /* head of the data connection, once it is over */
    uint8_t mode;            /* enum ftp_mode */
    bool is_over;
    struct text command, name, user; /* of the transfer, once its command was seen */
};

struct ftp_data {
    struct sensor_table *awaited; /* struct endpoint -> struct awaited */
    struct {
        struct observation_ftp_data head;
        uint8_t texts[3 * (NAME_MAX_KEPT + 8)];
    } out;
};

struct ftp_data *ftp_data_new(uint32_t most)
{
    struct ftp_data *f = calloc(1, sizeof *f);
    if (f && (f->awaited = table_new(most, sizeof(struct endpoint), sizeof(struct awaited))))
        return f;
    free(f);
    return NULL;
}

void ftp_data_free(struct ftp_data *f)
{
    if (f)
        table_free(f->awaited);
    free(f);
}

uint64_t ftp_data_lost(const struct ftp_data *f)
{
    return table_evicted(f->awaited);
}

/* ------------------------------------------------------------------- telling */

static void keep(struct text *to, struct slice from, size_t most)
{
    to->size = (uint16_t)(from.size < most ? from.size : most);
    if (to->size > 0)
        memcpy(to->at, from.at, to->size);
}

static struct text_ref put(struct ftp_data *f, const struct text *t)
{
    uint32_t at = f->out.head.head.size;
    memcpy((uint8_t *)&f->out + at, t->at, t->size);
    f->out.head.head.size += (t->size + 7u) & ~7u;
    return (struct text_ref){at, t->size};
}

static bool is_word(const struct text *t, const char *word)
{
    return t->size == strlen(word) && memcmp(t->at, word, t->size) == 0;
}

/* The observation of a transfer that is over on both sides. */
static const struct observation *tell(struct ftp_data *f, struct awaited *w, const struct observation *now)
{
    struct observation_ftp_data *o = &f->out.head;
    *o = (struct observation_ftp_data){.head = w->data, .control_flow_id = w->control_flow_id, .mode = w->mode};
    o->head.kind = OBSERVE_FTP_DATA;
    o->head.size = sizeof *o;
    o->head.tunnel_at = 0;
    o->head.time_ns = now->time_ns;
    o->is_upload = !is_word(&w->command, "RETR");
    bool to_listener = o->is_upload == (w->mode == FTP_PASSIVE);
    o->bytes = o->head.bytes[to_listener ? TO_SERVER : TO_CLIENT];
    o->command = put(f, &w->command);
    o->name = put(f, &w->name);
    o->user = put(f, &w->user);
    table_drop(f->awaited, w);
    return &o->head;
}

/* ------------------------------------------------------------------- joining */

static bool is_transfer(struct slice command)
{
    static const char words[][5] = {"STOR", "STOU", "APPE", "RETR"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (command.size == 4 && memcmp(command.at, words[i], 4) == 0)
            return true;
    return false;
}

/* PASV, EPSV, PORT, EPRT; what else uses a data connection (LIST) is no file. */
static bool is_announcement(struct slice command)
{
    return command.size == 4 && (memcmp(command.at, "PASV", 4) == 0 || memcmp(command.at, "EPSV", 4) == 0 ||
                                 memcmp(command.at, "PORT", 4) == 0 || memcmp(command.at, "EPRT", 4) == 0);
}

static const struct observation *see_control(struct ftp_data *f, const struct observation_ftp *o)
{
    struct slice command = observation_text(&o->head, o->command);
    struct endpoint key = {.listener = o->mode == FTP_ACTIVE ? o->head.client : o->head.server, .port = o->dynamic_port};
    bool is_new, refused = o->code_count > 0 && o->codes[o->code_count - 1] >= 400;
    if (o->dynamic_port == 0 || refused)
        return NULL;
    if (is_announcement(command)) {
        struct awaited *w = table_take(f->awaited, &key, &is_new);
        *w = (struct awaited){.control_flow_id = o->head.flow_id, .mode = o->mode};
        return NULL;
    }
    struct awaited *w = table_find(f->awaited, &key);
    if (!w || w->control_flow_id != o->head.flow_id)
        return NULL;
    if (!is_transfer(command)) {
        table_drop(f->awaited, w);
        return NULL;
    }
    keep(&w->command, command, COMMAND_MAX);
    keep(&w->name, observation_text(&o->head, o->data), NAME_MAX_KEPT);
    keep(&w->user, observation_text(&o->head, o->user), USER_MAX);
    return w->is_over ? tell(f, w, &o->head) : NULL;
}

static const struct observation *see_end(struct ftp_data *f, const struct observation *o)
{
    struct endpoint key = {.listener = o->server, .port = o->server_port};
    struct awaited *w = table_find(f->awaited, &key);
    if (!w || w->is_over || w->control_flow_id == o->flow_id)
        return NULL;
    w->data = *o;
    w->is_over = true;
    return w->command.size > 0 ? tell(f, w, o) : NULL;
}

const struct observation *ftp_data_see(struct ftp_data *f, const struct observation *o)
{
    if (o->kind == OBSERVE_FTP)
        return see_control(f, (const struct observation_ftp *)(const void *)o);
    if (o->kind == OBSERVE_ENDED && o->proto == TCP && table_count(f->awaited) > 0)
        return see_end(f, o);
    return NULL;
}
