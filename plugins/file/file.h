/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.h - the parts of the file sink: where the file is (place), what a crash left at its end (tail), the files that were set aside
 * (old), how they are compressed (pack), and the thread that compresses and deletes them (keeper). file.c writes.
 */
#ifndef FILE_FILE_H
#define FILE_FILE_H

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "sensor_plugin.h"

/* Why something was refused, "" when nothing was. */
struct reason {
    char text[512];
};

/* Formats the reason; returns false, to be returned. */
bool refuse(struct reason *why, const char *format, ...) SENSOR_PRINTF(2, 3);

/* ------------------------------------------------------------------ place */

/*
 * Where the configuration puts the file. `base` is what the administrator names and may lead through links; below it, and in the file
 * itself, no link is followed. It is held open from the start: a later change of user or of the path to it does not matter.
 */
struct place {
    int base_fd;
    char base[PATH_MAX];
    char walk[PATH_MAX]; /* directories below, strftime(3); "" for none */
    char leaf[PATH_MAX]; /* the file's name, strftime(3) */
};

/* The same at some time. */
struct spot {
    int dir_fd; /* -1: closed */
    char leaf[NAME_MAX + 1];
    char path[PATH_MAX]; /* all of it, for words */
};

/* `directory` is where a relative name lives, "" for the working directory. False: nothing is open. */
bool place_open(struct place *p, const char *directory, const char *name, struct reason *why);
void place_close(struct place *p);
/* False: nothing is open. */
bool place_find(const struct place *p, time_t now, struct spot *out, struct reason *why);
void spot_close(struct spot *s);

/*
 * Opens or creates the file to append to it, and locks it. Refused: what is no regular file, has a second name (hard link), belongs to
 * somebody else while all may write to its directory, or is locked by another writer. -1 when refused.
 */
int spot_open(const struct spot *s, mode_t mode, struct reason *why);
/* True when the spot's name still leads to this open file. */
bool spot_names(const struct spot *s, int fd);
/* The lock that a writer holds on its file. False: another one has it. A system without such locks gives it. */
bool lock_file(int fd);

/* ------------------------------------------------------------------- tail */

/*
 * Cuts what a crash left behind the last line feed: the beginning of a line (its first byte is `first`), or the zeros of a crashed
 * disk. A file that ends in something else is refused and left as it is. Returns the bytes cut, or -1.
 */
off_t tail_repair(int fd, char first, struct reason *why);

/* -------------------------------------------------------------------- old */

/*
 * Files of this sink that are not written any more are known by their names: LEAF[.YYYYmmdd-HHMMSS][-N][.gz|.zst], where LEAF was made
 * by the strftime(3) pattern, or is the name itself and then has the time behind it. Nothing else is ever touched.
 */
enum old_kind {
    OLD_PLAIN,
    OLD_PACKED,
    OLD_PART /* a compression that was not finished: NAME.gz.part */
};

struct old_file {
    struct timespec written; /* when its last line was */
    off_t size;
    enum old_kind kind;
    char name[NAME_MAX + 1];
};

struct old_list {
    struct old_file *file; /* the oldest first */
    size_t count;
};

#define OLD_STAMP_MAX 32

/* ".20261121-031502", or ".20261121-031502-N" from the second one of a second on, into `out`[OLD_STAMP_MAX]. */
void old_stamp(char *out, time_t now, unsigned n);
#define OLD_PART_SUFFIX ".part"
/* True when `name` is one of the pattern's. */
bool old_is_ours(const char *pattern, const char *name, enum old_kind *kind);
/* The old files of a directory; the one that is written to is among them when its name is of that kind. False without memory. */
bool old_list(int dir_fd, const char *pattern, struct old_list *out);
void old_list_free(struct old_list *list);

/* ------------------------------------------------------------------- pack */

enum packing { PACK_NONE = 0, PACK_GZIP, PACK_ZSTD };

/* "none", "gzip", "zstd"; false for another word. */
bool pack_read(const char *word, enum packing *out);
/* ".gz" or ".zst". */
const char *pack_suffix(enum packing kind);
/* From the start of `in` to `out`; `stop` is asked now and then and ends it. False when it failed or was stopped. */
bool pack(enum packing kind, int in, int out, bool (*stop)(void *), void *arg, struct reason *why);

/* ----------------------------------------------------------------- keeper */

/* What becomes of old files. */
struct keep_plan {
    const char *pattern; /* of the names */
    enum packing packing;
    int64_t files_max, age_max_s, bytes_max; /* 0: no bound */
};

struct keeper;

/* Keeps the files in the directory, at first when woken. The thread begins then, so that it has the rights of who wakes it. */
struct keeper *keeper_new(const struct sensor_host *host, const struct keep_plan *plan, int dir_fd, struct reason *why);
/* There are old files: compress and delete what is due. One thread at a time. */
void keeper_wake(struct keeper *k);
/* Compressed and deleted so far; any thread. */
void keeper_count(const struct keeper *k, uint64_t *packed, uint64_t *removed);
/* Waits for what is being compressed, but not for long: it is done again next time. Takes NULL. */
void keeper_close(struct keeper *k);

/* ------------------------------------------------------------------- sink */

/* The state of one output. The writer's own but for the two counters. */
struct file {
    const struct sensor_host *host;
    int fd;
    bool is_stream; /* standard output: not ours to cut, lock or close */
    size_t chunk;   /* most bytes of one write(2) */
    bool broken;    /* nobody will ever read the stream again */
    size_t taken;   /* bytes already written of what the host will offer next */
    bool torn;      /* `taken` ends inside a line that could not be cut off */
    mode_t mode;
    char first; /* what every line begins with */
    struct place place;
    struct spot at;
    long interval_s; /* of rotation; 0: none */
    bool aligned;    /* at full minutes, hours or days of local time */
    time_t rotate_at;
    int64_t size_max;  /* 0: none */
    time_t size_again; /* when rotation by size is tried again */
    time_t aside_s;    /* second of the latest name of a file set aside, and its number in there */
    unsigned aside_number;
    struct keeper *keeper;               /* NULL: old files stay as they are */
    bool keeper_is_due;                  /* it has not looked since the start */
    _Atomic uint64_t recovered, rotated; /* bytes cut at a start; files changed. Relaxed: numbers for the stats */
    struct reason error;                 /* latest failure, "" when there is none or the reader is only slow */
};

/* What the lines of tail_repair() are for an output: counted, told in the log. `path` is for words. */
bool file_repair(struct file *f, int fd, const char *path, struct reason *why);

/* ---------------------------------------------------------------- options */

extern const struct sensor_option file_options[];

/* "0640" or "640" and the like; false when it is no mode. */
bool read_mode(const char *text, mode_t *mode);
/* "minute", "hour", "day", or a number of seconds, or of what its letter says; "" for never. False for anything else. */
bool read_interval(struct file *f, const char *text);
/* True when the options name standard output. */
bool is_stdout(const char *filetype, const char *filename);

/* --------------------------------------------------------------- rotation */

/* When the file changes next by time. */
time_t next_rotation(const struct file *f, time_t now);
/* Goes on to the next file when it is time; only between lines. `more` bytes are to be written. */
void file_rotate(struct file *f, size_t more);
/* After SIGHUP: goes on with what the name leads to now. False: the old file goes on, `error` says why. */
bool file_reopen(void *state);

#endif
