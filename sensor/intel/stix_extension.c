/* SPDX-License-Identifier: Apache-2.0 */
/* stix_extension.c - see stix_extension.h. */
#include "intel/stix_extension.h"

#include <string.h>

#include "intel/json_scan.h"
#include "intel/read.h"
#include "intel/time_text.h"

static void take_text(const json_t *from, const char *key, const char **to)
{
    const json_t *text = json_object_get(from, key);
    if (json_is_string(text))
        *to = json_string_value(text);
}

static void take_time(const json_t *from, const char *key, enum time_edge edge, int64_t *to)
{
    int64_t t;
    if (json_object_get(from, key) && time_parse(json_text_of(from, key), edge, &t))
        *to = t;
}

void stix_extension_read(const json_t *object, struct indicator *i)
{
    const json_t *ours = json_object_get(json_object_get(object, "extensions"), STIX_EXTENSION_ID);
    if (!ours)
        return;
    take_text(ours, "actor", &i->actor);
    take_text(ours, "campaign", &i->campaign);
    take_text(ours, "malware", &i->malware);
    take_text(ours, "category", &i->category);
    take_text(ours, "hosted", &i->hosted);
    take_text(ours, "status", &i->status);
    take_text(ours, "tlp", &i->tlp);
    take_text(ours, "source", &i->source);
    take_text(ours, "reference", &i->reference);
    take_text(ours, "note", &i->note);
    take_time(ours, "first_seen", TIME_FIRST, &i->first_seen);
    take_time(ours, "last_seen", TIME_LAST_DAY, &i->last_seen);
    take_time(ours, "valid_from", TIME_FIRST, &i->valid_from);
    take_time(ours, "valid_until", TIME_LAST, &i->valid_until);
}
