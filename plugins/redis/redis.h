/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redis.h - the two halves of the redis output: link.c, a connection that never blocks for long, and redis.c, which knows what each line
 * becomes and which of them the server has confirmed.
 */
#ifndef REDIS_REDIS_H
#define REDIS_REDIS_H

#include <hiredis/hiredis.h>

#include "sensor_plugin.h"

enum progress { DONE, BUSY, FAILED };

struct link {
    const char *server; /* a name, an address, or the path of a socket */
    int port;
    const char *username, *password; /* "" for none */
    redisContext *context;           /* NULL: not connected */
    unsigned silent_ms;              /* waited for an answer without getting one */
    char error[512];                 /* latest failure, "" when there is none or the server is only slow */
};

/* Connects and authenticates unless that is done. False and `error` on failure; takes a second or two at most. */
bool link_open(struct link *l);
void link_close(struct link *l);
/* Has it been waited for in vain for so long that something is wrong? */
bool link_is_silent(const struct link *l);
/* What is to be sent next; the bytes are copied. False when memory ran out. */
bool link_append(struct link *l, int count, const char **words, const size_t *sizes);
/* Sends, and takes the next answer; free it with freeReplyObject(). BUSY: none yet; `error` tells when that is no longer normal.
 * FAILED: the connection is broken and closed, and which of the unanswered commands were obeyed is unknown. */
enum progress link_answer(struct link *l, redisReply **answer);

#endif
