/* SPDX-License-Identifier: Apache-2.0 */
/* intel_convert.c - see intel_convert.h; and `haetae intel convert`. */
#include "run/intel_convert.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "intel/writer.h"

static bool put(void *arg, const struct indicator *i)
{
    return intel_writer_put(arg, i);
}

/* Everything of the lists to an open file. */
static bool write_all(FILE *file, const struct feed_lists *f, const struct intel_line *line, enum intel_format format,
                      struct feed_totals *totals)
{
    struct error error = {{0}};
    uint64_t left_out = 0;
    struct intel_writer *w = intel_writer_open(file, format, &error);
    bool read = w && feed_read(f, line, put, w, totals);
    bool written = w && intel_writer_close(w, &left_out, &error);
    if (!written)
        log_error("%s", error.text);
    if (left_out)
        log_warning("%" PRIu64 " indicators left out: %s cannot say them, or said them before", left_out,
                    intel_format_name(format));
    return read && written;
}

/* Keeps `path` when the new file would be a collapse of it. */
static bool may_replace(const char *path, uint64_t now, const struct intel_line *line)
{
    uint64_t before = line->force ? 0 : feed_count(path);
    if (!feed_has_collapsed(before, now) || (line->force && now == 0))
        return true;
    log_error("%s: kept, for only %" PRIu64 " indicators would take the place of %" PRIu64 "; --force writes it all the same", path,
              now, before);
    return false;
}

static enum intel_status write_beside(const struct feed_lists *f, const struct intel_line *line, const char *path,
                                      enum intel_format format)
{
    char beside[PATH_MAX];
    struct feed_totals totals = {0};
    if (snprintf(beside, sizeof beside, "%s.new", path) >= (int)sizeof beside)
        return INTEL_FAILED;
    FILE *file = fopen(beside, "we");
    if (!file) {
        log_error("%s: %s", beside, strerror(errno));
        return INTEL_FAILED;
    }
    bool good = write_all(file, f, line, format, &totals);
    good = fclose(file) == 0 && good && may_replace(path, totals.taken, line);
    if (good && rename(beside, path) != 0) {
        log_error("%s: %s", path, strerror(errno));
        good = false;
    }
    if (!good)
        unlink(beside);
    else
        log_notice("%s: %" PRIu64 " indicators, %" PRIu64 " bad rows, %" PRIu64 " refused, %" PRIu64 " left out", path,
                   totals.taken, totals.bad, totals.refused, totals.inexpressible);
    return good ? feed_status(&totals) : INTEL_FAILED;
}

enum intel_status convert_lists(const struct feed_lists *f, const struct intel_line *line, const char *path,
                                enum intel_format format)
{
    struct feed_totals totals = {0};
    if (strcmp(path, "-") != 0)
        return write_beside(f, line, path, format);
    return write_all(stdout, f, line, format, &totals) ? feed_status(&totals) : INTEL_FAILED;
}

enum intel_status intel_convert(const struct intel_line *line)
{
    struct feed_lists f;
    if (!line->output || line->to == INTEL_GUESS) {
        log_error("intel convert: say where to (-o FILE) and as what (--to csv, stix, misp or plain)");
        return INTEL_USAGE;
    }
    enum intel_status status = feed_lists_find(&f, line, NULL) ? convert_lists(&f, line, line->output, line->to) : INTEL_FAILED;
    feed_lists_free(&f);
    return status;
}
