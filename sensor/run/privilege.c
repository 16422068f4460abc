/* SPDX-License-Identifier: Apache-2.0 */
/*
 * privilege.c - see privilege.h. Capabilities go through libcap-ng, which does it in the one order that works: the bounding set while
 * CAP_SETPCAP is there, then groups, group and user, then the rest. glibc changes the user in all threads alike, and the kernel takes
 * the capabilities of each that is no longer root.
 */
#include "run/privilege.h"

#include <cap-ng.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define GIVEN_MAX 4096 /* files of one directory */

/* ------------------------------------------------------------------- names */

/* A number that is all digits, for users and groups that have no name. */
static bool parse_id(const char *text, unsigned *out)
{
    char *end;
    errno = 0;
    unsigned long n = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || n >= UINT32_MAX)
        return false;
    *out = (unsigned)n;
    return true;
}

static bool find_user(struct privilege *p, const char *name, struct error *error)
{
    unsigned id;
    const struct passwd *entry = getpwnam(name);
    if (!entry && parse_id(name, &id)) {
        p->uid = p->gid = id;
        entry = getpwuid(id);
    }
    if (entry) {
        p->uid = entry->pw_uid;
        p->gid = entry->pw_gid;
    } else if (!parse_id(name, &id)) {
        return error_set(error, "run-as.user: there is no user '%.64s'; make one with useradd --system, or name another", name);
    }
    snprintf(p->user, sizeof p->user, "%s", entry ? entry->pw_name : name);
    return true;
}

static bool find_group(struct privilege *p, const char *name, struct error *error)
{
    unsigned id;
    const struct group *entry = getgrnam(name);
    if (!entry && !parse_id(name, &id))
        return error_set(error, "run-as.group: there is no group '%.64s'", name);
    p->gid = entry ? entry->gr_gid : id;
    return true;
}

/* Who this process is already. */
static void find_self(struct privilege *p)
{
    const struct passwd *entry = getpwuid(geteuid());
    p->uid = geteuid();
    p->gid = getegid();
    snprintf(p->user, sizeof p->user, "%s", entry ? entry->pw_name : "?");
}

bool privilege_choose(struct privilege *p, const char *user, const char *group, bool automatic, struct error *error)
{
    find_self(p);
    uid_t self = p->uid;
    gid_t self_group = p->gid;
    if (!*user && automatic && self == 0)
        user = getpwnam("haetae") ? "haetae" : "nobody";
    if ((*user && !find_user(p, user, error)) || (*group && !find_group(p, group, error)))
        return false;
    p->changes_user = p->uid != self || p->gid != self_group;
    if (p->changes_user && self != 0)
        return error_set(error, "run-as: only root can become %s (%u:%u); this is %u:%u", p->user, p->uid, p->gid, self, self_group);
    return true;
}

/* ------------------------------------------------------------------- files */

bool privilege_may(const struct privilege *p, const char *path, int mode)
{
    if (!p->changes_user)
        return access(path, mode) == 0;
    gid_t groups[64];
    int count = getgroups(64, groups);
    bool can = false;
    if (count >= 0 && setgroups(0, NULL) == 0 && setegid(p->gid) == 0) {
        if (seteuid(p->uid) == 0)
            can = faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0;
        if (seteuid(0) != 0)
            abort(); /* neither root nor the user: nothing could be trusted */
    }
    if (setegid(getgid()) != 0 || setgroups((size_t)(count > 0 ? count : 0), groups) != 0)
        abort();
    return can;
}

/* Through a descriptor, so that what was looked at is what is given. */
static void give_file(const struct privilege *p, int directory, const char *name)
{
    struct stat st;
    int fd = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == 0 && st.st_nlink == 1 &&
        fchownat(fd, "", p->uid, p->gid, AT_EMPTY_PATH) != 0) {
        /* who opens it will say so */
    }
    close(fd);
}

void privilege_give(const struct privilege *p, const char *path)
{
    if (!p->changes_user || geteuid() != 0)
        return;
    DIR *directory = opendir(path);
    if (!directory) {
        give_file(p, AT_FDCWD, path);
        return;
    }
    const struct dirent *entry;
    for (int i = 0; i < GIVEN_MAX && (entry = readdir(directory)) != NULL; i++)
        give_file(p, dirfd(directory), entry->d_name);
    closedir(directory);
}

/* ---------------------------------------------------------------- dropping */

/* Those of them that there are at all: a container may lack some. */
static void keep(const unsigned *capabilities, size_t count)
{
    bool have[8];
    for (size_t i = 0; i < count; i++)
        have[i] = capng_have_capability(CAPNG_PERMITTED, capabilities[i]);
    capng_clear(CAPNG_SELECT_ALL);
    for (size_t i = 0; i < count; i++)
        if (have[i])
            capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, capabilities[i]);
}

/* No user to change: capabilities alone. What others may not read, root may go on reading where that was asked for. */
static bool drop_capabilities(struct privilege *p, struct error *error)
{
    static const unsigned reading[] = {CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER};
    bool can_bound = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
    bool reads_all = p->reads_all && geteuid() == 0;
    keep(reading, reads_all ? sizeof reading / sizeof *reading : 0);
    if (can_bound && capng_apply(CAPNG_SELECT_BOUNDS) != 0)
        return error_set(error, "cannot empty the bounding set of capabilities");
    p->bounded = can_bound;
    if (capng_apply(CAPNG_SELECT_CAPS) != 0)
        return error_set(error, "cannot give up capabilities");
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); /* what is not permitted is not ambient either */
    return true;
}

/* Root until the logs are open, with no more than that takes. */
static bool keep_opening(struct privilege *p, struct error *error)
{
    static const unsigned opening[] = {CAP_DAC_OVERRIDE, CAP_CHOWN, CAP_FOWNER, CAP_SETUID, CAP_SETGID, CAP_SETPCAP};
    p->waits = true;
    if (!p->drops_capabilities)
        return true;
    keep(opening, sizeof opening / sizeof *opening);
    return capng_apply(CAPNG_SELECT_BOTH) == 0 || error_set(error, "cannot give up capabilities");
}

static bool change_user(struct privilege *p, struct error *error)
{
    if (!p->drops_capabilities) {
        if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0 && setgroups(0, NULL) == 0 && setresgid(p->gid, p->gid, p->gid) == 0 &&
            setresuid(p->uid, p->uid, p->uid) == 0)
            return true;
        return error_set(error, "cannot become %s (%u:%u): %s", p->user, p->uid, p->gid, strerror(errno));
    }
    capng_clear(CAPNG_SELECT_ALL);
    int failed = capng_change_id((int)p->uid, (int)p->gid, CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING | CAPNG_CLEAR_AMBIENT);
    p->bounded = failed == 0;
    return failed == 0 || error_set(error, "cannot become %s (%u:%u): libcap-ng says %d", p->user, p->uid, p->gid, failed);
}

/* A way back would be worse than never having left. */
static bool check(const struct privilege *p, struct error *error)
{
    uid_t ids[3];
    if (p->changes_user && p->uid != 0 &&
        (getresuid(&ids[0], &ids[1], &ids[2]) != 0 || ids[0] != p->uid || ids[1] != p->uid || ids[2] != p->uid || setuid(0) == 0))
        return error_set(error, "this is not %s although nothing failed", p->user);
    return true;
}

bool privilege_drop(struct privilege *p, bool keep_root, struct error *error)
{
    capng_get_caps_process();
    if (p->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return error_set(error, "cannot set no-new-privileges: %s", strerror(errno));
    if (keep_root && p->changes_user)
        return keep_opening(p, error);
    if (p->changes_user ? !change_user(p, error) : p->drops_capabilities && !drop_capabilities(p, error))
        return false;
    p->waits = false;
    return check(p, error);
}

bool privilege_drop_rest(struct privilege *p, struct error *error)
{
    return !p->waits || privilege_drop(p, false, error);
}
