/* SPDX-License-Identifier: Apache-2.0 */
/* inputs.c - see inputs.h. */
#include "capture/inputs.h"

#include <errno.h>
#include <fts.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "capture/journal.h"
#include "capture/reader.h"

#define LOOK_SIZE   4096u /* buffer for a look at a file's first frame; it grows */
#define NAMED_MAX   10u   /* files that are no captures, named one by one */
#define FILES_MAX   (1u << 20)

struct inputs {
    struct inputs_options options;
    struct origins *origins;
    pthread_mutex_t lock; /* of all below, and of readers and problem of each file */
    struct input **file;
    struct input **finished; /* of the same room */
    uint32_t finished_count, begun, renewed;
    uint32_t readers, added, sealed, room, batch;
    uint32_t problems;
    const char *first_problem;
    uint64_t size;
    bool size_unknown, closed, is_cut;
};

struct inputs *inputs_new(const struct inputs_options *options, struct error *error)
{
    struct inputs *i = calloc(1, sizeof *i);
    if (i && (i->origins = origins_new())) {
        i->options = *options;
        pthread_mutex_init(&i->lock, NULL);
        return i;
    }
    free(i);
    error_set(error, "out of memory");
    return NULL;
}

static void free_file(struct input *f)
{
    free(f->problem);
    free(f->path);
    free(f);
}

void inputs_free(struct inputs *i)
{
    if (!i)
        return;
    for (uint32_t n = 0; n < i->added; n++)
        free_file(i->file[n]);
    free(i->file);
    free(i->finished);
    pthread_mutex_destroy(&i->lock);
    origins_free(i->origins);
    free(i);
}

/* ---------------------------------------------------------------- adding */

/* Reads up to the first frame. A file that breaks behind its header is taken: reading it will say so. */
static enum input_state look_inside(struct inputs *i, struct input *f, struct error *error)
{
    const struct bytes_options options = {.buffer_size = LOOK_SIZE, .wake_fd = -1, .stop_fd = -1, .follow = i->options.follow};
    struct reader *r = reader_open(f->path, 0, i->origins, &options, error);
    struct frame frame;
    if (!r)
        return INPUT_FAILED;
    enum input_state state = INPUT_TAKEN;
    enum read_result result = reader_next(r, &frame);
    f->link_type = reader_link_type(r);
    switch (result) {
    case READ_FRAME:
        f->first_ns = frame.time_ns;
        f->link_type = frame.link_type;
        break;
    case READ_REFUSED:
        state = reader_is_foreign(r) ? INPUT_FOREIGN : INPUT_FAILED;
        error_set(error, "%s", reader_problem(r));
        break;
    default: break;
    }
    reader_close(r);
    return state;
}

static enum input_state look_at(struct inputs *i, struct input *f, struct error *error)
{
    struct stat st;
    f->link_type = -1;
    f->waits = strcmp(f->path, "-") == 0;
    if (f->waits)
        return INPUT_TAKEN;
    if (stat(f->path, &st) != 0) {
        error_set(error, "%s: %s", f->path, strerror(errno));
        return INPUT_FAILED;
    }
    f->waits = !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
    f->size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    f->device = st.st_dev;
    f->inode = st.st_ino;
    f->modified_ns = (uint64_t)st.st_mtim.tv_sec * NS_PER_S + (uint64_t)st.st_mtim.tv_nsec;
    return f->waits ? INPUT_TAKEN : look_inside(i, f, error);
}

static bool keep(struct inputs *i, struct input *f)
{
    if (i->added == i->room) {
        uint32_t room = i->room ? i->room * 2 : 16;
        struct input **grown = room <= FILES_MAX ? realloc(i->file, room * sizeof(struct input *)) : NULL;
        if (grown)
            i->file = grown;
        struct input **finished = grown ? realloc(i->finished, room * sizeof(struct input *)) : NULL;
        if (!finished)
            return false;
        i->finished = finished;
        i->room = room;
    }
    f->origin = origins_add(i->origins, f->path, NULL, 0);
    f->batch = i->batch;
    i->file[i->added++] = f;
    i->size += f->size;
    i->size_unknown |= f->size == 0;
    return true;
}

enum input_state inputs_add(struct inputs *i, const char *path, struct error *error)
{
    struct input *f = calloc(1, sizeof *f);
    if (!f || !(f->path = strdup(path))) {
        free(f);
        error_set(error, "%s: out of memory", path);
        return INPUT_FAILED;
    }
    enum input_state state = look_at(i, f, error);
    pthread_mutex_lock(&i->lock);
    if (state == INPUT_TAKEN && !keep(i, f)) {
        error_set(error, "%s: out of memory for the list of files", path);
        state = INPUT_FAILED;
    }
    pthread_mutex_unlock(&i->lock);
    if (state != INPUT_TAKEN)
        free_file(f);
    return state;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* What the walk of a directory came to. */
struct walk {
    struct inputs *inputs;
    uint32_t taken, foreign;
    struct error failed; /* the first that looks like a capture and cannot be read */
};

static void walk_file(struct walk *w, const char *path)
{
    struct error why = {{0}};
    switch (inputs_add(w->inputs, path, &why)) {
    case INPUT_TAKEN: w->taken++; break;
    case INPUT_FOREIGN:
        if (w->foreign++ < NAMED_MAX)
            log_notice("skipped: %s", why.text);
        break;
    case INPUT_FAILED:
        log_error("%s", why.text);
        if (!*w->failed.text)
            w->failed = why;
        break;
    }
}

static void walk_entry(struct walk *w, FTS *tree, FTSENT *entry, bool recursive)
{
    bool hidden = entry->fts_level > 0 && entry->fts_name[0] == '.';
    if (entry->fts_info == FTS_D && entry->fts_level > 0 && (hidden || !recursive))
        fts_set(tree, entry, FTS_SKIP);
    if (entry->fts_info == FTS_F && !hidden)
        walk_file(w, entry->fts_path);
    if ((entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR) && !*w->failed.text)
        error_set(&w->failed, "%s: %s", entry->fts_path, strerror(entry->fts_errno));
}

bool inputs_add_directory(struct inputs *i, const char *path, bool recursive, struct error *error)
{
    char *const roots[] = {(char *)(uintptr_t)path, NULL}; /* fts does not write there */
    struct walk w = {.inputs = i};
    FTS *tree = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, by_name);
    if (!tree)
        return error_set(error, "%s: %s", path, strerror(errno));
    for (FTSENT *entry; (entry = fts_read(tree));)
        walk_entry(&w, tree, entry, recursive);
    fts_close(tree);
    if (w.foreign > NAMED_MAX)
        log_notice("%s: %u files are no captures and were skipped", path, w.foreign);
    if (*w.failed.text)
        return error_set(error, "%s", w.failed.text);
    return w.taken > 0 || i->options.watched || error_set(error, "%s: no %s in it", path, w.foreign ? "capture" : "file");
}

/* By time; of the same time by path, so that the order of arguments does not matter. Pipes come first: they cannot wait. */
static int by_time(const void *one, const void *other)
{
    const struct input *a = *(struct input *const *)one, *b = *(struct input *const *)other;
    if (a->waits != b->waits)
        return a->waits ? -1 : 1;
    if (a->first_ns != b->first_ns)
        return a->first_ns < b->first_ns ? -1 : 1;
    return strcmp(a->path, b->path);
}

static bool is_same(const struct input *a, const struct input *b)
{
    return strcmp(a->path, b->path) == 0 || (!a->waits && a->device == b->device && a->inode == b->inode);
}

/* One file named twice stands side by side after sorting, unless by two paths with one between them. */
static void drop_same(struct inputs *i)
{
    uint32_t kept = i->sealed;
    for (uint32_t n = i->sealed; n < i->added; n++) {
        struct input *f = i->file[n];
        if (kept > i->sealed && is_same(f, i->file[kept - 1])) {
            log_warning("%s: named twice, read once", shown_path(f->path));
            i->size -= f->size;
            free_file(f);
        } else {
            i->file[kept++] = f;
        }
    }
    i->added = kept;
}

void inputs_seal(struct inputs *i)
{
    pthread_mutex_lock(&i->lock);
    if (i->added > i->sealed) {
        qsort(i->file + i->sealed, i->added - i->sealed, sizeof(struct input *), by_time);
        drop_same(i);
        for (uint32_t n = i->sealed; n < i->added; n++)
            i->file[n]->index = n;
        i->sealed = i->added;
        i->batch++;
    }
    pthread_mutex_unlock(&i->lock);
}

void inputs_close(struct inputs *i)
{
    pthread_mutex_lock(&i->lock);
    i->closed = true;
    pthread_mutex_unlock(&i->lock);
}

/* --------------------------------------------------------------- reading */

uint32_t inputs_count(struct inputs *i)
{
    pthread_mutex_lock(&i->lock);
    uint32_t count = i->sealed;
    pthread_mutex_unlock(&i->lock);
    return count;
}

uint64_t inputs_size(struct inputs *i)
{
    pthread_mutex_lock(&i->lock);
    uint64_t size = i->size_unknown ? 0 : i->size;
    pthread_mutex_unlock(&i->lock);
    return size;
}

const struct input *inputs_at(struct inputs *i, uint32_t index)
{
    pthread_mutex_lock(&i->lock);
    const struct input *f = index < (i->is_cut ? i->begun : i->sealed) ? i->file[index] : NULL;
    pthread_mutex_unlock(&i->lock);
    return f;
}

bool inputs_closed(struct inputs *i)
{
    pthread_mutex_lock(&i->lock);
    bool closed = i->closed;
    pthread_mutex_unlock(&i->lock);
    return closed;
}

const struct inputs_options *inputs_options_of(const struct inputs *i)
{
    return &i->options;
}

struct origins *inputs_origins(const struct inputs *i)
{
    return i->origins;
}

void inputs_set_readers(struct inputs *i, uint32_t readers)
{
    i->readers = readers;
}

void inputs_finish(struct inputs *i, const struct input *file)
{
    pthread_mutex_lock(&i->lock);
    struct input *f = i->file[file->index];
    if (f->readers++ == 0)
        i->finished[i->finished_count++] = f;
    pthread_mutex_unlock(&i->lock);
}

void inputs_begin(struct inputs *i, const struct input *file)
{
    pthread_mutex_lock(&i->lock);
    struct input *f = i->file[file->index];
    bool first = !f->begun;
    f->begun = true;
    if (i->begun <= f->index)
        i->begun = f->index + 1;
    if (first && i->options.journal) /* under the lock: no other reader may go on before it is noted */
        journal_note(i->options.journal, f, JOURNAL_BEGUN);
    pthread_mutex_unlock(&i->lock);
}

bool inputs_renew(struct inputs *i, uint32_t nth)
{
    pthread_mutex_lock(&i->lock);
    bool first = nth > i->renewed;
    if (first)
        i->renewed = nth;
    pthread_mutex_unlock(&i->lock);
    return first;
}

void inputs_cut(struct inputs *i)
{
    pthread_mutex_lock(&i->lock);
    i->is_cut = i->closed = true;
    pthread_mutex_unlock(&i->lock);
}

const struct input *inputs_finished(struct inputs *i, uint32_t index)
{
    pthread_mutex_lock(&i->lock);
    const struct input *f = index < i->finished_count && i->finished[index]->readers >= i->readers ? i->finished[index] : NULL;
    pthread_mutex_unlock(&i->lock);
    return f;
}

void inputs_report(struct inputs *i, const struct input *file, const char *problem)
{
    pthread_mutex_lock(&i->lock);
    struct input *f = i->file[file->index];
    bool fresh = !f->problem && (f->problem = strdup(problem));
    if (fresh && i->problems++ == 0)
        i->first_problem = f->problem;
    pthread_mutex_unlock(&i->lock);
    if (fresh)
        log_warning("%s", problem);
}

uint32_t inputs_problems(struct inputs *i, const char **first)
{
    pthread_mutex_lock(&i->lock);
    uint32_t count = i->problems;
    if (first)
        *first = i->first_problem;
    pthread_mutex_unlock(&i->lock);
    return count;
}
