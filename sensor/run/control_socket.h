/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control_socket.h - the unix socket itself: made so that only its owner and group may talk, never in the place of somebody else's.
 */
#ifndef RUN_CONTROL_SOCKET_H
#define RUN_CONTROL_SOCKET_H

#include <sys/stat.h>
#include <sys/un.h>

#include "base/error.h"

struct control_socket {
    int fd;        /* listens, non-blocking; -1: closed */
    int directory; /* the one it stands in, so that it can be removed without looking the path up again */
    struct sockaddr_un address;
    dev_t device; /* which file is ours */
    ino_t inode;
};

/*
 * Binds `path` with mode 0660 and listens. A socket that is there already is replaced only when nobody answers on it; anything else
 * there, and a directory that others than its owner and group may write to (without the sticky bit), is refused. `make_directory`: the
 * last directory of the path is made (0750) when it is missing. False and `error`. Main thread, before others start: the umask is
 * changed for a moment.
 */
bool control_socket_open(struct control_socket *s, const char *path, bool make_directory, struct error *error);
/* Closes, and removes the file if it is still ours. */
void control_socket_close(struct control_socket *s);
/* Hands the file over to the user and group that the program will run as. False and `error`. */
bool control_socket_give(const struct control_socket *s, uid_t user, gid_t group, struct error *error);

/* Connects to such a socket; the descriptor, or -1 and `error`. */
int control_socket_connect(const char *path, struct error *error);

#endif
