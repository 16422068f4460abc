/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control.c - see control.h: signalfds and an eventfd under one poll. The signals that stop have a signalfd of their own, so
 * that it can be polled elsewhere too.
 */
#include "run/control.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"

struct control {
    int stop;   /* signalfd of SIGINT, SIGTERM */
    int others; /* signalfd of SIGHUP, SIGUSR2 */
    int done;   /* eventfd */
};

/* Blocks two signals and opens a descriptor that tells them. */
static int watch(int one, int other)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, one);
    sigaddset(&set, other);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

struct control *control_new(struct error *error)
{
    struct control *c = calloc(1, sizeof *c);
    if (!c) {
        error_set(error, "out of memory");
        return NULL;
    }
    signal(SIGPIPE, SIG_IGN); /* a closed standard output is a write error, not the end */
    c->stop = watch(SIGINT, SIGTERM);
    c->others = watch(SIGHUP, SIGUSR2);
    c->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (c->stop >= 0 && c->others >= 0 && c->done >= 0)
        return c;
    error_set(error, "cannot watch signals: %s", strerror(errno));
    control_free(c);
    return NULL;
}

void control_free(struct control *c)
{
    if (!c)
        return;
    const int fds[] = {c->stop, c->others, c->done};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    free(c);
}

static enum control_event read_signal(int fd)
{
    struct signalfd_siginfo info;
    if (read(fd, &info, sizeof info) != sizeof info)
        return CONTROL_NONE;
    if (info.ssi_signo == SIGUSR2)
        return CONTROL_RELOAD;
    return info.ssi_signo == SIGHUP ? CONTROL_REOPEN : CONTROL_STOP;
}

enum control_event control_wait(struct control *c, int wait_ms)
{
    struct pollfd fds[] = {
        {.fd = c->stop, .events = POLLIN}, {.fd = c->others, .events = POLLIN}, {.fd = c->done, .events = POLLIN}};
    uint64_t ignored;
    if (poll(fds, sizeof fds / sizeof *fds, wait_ms) <= 0)
        return CONTROL_NONE;
    for (size_t i = 0; i < 2; i++)
        if (fds[i].revents & POLLIN)
            return read_signal(fds[i].fd);
    return read(c->done, &ignored, sizeof ignored) == sizeof ignored ? CONTROL_DONE : CONTROL_NONE;
}

void control_done(struct control *c)
{
    uint64_t one = 1;
    while (write(c->done, &one, sizeof one) < 0 && errno == EINTR) {
    }
}

int control_stop_fd(const struct control *c)
{
    return c->stop;
}
