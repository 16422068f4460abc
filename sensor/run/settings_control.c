/* SPDX-License-Identifier: Apache-2.0 */
/* settings_control.c - the section `unix-command`: whether there is a control socket, and where. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "run/settings.h"

#define DIRECTORY "/run/haetae"

bool settings_control_path(const struct config *c, char *out, size_t size)
{
    const char *name = config_text(c, "unix-command.filename");
    int n = snprintf(out, size, "%s%s", *name == '/' ? "" : DIRECTORY "/", name);
    return n > 0 && (size_t)n < size;
}

/* "auto" is for services: an interface, and a directory that was made for it. */
static bool is_wanted(const struct config *c, const struct command_line *line, const char *path)
{
    struct stat st;
    const char *enabled = config_text(c, "unix-command.enabled");
    if (strcmp(enabled, "auto") != 0)
        return strcmp(enabled, "yes") == 0;
    const char *slash = strrchr(path, '/');
    char directory[128];
    snprintf(directory, sizeof directory, "%.*s", (int)(slash - path), path);
    return command_line_is_live(line) && stat(directory, &st) == 0;
}

bool settings_control(const struct config *c, const struct command_line *line, char *out, size_t size, bool *must, struct error *error)
{
    bool good = settings_control_path(c, out, size);
    if (line->socket) {
        int n = snprintf(out, size, "%s", line->socket);
        good = n > 0 && (size_t)n < size;
    }
    if (!good)
        return error_set(error, "unix-command.filename: a socket's path has at most 107 bytes");
    *must = line->wait_for_captures || strcmp(config_text(c, "unix-command.enabled"), "yes") == 0;
    if (line->job != JOB_RUN || !(line->wait_for_captures || is_wanted(c, line, out)))
        *out = '\0';
    return true;
}
