/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redis.c - the output plugin for Redis: one command an event, in Suricata's modes.
 *
 * A line is written when the server has confirmed its command. Commands go out in pipelines; `line` remembers for each line that the
 * host will offer next whether it was sent and confirmed, because in one pipeline some may be refused (memory, rights) and others not.
 * A refused one is sent again until it is taken, or the host gives up. When a connection breaks, what was sent and not confirmed is
 * sent again on the next: none of it is lost, and at most one pipeline of it comes twice.
 */
#include "redis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_MAX 1000
#define WORDS_MAX 8 /* of a command, the line included */

enum line_state { NEW = 0, SENT, CONFIRMED };

struct redis {
    struct link link;
    size_t batch;  /* commands of one pipeline */
    uint8_t *line; /* enum line_state of the lines the host will offer next, from the first */
    size_t known;  /* of which so many may be other than NEW */
    size_t capacity;
    size_t front;   /* the first of them that is not CONFIRMED */
    size_t sent;    /* how many are SENT; answers come in their order */
    size_t awaited; /* no SENT line stands before this one */
    bool may_reopen; /* in this call: a server that had fallen silent is asked again at once when its connection ends, but once */
    char refusal[256];
    const char *word[WORDS_MAX]; /* the command before the line */
    size_t word_size[WORDS_MAX];
    int word_count;
    char maxlen[24];
};

/* --------------------------------------------------------------- options */

static const struct sensor_option options[] = {
    {"server", OPTION_TEXT, "127.0.0.1", 0, 0, "name, address, or the path of a socket"},
    {"port", OPTION_NUMBER, "6379", 1, 65535, "its port"},
    {"username", OPTION_TEXT, "", 0, 0, "for servers with access lists"},
    {"password", OPTION_TEXT, "", 0, 0, "empty: no authentication"},
    {"mode", OPTION_TEXT, "list", 0, 0, "list (lpush), rpush, channel (publish) or stream (xadd)"},
    {"key", OPTION_TEXT, "haetae", 0, 0, "the list, channel or stream"},
    {"stream-maxlen", OPTION_NUMBER, "100000", 0, INT64_C(1) << 40, "entries that a stream keeps; 0 keeps all"},
    {"stream-trim-exact", OPTION_BOOL, "no", 0, 0, "exactly so many, which costs the server more"},
    {"pipelining.enabled", OPTION_BOOL, "yes", 0, 0, "send several commands before the first is answered"},
    {"pipelining.batch-size", OPTION_NUMBER, "100", 1, BATCH_MAX, "so many at most"},
    {"async", OPTION_BOOL, "yes", 0, 0, "read for Suricata's sake: nothing here waits for one answer"},
    {NULL, OPTION_TEXT, NULL, 0, 0, NULL},
};

static void add_word(struct redis *r, const char *word)
{
    r->word[r->word_count] = word;
    r->word_size[r->word_count++] = strlen(word);
}

/* XADD KEY [MAXLEN ~ N] * eve LINE, as Suricata has it. */
static void set_stream(struct redis *r, const char *key, long long maxlen, bool exact)
{
    add_word(r, "XADD");
    add_word(r, key);
    if (maxlen > 0) {
        snprintf(r->maxlen, sizeof r->maxlen, "%lld", maxlen);
        add_word(r, "MAXLEN");
        add_word(r, exact ? "=" : "~");
        add_word(r, r->maxlen);
    }
    add_word(r, "*");
    add_word(r, "eve");
}

static bool set_command(struct redis *r, const struct sensor_host *host, const struct sensor_options *o)
{
    static const char *const modes[][2] = {
        {"list", "LPUSH"},      {"lpush", "LPUSH"}, {"rpush", "RPUSH"}, {"channel", "PUBLISH"},
        {"publish", "PUBLISH"}, {"stream", "XADD"}, {"xadd", "XADD"},
    };
    const char *mode = host->option_text(o, "mode"), *key = host->option_text(o, "key"), *command = NULL;
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
        if (strcmp(modes[i][0], mode) == 0)
            command = modes[i][1];
    if (command == NULL)
        return false;
    if (strcmp(command, "XADD") == 0) {
        set_stream(r, key, host->option_number(o, "stream-maxlen"), host->option_number(o, "stream-trim-exact") != 0);
        return true;
    }
    add_word(r, command);
    add_word(r, key);
    return true;
}

static void redis_close(void *state)
{
    struct redis *r = state;
    if (r == NULL)
        return;
    link_close(&r->link);
    free(r->line);
    free(r);
}

static void *redis_open(const struct sensor_host *host, const struct sensor_options *o, char *error, size_t error_size)
{
    struct redis *r = calloc(1, sizeof *r);
    if (r == NULL) {
        snprintf(error, error_size, "out of memory");
        return NULL;
    }
    r->link.server = host->option_text(o, "server");
    r->link.port = (int)host->option_number(o, "port");
    r->link.username = host->option_text(o, "username");
    r->link.password = host->option_text(o, "password");
    r->batch = host->option_number(o, "pipelining.enabled") != 0 ? (size_t)host->option_number(o, "pipelining.batch-size") : 1;
    if (!set_command(r, host, o)) {
        snprintf(error, error_size, "redis has no mode '%.64s'; use list, rpush, channel or stream", host->option_text(o, "mode"));
        redis_close(r);
        return NULL;
    }
    if (!link_open(&r->link))
        host->log(SENSOR_NOTICE, "%s; trying on", r->link.error);
    return r;
}

/* ----------------------------------------------------- what became of lines */

/* Room to remember `count` lines. */
static bool remember(struct redis *r, size_t count)
{
    if (count > r->capacity) {
        uint8_t *line = realloc(r->line, count);
        if (line == NULL)
            return false;
        r->line = line;
        r->capacity = count;
    }
    if (count > r->known) {
        memset(r->line + r->known, NEW, count - r->known);
        r->known = count;
    }
    return true;
}

static void confirm(struct redis *r, size_t i)
{
    r->line[i] = CONFIRMED;
    while (r->front < r->known && r->line[r->front] == CONFIRMED)
        r->front++;
}

/* The first lines have been accounted for: what is remembered moves up. */
static void forget(struct redis *r, size_t count)
{
    memmove(r->line, r->line + count, r->known - count);
    r->known -= count;
    r->front -= count;
    r->awaited = r->awaited > count ? r->awaited - count : 0;
}

/* Nobody will answer any more. */
static void unsend(struct redis *r)
{
    for (size_t i = 0; i < r->known; i++)
        if (r->line[i] == SENT)
            r->line[i] = NEW;
    r->sent = 0;
}

/* --------------------------------------------------------------- writing */

/* Appends a pipeline of the NEW ones among the lines. */
static bool append_lines(struct redis *r, struct slice lines, size_t line_count)
{
    const uint8_t *at = lines.at;
    r->awaited = 0;
    for (size_t i = 0; i < line_count && r->sent < r->batch; i++) {
        size_t left = lines.size - (size_t)(at - lines.at);
        const uint8_t *lf = memchr(at, '\n', left);
        r->word[r->word_count] = (const char *)at;
        r->word_size[r->word_count] = lf != NULL ? (size_t)(lf - at) : left;
        at += lf != NULL ? r->word_size[r->word_count] + 1 : left;
        if (r->line[i] != NEW)
            continue;
        if (!link_append(&r->link, r->word_count + 1, r->word, r->word_size))
            return false;
        r->line[i] = SENT;
        r->sent++;
    }
    return true;
}

/* An answer belongs to the first line that is SENT. */
static void take_answer(struct redis *r, const redisReply *answer)
{
    while (r->line[r->awaited] != SENT)
        r->awaited++;
    r->sent--;
    if (answer->type != REDIS_REPLY_ERROR) {
        confirm(r, r->awaited);
        return;
    }
    r->line[r->awaited] = NEW;
    snprintf(r->refusal, sizeof r->refusal, "redis refuses: %.200s", answer->str);
}

/* One step towards the confirmation of all lines. False when the host shall come again. */
static bool step(struct redis *r, struct slice lines, size_t line_count)
{
    redisReply *answer = NULL;
    if (r->sent == 0 && (r->refusal[0] != '\0' || !link_open(&r->link)))
        return false;
    if (r->sent == 0 && !append_lines(r, lines, line_count)) {
        snprintf(r->link.error, sizeof r->link.error, "out of memory");
        link_close(&r->link);
        unsend(r);
        return false;
    }
    switch (link_answer(&r->link, &answer)) {
    case DONE:
        take_answer(r, answer);
        freeReplyObject(answer);
        return true;
    case FAILED:
        unsend(r);
        if (!r->may_reopen)
            return false;
        r->may_reopen = false;
        return link_open(&r->link);
    default: return false;
    }
}

static enum sensor_written redis_write(void *state, struct slice lines, size_t line_count)
{
    struct redis *r = state;
    if (!remember(r, line_count)) {
        snprintf(r->link.error, sizeof r->link.error, "out of memory");
        return SENSOR_RETRY;
    }
    r->refusal[0] = '\0';
    r->may_reopen = link_is_silent(&r->link);
    while (r->front < line_count)
        if (!step(r, lines, line_count))
            return SENSOR_RETRY;
    forget(r, line_count);
    return SENSOR_WRITTEN;
}

static const char *redis_error(void *state)
{
    const struct redis *r = state;
    return r->refusal[0] != '\0' ? r->refusal : r->link.error;
}

SENSOR_PLUGIN(redis) = {
    SENSOR_PLUGIN_ABI,       .kind = SENSOR_OUTPUT,
    .name = "redis",         .version = "1.0",
    .license = "Apache-2.0", .summary = "pushes events to a Redis list, channel or stream",
    .options = options,      .output = {.open = redis_open, .write = redis_write, .error = redis_error, .close = redis_close},
};
