/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_files.c - which files a run still needs: where logs and state go; captures; what a reload reads. Directories rather than
 * files, where a file may be replaced by a new one of its name.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/options.h"
#include "run/sandbox.h"
#include "run/sandbox_landlock.h"

static const char *const system_files[] = {
    "/dev/null",          "/etc/localtime", "/usr/share/zoneinfo", "/usr/share/publicsuffix", "/proc/self", "/proc/meminfo",
    "/proc/stat",         "/proc/sys/kernel", "/proc/sys/vm", "/sys/devices", "/sys/class/net",
    "/etc/ssl",           "/usr/share/ca-certificates", /* lists tell certificates of public authorities */
};

/* For names of servers and their certificates. */
static const char *const network_files[] = {
    "/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services",
    "/usr/lib/ssl", "/run/systemd/resolve",
};

static void read_all(struct landlock *l, const char *const *paths, size_t count)
{
    for (size_t i = 0; i < count; i++)
        landlock_allow_read(l, paths[i]);
}

static bool is_directory(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* A directory, or the directory of a file. */
static void read_around(struct landlock *l, const char *path)
{
    char directory[PATH_MAX];
    landlock_allow_read(l, is_directory(path) ? path : sandbox_directory(path, directory, sizeof directory));
}

/* ------------------------------------------------------------ what is read */

/* Each directory or file that lists and geo databases come from. */
struct reader {
    void (*see)(struct reader *r, const char *path);
    struct landlock *landlock;
    const struct privilege *privilege;
    char *out; /* the first that cannot be read, of `size` */
    size_t size;
};

/* A list may be named by its path in an option of a detector; its own options stand behind a blank. */
static void see_detector_option(void *arg, const char *text)
{
    char path[PATH_MAX];
    struct reader *r = arg;
    snprintf(path, sizeof path, "%s", text);
    if (path[0] == '/' && access(path, F_OK) != 0)
        path[strcspn(path, " ")] = '\0';
    if (path[0] == '/')
        r->see(r, path);
}

static void walk_knowledge(const struct settings *s, struct reader *r)
{
    struct places usual = {0};
    size_t count = config_count(s->config, "geo.databases");
    for (size_t i = 0; i < s->data.count; i++)
        r->see(r, s->data.path[i]);
    for (size_t i = 0; i < s->detector_count; i++)
        options_walk(s->detector_options[i], see_detector_option, r);
    places_geo(&usual);
    for (size_t i = 0; i < count; i++)
        r->see(r, config_item(s->config, i, "geo.databases"));
    for (size_t i = 0; count == 0 && i < usual.count; i++)
        r->see(r, usual.path[i]);
    places_free(&usual);
}

static void allow_reading(struct reader *r, const char *path)
{
    read_around(r->landlock, path);
}

static void note_unreadable(struct reader *r, const char *path)
{
    if (!*r->out && access(path, F_OK) == 0 && !privilege_may(r->privilege, path, is_directory(path) ? R_OK | X_OK : R_OK))
        snprintf(r->out, r->size, "%s", path);
}

const char *sandbox_unreadable(const struct sandbox *b, char *out, size_t size)
{
    struct reader r = {.see = note_unreadable, .privilege = &b->privilege, .out = out, .size = size};
    *out = '\0';
    walk_knowledge(b->settings, &r);
    return *out ? out : NULL;
}

static void allow_captures(const struct command_line *line, struct landlock *l)
{
    char directory[PATH_MAX];
    for (size_t i = 0; i < line->read_count; i++) {
        const char *path = line->reads[i];
        bool around = is_directory(path);
        landlock_allow_read(l, path);
        sandbox_directory(path, directory, sizeof directory);
        if (line->follow)
            landlock_allow_read(l, directory);
        if (line->delete_read)
            landlock_allow_delete(l, around ? path : directory);
    }
    if (line->wait_for_captures && getcwd(directory, sizeof directory) && strcmp(directory, "/") != 0)
        landlock_allow_read(l, directory); /* they are named later: from where this was started, and where the configuration says */
}

/* --------------------------------------------------------- what is written */

/* A sink's own files: a directory to spool to, a certificate. */
static void see_sink_option(void *arg, const char *text)
{
    if (text[0] != '/')
        return;
    if (is_directory(text))
        landlock_allow_write(arg, text);
    else
        read_around(arg, text);
}

static void allow_logs(const struct settings *s, struct landlock *l)
{
    char directory[PATH_MAX];
    for (uint32_t i = 0; i < s->log_count; i++) {
        const struct settings_log *log = &s->log[i];
        if (log->spool_directory) {
            mkdir(log->spool_directory, 0750); /* only what is there can be allowed; what fails here is said by the output */
            landlock_allow_write(l, log->spool_directory);
        }
        if (strcmp(log->plugin->name, "file") != 0)
            options_walk(log->options, see_sink_option, l);
        else if (strchr(log->path, '/'))
            landlock_allow_write(l, sandbox_directory(log->path, directory, sizeof directory));
        if (log->spool_directory && !landlock_allow_write(l, log->spool_directory))
            landlock_allow_write(l, sandbox_directory(log->spool_directory, directory, sizeof directory)); /* it is still to be made */
    }
}

/* The journal of a watched directory, and the events of captures that are named later: below the directory for logs. */
static void allow_later_files(const struct sandbox *b, struct landlock *l)
{
    char directory[PATH_MAX];
    const char *logs = b->line->log_directory ? b->line->log_directory : config_text(b->settings->config, "default-log-dir");
    if (!b->line->continuous && !b->line->wait_for_captures)
        return;
    if (b->line->journal)
        landlock_allow_write(l, sandbox_directory(b->line->journal, directory, sizeof directory));
    if (!b->line->journal || b->line->wait_for_captures)
        landlock_allow_write(l, *logs ? logs : ".");
}

void sandbox_allow_files(const struct sandbox *b, struct landlock *l)
{
    char directory[PATH_MAX];
    const struct config *c = b->settings->config;
    read_all(l, system_files, sizeof system_files / sizeof *system_files);
    if (b->seccomp.connects)
        read_all(l, network_files, sizeof network_files / sizeof *network_files);
    struct reader lists = {.see = allow_reading, .landlock = l};
    walk_knowledge(b->settings, &lists);
    allow_captures(b->line, l);
    if (*config_text(c, "threshold-file"))
        read_around(l, config_text(c, "threshold-file"));
    for (size_t i = 0; i < config_count(c, "security.landlock.directories.read"); i++)
        landlock_allow_read(l, config_item(c, i, "security.landlock.directories.read"));

    allow_logs(b->settings, l);
    allow_later_files(b, l);
    if (*config_text(c, "state-directory"))
        landlock_allow_write(l, config_text(c, "state-directory"));
    landlock_allow_write(l, "/dev/null");
    if (*b->settings->control_path) /* its socket, at the end */
        landlock_allow_delete(l, sandbox_directory(b->settings->control_path, directory, sizeof directory));
    for (size_t i = 0; i < config_count(c, "security.landlock.directories.write"); i++)
        landlock_allow_write(l, config_item(c, i, "security.landlock.directories.write"));
}
