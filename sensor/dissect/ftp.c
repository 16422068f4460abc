/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ftp.c - lines of either direction, a short queue of commands that wait for their replies, and the address of the next data connection.
 */
#include "dissect/ftp.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "decode/cursor.h"
#include "dissect/http_line.h"

#define QUEUE_MAX    4   /* commands sent before their replies came; older ones are told without */
#define COMMAND_MAX  8   /* letters */
#define DATA_MAX     512 /* bytes kept of a command's argument */
#define REPLIES_MAX  1024
#define USER_MAX     128
#define ODD_MAX      8   /* lines that are no FTP until the connection is refused */
#define GREETING_MAX 512

struct ftp_tx {
    uint32_t id;
    uint16_t codes[FTP_CODES_MAX];
    uint16_t port; /* of the data connection, 0 when there is none */
    uint16_t data_size, replies_size;
    uint8_t code_count, mode;
    bool data_cut, replies_cut;
    char command[COMMAND_MAX + 1];
    uint8_t data[DATA_MAX];
    uint8_t replies[REPLIES_MAX]; /* NUL-joined */
};

struct ftp_flow {
    struct ftp_tx queue[QUEUE_MAX]; /* oldest first */
    uint8_t count;
    uint8_t odd;
    uint8_t mode;          /* of the next data connection */
    uint8_t user_size;
    uint16_t port;
    uint16_t multiline;    /* code of a reply of several lines under way, else 0 */
    uint32_t made;
    bool in_line[2];       /* in the middle of a line that is passed over */
    bool tunnel;
    uint8_t user[USER_MAX];
};

/* ------------------------------------------------------------------- probe */

static bool names(struct slice line, const char *word)
{
    size_t size = strlen(word);
    for (size_t i = 0; i + size <= line.size; i++)
        if (strncasecmp((const char *)line.at + i, word, size) == 0)
            return true;
    return false;
}

static enum probe probe_greeting(struct slice bytes, bool on_its_port)
{
    if (bytes.size < 4)
        return memcmp(bytes.at, "220-", bytes.size) == 0 ? PROBE_MAYBE : PROBE_NO;
    if (memcmp(bytes.at, "220", 3) != 0 || (bytes.at[3] != ' ' && bytes.at[3] != '-'))
        return PROBE_NO;
    size_t size = bytes.size < GREETING_MAX ? bytes.size : GREETING_MAX;
    const uint8_t *end = memchr(bytes.at, '\n', size);
    if (!end && size < GREETING_MAX)
        return PROBE_MAYBE;
    struct slice line = {bytes.at, end ? (size_t)(end - bytes.at) : size};
    if (names(line, "SMTP"))
        return PROBE_NO;
    return on_its_port || names(line, "FTP") ? PROBE_YES : PROBE_NO;
}

/* Without the greeting only a login on the port of FTP is believed: POP3 and others log in with the same word. */
static enum probe probe_login(struct slice bytes)
{
    static const char login[] = "USER ";
    size_t size = bytes.size < sizeof login - 1 ? bytes.size : sizeof login - 1;
    if (strncasecmp((const char *)bytes.at, login, size) != 0)
        return PROBE_NO;
    if (memchr(bytes.at, '\n', bytes.size))
        return PROBE_YES;
    return bytes.size < GREETING_MAX ? PROBE_MAYBE : PROBE_NO;
}

enum probe ftp_probe(struct slice bytes, bool on_its_port, bool *is_server)
{
    *is_server = true;
    if (bytes.size == 0)
        return PROBE_MAYBE;
    enum probe greeting = probe_greeting(bytes, on_its_port);
    if (greeting != PROBE_NO || !on_its_port)
        return greeting;
    *is_server = false;
    return probe_login(bytes);
}

/* -------------------------------------------------------------------- life */

struct ftp_flow *ftp_flow_new(void)
{
    return calloc(1, sizeof(struct ftp_flow));
}

void ftp_flow_free(struct ftp_flow *f)
{
    free(f);
}

size_t ftp_flow_memory(const struct ftp_flow *f)
{
    return sizeof *f;
}

bool ftp_is_tunnel(const struct ftp_flow *f)
{
    return f->tunnel;
}

uint32_t ftp_transactions(const struct ftp_flow *f)
{
    return f->made;
}

/* ------------------------------------------------------------ transactions */

static void tell_oldest(struct ftp_flow *f, const struct parse_place *place)
{
    const struct ftp_tx *tx = &f->queue[0];
    struct observer *w = place->observer;
    struct observation_ftp *o = observer_begin(w, OBSERVE_FTP, sizeof *o, place->flow, place->packet, TO_SERVER);
    o->tx_id = tx->id;
    o->dynamic_port = tx->port;
    o->mode = tx->mode;
    o->code_count = tx->code_count;
    memcpy(o->codes, tx->codes, sizeof o->codes);
    o->data_cut = tx->data_cut;
    o->replies_cut = tx->replies_cut;
    o->command = observer_text(w, tx->command, strlen(tx->command));
    o->data = observer_text(w, tx->data, tx->data_size);
    o->replies = observer_text(w, tx->replies, tx->replies_size);
    o->user = observer_text(w, f->user, f->user_size);
    observer_end(w);
    f->count--;
    memmove(f->queue, f->queue + 1, f->count * sizeof *f->queue);
}

static struct ftp_tx *add(struct ftp_flow *f, const struct parse_place *place)
{
    if (f->count == QUEUE_MAX)
        tell_oldest(f, place);
    struct ftp_tx *tx = &f->queue[f->count++];
    memset(tx, 0, sizeof *tx);
    tx->id = f->made++;
    return tx;
}

void ftp_end(struct ftp_flow *f, const struct parse_place *place)
{
    while (f->count > 0)
        tell_oldest(f, place);
}

/* ------------------------------------------------------- the data connection */

/* Six numbers between commas, "10,0,0,1,195,80" (RFC 959 3.2): the last two are the port. 0 when they do not stand here. */
static uint16_t read_numbers(struct slice text)
{
    uint16_t number[6] = {0};
    size_t i = 0;
    for (unsigned n = 0; n < 6; n++) {
        size_t from = i;
        for (; i < text.size && i < from + 3 && text.at[i] >= '0' && text.at[i] <= '9'; i++)
            number[n] = (uint16_t)(number[n] * 10 + text.at[i] - '0');
        if (i == from || number[n] > 255 || (n < 5 && (i >= text.size || text.at[i++] != ',')))
            return 0;
    }
    return (uint16_t)(number[4] << 8 | number[5]);
}

/* The first such place in the text. */
static uint16_t read_port(struct slice text)
{
    uint16_t port = 0;
    for (size_t i = 0; i < text.size && port == 0; i++)
        if (i == 0 || text.at[i - 1] < '0' || text.at[i - 1] > '9')
            port = read_numbers((struct slice){text.at + i, text.size - i});
    return port;
}

/* What stands before the last but one delimiter's end, "|2|2001:db8::1|5282|" or "(|||5282|)" (RFC 2428). */
static uint16_t read_extended_port(struct slice text)
{
    const uint8_t *last = text.size > 0 ? memrchr(text.at, '|', text.size) : NULL;
    unsigned port = 0, scale = 1;
    const uint8_t *at = last;
    while (at && at > text.at && at[-1] >= '0' && at[-1] <= '9' && scale <= 10000) {
        port += scale * (unsigned)(*--at - '0');
        scale *= 10;
    }
    return at && at > text.at && at[-1] == '|' && port <= UINT16_MAX ? (uint16_t)port : 0;
}

static bool is_command(const struct ftp_tx *tx, const char *command)
{
    return strcmp(tx->command, command) == 0;
}

static void expect_data(struct ftp_flow *f, struct ftp_tx *tx, uint16_t port, uint8_t mode)
{
    if (port == 0)
        return;
    f->port = tx->port = port;
    f->mode = tx->mode = mode;
}

static bool uses_data(const struct ftp_tx *tx)
{
    static const char *const commands[] = {"STOR", "STOU", "APPE", "RETR", "LIST", "NLST", "MLSD"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (is_command(tx, commands[i]))
            return true;
    return false;
}

/* ---------------------------------------------------------------- commands */

/* The first word in upper case; false when it is none of FTP's size. */
static bool read_command(struct slice line, char out[COMMAND_MAX + 1], struct slice *data)
{
    size_t n = 0;
    while (n < line.size && n <= COMMAND_MAX && ((line.at[n] | 0x20) >= 'a' && (line.at[n] | 0x20) <= 'z'))
        n++;
    if (n < 3 || n > COMMAND_MAX || (n < line.size && line.at[n] != ' '))
        return false;
    for (size_t i = 0; i < n; i++)
        out[i] = (char)(line.at[i] & ~0x20);
    out[n] = '\0';
    *data = n < line.size ? (struct slice){line.at + n + 1, line.size - n - 1} : (struct slice){NULL, 0};
    return true;
}

static void keep_data(struct ftp_tx *tx, struct slice data, bool cut)
{
    size_t size = data.size < DATA_MAX ? data.size : DATA_MAX;
    tx->data_cut = cut || size < data.size;
    if (is_command(tx, "PASS") || size == 0)
        return;
    memcpy(tx->data, data.at, size);
    tx->data_size = (uint16_t)size;
}

static bool take_command(struct ftp_flow *f, const struct parse_place *place, struct slice line, bool cut)
{
    char command[COMMAND_MAX + 1];
    struct slice data;
    if (!read_command(line, command, &data))
        return false;
    struct ftp_tx *tx = add(f, place);
    memcpy(tx->command, command, sizeof command);
    keep_data(tx, data, cut);
    if (is_command(tx, "USER")) {
        f->user_size = (uint8_t)(tx->data_size < USER_MAX ? tx->data_size : USER_MAX);
        memcpy(f->user, tx->data, f->user_size);
    } else if (is_command(tx, "PORT")) {
        expect_data(f, tx, read_port(data), FTP_ACTIVE);
    } else if (is_command(tx, "EPRT")) {
        expect_data(f, tx, read_extended_port(data), FTP_ACTIVE);
    } else if (uses_data(tx)) {
        tx->port = f->port;
        tx->mode = f->mode;
        f->port = 0;
        f->mode = 0;
    }
    return true;
}

/* ----------------------------------------------------------------- replies */

static void keep_reply(struct ftp_tx *tx, uint16_t code, struct slice text)
{
    size_t joint = tx->replies_size > 0, room = REPLIES_MAX - tx->replies_size;
    if (code != 0 && tx->code_count < FTP_CODES_MAX)
        tx->codes[tx->code_count++] = code;
    if (text.size + joint > room) {
        tx->replies_cut = true;
        text.size = room > joint ? room - joint : 0;
    }
    if (text.size == 0)
        return;
    if (joint)
        tx->replies[tx->replies_size++] = '\0';
    memcpy(tx->replies + tx->replies_size, text.at, text.size);
    tx->replies_size = (uint16_t)(tx->replies_size + text.size);
}

/* "227 text" or "227-text"; 0 when the line has no code. */
static uint16_t read_code(struct slice line)
{
    uint16_t code = 0;
    for (size_t i = 0; i < 3; i++) {
        if (i >= line.size || line.at[i] < '0' || line.at[i] > '9')
            return 0;
        code = (uint16_t)(code * 10 + line.at[i] - '0');
    }
    bool ends = line.size == 3 || line.at[3] == ' ' || line.at[3] == '-';
    return ends && code >= 100 && code < 600 ? code : 0;
}

static void end_reply(struct ftp_flow *f, const struct parse_place *place, uint16_t code, struct slice text)
{
    struct ftp_tx *tx = &f->queue[0];
    if (code == 227)
        expect_data(f, tx, read_port(text), FTP_PASSIVE);
    else if (code == 229)
        expect_data(f, tx, read_extended_port(text), FTP_PASSIVE);
    f->tunnel = code == 234;
    if (code >= 200)
        tell_oldest(f, place);
}

static bool take_reply(struct ftp_flow *f, const struct parse_place *place, struct slice line)
{
    uint16_t code = read_code(line);
    bool goes_on = code != 0 && line.size > 3 && line.at[3] == '-';
    if (code == 0 && f->multiline == 0)
        return false;
    struct ftp_tx *tx = f->count > 0 ? &f->queue[0] : add(f, place);
    size_t skip = code == 0 ? 0 : line.size > 3 ? 4 : 3;
    struct slice text = {line.at + skip, line.size - skip};
    bool is_new = f->multiline == 0;
    keep_reply(tx, is_new ? code : 0, text);
    if (is_new && goes_on)
        f->multiline = code;
    else if (is_new || (code == f->multiline && !goes_on))
        f->multiline = 0;
    if (f->multiline == 0)
        end_reply(f, place, code, text);
    return true;
}

/* -------------------------------------------------------------- directions */

/* Passes over the rest of a line; false while its end is not there. */
static bool skip_line(struct ftp_flow *f, enum direction direction, struct cursor *at)
{
    size_t left = cursor_left(at);
    const uint8_t *end = left > 0 ? memchr(at->at, '\n', left) : NULL;
    cursor_skip(at, end ? (size_t)(end + 1 - at->at) : left);
    f->in_line[direction] = !end;
    return end != NULL;
}

struct parse_result ftp_bytes(struct ftp_flow *f, const struct parse_place *place, enum direction direction, struct slice bytes)
{
    struct cursor at = cursor_of(bytes.at, bytes.size);
    struct slice line;
    bool cut;
    while (!f->tunnel) {
        if (f->in_line[direction] && !skip_line(f, direction, &at))
            break;
        if (!http_line_take(&at, &line, &cut))
            break;
        f->in_line[direction] = cut;
        bool known = line.size == 0 ||
                     (direction == TO_SERVER ? take_command(f, place, line, cut) : take_reply(f, place, line));
        if (!known && ++f->odd == ODD_MAX)
            return (struct parse_result){PARSE_REFUSED, (size_t)(at.at - bytes.at), 0};
    }
    return (struct parse_result){f->tunnel ? PARSE_DONE : PARSE_MORE, (size_t)(at.at - bytes.at), 0};
}

void ftp_gap(struct ftp_flow *f, enum direction direction)
{
    f->in_line[direction] = true;
    if (direction == TO_CLIENT)
        f->multiline = 0;
}
