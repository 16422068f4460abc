/* SPDX-License-Identifier: Apache-2.0 */
/* write_csv.c - our CSV (RFC 4180) with every column, and plain lists. */
#include <string.h>

#include "intel/time_text.h"
#include "intel/write.h"

/* One field and what follows it; quoted when it must be. A '#' in front would make the row a comment. */
static void field(FILE *file, const char *text, char end)
{
    if (*text != '#' && !strpbrk(text, "\",\r\n")) {
        fputs(text, file);
    } else {
        putc('"', file);
        for (; *text; text++) {
            if (*text == '"')
                putc('"', file);
            putc(*text, file);
        }
        putc('"', file);
    }
    putc(end, file);
}

bool write_csv_begin(struct intel_writer *w)
{
    return fputs("value,type,match,actor,campaign,malware,category,first_seen,last_seen,valid_from,valid_until,confidence,ports,"
                 "hosted,status,tlp,source,reference,note\n",
                 w->file) >= 0;
}

bool write_csv(struct intel_writer *w, const struct indicator *i)
{
    char first[TIME_TEXT_MAX], last[TIME_TEXT_MAX], from[TIME_TEXT_MAX], until[TIME_TEXT_MAX], ports[PORTS_TEXT_MAX], confidence[8];
    snprintf(confidence, sizeof confidence, "%u", i->confidence_pct);
    const char *fields[] = {i->value,
                            indicator_type_name(i->type),
                            match_name(i),
                            i->actor,
                            i->campaign,
                            i->malware,
                            i->category,
                            time_write_report(i->first_seen, TIME_FIRST, i->months & INDICATOR_FIRST_MONTH, first),
                            time_write_report(i->last_seen, TIME_LAST_DAY, i->months & INDICATOR_LAST_MONTH, last),
                            time_write(i->valid_from, TIME_FIRST, from),
                            time_write(i->valid_until, TIME_LAST, until),
                            confidence,
                            ports_text(i, ports),
                            i->hosted,
                            i->status,
                            i->tlp,
                            i->source,
                            i->reference,
                            i->note};
    size_t count = sizeof fields / sizeof *fields;
    for (size_t k = 0; k < count; k++)
        field(w->file, fields[k], k + 1 < count ? ',' : '\n');
    return !ferror(w->file);
}

bool write_plain(struct intel_writer *w, const struct indicator *i)
{
    bool is_digest = i->type >= INDICATOR_JA3 && i->type <= INDICATOR_TLS_NAME && i->type != INDICATOR_JA4;
    if (is_digest) {
        w->left_out++;
        return true;
    }
    return fprintf(w->file, "%s\n", i->value) > 0;
}
