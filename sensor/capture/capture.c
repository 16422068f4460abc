/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture.c - what file and live capture have in common: the handle, stopping.
 *
 * A frame's bytes stay untouched until the next capture_next: in a file's buffer, or in live.c's copies of small batches.
 */
#include "capture/capture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "capture/handle.h"

struct capture *capture_new(const char *name, struct error *error)
{
    struct capture *c = calloc(1, sizeof *c);
    if (!c) {
        error_set(error, "%s: out of memory", name);
        return NULL;
    }
    atomic_init(&c->stopping, false);
    c->name = strdup(name);
    c->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (!c->name || c->wake_fd < 0) {
        error_set(error, "%s: %s", name, strerror(errno));
        capture_close(c);
        return NULL;
    }
    return c;
}

void capture_close(struct capture *c)
{
    if (!c)
        return;
    files_close(c->files);
    live_close(c->live);
    if (c->wake_fd >= 0)
        close(c->wake_fd);
    free(c->name);
    free(c);
}

enum capture_result capture_next(struct capture *c, struct frame *frame)
{
    if (c->live)
        return live_next(c, frame);
    return capture_is_stopping(c) ? CAPTURE_END : files_next(c, frame);
}

void capture_stop(struct capture *c)
{
    int saved = errno;                                               /* a signal handler must leave it alone */
    atomic_store_explicit(&c->stopping, true, memory_order_relaxed); /* read by capture_is_stopping */
    uint64_t one = 1;
    ssize_t written = write(c->wake_fd, &one, sizeof one); /* fails only when it is already awake */
    (void)written;
    errno = saved;
}

bool capture_was_stopped(const struct capture *c)
{
    return capture_is_stopping((struct capture *)(uintptr_t)c);
}

bool capture_is_live(const struct capture *c)
{
    return c->live != NULL;
}

const char *capture_name(const struct capture *c)
{
    return c->name;
}

const char *capture_problem(const struct capture *c)
{
    return c->problem;
}

uint64_t capture_files_read(const struct capture *c)
{
    return c->live ? 0 : files_finished(c);
}

double capture_progress(const struct capture *c)
{
    return c->live ? -1 : files_progress(c);
}

void capture_count(struct capture *c, struct capture_counters *out)
{
    if (c->live)
        live_settle(c);
    *out = c->counters;
}

uint64_t capture_quiet_ns(const struct capture *c)
{
    return c->live ? live_quiet(c) : 0;
}

bool capture_wants_bypass(const struct capture *c)
{
    return c->live && live_wants_bypass(c->live);
}

struct bypass *capture_bypass(const struct capture *c)
{
    return c->live ? live_bypass(c->live) : NULL;
}

void capture_tell_checksums(struct capture *c, uint64_t bad)
{
    if (c->live)
        live_tell_checksums(c, bad);
}
