/* SPDX-License-Identifier: Apache-2.0 */
/* control_pcap.c - commands about captures that wait to be read (--unix-socket). */
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "run/control_commands.h"

static bool is_there(const char *path, bool directory)
{
    struct stat st;
    return stat(path, &st) == 0 && (!directory || S_ISDIR(st.st_mode));
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
