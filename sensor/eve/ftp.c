/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ftp.c - one transaction of FTP's control connection, client first, and a file that went by a data connection. Codes stand beside their
 * texts, passwords nowhere.
 */
#include "eve/line.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static void codes(struct json *j, const struct observation_ftp *o)
{
    char text[8];
    if (o->code_count == 0)
        return;
    json_open_array(j, "completion_code");
    for (uint8_t i = 0; i < o->code_count && i < FTP_CODES_MAX; i++) {
        snprintf(text, sizeof text, "%03u", o->codes[i]);
        json_text(j, NULL, text);
    }
    json_close_array(j);
}

static void replies(struct json *j, struct slice joined)
{
    if (joined.size == 0)
        return;
    json_open_array(j, "reply");
    for (size_t at = 0, size; at < joined.size; at += size + 1) {
        const uint8_t *stop = memchr(joined.at + at, '\0', joined.size - at);
        size = stop != NULL ? (size_t)(stop - joined.at) - at : joined.size - at;
        json_slice(j, NULL, (struct slice){joined.at + at, size});
    }
    json_close_array(j);
}

void ftp_object(struct line *l)
{
    const struct observation_ftp *o = (const struct observation_ftp *)l->seen;
    struct json *j = l->json;
    json_open(j, "ftp");
    line_text(l, "command", o->command);
    line_text(l, "command_data", o->data);
    if (o->data_cut)
        json_bool(j, "command_truncated", true);
    codes(j, o);
    replies(j, line_slice(l, o->replies));
    if (o->replies_cut)
        json_bool(j, "reply_truncated", true);
    if (o->dynamic_port != 0) {
        json_uint(j, "dynamic_port", o->dynamic_port);
        json_text(j, "mode", o->mode == FTP_ACTIVE ? "active" : "passive");
    }
    json_text(j, "reply_received", o->code_count > 0 ? "yes" : "no");
    json_close(j);
}

uint32_t ftp_lines(struct eve *e, const struct event *event, struct json *out)
{
    assert(event->observation->kind == OBSERVE_FTP);
    const struct observation_ftp *o = (const struct observation_ftp *)event->observation;
    struct line l;
    line_open(&l, e, event, out, SOURCE_CLIENT);
    json_uint(out, "tx_id", o->tx_id);
    ftp_object(&l);
    return line_close(&l);
}

/* The object has no place for volumes: they are the data connection's own. */
uint32_t ftp_data_lines(struct eve *e, const struct event *event, struct json *out)
{
    assert(event->observation->kind == OBSERVE_FTP_DATA);
    const struct observation_ftp_data *o = (const struct observation_ftp_data *)event->observation;
    struct line l;
    line_open(&l, e, event, out, SOURCE_CLIENT);
    json_open(out, "ftp_data");
    line_text(&l, "filename", o->name);
    line_text(&l, "command", o->command);
    json_close(out);
    volume_object(&l);
    return line_close(&l);
}
