/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spool.c - see spool.h. Paths wait in a list until nobody writes to them; inotify(7) says when to look again. When its queue ran
 * over, the whole directory is looked through.
 */
#include "capture/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define EVENTS      (IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ONLYDIR)
#define WAITING_MAX (1u << 20) /* paths, a power of 2; more are found when the directory is looked through again */
#define RECENT      16u        /* one file causes several events */
#define SETTLED_NS  (2 * NS_PER_S) /* where the kernel gives no leases: no change for so long */

struct spool {
    struct spool_options options;
    int inotify;
    char **folder; /* by watch descriptor; NULL: none */
    int folder_count;
    char **waiting; /* paths to look at */
    uint32_t waiting_count;
    bool overrun, failed;
};

/* ------------------------------------------------------------- the paths */

static bool is_recent(const struct spool *s, const char *path)
{
    uint32_t from = s->waiting_count > RECENT ? s->waiting_count - RECENT : 0;
    for (uint32_t i = from; i < s->waiting_count; i++)
        if (strcmp(s->waiting[i], path) == 0)
            return true;
    return false;
}

/* A path twice in the list costs a look. */
static void await(struct spool *s, const char *path)
{
    char **grown = s->waiting;
    if (is_recent(s, path))
        return;
    if ((s->waiting_count & (s->waiting_count - 1)) == 0)
        grown = s->waiting_count < WAITING_MAX ? realloc(s->waiting, (s->waiting_count ? s->waiting_count * 2 : 1) * sizeof *grown) : NULL;
    char *copy = grown ? strdup(path) : NULL;
    if (grown)
        s->waiting = grown;
    if (copy)
        s->waiting[s->waiting_count++] = copy;
    else
        s->overrun = true;
}

static void watch(struct spool *s, const char *path)
{
    int number = inotify_add_watch(s->inotify, path, EVENTS);
    if (number < 0) {
        log_error("%s: cannot watch: %s", path, strerror(errno));
        s->failed = true;
        return;
    }
    if (number >= s->folder_count) {
        char **grown = realloc(s->folder, ((size_t)number + 1) * sizeof *grown);
        if (!grown)
            return;
        for (int i = s->folder_count; i <= number; i++)
            grown[i] = NULL;
        s->folder = grown;
        s->folder_count = number + 1;
    }
    free(s->folder[number]);
    s->folder[number] = strdup(path);
}

/* Watches the folder (and those below it), and awaits the files in it. Watching comes first: nothing slips in between. */
static void walk(struct spool *s, const char *path)
{
    char *const roots[] = {(char *)(uintptr_t)path, NULL}; /* fts does not write there */
    FTS *tree = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL);
    if (!tree)
        return;
    for (FTSENT *e; (e = fts_read(tree));) {
        bool hidden = e->fts_level > 0 && e->fts_name[0] == '.';
        if (e->fts_info == FTS_D && e->fts_level > 0 && (hidden || !s->options.recursive))
            fts_set(tree, e, FTS_SKIP);
        else if (e->fts_info == FTS_D)
            watch(s, e->fts_path);
        else if (e->fts_info == FTS_F && !hidden)
            await(s, e->fts_path);
    }
    fts_close(tree);
}

/* ------------------------------------------------------------- the files */

/* Whether nobody has the file open for writing. */
static bool is_closed(const char *path, const struct stat *st)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    bool granted = fcntl(fd, F_SETLEASE, F_RDLCK) == 0;
    int why = errno;
    if (granted)
        (void)fcntl(fd, F_SETLEASE, F_UNLCK);
    close(fd);
    if (granted || why == EAGAIN)
        return granted;
    /* No leases here: another user's file, or a file system without them. */
    uint64_t changed_ns = (uint64_t)st->st_mtim.tv_sec * NS_PER_S + (uint64_t)st->st_mtim.tv_nsec, now_ns = clock_wall_ns();
    return changed_ns > now_ns || now_ns - changed_ns >= SETTLED_NS;
}

static bool is_known(struct spool *s, const struct input *file)
{
    enum journal_state state = journal_find(s->options.journal, file);
    if (state == JOURNAL_ABANDONED) {
        log_warning("%s: was begun in an earlier run and not finished: not read again, for events of it may be out already; "
                    "copy it to a new file to have it read",
                    file->path);
        journal_note(s->options.journal, file, JOURNAL_LISTED);
    }
    return state != JOURNAL_UNKNOWN;
}

/* True when the path needs no more looking at. */
static bool take(struct spool *s, char *path)
{
    struct stat st;
    struct error why = {{0}};
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return true; /* gone again */
    if (st.st_size == 0 || !is_closed(path, &st))
        return false;
    const struct input file = {.path = path,
                               .device = st.st_dev,
                               .inode = st.st_ino,
                               .size = (uint64_t)st.st_size,
                               .modified_ns = (uint64_t)st.st_mtim.tv_sec * NS_PER_S + (uint64_t)st.st_mtim.tv_nsec};
    if (is_known(s, &file))
        return true;
    journal_note(s->options.journal, &file, JOURNAL_LISTED);
    switch (inputs_add(s->options.inputs, path, &why)) {
    case INPUT_TAKEN: break;
    case INPUT_FOREIGN: log_notice("skipped: %s", why.text); break;
    case INPUT_FAILED:
        log_error("%s", why.text);
        s->failed = true;
        break;
    }
    return true;
}

static void take_all(struct spool *s)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->waiting_count; i++)
        if (take(s, s->waiting[i]))
            free(s->waiting[i]);
        else
            s->waiting[kept++] = s->waiting[i];
    s->waiting_count = kept;
    inputs_seal(s->options.inputs);
}

/* ------------------------------------------------------------ the watching */

static void hear(struct spool *s, const struct inotify_event *e)
{
    char path[4096];
    if (e->mask & IN_Q_OVERFLOW) {
        s->overrun = true;
        return;
    }
    const char *folder = e->wd >= 0 && e->wd < s->folder_count ? s->folder[e->wd] : NULL;
    if (!folder || e->len == 0 || e->name[0] == '.')
        return;
    int n = snprintf(path, sizeof path, "%s/%s", folder, e->name);
    if (n < 0 || (size_t)n >= sizeof path)
        return;
    if (!(e->mask & IN_ISDIR))
        await(s, path);
    else if (s->options.recursive)
        walk(s, path);
}

static void hear_all(struct spool *s)
{
    _Alignas(struct inotify_event) char buffer[16 * 1024];
    ssize_t size;
    while ((size = read(s->inotify, buffer, sizeof buffer)) > 0)
        for (const char *at = buffer; at < buffer + size;) {
            const struct inotify_event *e = (const struct inotify_event *)(const void *)at;
            hear(s, e);
            at += sizeof *e + e->len;
        }
}

void spool_look(struct spool *s)
{
    hear_all(s);
    if (s->overrun) {
        s->overrun = false;
        walk(s, s->options.directory);
    }
    if (s->waiting_count > 0)
        take_all(s);
}

const char *spool_directory(const struct spool *s)
{
    return s->options.directory;
}

bool spool_failed(const struct spool *s)
{
    return s->failed;
}

/* ------------------------------------------------------------- life cycle */

struct spool *spool_open(const struct spool_options *options, struct error *error)
{
    struct stat st;
    struct spool *s = calloc(1, sizeof *s);
    if (!s) {
        error_set(error, "out of memory");
        return NULL;
    }
    s->options = *options;
    signal(SIGIO, SIG_IGN); /* what a lease in the way of a writer would send */
    s->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    bool good = s->inotify >= 0 || error_set(error, "cannot watch files: %s", strerror(errno));
    if (good && stat(options->directory, &st) != 0)
        good = error_set(error, "%s: %s", options->directory, strerror(errno));
    if (good && !S_ISDIR(st.st_mode))
        good = error_set(error, "%s: is no directory; only a directory can be watched", options->directory);
    if (!good) {
        spool_close(s);
        return NULL;
    }
    walk(s, options->directory);
    take_all(s);
    return s;
}

void spool_close(struct spool *s)
{
    if (!s)
        return;
    for (uint32_t i = 0; i < s->waiting_count; i++)
        free(s->waiting[i]);
    for (int i = 0; i < s->folder_count; i++)
        free(s->folder[i]);
    free(s->waiting);
    free(s->folder);
    if (s->inotify >= 0)
        close(s->inotify);
    free(s);
}
