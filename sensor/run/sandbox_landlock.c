/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_landlock.c - see sandbox_landlock.h. A rule names an inode and all below it; so what is to survive a rename (a list that is
 * replaced, a log that is rotated) is allowed by its directory.
 */
#include "run/sandbox_landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* From <linux/landlock.h>; the numbers of system calls are the same on every architecture. */
#define CALL_CREATE_RULESET 444
#define CALL_ADD_RULE       445
#define CALL_RESTRICT_SELF  446
#define CREATE_VERSION      1u
#define RULE_PATH_BENEATH   1

enum {
    FS_EXECUTE = 1 << 0,
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_REMOVE_DIR = 1 << 4,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_CHAR = 1 << 6,
    FS_MAKE_DIR = 1 << 7,
    FS_MAKE_REG = 1 << 8,
    FS_MAKE_SOCK = 1 << 9,
    FS_MAKE_FIFO = 1 << 10,
    FS_MAKE_BLOCK = 1 << 11,
    FS_MAKE_SYM = 1 << 12,
    FS_REFER = 1 << 13,     /* ABI 2 */
    FS_TRUNCATE = 1 << 14,  /* ABI 3 */
    FS_IOCTL_DEV = 1 << 15, /* ABI 5 */
    FS_FIRST = FS_MAKE_SYM * 2 - 1,
    FS_OF_FILES = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV,
    FS_READ = FS_READ_FILE | FS_READ_DIR,
    FS_WRITE = FS_READ | FS_WRITE_FILE | FS_TRUNCATE | FS_REMOVE_FILE | FS_REMOVE_DIR | FS_MAKE_DIR | FS_MAKE_REG | FS_MAKE_SOCK
};
#define NET_BIND_TCP 1u /* ABI 4 */
#define SCOPE_SIGNAL 2u /* ABI 6 */

struct ruleset {
    uint64_t fs, net, scoped;
};

struct path_rule {
    uint64_t allowed;
    int32_t fd;
} __attribute__((packed));

struct landlock {
    int fd;
    int version;
    uint64_t fs; /* what is refused unless allowed */
};

static uint64_t handled_fs(int version)
{
    return FS_FIRST | (version >= 2 ? (uint64_t)FS_REFER : 0) | (version >= 3 ? (uint64_t)FS_TRUNCATE : 0) |
           (version >= 5 ? (uint64_t)FS_IOCTL_DEV : 0);
}

/* Older kernels know a shorter struct. */
static size_t ruleset_size(int version)
{
    return version >= 6 ? sizeof(struct ruleset) : version >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
}

struct landlock *landlock_new(bool no_listening)
{
    long version = syscall(CALL_CREATE_RULESET, NULL, 0, CREATE_VERSION);
    struct landlock *l = version > 0 ? calloc(1, sizeof *l) : NULL;
    if (!l)
        return NULL;
    l->version = (int)version;
    l->fs = handled_fs(l->version);
    struct ruleset rules = {.fs = l->fs, .net = no_listening ? NET_BIND_TCP : 0, .scoped = SCOPE_SIGNAL};
    l->fd = (int)syscall(CALL_CREATE_RULESET, &rules, ruleset_size(l->version), 0);
    if (l->fd >= 0)
        return l;
    free(l);
    return NULL;
}

void landlock_free(struct landlock *l)
{
    if (!l)
        return;
    if (l->fd >= 0)
        close(l->fd);
    free(l);
}

int landlock_version(const struct landlock *l)
{
    return l->version;
}

static bool allow(struct landlock *l, const char *path, uint64_t what)
{
    struct stat st;
    struct path_rule rule = {.allowed = what & l->fs, .fd = open(path, O_PATH | O_CLOEXEC)};
    if (rule.fd < 0)
        return false;
    if (fstat(rule.fd, &st) == 0 && !S_ISDIR(st.st_mode))
        rule.allowed &= FS_OF_FILES;
    bool good = syscall(CALL_ADD_RULE, l->fd, RULE_PATH_BENEATH, &rule, 0) == 0;
    close(rule.fd);
    return good;
}

bool landlock_allow_read(struct landlock *l, const char *path)
{
    return allow(l, path, FS_READ);
}

bool landlock_allow_write(struct landlock *l, const char *path)
{
    return allow(l, path, FS_WRITE);
}

bool landlock_allow_delete(struct landlock *l, const char *path)
{
    return allow(l, path, FS_READ_DIR | FS_REMOVE_FILE);
}

bool landlock_enforce(struct landlock *l, struct error *error)
{
    return syscall(CALL_RESTRICT_SELF, l->fd, 0) == 0 || error_set(error, "Landlock: %s", strerror(errno));
}
