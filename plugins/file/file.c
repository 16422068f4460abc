/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.c - the output plugin for a log file or standard output (eve-log filetype regular, stdout).
 *
 * Only whole lines are ever left in a file. When a write stops half-way (disk full), the torn end is cut off again and the
 * lines before it are remembered as `taken`: the host offers the same bytes again, and those are answered without being
 * written twice. A stream cannot be cut, so there the line is finished first.
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOM_WAIT_MS 100 /* how long a full pipe is waited for before the host is asked to come again */

/* --------------------------------------------------------------- opening */

/* Cuts what a crash left, and says so. */
bool file_repair(struct file *f, int fd, const char *path, struct reason *why)
{
    struct reason what;
    off_t cut = tail_repair(fd, f->first, &what);
    if (cut < 0)
        return refuse(why, "%.300s: %.200s", path, what.text);
    if (cut == 0)
        return true;
    atomic_fetch_add_explicit(&f->recovered, (uint64_t)cut, memory_order_relaxed);
    f->host->log(SENSOR_NOTICE, "%s: the last run was cut short: %lld bytes of a torn last line removed", path, (long long)cut);
    return true;
}

/* A name that holds the time: the file that the last run was killed at may be another one. */
static void repair_old(struct file *f)
{
    struct old_list list;
    if (strchr(f->place.leaf, '%') == NULL || !old_list(f->at.dir_fd, f->place.leaf, &list))
        return;
    for (size_t i = 0; i < list.count; i++) {
        int fd = list.file[i].kind == OLD_PLAIN
                     ? openat(f->at.dir_fd, list.file[i].name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
                     : -1;
        struct reason why;
        if (fd >= 0 && lock_file(fd) && !file_repair(f, fd, list.file[i].name, &why))
            f->host->log(SENSOR_WARNING, "%s", why.text);
        if (fd >= 0)
            close(fd);
    }
    old_list_free(&list);
}

/* First opening: locked, emptied or repaired. */
static bool open_first(struct file *f, bool append, struct reason *why)
{
    if (!place_find(&f->place, time(NULL), &f->at, why))
        return false;
    f->fd = spot_open(&f->at, f->mode, why);
    if (f->fd < 0)
        return false;
    repair_old(f);
    if (append)
        return file_repair(f, f->fd, f->at.path, why);
    return ftruncate(f->fd, 0) == 0 || refuse(why, "%.300s: cannot empty it: %s", f->at.path, strerror(errno));
}

/* A pipe is written in pieces that poll(2) has promised room for. */
static bool open_stdout(struct file *f, struct reason *why)
{
    struct stat st;
    f->is_stream = true;
    f->fd = STDOUT_FILENO;
    snprintf(f->at.path, sizeof f->at.path, "standard output");
    if (fstat(f->fd, &st) != 0)
        return refuse(why, "standard output: cannot use it: %s", strerror(errno));
    f->chunk = S_ISREG(st.st_mode) ? SSIZE_MAX : PIPE_BUF;
    return true;
}

/* ----------------------------------------------------------------- set-up */

/* What is to become of old files, if anything is. */
static bool set_up_keeper(struct file *f, const struct sensor_options *o, struct reason *why)
{
    struct keep_plan plan = {.pattern = f->place.leaf,
                             .files_max = f->host->option_number(o, "max-files"),
                             .age_max_s = f->host->option_number(o, "max-age"),
                             .bytes_max = f->host->option_number(o, "max-total-size")};
    const char *word = f->host->option_text(o, "compression");
    if (!pack_read(word, &plan.packing))
        return refuse(why, "compression '%.64s' is unknown; use none, gzip or zstd", word);
    if (plan.packing == PACK_NONE && plan.files_max == 0 && plan.age_max_s == 0 && plan.bytes_max == 0)
        return true;
    if (strchr(f->place.walk, '%') != NULL)
        return refuse(
            why, "filename has the time in a directory: its old files are not found; put the time into the last part, or leave "
                 "compression, max-files, max-age and max-total-size out");
    f->keeper = keeper_new(f->host, &plan, f->at.dir_fd, why);
    f->keeper_is_due = true;
    return f->keeper != NULL;
}

static bool set_up_rotation(struct file *f, const struct sensor_options *o, struct reason *why)
{
    const char *interval = f->host->option_text(o, "rotate-interval");
    if (!read_interval(f, interval))
        return refuse(why, "rotate-interval '%.64s' is none; use minute, hour, day, or a time like 30s or 5m", interval);
    f->rotate_at = next_rotation(f, time(NULL));
    f->size_max = f->host->option_number(o, "rotate-size");
    return true;
}

static bool set_up(struct file *f, const struct sensor_options *o, struct reason *why)
{
    const char *type = f->host->option_text(o, "filetype"), *mode = f->host->option_text(o, "filemode");
    const char *name = f->host->option_text(o, "filename"), *prefix = f->host->option_text(o, "prefix");
    if (strcmp(type, "regular") != 0 && strcmp(type, "stdout") != 0)
        return refuse(why, "filetype '%.64s' is unknown; use regular or stdout", type);
    if (is_stdout(type, name))
        return open_stdout(f, why);
    if (!read_mode(mode, &f->mode))
        return refuse(why, "filemode '%.64s' is no octal mode; use for example 640", mode);
    f->first = prefix[0] != '\0' ? prefix[0] : '{';
    return set_up_rotation(f, o, why) && place_open(&f->place, f->host->option_text(o, "directory"), name, why) &&
           open_first(f, f->host->option_number(o, "append") != 0, why) && set_up_keeper(f, o, why);
}

static void file_close(void *state)
{
    struct file *f = state;
    if (f == NULL)
        return;
    keeper_close(f->keeper);
    if (f->fd >= 0 && !f->is_stream)
        close(f->fd);
    spot_close(&f->at);
    place_close(&f->place);
    free(f);
}

static void *file_open(const struct sensor_host *host, const struct sensor_options *o, char *error, size_t error_size)
{
    struct reason why = {""};
    struct file *f = calloc(1, sizeof *f);
    if (f == NULL) {
        snprintf(error, error_size, "out of memory");
        return NULL;
    }
    f->host = host;
    f->fd = f->place.base_fd = f->at.dir_fd = -1;
    f->chunk = SSIZE_MAX;
    if (set_up(f, o, &why))
        return f;
    snprintf(error, error_size, "%s", why.text);
    file_close(f);
    return NULL;
}

/* --------------------------------------------------------------- writing */

enum progress { DONE, BUSY, FAILED };

/* Writes on from *at. */
static enum progress write_on(struct file *f, struct slice lines, size_t *at)
{
    while (*at < lines.size) {
        struct pollfd ready = {.fd = f->fd, .events = POLLOUT};
        if (f->is_stream && poll(&ready, 1, ROOM_WAIT_MS) == 0)
            return BUSY;
        size_t left = lines.size - *at;
        ssize_t written = write(f->fd, lines.at + *at, left < f->chunk ? left : f->chunk);
        if (written > 0)
            *at += (size_t)written;
        else if (written < 0 && errno == EAGAIN)
            return BUSY;
        else if (written == 0 || errno != EINTR)
            return FAILED;
    }
    return DONE;
}

/* Cuts a torn line off the file; returns how many bytes of `lines` are in it then. */
static size_t cut_torn_line(struct file *f, struct slice lines, size_t at)
{
    const uint8_t *lf = at > f->taken ? memrchr(lines.at + f->taken, '\n', at - f->taken) : NULL;
    size_t whole = lf != NULL ? (size_t)(lf - lines.at) + 1 : f->taken;
    off_t end = lseek(f->fd, 0, SEEK_CUR);
    if (at == whole || (end >= (off_t)(at - whole) && ftruncate(f->fd, end - (off_t)(at - whole)) == 0))
        return whole;
    return at; /* the line is finished first, later */
}

static void note_failure(struct file *f, struct slice lines, size_t at)
{
    int number = errno;
    refuse(&f->error, "%.300s: cannot write: %s", f->at.path, strerror(number));
    if (f->is_stream)
        f->broken = number != ENOSPC && number != EDQUOT;
    f->taken = f->is_stream ? at : cut_torn_line(f, lines, at);
    f->torn = f->taken > 0 && lines.at[f->taken - 1] != '\n';
}

/* What a broken stream answers: lines that went through before are written, the others lost. */
static enum sensor_written broken(struct file *f, size_t line_count)
{
    if (line_count > 1 && f->taken > 0)
        return SENSOR_RETRY; /* the host comes back line by line */
    f->taken = 0;
    return SENSOR_LOST;
}

static enum sensor_written file_write(void *state, struct slice lines, size_t line_count)
{
    struct file *f = state;
    file_rotate(f, lines.size);
    if (f->taken >= lines.size) {
        f->taken -= lines.size;
        return SENSOR_WRITTEN;
    }
    if (f->broken)
        return broken(f, line_count);
    size_t at = f->taken;
    switch (write_on(f, lines, &at)) {
    case DONE:
        f->taken = 0;
        f->torn = false;
        f->error.text[0] = '\0';
        return SENSOR_WRITTEN;
    case BUSY:
        f->taken = at;
        f->error.text[0] = '\0';
        return SENSOR_RETRY;
    default: note_failure(f, lines, at); return f->broken ? broken(f, line_count) : SENSOR_RETRY;
    }
}

/* Nothing is buffered here; a torn line that could not be cut is the only thing that can be open. */
static bool file_flush(void *state)
{
    const struct file *f = state;
    return !f->torn;
}

static const char *file_error(void *state)
{
    const struct file *f = state;
    return f->error.text;
}

static bool file_number(void *state, size_t i, const char **name, uint64_t *value)
{
    static const char *const names[] = {"recovered_tail_bytes", "files_rotated", "files_compressed", "files_deleted"};
    const struct file *f = state;
    uint64_t values[] = {atomic_load_explicit(&f->recovered, memory_order_relaxed),
                         atomic_load_explicit(&f->rotated, memory_order_relaxed), 0, 0};
    if (i >= sizeof names / sizeof names[0] || f->is_stream)
        return false;
    if (f->keeper != NULL)
        keeper_count(f->keeper, &values[2], &values[3]);
    *name = names[i];
    *value = values[i];
    return true;
}

SENSOR_PLUGIN(file) = {
    SENSOR_PLUGIN_ABI,
    .kind = SENSOR_OUTPUT,
    .name = "file",
    .version = "1.0",
    .license = "Apache-2.0",
    .summary = "writes events to a file or to standard output",
    .options = file_options,
    .output = {.open = file_open,
               .write = file_write,
               .flush = file_flush,
               .reopen = file_reopen,
               .error = file_error,
               .close = file_close,
               .number = file_number,
               .is_local = true},
};
