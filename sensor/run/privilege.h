/* SPDX-License-Identifier: Apache-2.0 */
/*
 * privilege.h - who this process is: user, groups, capabilities, no-new-privileges. No packet is parsed as root.
 *
 * privilege_drop() takes them away for good, once the interfaces are open. Where the user to become could not open logs and lists, root
 * opens them first: privilege_drop() keeps just what that takes, and privilege_drop_rest() ends it.
 */
#ifndef RUN_PRIVILEGE_H
#define RUN_PRIVILEGE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

struct privilege {
    /* What is wanted. */
    char user[65]; /* to become, or who this is already */
    uid_t uid;
    gid_t gid;
    bool changes_user;
    bool drops_capabilities;
    bool reads_all; /* files of others may still be read and written: captures read by root stay readable */
    bool no_new_privileges;
    /* What became of it. */
    bool waits;   /* the user is changed by privilege_drop_rest */
    bool bounded; /* the bounding set is what it should be; without CAP_SETPCAP it cannot be changed */
};

/* Who to be. `user` and `group` are names or numbers; both "" and `automatic`: root becomes haetae, or nobody where there is no such
 * user; not `automatic`: stays who it is. False and `error` for an unknown name, and when this is not root and another was asked
 * for. */
bool privilege_choose(struct privilege *p, const char *user, const char *group, bool automatic, struct error *error);

/* Whether the user to become has this access (R_OK, W_OK | X_OK, ...). Only before privilege_drop, and before threads. */
bool privilege_may(const struct privilege *p, const char *path, int mode);

/* A file that root left, or every such file in a directory, is given to the user to become: regular, with no other name. */
void privilege_give(const struct privilege *p, const char *path);

/* All of it, for this thread and what it starts; the user for threads that are there already. `keep_root`: root may open files until
 * privilege_drop_rest(). False and `error`: nothing may go on. */
bool privilege_drop(struct privilege *p, bool keep_root, struct error *error);
bool privilege_drop_rest(struct privilege *p, struct error *error);

#endif
