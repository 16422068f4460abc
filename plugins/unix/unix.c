/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unix.c - the output plugin for local sockets (eve-log filetypes unix_stream, unix_dgram and syslog, which is a datagram socket whose
 * messages begin in syslog's way).
 *
 * Nobody has to listen yet when the sensor starts, and a listener may come and go: each offer of the host is an attempt to connect, and
 * the host's growing pauses are the back-off. A line is written when the kernel has taken all of it. When a stream breaks in the middle
 * of a line, that line is sent again, whole, to the next listener; the torn beginning is the last thing the old one saw. A datagram that
 * is larger than the socket takes is lost and counted.
 */
#include "unix.h"
#include "sensor_plugin.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ROOM_WAIT_MS 100       /* how long a slow reader is waited for before the host is asked to come again */
#define SEND_BUFFER  (1 << 20) /* bytes asked for; the kernel gives what net.core.wmem_max allows */

struct peer {
    int fd;       /* -1: not connected */
    int type;     /* SOCK_STREAM or SOCK_DGRAM */
    bool syslog;  /* each message gets a header and loses its line feed */
    int priority; /* facility and level of syslog */
    size_t taken; /* bytes of what the host will offer next that are sent already */
    struct sockaddr_un address;
    char identity[SYSLOG_IDENTITY_MAX + 1];
    char error[512]; /* latest failure, "" when there is none or the reader is only slow */
};

/* ------------------------------------------------------------- connecting */

static void disconnect(struct peer *p)
{
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
}

static void note_failure(struct peer *p, const char *what)
{
    int number = errno;
    const char *hint = number == ENOENT || number == ECONNREFUSED ? "; nobody listens there"
                       : number == EPROTOTYPE                     ? "; use the other filetype of unix_stream and unix_dgram"
                       : number == EACCES                         ? "; the user that runs this must be allowed to write to it"
                                                                  : "";
    snprintf(p->error, sizeof p->error, "%.107s: %s: %s%s", p->address.sun_path, what, strerror(number), hint);
}

static bool connected(struct peer *p)
{
    int buffer = SEND_BUFFER;
    if (p->fd >= 0)
        return true;
    p->fd = socket(AF_UNIX, p->type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (p->fd >= 0 && connect(p->fd, (const struct sockaddr *)&p->address, sizeof p->address) == 0) {
        setsockopt(p->fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer); /* a smaller one works too */
        return true;
    }
    note_failure(p, "cannot connect");
    disconnect(p);
    return false;
}

/* --------------------------------------------------------------- options */

static const struct sensor_option options[] = {
    {"filetype", OPTION_TEXT, "unix_stream", 0, 0, "unix_stream, unix_dgram or syslog"},
    {"filename", OPTION_TEXT, "eve.json", 0, 0, "the socket of unix_stream and unix_dgram"},
    {"directory", OPTION_TEXT, "", 0, 0, "where a relative filename lives; empty: the working directory"},
    {"socket", OPTION_TEXT, "/dev/log", 0, 0, "the socket of syslog"},
    {"identity", OPTION_TEXT, "haetae", 0, 0, "syslog: the program's name in front of each message"},
    {"facility", OPTION_TEXT, "local5", 0, 0, "syslog: as in syslog.conf"},
    {"level", OPTION_TEXT, "Info", 0, 0, "syslog: Emergency, Alert, Critical, Error, Warning, Notice, Info or Debug"},
    {NULL, OPTION_TEXT, NULL, 0, 0, NULL},
};

static bool set_address(struct peer *p, const char *directory, const char *name, char *why, size_t size)
{
    bool joined = name[0] != '/' && directory[0] != '\0';
    char *path = p->address.sun_path;
    int used = snprintf(path, sizeof p->address.sun_path, "%s%s%s", joined ? directory : "", joined ? "/" : "", name);
    p->address.sun_family = AF_UNIX;
    if (name[0] != '\0' && used > 0 && used < (int)sizeof p->address.sun_path)
        return true;
    snprintf(why, size, "%.200s: the path of a socket has 1 to %zu bytes", name, sizeof p->address.sun_path - 1);
    return false;
}

/* The daemon takes a message apart by these: the name ends at a bracket, a colon or a blank. */
static bool is_identity(const char *text)
{
    size_t size = strlen(text);
    for (size_t i = 0; i < size; i++)
        if (text[i] <= ' ' || text[i] > '~' || strchr("[]:", text[i]) != NULL)
            return false;
    return size > 0 && size <= SYSLOG_IDENTITY_MAX;
}

static bool set_up_syslog(struct peer *p, const struct sensor_host *host, const struct sensor_options *o, char *why, size_t size)
{
    const char *facility = host->option_text(o, "facility"), *level = host->option_text(o, "level");
    const char *identity = host->option_text(o, "identity");
    p->syslog = true;
    snprintf(p->identity, sizeof p->identity, "%s", identity);
    if (!is_identity(identity)) {
        snprintf(why, size, "identity '%.80s' is no name for syslog: 1 to %d letters, digits or signs, no blank, colon or bracket",
                 identity, SYSLOG_IDENTITY_MAX);
        return false;
    }
    if (syslog_facility(facility) < 0 || syslog_level(level) < 0) {
        bool facility_is_wrong = syslog_facility(facility) < 0;
        snprintf(why, size, "syslog has no %s '%.64s'; use for example %s", facility_is_wrong ? "facility" : "level",
                 facility_is_wrong ? facility : level, facility_is_wrong ? "local5" : "Info");
        return false;
    }
    p->priority = syslog_facility(facility) | syslog_level(level);
    return set_address(p, "", host->option_text(o, "socket"), why, size);
}

static bool set_up(struct peer *p, const struct sensor_host *host, const struct sensor_options *o, char *why, size_t size)
{
    const char *type = host->option_text(o, "filetype");
    p->type = strcmp(type, "unix_stream") == 0 ? SOCK_STREAM : SOCK_DGRAM;
    if (strcmp(type, "syslog") == 0)
        return set_up_syslog(p, host, o, why, size);
    if (strcmp(type, "unix_stream") == 0 || strcmp(type, "unix_dgram") == 0)
        return set_address(p, host->option_text(o, "directory"), host->option_text(o, "filename"), why, size);
    snprintf(why, size, "filetype '%.64s' is unknown; use unix_stream, unix_dgram or syslog", type);
    return false;
}

static void socket_close(void *state)
{
    struct peer *p = state;
    if (p == NULL)
        return;
    disconnect(p);
    free(p);
}

static void *socket_open(const struct sensor_host *host, const struct sensor_options *o, char *error, size_t error_size)
{
    struct peer *p = calloc(1, sizeof *p);
    if (p == NULL) {
        snprintf(error, error_size, "out of memory");
        return NULL;
    }
    p->fd = -1;
    if (set_up(p, host, o, error, error_size)) {
        if (!connected(p))
            host->log(SENSOR_NOTICE, "%s; trying on", p->error);
        return p;
    }
    socket_close(p);
    return NULL;
}

/* --------------------------------------------------------------- writing */

enum progress { DONE, BUSY, TOO_LARGE, FAILED };

/* sendmsg(2) that gives a slow reader a moment. */
static ssize_t send_parts(const struct peer *p, struct iovec *parts, size_t count)
{
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
    struct pollfd room = {.fd = p->fd, .events = POLLOUT};
    for (int attempt = 0; attempt < 2; attempt++) {
        ssize_t sent = sendmsg(p->fd, &message, MSG_NOSIGNAL);
        if (sent >= 0 || (errno != EAGAIN && errno != EINTR && errno != ENOBUFS))
            return sent;
        if (attempt == 0)
            poll(&room, 1, ROOM_WAIT_MS);
    }
    errno = EAGAIN;
    return -1;
}

static enum progress progress_of(const struct peer *p)
{
    return errno == EAGAIN ? BUSY : errno == EMSGSIZE && p->type == SOCK_DGRAM ? TOO_LARGE : FAILED;
}

static enum progress send_stream(const struct peer *p, struct slice lines, size_t *at)
{
    while (*at < lines.size) {
        struct iovec part = {.iov_base = (void *)(uintptr_t)(lines.at + *at), .iov_len = lines.size - *at};
        ssize_t sent = send_parts(p, &part, 1);
        if (sent < 0)
            return progress_of(p);
        *at += (size_t)sent;
    }
    return DONE;
}

/* One datagram a line. */
static enum progress send_datagrams(const struct peer *p, struct slice lines, size_t *at)
{
    char header[SYSLOG_HEADER_MAX];
    size_t header_size = p->syslog ? syslog_header(header, p->priority, p->identity, time(NULL)) : 0;
    while (*at < lines.size) {
        const uint8_t *line = lines.at + *at, *lf = memchr(line, '\n', lines.size - *at);
        size_t size = lf != NULL ? (size_t)(lf - line) + 1 : lines.size - *at;
        struct iovec parts[2] = {{.iov_base = header, .iov_len = header_size},
                                 {.iov_base = (void *)(uintptr_t)line, .iov_len = size - (p->syslog && lf != NULL)}};
        if (send_parts(p, parts, 2) < 0)
            return progress_of(p);
        *at += size;
    }
    return DONE;
}

/* The listener has gone, or is another one: a line that was begun is sent again. */
static enum sensor_written start_over(struct peer *p, struct slice lines, size_t at)
{
    const uint8_t *lf = at > 0 ? memrchr(lines.at, '\n', at) : NULL;
    note_failure(p, "cannot send");
    disconnect(p);
    p->taken = lf != NULL ? (size_t)(lf - lines.at) + 1 : 0;
    return SENSOR_RETRY;
}

static enum sensor_written lose(struct peer *p, size_t at, size_t line_count)
{
    note_failure(p, "a line is larger than the socket takes");
    p->taken = line_count > 1 ? at : 0;
    return line_count > 1 ? SENSOR_RETRY : SENSOR_LOST; /* with RETRY the host comes back line by line */
}

static enum sensor_written socket_write(void *state, struct slice lines, size_t line_count)
{
    struct peer *p = state;
    size_t at = p->taken;
    if (at >= lines.size) {
        p->taken -= lines.size;
        return SENSOR_WRITTEN;
    }
    if (!connected(p))
        return SENSOR_RETRY;
    switch (p->type == SOCK_STREAM ? send_stream(p, lines, &at) : send_datagrams(p, lines, &at)) {
    case TOO_LARGE: return lose(p, at, line_count);
    case FAILED: return start_over(p, lines, at);
    case BUSY:
        p->taken = at;
        p->error[0] = '\0';
        return SENSOR_RETRY;
    default:
        p->taken = 0;
        p->error[0] = '\0';
        return SENSOR_WRITTEN;
    }
}

static const char *socket_error(void *state)
{
    const struct peer *p = state;
    return p->error;
}

SENSOR_PLUGIN(unix) = {
    SENSOR_PLUGIN_ABI,
    .kind = SENSOR_OUTPUT,
    .name = "unix",
    .version = "1.0",
    .license = "Apache-2.0",
    .summary = "sends events to a local socket or to syslog",
    .options = options,
    .output = {.open = socket_open, .write = socket_write, .error = socket_error, .close = socket_close, .is_local = true},
};
