/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.c - see metrics.h: the HTTP side, by libmicrohttpd. What a scrape says is metrics_text.c's. */
#include "run/metrics.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "run/health.h"

#define CONNECTIONS_MAX   16u
#define PATIENCE_S        5u
#define CONNECTION_MEMORY ((size_t)32 * 1024) /* requests are a line and a few headers */
#define HEALTH_MAX        ((size_t)64 * 1024)
#define BACKLOG           16

struct metrics {
    const struct settings *settings;
    struct interface *const *interfaces;
    struct board *board;
    struct MHD_Daemon *daemon;
    int fd;   /* listens; the daemon's once it runs */
    int proc; /* /proc/self, opened before anything is given up */
    uint16_t port;
};

/* --------------------------------------------------------------------- answers */

static enum MHD_Result reply(struct MHD_Connection *connection, unsigned status, const char *type, char *text, size_t size)
{
    struct MHD_Response *response = text ? MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_FREE) : NULL;
    if (!response) {
        free(text);
        return MHD_NO;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result reply_words(struct MHD_Connection *connection, unsigned status, const char *words)
{
    return reply(connection, status, "text/plain; charset=utf-8", strdup(words), strlen(words));
}

static enum MHD_Result reply_metrics(struct metrics *m, struct MHD_Connection *connection)
{
    size_t size = 0;
    const struct board_view *view = board_hold(m->board);
    const struct metrics_source from = {.view = view,
                                        .interfaces = m->interfaces,
                                        .interface_count = m->settings->live_count,
                                        .list_age_max_s = config_number(m->settings->config, "health.list-age"),
                                        .proc = m->proc};
    char *text = metrics_text(&from, &size);
    if (view)
        board_release(m->board);
    return reply(connection, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", text, size);
}

static enum MHD_Result reply_health(struct metrics *m, struct MHD_Connection *connection)
{
    struct health health;
    struct json j;
    const struct board_view *view = board_hold(m->board);
    health_judge(view, config_number(m->settings->config, "health.list-age"), (int64_t)time(NULL), &health);
    if (view)
        board_release(m->board);
    json_init(&j, HEALTH_MAX);
    json_open(&j, NULL);
    json_text(&j, "health", health_text(health.state));
    json_open_array(&j, "because");
    for (uint32_t i = 0; i < health.reason_count; i++)
        json_text(&j, NULL, health.reason[i]);
    json_close_array(&j);
    json_close(&j);
    json_end_line(&j);
    return reply(connection, health.state == HEALTH_RED ? MHD_HTTP_SERVICE_UNAVAILABLE : MHD_HTTP_OK, "application/json", j.at, j.size);
}

static enum MHD_Result answer(void *arg, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
                              const char *upload, size_t *upload_size, void **request)
{
    (void)version, (void)upload;
    static int begun;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        return reply_words(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
    if (*request == NULL) { /* the headers are in; the second call may answer */
        *request = &begun;
        return MHD_YES;
    }
    *upload_size = 0;
    if (strcmp(url, "/metrics") == 0)
        return reply_metrics(arg, connection);
    if (strcmp(url, "/health") == 0)
        return reply_health(arg, connection);
    return reply_words(connection, MHD_HTTP_NOT_FOUND, "there are /metrics and /health\n");
}

/* ------------------------------------------------------------------- life cycle */

union any_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* Loopback only: there is neither secret nor encryption here. */
static bool read_address(const char *text, uint16_t port, union any_address *out, socklen_t *size)
{
    *out = (union any_address){.v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)}};
    *size = sizeof out->v6;
    if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1)
        return IN6_IS_ADDR_LOOPBACK(&out->v6.sin6_addr);
    *out = (union any_address){.v4 = {.sin_family = AF_INET, .sin_port = htons(port)}};
    *size = sizeof out->v4;
    return inet_pton(AF_INET, text, &out->v4.sin_addr) == 1 && ntohl(out->v4.sin_addr.s_addr) >> 24 == 127;
}

static bool listen_at(struct metrics *m, const char *text, uint16_t port, struct error *error)
{
    union any_address address;
    socklen_t size;
    int on = 1;
    if (!read_address(text, port, &address, &size))
        return error_set(error, "metrics.listen: '%.60s' is no loopback address; write 127.0.0.1 or ::1", text);
    m->fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool good = m->fd >= 0 && setsockopt(m->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                bind(m->fd, &address.any, size) == 0 && listen(m->fd, BACKLOG) == 0 && getsockname(m->fd, &address.any, &size) == 0;
    if (!good)
        return error_set(error, "metrics: %s port %u: %s", text, port, strerror(errno));
    m->port = ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
    return true;
}

struct metrics *metrics_open(const struct settings *settings, struct interface *const *interfaces, struct board *board,
                             struct error *error)
{
    struct metrics *m = calloc(1, sizeof *m);
    if (!m) {
        error_set(error, "out of memory");
        return NULL;
    }
    *m = (struct metrics){.settings = settings, .interfaces = interfaces, .board = board, .fd = -1};
    m->proc = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* -1: those figures are left out */
    if (listen_at(m, config_text(settings->config, "metrics.listen"), (uint16_t)config_number(settings->config, "metrics.port"), error))
        return m;
    metrics_free(m);
    return NULL;
}

bool metrics_start(struct metrics *m, struct error *error)
{
    m->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL, NULL, answer, m, MHD_OPTION_LISTEN_SOCKET, m->fd,
                                 MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, PATIENCE_S,
                                 MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, MHD_OPTION_END);
    if (!m->daemon)
        return error_set(error, "metrics: libmicrohttpd cannot start");
    log_notice("metrics: port %u", m->port);
    return true;
}

void metrics_free(struct metrics *m)
{
    if (!m)
        return;
    if (m->daemon)
        MHD_stop_daemon(m->daemon); /* closes the listener */
    else if (m->fd >= 0)
        close(m->fd);
    if (m->proc >= 0)
        close(m->proc);
    free(m);
}

uint16_t metrics_port(const struct metrics *m)
{
    return m->port;
}
