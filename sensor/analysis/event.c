/* SPDX-License-Identifier: Apache-2.0 */
/* event.c - names of event types; see event.h. */
#include "analysis/event.h"

#include <string.h>

static const char *const type_names[EVENT_TYPE_COUNT] = {
    [EVENT_ALERT] = "alert", [EVENT_FLOW] = "flow", [EVENT_DNS] = "dns",     [EVENT_TLS] = "tls",
    [EVENT_HTTP] = "http",   [EVENT_QUIC] = "quic", [EVENT_STATS] = "stats",
};

const char *event_type_name(enum event_type type)
{
    return type_names[type];
}

int event_type_of(const char *name)
{
    for (int i = 0; i < EVENT_TYPE_COUNT; i++)
        if (strcmp(type_names[i], name) == 0)
            return i;
    return -1;
}
