/* SPDX-License-Identifier: Apache-2.0 */
/* ctl_command.c - see ctl_command.h. Speaks the same protocol as anybody's client; the table of commands says how arguments are called. */
#include "run/ctl_command.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/utf8.h"
#include "run/control_commands.h"

#define REPLY_MAX     ((size_t)8 * 1024 * 1024)
#define DEPTH_MAX     16
#define WAIT_DEFAULT  60

enum ctl_status { CTL_DONE = 0, CTL_FAILED = 1, CTL_USAGE = 2 };

struct ctl {
    const char *socket; /* -s; NULL: the configuration's */
    bool json;
    int wait_s;
    struct command_line program; /* -c and --set */
    int fd;
    char *reply;
    size_t used;
};

static void print_help(FILE *out)
{
    fputs("haetae ctl: talk to a running haetae through its control socket.\n\n"
          "  haetae ctl [-j] [-s SOCKET] [-t SECONDS] [-c FILE] [--set KEY=VALUE] COMMAND [ARGUMENT ...]\n\n"
          "  -j                 print the answer as JSON\n"
          "  -s SOCKET          default: unix-command.filename of the configuration\n"
          "  -t SECONDS         how long to wait for the answer (default 60)\n\n",
          out);
    const struct control_command *c;
    for (size_t i = 0; (c = control_command_at(i)) != NULL; i++)
        fprintf(out, "  %-27s %s%s%s\n", c->name, c->help, *c->arguments ? ": " : "", c->arguments);
    fputs("\nExit status: 0 done, 1 refused or nobody listens, 2 wrong usage.\n", out);
}

/* --------------------------------------------------------------------- asking */

/* {"filename": "...", ...} of the words behind a command. NULL and `error` when there are too few or too many. */
static json_t *name_arguments(const struct control_command *command, char **words, int count, struct error *error)
{
    json_t *arguments = json_object();
    const char *at = command ? command->arguments : "";
    int used = 0;
    for (; *at && used < count; at += strspn(at, " ]"), used++) {
        at += *at == '[';
        size_t size = strcspn(at, " ]");
        char name[32];
        snprintf(name, sizeof name, "%.*s", (int)size, at);
        json_object_set_new(arguments, name, json_string(words[used]));
        at += size;
    }
    bool missing = *at && *at != '[';
    if (!missing && used == count)
        return arguments;
    json_decref(arguments);
    error_set(error, "%s takes: %s", command ? command->name : words[-1],
              command && *command->arguments ? command->arguments : "no argument");
    return NULL;
}

static bool send_all(const struct ctl *c, const char *text, size_t size, struct error *error)
{
    while (size > 0) {
        ssize_t n = send(c->fd, text, size, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR)
            return error_set(error, "%s: %s", c->socket, strerror(errno));
        text += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* One line; the caller frees what comes of it. */
static json_t *receive(struct ctl *c, struct error *error)
{
    struct pollfd fd = {.fd = c->fd, .events = POLLIN};
    for (c->used = 0; c->used < REPLY_MAX && (c->used == 0 || c->reply[c->used - 1] != '\n');) {
        int ready = poll(&fd, 1, c->wait_s * 1000);
        ssize_t n = ready > 0 ? recv(c->fd, c->reply + c->used, REPLY_MAX - c->used, 0) : ready;
        if (n <= 0) {
            error_set(error, "%s: %s", c->socket, ready == 0 ? "no answer in time" : n == 0 ? "closed without an answer" : strerror(errno));
            return NULL;
        }
        c->used += (size_t)n;
    }
    json_error_t why;
    json_t *reply = json_loadb(c->reply, c->used, 0, &why);
    if (!reply)
        error_set(error, "%s: the answer is no JSON: %s", c->socket, why.text);
    return reply;
}

/* Sends one object and waits for the answer to it; takes `message`. */
static json_t *exchange(struct ctl *c, json_t *message, struct error *error)
{
    char *text = json_dumps(message, JSON_COMPACT);
    json_t *reply = NULL;
    if (text && send_all(c, text, strlen(text), error) && send_all(c, "\n", 1, error))
        reply = receive(c, error);
    free(text);
    json_decref(message);
    return reply;
}

/* -------------------------------------------------------------------- printing */

static void print_text(const char *text)
{
    char *clean = utf8_clean_copy(text);
    puts(clean ? clean : "");
    free(clean);
}

static void print_value(const json_t *value, int depth);

static void print_members(json_t *object, int depth)
{
    const char *key;
    json_t *member;
    json_object_foreach(object, key, member) {
        bool nested = json_is_object(member) || json_is_array(member);
        printf("%*s%s:%s", depth * 2, "", key, nested ? "\n" : " ");
        print_value(member, nested ? depth + 1 : 0);
    }
}

/* Indented, a line for each single value. At most DEPTH_MAX levels, as the server nests them. */
static void print_value(const json_t *value, int depth)
{
    size_t i;
    json_t *item;
    if (depth > DEPTH_MAX)
        return;
    if (json_is_object(value)) {
        print_members((json_t *)(uintptr_t)value, depth);
    } else if (json_is_array(value)) {
        json_array_foreach(value, i, item) {
            bool nested = json_is_object(item) || json_is_array(item);
            printf("%*s-%s", depth * 2, "", nested ? "\n" : " ");
            print_value(item, nested ? depth + 1 : 0);
        }
    } else if (json_is_string(value)) {
        print_text(json_string_value(value));
    } else {
        char *text = json_dumps(value, JSON_ENCODE_ANY);
        puts(text ? text : "");
        free(text);
    }
}

static enum ctl_status print_reply(const struct ctl *c, const json_t *reply)
{
    const char *result = json_string_value(json_object_get(reply, "return"));
    bool good = result && strcmp(result, "OK") == 0;
    if (c->json)
        printf("%.*s", (int)c->used, c->reply);
    else if (good)
        print_value(json_object_get(reply, "message"), 0);
    else
        log_error("%s", json_is_string(json_object_get(reply, "message")) ? json_string_value(json_object_get(reply, "message")) : "refused");
    return good ? CTL_DONE : CTL_FAILED;
}

/* ------------------------------------------------------------------------ all */

static enum ctl_status converse(struct ctl *c, const char *command, json_t *arguments)
{
    struct error error = {{0}};
    c->fd = control_socket_connect(c->socket, &error);
    json_t *reply = c->fd >= 0 ? exchange(c, json_pack("{s:s}", "version", "0.2"), &error) : NULL;
    if (reply) {
        json_decref(reply);
        reply = exchange(c, json_pack("{s:s, s:O}", "command", command, "arguments", arguments), &error);
    }
    enum ctl_status status = reply ? print_reply(c, reply) : CTL_FAILED;
    if (!reply)
        log_error("%s", error.text);
    json_decref(reply);
    if (c->fd >= 0)
        close(c->fd);
    return status;
}

static enum ctl_status ask(struct ctl *c, char **words, int count)
{
    struct error error = {{0}};
    json_t *arguments = name_arguments(control_command_named(words[0]), words + 1, count - 1, &error);
    if (!arguments) {
        log_error("%s", error.text);
        return CTL_USAGE;
    }
    enum ctl_status status = CTL_FAILED;
    char path[128];
    struct config *config = c->socket ? NULL : settings_config(&c->program, &error);
    if (config && settings_control_path(config, path, sizeof path))
        c->socket = path;
    c->reply = malloc(REPLY_MAX);
    if (c->socket && c->reply)
        status = converse(c, words[0], arguments);
    else
        log_error("%s", *error.text ? error.text : "out of memory, or the path of the socket is too long");
    free(c->reply);
    config_free(config);
    json_decref(arguments);
    return status;
}

static bool take_option(int option, struct ctl *c)
{
    switch (option) {
    case 'j': c->json = true; return true;
    case 's': c->socket = optarg; return true;
    case 'c': c->program.config_path = optarg; return true;
    case 'S': c->program.sets[c->program.set_count++] = optarg; return true;
    case 't': c->wait_s = (int)strtol(optarg, NULL, 10); return c->wait_s > 0 && c->wait_s < 100000;
    default: return false;
    }
}

static enum ctl_status run(struct ctl *c, int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},      {"socket", required_argument, NULL, 's'}, {"set", required_argument, NULL, 'S'},
        {"timeout", required_argument, NULL, 't'}, {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    for (int option; (option = getopt_long(argc, argv, "+js:c:t:h", options, NULL)) != -1;) {
        if (option == 'h') {
            print_help(stdout);
            return CTL_DONE;
        }
        if (!take_option(option, c))
            return CTL_USAGE;
    }
    if (optind == argc) {
        print_help(stderr);
        return CTL_USAGE;
    }
    return ask(c, argv + optind, argc - optind);
}

int ctl_command(int argc, char **argv)
{
    struct ctl c = {.wait_s = WAIT_DEFAULT, .fd = -1};
    c.program.sets = calloc((size_t)argc + 1, sizeof *c.program.sets);
    enum ctl_status status = c.program.sets ? run(&c, argc, argv) : CTL_FAILED;
    free(c.program.sets);
    return (int)status;
}
