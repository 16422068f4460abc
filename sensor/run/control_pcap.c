/* SPDX-License-Identifier: Apache-2.0 */
/* control_pcap.c - commands about captures that wait to be read (--unix-socket). */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/control_commands.h"

#define PROBE ".haetae-probe" /* made and removed at once */

static bool is_there(const char *path, bool directory)
{
    struct stat st;
    return stat(path, &st) == 0 && (!directory || S_ISDIR(st.st_mode));
}

/* Tried, for Landlock does not show in the rights of a file. Not a pipe: whoever writes to it would think that somebody reads. */
static bool can_read(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0 || !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
        return true;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static bool can_write(const char *directory)
{
    int at = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = at >= 0 ? openat(at, PROBE, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600) : -1;
    bool can = fd >= 0 || errno == EEXIST;
    int why = errno;
    if (fd >= 0) {
        close(fd);
        unlinkat(at, PROBE, 0);
    }
    if (at >= 0)
        close(at);
    errno = why;
    return can;
}

/* Of a file its directory, of a directory what is in it. */
static bool can_delete(const char *path)
{
    char directory[PATH_MAX];
    if (is_there(path, true))
        return can_write(path);
    snprintf(directory, sizeof directory, "%s", path);
    char *slash = strrchr(directory, '/');
    if (slash)
        slash[slash == directory] = '\0';
    return can_write(slash ? directory : ".");
}

/* errno says why. */
static enum control_result refuse_place(const struct control_call *call, const char *what, const char *list)
{
    int why = errno;
    if (why != EACCES)
        return control_refuse(call->out, "%s: %s", what, strerror(why));
    return control_refuse(call->out, "%s: %s; places beyond the sandbox are listed in security.landlock.directories.%s", what, strerror(why), list);
}

static enum control_result add(const struct control_call *call, bool continuous)
{
    struct error error = {{0}};
    struct capture_order order = {.path = (char *)(uintptr_t)control_text(call->request, "filename"), /* copied, not written to */
                                  .directory = (char *)(uintptr_t)control_text(call->request, "output-dir"),
                                  .continuous = continuous,
                                  .delete_read = control_bool(call->request, "delete-when-done")};
    if (!is_there(order.path, continuous))
        return control_refuse(call->out, continuous ? "filename is no directory" : "filename does not exist");
    if (!is_there(order.directory, true))
        return control_refuse(call->out, "output-dir does not exist");
    if (!can_read(order.path))
        return refuse_place(call, "filename cannot be read", "read");
    if (order.delete_read && !can_delete(order.path))
        return refuse_place(call, "filename cannot be deleted", "write");
    if (!can_write(order.directory))
        return refuse_place(call, "output-dir cannot be written to", "write");
    if (!capture_queue_add(call->context->queue, &order, &error))
        return control_refuse(call->out, "%s", error.text);
    control_ask(call->context->control, CONTROL_CAPTURE);
    json_text(call->out, "message", "Successfully added file to list");
    return CONTROL_OK;
}

enum control_result control_pcap_file(const struct control_call *call)
{
    return add(call, control_bool(call->request, "continuous"));
}

enum control_result control_pcap_continuous(const struct control_call *call)
{
    return add(call, true);
}

enum control_result control_pcap_number(const struct control_call *call)
{
    json_uint(call->out, "message", capture_queue_count(call->context->queue));
    return CONTROL_OK;
}

struct listing {
    struct json *out;
    uint64_t count;
};

static void list_one(void *arg, const char *path)
{
    struct listing *l = arg;
    json_text(l->out, NULL, path);
    l->count++;
}

enum control_result control_pcap_list(const struct control_call *call)
{
    struct listing listing = {.out = call->out};
    json_open(call->out, "message");
    json_open_array(call->out, "files");
    capture_queue_each(call->context->queue, list_one, &listing);
    json_close_array(call->out);
    json_uint(call->out, "count", listing.count);
    json_close(call->out);
    return CONTROL_OK;
}

enum control_result control_pcap_current(const struct control_call *call)
{
    char path[PATH_MAX];
    json_text(call->out, "message", capture_queue_current(call->context->queue, path, sizeof path) ? path : "None");
    return CONTROL_OK;
}

enum control_result control_pcap_last(const struct control_call *call)
{
    json_uint(call->out, "message", capture_queue_last_ms(call->context->queue));
    return CONTROL_OK;
}

enum control_result control_pcap_interrupt(const struct control_call *call)
{
    control_ask(call->context->control, CONTROL_INTERRUPT);
    json_text(call->out, "message", "Interrupted");
    return CONTROL_OK;
}
