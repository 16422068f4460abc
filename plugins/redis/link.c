/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link.c - a connection to a Redis server.
 *
 * A server that stands still keeps its connection: what was sent will be obeyed when it goes on, so sending it again on another
 * connection would double it. Only when the kernel gets no acknowledgement for so long that the other side must be gone is a connection
 * given up (TCP_USER_TIMEOUT, keepalive).
 */
#include "redis.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define CONNECT_S   1
#define ANSWER_MS   100  /* how long an answer is waited for before the host is asked to come again */
#define SILENCE_MS  5000 /* after so much waiting without an answer something is wrong */
#define GONE_MS     5000 /* without acknowledgement */
#define KEEPALIVE_S 5

static bool fail(struct link *l, const char *what, const char *why)
{
    snprintf(l->error, sizeof l->error, "redis %.200s:%d: %s: %.200s", l->server, l->port, what, why);
    link_close(l);
    return false;
}

void link_close(struct link *l)
{
    if (l->context != NULL)
        redisFree(l->context);
    l->context = NULL;
    l->silent_ms = 0;
}

static bool authenticate(struct link *l)
{
    const char *words[] = {"AUTH", l->username, l->password};
    const char *without_name[] = {"AUTH", l->password};
    if (l->password[0] == '\0')
        return true;
    redisReply *r =
        l->username[0] != '\0' ? redisCommandArgv(l->context, 3, words, NULL) : redisCommandArgv(l->context, 2, without_name, NULL);
    bool good = r != NULL && r->type == REDIS_REPLY_STATUS;
    if (!good)
        fail(l, "cannot authenticate", r != NULL && r->str != NULL ? r->str : l->context->errstr);
    if (r != NULL)
        freeReplyObject(r);
    return good;
}

/* From now on nothing blocks, and a server that has vanished is noticed. */
static bool unblock(struct link *l)
{
    int fd = l->context->fd, one = 1, idle = KEEPALIVE_S, probes = 2;
    unsigned gone = GONE_MS;
    if (l->server[0] != '/') { /* each is an improvement; none is needed */
        setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &gone, sizeof gone);
        setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &idle, sizeof idle);
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
    }
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
        return fail(l, "cannot use the connection", strerror(errno));
    l->context->flags &= ~REDIS_BLOCK;
    return true;
}

bool link_open(struct link *l)
{
    const struct timeval patience = {.tv_sec = CONNECT_S};
    if (l->context != NULL)
        return true;
    l->context = l->server[0] == '/' ? redisConnectUnixWithTimeout(l->server, patience)
                                     : redisConnectWithTimeout(l->server, l->port, patience);
    if (l->context == NULL || l->context->err != 0)
        return fail(l, "cannot connect", l->context != NULL ? l->context->errstr : "out of memory");
    redisSetTimeout(l->context, patience);
    return authenticate(l) && unblock(l);
}

bool link_is_silent(const struct link *l)
{
    return l->silent_ms >= SILENCE_MS;
}

bool link_append(struct link *l, int count, const char **words, const size_t *sizes)
{
    return redisAppendCommandArgv(l->context, count, words, sizes) == REDIS_OK;
}

/* Waits for the server a little. */
static bool is_ready(struct link *l, bool all_sent, bool *readable)
{
    struct pollfd ready = {.fd = l->context->fd, .events = (short)(POLLIN | (all_sent ? 0 : POLLOUT))};
    bool something = poll(&ready, 1, ANSWER_MS) > 0;
    *readable = something && (ready.revents & (POLLIN | POLLHUP | POLLERR)) != 0;
    l->silent_ms = something ? 0 : l->silent_ms + ANSWER_MS;
    l->error[0] = '\0';
    if (link_is_silent(l))
        snprintf(l->error, sizeof l->error, "redis %.200s:%d: does not answer", l->server, l->port);
    return something;
}

enum progress link_answer(struct link *l, redisReply **answer)
{
    int all_sent = 0;
    bool readable = false;
    for (;;) {
        void *reply = NULL;
        bool good = redisBufferWrite(l->context, &all_sent) == REDIS_OK && (!readable || redisBufferRead(l->context) == REDIS_OK) &&
                    redisGetReplyFromReader(l->context, &reply) == REDIS_OK;
        if (!good) {
            fail(l, "connection lost", l->context->errstr);
            return FAILED;
        }
        *answer = reply;
        if (reply != NULL)
            return DONE;
        if (!is_ready(l, all_sent != 0, &readable))
            return BUSY;
    }
}
