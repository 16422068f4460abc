/* SPDX-License-Identifier: Apache-2.0 */
/* stix_extension.c - see stix_extension.h. */
#include "intel/stix_extension.h"

#include "intel/json_scan.h"
#include "intel/time_text.h"

/* What the extension does not say is empty: the object's own property stands in for it only where STIX asks for one. */
static int64_t time_of(const json_t *from, const char *key, enum time_edge edge)
{
    int64_t t;
    return time_parse(json_text_of(from, key), edge, &t) ? t : 0;
}

void stix_extension_read(const json_t *object, struct indicator *i)
{
    const json_t *ours = json_object_get(json_object_get(object, "extensions"), STIX_EXTENSION_ID);
    if (!ours)
        return;
    i->actor = json_text_of(ours, "actor");
    i->campaign = json_text_of(ours, "campaign");
    i->malware = json_text_of(ours, "malware");
    i->category = json_text_of(ours, "category");
    i->hosted = json_text_of(ours, "hosted");
    i->status = json_text_of(ours, "status");
    i->tlp = json_text_of(ours, "tlp");
    i->source = json_text_of(ours, "source");
    i->reference = json_text_of(ours, "reference");
    i->note = json_text_of(ours, "note");
    i->first_seen = time_of(ours, "first_seen", TIME_FIRST);
    i->last_seen = time_of(ours, "last_seen", TIME_LAST_DAY);
    i->months = time_months(json_text_of(ours, "first_seen"), json_text_of(ours, "last_seen"));
    i->valid_from = time_of(ours, "valid_from", TIME_FIRST);
    i->valid_until = time_of(ours, "valid_until", TIME_LAST);
}
