/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper.c - the thread that looks after old files, so that the writer never waits for a compressor or for the deletion of a large file.
 *
 * What is to be done stands in the directory itself: an old file without a suffix is to be compressed, and the oldest beyond the bounds
 * are to be deleted. So nothing is forgotten when the process is killed. A file is compressed into NAME.gz.part, which gets the time of
 * the original, reaches the disk and is renamed; only then the original goes. Whatever is found after a kill is therefore a part (made
 * anew) or a finished copy beside its original (known by the same time: the original goes). The file that is being written to is locked
 * by its writer and left alone.
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMES_MAX   1000 /* tried for a name that is taken */
#define LOOK_S      60   /* how often the age of files is looked at */
#define CLOSE_GIVES 2    /* seconds that the end gives to a compression */

struct keeper {
    const struct sensor_host *host;
    struct keep_plan plan;
    int dir_fd;
    bool has_thread;
    pthread_t thread;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t change;
    bool wanted, closing;

    _Atomic time_t stop_at; /* 0: not yet; else when compressing ends. Relaxed: a hint */
    _Atomic uint64_t packed, removed;
    char complaint[512]; /* what was last said in the log */
};

static bool must_stop(void *arg)
{
    struct keeper *k = arg;
    time_t at = atomic_load_explicit(&k->stop_at, memory_order_relaxed);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return at != 0 && now.tv_sec >= at;
}

/* The same complaint is made once. */
static void complain(struct keeper *k, const char *name, const char *what)
{
    char text[sizeof k->complaint];
    snprintf(text, sizeof text, "%.255s: %.200s", name, what);
    if (must_stop(k) || strcmp(text, k->complaint) == 0)
        return;
    memcpy(k->complaint, text, sizeof text);
    k->host->log(SENSOR_WARNING, "%s", text);
}

/* ------------------------------------------------------------- compressing */

/* The finished copy under a name that is free, or is there already since the last time. */
static bool publish(struct keeper *k, const char *part, const char *name, const struct timespec *written)
{
    char target[NAME_MAX + 32];
    struct stat st;
    for (unsigned n = 1; n <= NAMES_MAX; n++) {
        char number[16] = "";
        if (n > 1)
            snprintf(number, sizeof number, "-%u", n);
        snprintf(target, sizeof target, "%s%s%s", name, number, pack_suffix(k->plan.packing));
        if (fstatat(k->dir_fd, target, &st, AT_SYMLINK_NOFOLLOW) != 0)
            return errno == ENOENT && renameat(k->dir_fd, part, k->dir_fd, target) == 0;
        if (st.st_mtim.tv_sec == written->tv_sec && st.st_mtim.tv_nsec == written->tv_nsec)
            return unlinkat(k->dir_fd, part, 0) == 0;
    }
    errno = EEXIST;
    return false;
}

static bool pack_into(struct keeper *k, int in, int out, struct reason *why)
{
    struct stat st;
    if (fstat(in, &st) != 0 || fchmod(out, st.st_mode & 0777) != 0)
        return refuse(why, "cannot set the mode of its copy: %s", strerror(errno));
    if (!pack(k->plan.packing, in, out, must_stop, k, why))
        return false;
    const struct timespec times[2] = {st.st_mtim, st.st_mtim};
    return (futimens(out, times) == 0 && fdatasync(out) == 0) || refuse(why, "cannot finish its copy: %s", strerror(errno));
}

/* Compresses an open, locked file; its copy is safe on the disk before it goes. */
static bool replace(struct keeper *k, const struct old_file *file, int in, struct reason *why)
{
    char part[NAME_MAX + 32];
    snprintf(part, sizeof part, "%s%s" OLD_PART_SUFFIX, file->name, pack_suffix(k->plan.packing));
    int out = openat(k->dir_fd, part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (out < 0)
        return refuse(why, "cannot compress: %s", strerror(errno));
    struct stat st;
    bool good = pack_into(k, in, out, why) && fstat(in, &st) == 0;
    close(out);
    if (good && publish(k, part, file->name, &st.st_mtim) && fsync(k->dir_fd) == 0 && unlinkat(k->dir_fd, file->name, 0) == 0)
        return true;
    if (good)
        refuse(why, "cannot put its copy in its place: %s", strerror(errno));
    unlinkat(k->dir_fd, part, 0);
    return false;
}

/* Is it nobody's any more, and still the file that was listed? */
static bool is_free(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 && lock_file(fd);
}

static void pack_one(struct keeper *k, const struct old_file *file)
{
    struct reason why = {""};
    int in = openat(k->dir_fd, file->name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (in < 0) {
        complain(k, file->name, strerror(errno));
        return;
    }
    if (is_free(in)) {
        if (replace(k, file, in, &why))
            atomic_fetch_add_explicit(&k->packed, 1, memory_order_relaxed);
        else
            complain(k, file->name, why.text);
    }
    close(in);
}

static void pack_all(struct keeper *k)
{
    struct old_list list;
    if (k->plan.packing == PACK_NONE || !old_list(k->dir_fd, k->plan.pattern, &list))
        return;
    for (size_t i = 0; i < list.count && !must_stop(k); i++)
        if (list.file[i].kind == OLD_PLAIN)
            pack_one(k, &list.file[i]);
    old_list_free(&list);
}

/* ---------------------------------------------------------------- deleting */

static void remove_one(struct keeper *k, const struct old_file *file)
{
    if (unlinkat(k->dir_fd, file->name, 0) == 0)
        atomic_fetch_add_explicit(&k->removed, 1, memory_order_relaxed);
    else if (errno != ENOENT)
        complain(k, file->name, strerror(errno));
}

/* Is it being written to? */
static bool in_use(const struct keeper *k, const struct old_file *file)
{
    int fd = file->kind != OLD_PLAIN ? -1 : openat(k->dir_fd, file->name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    bool used = fd >= 0 && !lock_file(fd);
    if (fd >= 0)
        close(fd);
    return used;
}

static bool is_due(const struct keep_plan *plan, const struct old_file *file, int64_t kept, int64_t bytes)
{
    return (plan->files_max > 0 && kept > plan->files_max) || (plan->bytes_max > 0 && bytes > plan->bytes_max) ||
           (plan->age_max_s > 0 && time(NULL) - file->written.tv_sec > plan->age_max_s);
}

/* From the latest to the oldest: what lies beyond a bound goes. */
static void remove_due(struct keeper *k)
{
    const struct keep_plan *plan = &k->plan;
    struct old_list list;
    int64_t kept = 0, bytes = 0;
    if ((plan->files_max == 0 && plan->age_max_s == 0 && plan->bytes_max == 0) || !old_list(k->dir_fd, plan->pattern, &list))
        return;
    for (size_t i = list.count; i-- > 0;) {
        if (in_use(k, &list.file[i]))
            continue;
        kept++;
        bytes += list.file[i].size;
        if (is_due(plan, &list.file[i], kept, bytes))
            remove_one(k, &list.file[i]);
    }
    old_list_free(&list);
}

/* ------------------------------------------------------------------ thread */

/* Waits until there is something to do, or a while. False at the end. */
static bool wait_for_work(struct keeper *k)
{
    struct timespec until;
    int result = 0;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += LOOK_S;
    pthread_mutex_lock(&k->lock);
    while (!k->wanted && !k->closing && result == 0)
        result = pthread_cond_timedwait(&k->change, &k->lock, &until);
    bool goes_on = k->wanted || !k->closing;
    k->wanted = false;
    pthread_mutex_unlock(&k->lock);
    return goes_on;
}

/* What a killed run left half-done. */
static void remove_parts(struct keeper *k)
{
    struct old_list list;
    if (!old_list(k->dir_fd, k->plan.pattern, &list))
        return;
    for (size_t i = 0; i < list.count; i++)
        if (list.file[i].kind == OLD_PART)
            unlinkat(k->dir_fd, list.file[i].name, 0);
    old_list_free(&list);
}

static void *keep(void *arg)
{
    struct keeper *k = arg;
    remove_parts(k);
    while (wait_for_work(k)) {
        pack_all(k);
        remove_due(k);
    }
    return NULL;
}

/* Signals are the main thread's; a fault is its own. */
static void block_signals(sigset_t *old)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    sigset_t set;
    sigfillset(&set);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&set, faults[i]);
    pthread_sigmask(SIG_SETMASK, &set, old);
}

static void start(struct keeper *k)
{
    sigset_t old;
    block_signals(&old);
    int failed = pthread_create(&k->thread, NULL, keep, k);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    k->has_thread = failed == 0;
    if (failed == 0)
        pthread_setname_np(k->thread, "haetae-keep");
    else
        complain(k, "cannot start a thread for old files", strerror(failed));
}

struct keeper *keeper_new(const struct sensor_host *host, const struct keep_plan *plan, int dir_fd, struct reason *why)
{
    struct keeper *k = calloc(1, sizeof *k);
    if (k == NULL) {
        refuse(why, "out of memory");
        return NULL;
    }
    k->host = host;
    k->plan = *plan;
    k->dir_fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    pthread_mutex_init(&k->lock, NULL);
    pthread_cond_init(&k->change, NULL);
    if (k->dir_fd >= 0)
        return k;
    refuse(why, "cannot list the directory of the file: %s", strerror(errno));
    keeper_close(k);
    return NULL;
}

void keeper_wake(struct keeper *k)
{
    pthread_mutex_lock(&k->lock);
    k->wanted = true;
    pthread_cond_signal(&k->change);
    pthread_mutex_unlock(&k->lock);
    if (!k->has_thread)
        start(k);
}

void keeper_count(const struct keeper *k, uint64_t *packed, uint64_t *removed)
{
    *packed = atomic_load_explicit(&k->packed, memory_order_relaxed);
    *removed = atomic_load_explicit(&k->removed, memory_order_relaxed);
}

void keeper_close(struct keeper *k)
{
    struct timespec now;
    if (k == NULL)
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    atomic_store_explicit(&k->stop_at, now.tv_sec + CLOSE_GIVES + 1, memory_order_relaxed);
    pthread_mutex_lock(&k->lock);
    k->closing = true;
    pthread_cond_signal(&k->change);
    pthread_mutex_unlock(&k->lock);
    if (k->has_thread)
        pthread_join(k->thread, NULL);
    pthread_cond_destroy(&k->change);
    pthread_mutex_destroy(&k->lock);
    if (k->dir_fd >= 0)
        close(k->dir_fd);
    free(k);
}
