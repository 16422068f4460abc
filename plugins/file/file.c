/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.c - the output plugin for a log file or standard output (eve-log filetype regular, stdout).
 *
 * Only whole lines are ever left in a file. When a write stops half-way (disk full), the torn end is cut off again and the
 * lines before it are remembered as `taken`: the host offers the same bytes again, and those are answered without being
 * written twice. A stream cannot be cut, so there the line is finished first. What a crash left torn at the end of an old
 * file is cut when it is opened.
 *
 * The file is opened without following a link and must be a regular one; it is locked, because two writers would cut each
 * other's lines. The logs of logrotate's `create` mode are picked up by reopen(), and so is the next name of a filename that holds the
 * time, between two batches of lines, when rotate-interval says so.
 */
#include "sensor_plugin.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ROOM_WAIT_MS   100         /* how long a full pipe is waited for before the host is asked to come again */
#define TAIL_MAX       (16u << 20) /* bytes of a torn last line that are cut without asking */
#define TAIL_BLOCK     65536u
#define INTERVAL_MAX   1000000L
#define ROTATE_AGAIN_S 60 /* after a next file that could not be opened */

struct file {
    const struct sensor_host *host;
    int fd;
    bool is_stream; /* standard output: not ours to cut, lock or close */
    size_t chunk;   /* most bytes of one write(2) */
    bool broken;    /* nobody will ever read the stream again */
    size_t taken;   /* bytes already written of what the host will offer next */
    bool torn;      /* `taken` ends inside a line that could not be cut off */
    mode_t mode;
    char first;                   /* what every line begins with */
    const char *directory, *name; /* as configured; the host's */
    long interval_s;              /* of rotation; 0: none */
    bool aligned;                 /* at full minutes, hours or days of local time */
    time_t rotate_at;
    char path[PATH_MAX];
    char error[512]; /* latest failure, "" when there is none or the reader is only slow */
};

/* --------------------------------------------------------------- opening */

/* "PATH: what: reason" into `out`; returns false. */
static bool refuse(const struct file *f, char *out, size_t size, const char *what)
{
    snprintf(out, size, "%.300s: %s", f->path, what);
    return false;
}

static bool refuse_errno(const struct file *f, char *out, size_t size, const char *what)
{
    int number = errno;
    const char *hint = number == ELOOP    ? " (it is a symbolic link; name the file itself, or use filetype stdout)"
                       : number == ENOENT ? "; create the directory"
                       : number == EACCES ? "; the user that runs this must own the directory"
                                          : "";
    snprintf(out, size, "%.300s: %s: %s%s", f->path, what, strerror(number), hint);
    return false;
}

/* The name as the time has it, into `out`[PATH_MAX]; false when it does not fit. */
static bool name_at(const struct file *f, time_t now, char *out)
{
    struct tm local = {0};
    if (strchr(f->name, '%') == NULL)
        return snprintf(out, PATH_MAX, "%s", f->name) < PATH_MAX;
    localtime_r(&now, &local);
    return strftime(out, PATH_MAX, f->name, &local) > 0;
}

/* The path for now. */
static bool set_path(struct file *f, time_t now, char *why, size_t size)
{
    char name[PATH_MAX];
    bool joined = f->name[0] != '/' && f->directory[0] != '\0';
    if (f->name[0] != '\0' && name_at(f, now, name) &&
        snprintf(f->path, sizeof f->path, "%s%s%s", joined ? f->directory : "", joined ? "/" : "", name) < (int)sizeof f->path)
        return true;
    snprintf(why, size, "filename is %s", f->name[0] == '\0' ? "empty" : "too long");
    return false;
}

/* When the file changes next. */
static time_t next_rotation(const struct file *f, time_t now)
{
    struct tm local = {0};
    if (!f->aligned)
        return now + f->interval_s;
    localtime_r(&now, &local);
    long into = local.tm_sec + (f->interval_s > 60 ? 60L * local.tm_min : 0) + (f->interval_s > 3600 ? 3600L * local.tm_hour : 0);
    return now + (into < f->interval_s ? f->interval_s - into : 1);
}

/* Where the last whole line before `end` ends; 0 when there is none. -1 on failure. */
static off_t last_line_end(int fd, off_t end)
{
    char block[TAIL_BLOCK];
    while (end > 0) {
        size_t size = end < (off_t)sizeof block ? (size_t)end : sizeof block;
        off_t start = end - (off_t)size;
        ssize_t got = pread(fd, block, size, start);
        if (got != (ssize_t)size)
            return -1;
        const char *lf = memrchr(block, '\n', size);
        if (lf != NULL)
            return start + (lf - block) + 1;
        end = start;
    }
    return 0;
}

/* True when what follows `start` is the beginning of a line of ours, or the zeros a crashed disk leaves. */
static bool is_torn_line(const struct file *f, int fd, off_t start, off_t end)
{
    char first;
    return end - start <= (off_t)TAIL_MAX && pread(fd, &first, 1, start) == 1 && (first == f->first || first == '\0');
}

/* Cuts what a crash left behind the last line feed. A file that does not look like a log is not touched. */
static bool repair_tail(const struct file *f, int fd, char *why, size_t size)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return refuse_errno(f, why, size, "cannot look at it");
    off_t end = last_line_end(fd, st.st_size);
    if (end < 0)
        return refuse_errno(f, why, size, "cannot read its end");
    if (end == st.st_size)
        return true;
    if (!is_torn_line(f, fd, end, st.st_size))
        return refuse(f, why, size, "does not end in a line of events; not touched, name another file");
    if (ftruncate(fd, end) != 0)
        return refuse_errno(f, why, size, "cannot cut its torn last line");
    f->host->log(SENSOR_NOTICE, "%s: the last run was cut short: %lld bytes of a torn last line removed", f->path,
                 (long long)(st.st_size - end));
    return true;
}

/* A file on a system without such locks is used unlocked. */
static bool lock(const struct file *f, int fd, char *why, size_t size)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_SETLK, &whole) == 0 || (errno != EAGAIN && errno != EACCES))
        return true;
    return refuse(f, why, size, "another output or program is writing to it; give each its own file");
}

/* Opens or creates the path; only a regular file passes. Returns the descriptor or -1. */
static int open_regular(const struct file *f, char *why, size_t size)
{
    /* Non-blocking so that a FIFO without a reader is refused, not waited for. */
    int flags = O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    struct stat st;
    int fd = open(f->path, flags | O_CREAT | O_EXCL, f->mode);
    bool is_new = fd >= 0;
    if (fd < 0 && errno == EEXIST)
        fd = open(f->path, flags);
    if (fd < 0) {
        refuse_errno(f, why, size, "cannot open");
        return -1;
    }
    bool good = fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || refuse(f, why, size, "is not a regular file"));
    if (good && is_new && fchmod(fd, f->mode) != 0)
        good = refuse_errno(f, why, size, "cannot set its mode");
    if (!good) {
        close(fd);
        return -1;
    }
    return fd;
}

/* First opening: locked, emptied or repaired. */
static bool open_first(struct file *f, bool append, char *why, size_t size)
{
    f->fd = open_regular(f, why, size);
    if (f->fd < 0 || !lock(f, f->fd, why, size))
        return false;
    if (append)
        return repair_tail(f, f->fd, why, size);
    return ftruncate(f->fd, 0) == 0 || refuse_errno(f, why, size, "cannot empty it");
}

/* A pipe is written in pieces that poll(2) has promised room for. */
static bool open_stdout(struct file *f, char *why, size_t size)
{
    struct stat st;
    f->is_stream = true;
    f->fd = STDOUT_FILENO;
    snprintf(f->path, sizeof f->path, "standard output");
    if (fstat(f->fd, &st) != 0)
        return refuse_errno(f, why, size, "cannot use it");
    f->chunk = S_ISREG(st.st_mode) ? SSIZE_MAX : PIPE_BUF;
    return true;
}

/* --------------------------------------------------------------- options */

static const struct sensor_option options[] = {
    {"filename", OPTION_TEXT, "eve.json", 0, 0, "file to write to; %Y, %m, ... as in strftime(3)"},
    {"directory", OPTION_TEXT, "", 0, 0, "where a relative filename lives; empty: the working directory"},
    {"filetype", OPTION_TEXT, "regular", 0, 0, "regular or stdout"},
    {"rotate-interval", OPTION_TEXT, "", 0, 0, "minute, hour or day, or a time like 30s or 5m; empty: never"},
    {"append", OPTION_BOOL, "yes", 0, 0, "keep what the file holds when starting"},
    {"prefix", OPTION_TEXT, "", 0, 0, "what the lines begin with, to know a torn one by; empty: a brace"},
    {"filemode", OPTION_TEXT, "640", 0, 0, "permissions of a new file, octal"},
    {NULL, OPTION_TEXT, NULL, 0, 0, NULL},
};

static bool read_mode(const char *text, mode_t *mode)
{
    unsigned value = 0;
    size_t size = strlen(text);
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '7')
            return false;
        value = value * 8 + (unsigned)(text[i] - '0');
        if (value > 0777)
            return false;
    }
    *mode = (mode_t)value;
    return size >= 3;
}

/* "minute", "hour", "day", or a number of seconds, or of what its letter says. */
static bool read_interval(struct file *f, const char *text)
{
    static const struct {
        const char *word;
        long seconds;
    } words[] = {{"minute", 60}, {"hour", 3600}, {"day", 86400}},
      units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
    char *unit;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].word, text) == 0) {
            f->interval_s = words[i].seconds;
            f->aligned = true;
        }
    if (f->aligned || text[0] == '\0')
        return true;
    long number = strtol(text, &unit, 10);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (unit != text && number > 0 && number <= INTERVAL_MAX && strcmp(units[i].word, unit) == 0)
            f->interval_s = number * units[i].seconds;
    return f->interval_s > 0;
}

static bool set_up(struct file *f, const struct sensor_options *o, char *why, size_t size)
{
    const char *type = f->host->option_text(o, "filetype"), *mode = f->host->option_text(o, "filemode");
    if (strcmp(type, "stdout") == 0)
        return open_stdout(f, why, size);
    if (strcmp(type, "regular") != 0) {
        snprintf(why, size, "filetype '%s' is unknown; use regular or stdout", type);
        return false;
    }
    const char *prefix = f->host->option_text(o, "prefix");
    f->first = prefix[0] != '\0' ? prefix[0] : '{';
    if (!read_mode(mode, &f->mode)) {
        snprintf(why, size, "filemode '%s' is no octal mode; use for example 640", mode);
        return false;
    }
    const char *interval = f->host->option_text(o, "rotate-interval");
    if (!read_interval(f, interval)) {
        snprintf(why, size, "rotate-interval '%.64s' is none; use minute, hour, day, or a time like 30s or 5m", interval);
        return false;
    }
    time_t now = time(NULL);
    f->rotate_at = next_rotation(f, now);
    f->directory = f->host->option_text(o, "directory");
    f->name = f->host->option_text(o, "filename");
    return set_path(f, now, why, size) && open_first(f, f->host->option_number(o, "append") != 0, why, size);
}

static void file_close(void *state)
{
    struct file *f = state;
    if (f == NULL)
        return;
    if (f->fd >= 0 && !f->is_stream)
        close(f->fd);
    free(f);
}

static void *file_open(const struct sensor_host *host, const struct sensor_options *o, char *error, size_t error_size)
{
    struct file *f = calloc(1, sizeof *f);
    if (f == NULL) {
        snprintf(error, error_size, "out of memory");
        return NULL;
    }
    f->host = host;
    f->fd = -1;
    f->chunk = SSIZE_MAX;
    if (!set_up(f, o, error, error_size)) {
        file_close(f);
        return NULL;
    }
    return f;
}

/* -------------------------------------------------------------- rotation */

static bool is_same_file(int a, int b)
{
    struct stat x, y;
    return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Opens what the path names now, unless that is the file in use. */
static bool open_next(struct file *f)
{
    int fd = set_path(f, time(NULL), f->error, sizeof f->error) ? open_regular(f, f->error, sizeof f->error) : -1;
    if (fd < 0)
        return false;
    if (is_same_file(fd, f->fd)) {
        close(fd);
        return true;
    }
    if (!lock(f, fd, f->error, sizeof f->error) || !repair_tail(f, fd, f->error, sizeof f->error)) {
        close(fd);
        return false;
    }
    close(f->fd);
    f->fd = fd;
    f->error[0] = '\0';
    return true;
}

/* The path may name another file now. When that cannot be opened, or a line must be finished first, the old one goes on
 * being written. */
static bool file_reopen(void *state)
{
    struct file *f = state;
    char old[PATH_MAX];
    if (f->is_stream)
        return true;
    if (f->torn)
        return refuse(f, f->error, sizeof f->error, "has a torn last line; not changed before that is finished");
    memcpy(old, f->path, sizeof old);
    if (open_next(f))
        return true;
    memcpy(f->path, old, sizeof old);
    return false;
}

/* Goes on to the next file when it is time; only between lines. */
static void rotate(struct file *f)
{
    time_t now = time(NULL);
    if (f->interval_s == 0 || f->taken > 0 || now < f->rotate_at)
        return;
    f->rotate_at = next_rotation(f, now);
    if (file_reopen(f))
        return;
    f->host->log(SENSOR_WARNING, "cannot rotate: %s; the old file goes on", f->error);
    if (f->rotate_at > now + ROTATE_AGAIN_S)
        f->rotate_at = now + ROTATE_AGAIN_S;
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
    snprintf(f->error, sizeof f->error, "%.300s: cannot write: %s", f->path, strerror(number));
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
    rotate(f);
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
        f->error[0] = '\0';
        return SENSOR_WRITTEN;
    case BUSY:
        f->taken = at;
        f->error[0] = '\0';
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
    return f->error;
}

SENSOR_PLUGIN(file) = {
    SENSOR_PLUGIN_ABI,
    .kind = SENSOR_OUTPUT,
    .name = "file",
    .version = "1.0",
    .license = "Apache-2.0",
    .summary = "writes events to a file or to standard output",
    .options = options,
    .output = {.open = file_open,
               .write = file_write,
               .flush = file_flush,
               .reopen = file_reopen,
               .error = file_error,
               .close = file_close},
};
