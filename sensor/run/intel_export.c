/* SPDX-License-Identifier: Apache-2.0 */
/* intel_export.c - `haetae intel export`: the lists as other programs read them. */
#include <stdio.h>

#include "base/log.h"
#include "run/intel_convert.h"

enum intel_status intel_export(const struct intel_line *line, const struct settings *s)
{
    const struct {
        const char *path;
        enum intel_format format;
    } files[] = {{line->stix, INTEL_STIX}, {line->misp, INTEL_MISP}, {line->csv, INTEL_CSV}};
    struct feed_lists f;
    enum intel_status status = feed_lists_find(&f, line, s) ? INTEL_DONE : INTEL_FAILED;
    for (size_t i = 0; status != INTEL_FAILED && i < sizeof files / sizeof *files; i++)
        if (files[i].path)
            status = convert_lists(&f, line, files[i].path, files[i].format);
    feed_lists_free(&f);
    return status;
}
