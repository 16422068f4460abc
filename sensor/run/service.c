/* SPDX-License-Identifier: Apache-2.0 */
/* service.c - see service.h. */
#include "run/service.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "run/control_commands.h"
#include "run/metrics.h"

struct service {
    struct control_context context;
    struct control_server *server; /* NULL: no socket */
    struct metrics *metrics;       /* NULL: none */
};

/* A socket that nobody asked for by name is no reason not to watch. */
static bool open_socket(struct service *s, struct error *error)
{
    const struct settings *settings = s->context.settings;
    struct control_socket socket;
    if (!*settings->control_path)
        return true;
    if (control_socket_open(&socket, settings->control_path, settings->control_must, error)) {
        s->server = control_server_new(&socket, control_obey, &s->context, error);
        if (s->server)
            return true;
        control_socket_close(&socket);
        return false;
    }
    error_prefix(error, "control socket");
    if (settings->control_must)
        return false;
    log_warning("%s", error->text);
    return true;
}

struct service *service_open(const struct service_options *options, struct error *error)
{
    struct service *s = calloc(1, sizeof *s);
    if (!s) {
        error_set(error, "out of memory");
        return NULL;
    }
    const struct settings *settings = options->settings;
    s->context = (struct control_context){
        .settings = settings,
        .control = options->control,
        .queue = options->queue,
        .interfaces = options->interfaces,
        .capture_mode = options->queue ? "UNIX_SOCKET" : settings->live_count ? "AF_PACKET_DEV" : "PCAP_FILE",
        .began_ns = clock_monotonic_ns()};
    bool good = (s->context.board = board_new(error)) != NULL && open_socket(s, error);
    if (good && config_bool(settings->config, "metrics.enabled"))
        good = (s->metrics = metrics_open(settings, options->interfaces, s->context.board, error)) != NULL;
    if (good)
        return s;
    service_free(s);
    return NULL;
}

bool service_give(const struct service *s, uid_t user, gid_t group, struct error *error)
{
    return !s->server || control_socket_give(control_server_socket(s->server), user, group, error);
}

bool service_start(struct service *s, struct error *error)
{
    return (!s->server || control_server_start(s->server, error)) && (!s->metrics || metrics_start(s->metrics, error));
}

void service_free(struct service *s)
{
    if (!s)
        return;
    metrics_free(s->metrics);
    control_server_free(s->server);
    board_free(s->context.board);
    free(s);
}

struct board *service_board(const struct service *s)
{
    return s->server || s->metrics ? s->context.board : NULL;
}
