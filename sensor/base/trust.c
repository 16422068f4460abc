/* SPDX-License-Identifier: Apache-2.0 */
/* trust.c - see trust.h. */
#include "base/trust.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

static struct stat program; /* whoever can replace it need not touch its lists: in a clone, with sudo, the user */

static void look_at_program(void)
{
    if (stat("/proc/self/exe", &program) != 0)
        program = (struct stat){.st_uid = 0};
}

static bool is_ours(uid_t uid)
{
    return uid == 0 || uid == geteuid() || uid == program.st_uid;
}

static bool is_our_group(gid_t gid)
{
    return gid == 0 || gid == getegid() || gid == program.st_gid;
}

/* The directory of a path, of the file itself when the path is a link. */
static bool directory_of(const char *path, char out[PATH_MAX])
{
    char *slash = realpath(path, out) ? strrchr(out, '/') : NULL;
    if (!slash)
        return false;
    slash[slash == out] = '\0';
    return true;
}

/* What one user or group may do is theirs to answer for. */
static void warn(const char *path, const struct stat *st)
{
    if (!is_ours(st->st_uid))
        log_warning("%s: belongs to uid %u, who decides what it says; chown root", path, st->st_uid);
    else if ((st->st_mode & S_IWGRP) && !is_our_group(st->st_gid))
        log_warning("%s: group %u may write it and decides what it says; chmod g-w", path, st->st_gid);
}

bool trust_file(const char *path, struct error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    char directory[PATH_MAX];
    struct stat st;
    pthread_once(&once, look_at_program);
    if (stat(path, &st) != 0)
        return true;
    if (S_ISREG(st.st_mode) && (st.st_mode & S_IWOTH))
        return error_set(error, "%s: all users may write it, so it cannot be believed: chmod o-w", path);
    warn(path, &st);
    if (directory_of(path, directory) && stat(directory, &st) == 0 && (st.st_mode & (S_IWOTH | S_ISVTX)) == S_IWOTH)
        return error_set(error, "%s: all users may put another file in its place: chmod o-w %s", path, directory);
    return true;
}
