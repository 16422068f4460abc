/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal.c - see journal.h. Text: "begun|read DEVICE INODE SIZE MODIFIED_NS PATH", one step a line, the latest counts. A line
 * that was cut by a crash is passed over.
 */
#include "capture/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define KEPT_NS (30 * 86400 * NS_PER_S)

struct noted {
    uint64_t device, inode, size, modified_ns;
    enum journal_state state;
    bool earlier; /* of an earlier run */
    char *path;   /* only while loading */
};

struct journal {
    pthread_mutex_t lock;
    char *path;
    int fd;
    void *entries; /* tsearch(3) */
};

static const char *const words[] = {[JOURNAL_BEGUN] = "begun", [JOURNAL_READ] = "read"};

static int compare(const void *one, const void *other)
{
    const struct noted *a = one, *b = other;
    const uint64_t left[4] = {a->device, a->inode, a->size, a->modified_ns};
    const uint64_t right[4] = {b->device, b->inode, b->size, b->modified_ns};
    for (size_t i = 0; i < 4; i++)
        if (left[i] != right[i])
            return left[i] < right[i] ? -1 : 1;
    return 0;
}

static void free_noted(void *entry)
{
    free(((struct noted *)entry)->path);
    free(entry);
}

/* Remembers a step in memory; false when that is short. Takes over nothing. */
static bool remember(struct journal *j, const struct noted *step)
{
    struct noted **found = tfind(step, &j->entries, compare);
    if (found) {
        (*found)->state = step->state;
        (*found)->earlier = step->earlier;
        return true;
    }
    struct noted *fresh = malloc(sizeof *fresh);
    if (!fresh)
        return false;
    *fresh = *step;
    fresh->path = step->path ? strdup(step->path) : NULL;
    if (tsearch(fresh, &j->entries, compare))
        return true;
    free_noted(fresh);
    return false;
}

/* --------------------------------------------------------------- on disk */

static bool put_line(FILE *file, const struct noted *e, const char *path)
{
    fprintf(file, "%s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " ", words[e->state], e->device, e->inode, e->size, e->modified_ns);
    for (; *path; path++)
        if (*path == '\n' || *path == '\\')
            fprintf(file, "\\%c", *path == '\n' ? 'n' : '\\');
        else
            fputc(*path, file);
    fputc('\n', file);
    return !ferror(file);
}

static void unescape(char *path)
{
    char *to = path;
    for (const char *from = path; *from; from++)
        if (*from == '\\' && from[1])
            *to++ = *++from == 'n' ? '\n' : *from;
        else
            *to++ = *from;
    *to = '\0';
}

static bool read_line(char *line, struct noted *e)
{
    char word[8];
    int path_at = 0;
    size_t size = strlen(line);
    if (size == 0 || line[size - 1] != '\n')
        return false;
    line[size - 1] = '\0';
    if (sscanf(line, "%7s %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %n", word, &e->device, &e->inode, &e->size, &e->modified_ns,
               &path_at) != 5 || path_at == 0)
        return false;
    e->state = strcmp(word, words[JOURNAL_BEGUN]) == 0  ? JOURNAL_BEGUN
               : strcmp(word, words[JOURNAL_READ]) == 0 ? JOURNAL_READ
                                                        : JOURNAL_UNKNOWN;
    e->path = line + path_at;
    e->earlier = true;
    unescape(e->path);
    return e->state != JOURNAL_UNKNOWN;
}

static bool load(struct journal *j, struct error *error)
{
    FILE *file = fdopen(dup(j->fd), "r");
    if (!file)
        return error_set(error, "%s: %s", j->path, strerror(errno));
    char *line = NULL;
    size_t room = 0;
    bool good = true;
    while (good && getline(&line, &room, file) > 0) {
        struct noted e = {0};
        if (read_line(line, &e))
            good = remember(j, &e);
    }
    free(line);
    fclose(file);
    return good || error_set(error, "%s: out of memory", j->path);
}

/* Whether the file may come before us again: it is there under the name it had, or it is not old and may only have been renamed. */
static bool still_matters(const struct noted *e)
{
    struct stat st;
    uint64_t now_ns = clock_wall_ns();
    if (e->modified_ns > now_ns || now_ns - e->modified_ns < KEPT_NS)
        return true;
    return e->path && stat(e->path, &st) == 0 && (uint64_t)st.st_dev == e->device && st.st_ino == e->inode;
}

static void keep_entry(const void *node, VISIT visit, void *file)
{
    const struct noted *e = *(struct noted *const *)node;
    if ((visit == postorder || visit == leaf) && still_matters(e))
        put_line(file, e, e->path);
}

/* Never through a link or into a file that somebody put there. */
static int create(const char *path)
{
    (void)unlink(path);
    return open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0640);
}

/* A new file with what still matters takes the place of the old one. */
static bool compact(struct journal *j, struct error *error)
{
    char fresh[4096];
    int n = snprintf(fresh, sizeof fresh, "%s.new", j->path);
    int fd = n > 0 && (size_t)n < sizeof fresh ? create(fresh) : -1;
    FILE *file = fd >= 0 ? fdopen(dup(fd), "w") : NULL;
    bool good = file && flock(fd, LOCK_EX | LOCK_NB) == 0;
    if (good)
        twalk_r(j->entries, keep_entry, file);
    good = good && fflush(file) == 0 && fsync(fd) == 0 && rename(fresh, j->path) == 0;
    int why = errno;
    if (file)
        fclose(file);
    if (good) {
        close(j->fd);
        j->fd = fd;
    } else if (fd >= 0) {
        close(fd);
    }
    return good || error_set(error, "%s: cannot rewrite the journal: %s", j->path, strerror(why));
}

struct journal *journal_open(const char *path, struct error *error)
{
    struct journal *j = calloc(1, sizeof *j);
    if (!j || !(j->path = strdup(path))) {
        free(j);
        error_set(error, "%s: out of memory", path);
        return NULL;
    }
    pthread_mutex_init(&j->lock, NULL);
    struct stat st;
    j->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0640);
    bool good = (j->fd >= 0 && fstat(j->fd, &st) == 0) || error_set(error, "%s: %s", path, strerror(errno));
    if (good && !S_ISREG(st.st_mode))
        good = error_set(error, "%s: is no regular file", path);
    if (good && flock(j->fd, LOCK_EX | LOCK_NB) != 0)
        good = error_set(error, "%s: another haetae reads with this journal", path);
    if (good && load(j, error) && compact(j, error))
        return j;
    journal_close(j);
    return NULL;
}

void journal_close(struct journal *j)
{
    if (!j)
        return;
    if (j->fd >= 0)
        close(j->fd);
    tdestroy(j->entries, free_noted);
    pthread_mutex_destroy(&j->lock);
    free(j->path);
    free(j);
}

static struct noted entry_of(const struct input *f, enum journal_state state)
{
    return (struct noted){.device = f->device, .inode = f->inode, .size = f->size, .modified_ns = f->modified_ns, .state = state};
}

enum journal_state journal_find(struct journal *j, const struct input *file)
{
    struct noted wanted = entry_of(file, JOURNAL_UNKNOWN);
    pthread_mutex_lock(&j->lock);
    struct noted **found = tfind(&wanted, &j->entries, compare);
    enum journal_state state = found ? (*found)->state : JOURNAL_UNKNOWN;
    if (state == JOURNAL_BEGUN && (*found)->earlier)
        state = JOURNAL_ABANDONED;
    pthread_mutex_unlock(&j->lock);
    return state;
}

static bool write_step(struct journal *j, const struct noted *step, const char *path)
{
    char *line = NULL;
    size_t size = 0;
    FILE *text = open_memstream(&line, &size);
    bool good = text && put_line(text, step, path);
    if (text)
        good = fclose(text) == 0 && good;
    good = good && write(j->fd, line, size) == (ssize_t)size && fdatasync(j->fd) == 0;
    free(line);
    return good;
}

bool journal_note(struct journal *j, const struct input *file, enum journal_state state)
{
    struct noted step = entry_of(file, state);
    pthread_mutex_lock(&j->lock);
    bool good = remember(j, &step) && (state == JOURNAL_LISTED || write_step(j, &step, file->path));
    pthread_mutex_unlock(&j->lock);
    if (!good)
        log_error("%s: cannot note what was read (%s): a restart may read %s twice", j->path, strerror(errno), file->path);
    return good;
}
