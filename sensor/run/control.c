/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control.c - see control.h: signalfds for what comes from outside, eventfds for what comes from other threads, under one poll. What
 * ends a run can be polled elsewhere too.
 */
#include "run/control.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>


enum { TOLD_STOP, TOLD_SIGNALS, TOLD_INTERRUPT, TOLD_OTHERS, TOLD_DONE, TOLD_COUNT }; /* in the order of urgency */

struct control {
    int fd[TOLD_COUNT]; /* STOP: signalfd of SIGINT, SIGTERM. SIGNALS: of SIGHUP, SIGUSR2. The others: eventfds */
    int end;            /* epoll of STOP and INTERRUPT */
    _Atomic uint32_t wishes; /* bits by enum control_event, of OTHERS and INTERRUPT */
    bool stopped;
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

/* One descriptor that tells when another becomes readable. */
static bool gather(int epoll, int fd)
{
    struct epoll_event in = {.events = EPOLLIN};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &in) == 0;
}

struct control *control_new(struct error *error)
{
    struct control *c = calloc(1, sizeof *c);
    if (!c) {
        error_set(error, "out of memory");
        return NULL;
    }
    signal(SIGPIPE, SIG_IGN); /* a closed standard output is a write error, not the end */
    c->fd[TOLD_STOP] = watch(SIGINT, SIGTERM);
    c->fd[TOLD_SIGNALS] = watch(SIGHUP, SIGUSR2);
    for (int i = TOLD_INTERRUPT; i < TOLD_COUNT; i++)
        c->fd[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    c->end = epoll_create1(EPOLL_CLOEXEC);
    bool good = c->end >= 0;
    for (int i = 0; i < TOLD_COUNT; i++)
        good = good && c->fd[i] >= 0;
    if (good && gather(c->end, c->fd[TOLD_STOP]) && gather(c->end, c->fd[TOLD_INTERRUPT]))
        return c;
    error_set(error, "cannot watch signals: %s", strerror(errno));
    control_free(c);
    return NULL;
}

void control_free(struct control *c)
{
    if (!c)
        return;
    for (int i = 0; i < TOLD_COUNT; i++)
        if (c->fd[i] >= 0)
            close(c->fd[i]);
    if (c->end >= 0)
        close(c->end);
    free(c);
}

/* --------------------------------------------------------------------- telling */

static void wake(int fd)
{
    uint64_t one = 1;
    while (write(fd, &one, sizeof one) < 0 && errno == EINTR) {
    }
}

static bool empty(int fd)
{
    uint64_t ignored;
    return read(fd, &ignored, sizeof ignored) == sizeof ignored;
}

void control_ask(struct control *c, enum control_event wish)
{
    atomic_fetch_or_explicit(&c->wishes, UINT32_C(1) << wish, memory_order_release); /* pairs with take_wish */
    wake(c->fd[wish == CONTROL_STOP || wish == CONTROL_INTERRUPT ? TOLD_INTERRUPT : TOLD_OTHERS]);
}

void control_done(struct control *c)
{
    wake(c->fd[TOLD_DONE]);
}

/* The first of the wishes that this descriptor stands for; it is told again while there are more. */
static enum control_event take_wish(struct control *c, int fd, enum control_event first, enum control_event last)
{
    empty(fd);
    enum control_event told = CONTROL_NONE;
    for (unsigned wish = first; wish <= last; wish++) {
        uint32_t bit = UINT32_C(1) << wish;
        if (told != CONTROL_NONE && (atomic_load_explicit(&c->wishes, memory_order_relaxed) & bit))
            wake(fd);
        else if (told == CONTROL_NONE && (atomic_fetch_and_explicit(&c->wishes, ~bit, memory_order_acquire) & bit))
            told = (enum control_event)wish; /* pairs with control_ask */
    }
    return told;
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

static enum control_event take(struct control *c, int told)
{
    switch (told) {
    case TOLD_STOP:
    case TOLD_SIGNALS: return read_signal(c->fd[told]);
    case TOLD_INTERRUPT: return take_wish(c, c->fd[told], CONTROL_STOP, CONTROL_INTERRUPT);
    case TOLD_OTHERS: return take_wish(c, c->fd[told], CONTROL_REOPEN, CONTROL_CAPTURE);
    default: return empty(c->fd[TOLD_DONE]) ? CONTROL_DONE : CONTROL_NONE;
    }
}

enum control_event control_wait(struct control *c, int wait_ms)
{
    struct pollfd fds[TOLD_COUNT];
    for (int i = 0; i < TOLD_COUNT; i++)
        fds[i] = (struct pollfd){.fd = c->fd[i], .events = POLLIN};
    if (poll(fds, TOLD_COUNT, wait_ms) <= 0)
        return CONTROL_NONE;
    enum control_event event = CONTROL_NONE;
    for (int i = 0; i < TOLD_COUNT && event == CONTROL_NONE; i++)
        if (fds[i].revents & POLLIN)
            event = take(c, i);
    c->stopped |= event == CONTROL_STOP;
    return event;
}

bool control_stopped(const struct control *c)
{
    return c->stopped;
}

int control_stop_fd(const struct control *c)
{
    return c->end;
}
