/* SPDX-License-Identifier: Apache-2.0 */
/* control_socket.c - see control_socket.h. */
#include "run/control_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 16

static bool fill_address(struct sockaddr_un *address, const char *path, struct error *error)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address->sun_path)
        return error_set(error, "%s: a socket's path has at most %zu bytes", path, sizeof address->sun_path - 1);
    memcpy(address->sun_path, path, strlen(path) + 1);
    return true;
}

static int connect_to(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) == 0)
        return fd;
    int why = errno;
    if (fd >= 0)
        close(fd);
    errno = why;
    return -1;
}

int control_socket_connect(const char *path, struct error *error)
{
    struct sockaddr_un address;
    if (!fill_address(&address, path, error))
        return -1;
    int fd = connect_to(&address);
    if (fd < 0)
        error_set(error, "%s: %s%s", path, strerror(errno),
                  errno == ENOENT || errno == ECONNREFUSED ? "; is haetae running with unix-command enabled?" : "");
    return fd;
}

/* ------------------------------------------------------------------- listen */

static const char *name_of(const struct sockaddr_un *address)
{
    const char *slash = strrchr(address->sun_path, '/');
    return slash ? slash + 1 : address->sun_path;
}

/* The directory of the socket, made if need be, opened, and safe. */
static int open_directory(const struct sockaddr_un *address, bool make, struct error *error)
{
    char path[sizeof address->sun_path];
    struct stat st;
    size_t size = (size_t)(name_of(address) - address->sun_path);
    memcpy(path, address->sun_path, size);
    memcpy(path + size, ".", size == 0 ? 2 : 1); /* "." of "name", "/run/x/." of "/run/x/name" */
    path[size + 1] = '\0';
    if (make && size > 1) {
        path[size - 1] = '\0';
        mkdir(path, 0750); /* that it could not be made shows when it is opened */
    }
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        error_set(error, "%s: %s", path, strerror(errno));
    else if ((st.st_mode & S_IWOTH) && !(st.st_mode & S_ISVTX))
        error_set(error, "%s: everybody may write to this directory and so put a socket of their own there; chmod o-w", path);
    else
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* What stands in the way is removed if it is a socket on which nobody listens. */
static bool clear_way(const struct control_socket *s, struct error *error)
{
    struct stat st;
    const char *path = s->address.sun_path;
    if (fstatat(s->directory, name_of(&s->address), &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT || error_set(error, "%s: %s", path, strerror(errno));
    if (!S_ISSOCK(st.st_mode))
        return error_set(error, "%s: is there and is no socket; it stays as it is", path);
    int fd = connect_to(&s->address);
    if (fd >= 0) {
        close(fd);
        return error_set(error, "%s: another program listens there", path);
    }
    if (errno != ECONNREFUSED)
        return error_set(error, "%s: %s", path, strerror(errno));
    return unlinkat(s->directory, name_of(&s->address), 0) == 0 || error_set(error, "%s: %s", path, strerror(errno));
}

static bool bind_and_listen(struct control_socket *s, struct error *error)
{
    struct stat st;
    s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t before = umask(0117);
    bool good = s->fd >= 0 && bind(s->fd, (const struct sockaddr *)&s->address, sizeof s->address) == 0;
    umask(before);
    good = good && listen(s->fd, BACKLOG) == 0 && fstatat(s->directory, name_of(&s->address), &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (!good)
        return error_set(error, "%s: %s", s->address.sun_path, strerror(errno));
    s->device = st.st_dev;
    s->inode = st.st_ino;
    return true;
}

bool control_socket_open(struct control_socket *s, const char *path, bool make_directory, struct error *error)
{
    *s = (struct control_socket){.fd = -1, .directory = -1};
    bool good = fill_address(&s->address, path, error) &&
                (s->directory = open_directory(&s->address, make_directory, error)) >= 0 && clear_way(s, error) &&
                bind_and_listen(s, error);
    if (!good)
        control_socket_close(s);
    return good;
}

void control_socket_close(struct control_socket *s)
{
    struct stat st;
    if (s->inode && fstatat(s->directory, name_of(&s->address), &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == s->device &&
        st.st_ino == s->inode)
        unlinkat(s->directory, name_of(&s->address), 0); /* where that is not allowed any more the next start replaces it */
    if (s->fd >= 0)
        close(s->fd);
    if (s->directory >= 0)
        close(s->directory);
    s->fd = s->directory = -1;
    s->inode = 0;
}

bool control_socket_give(const struct control_socket *s, uid_t user, gid_t group, struct error *error)
{
    return s->fd < 0 || fchownat(s->directory, name_of(&s->address), user, group, AT_SYMLINK_NOFOLLOW) == 0 ||
           error_set(error, "%s: %s", s->address.sun_path, strerror(errno));
}
