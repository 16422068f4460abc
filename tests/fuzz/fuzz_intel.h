/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_intel.h - any bytes as a list of indicators. What a reader hands out must be in a normal form that stays as it is, in UTF-8, and
 * writers must take it.
 */
#ifndef TESTS_FUZZ_INTEL_H
#define TESTS_FUZZ_INTEL_H

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/utf8.h"
#include "intel/writer.h"

#define FUZZ_INTEL_MAX 16384 /* bytes tried; longer lists only cost time */

static inline void fuzz_intel_text(const char *text)
{
    assert(text != NULL && utf8_valid((const uint8_t *)text, strlen(text)));
}

static inline bool fuzz_intel_take(void *arg, const struct indicator *i)
{
    char again[INDICATOR_VALUE_MAX];
    enum indicator_type type = i->type;
    const char *why;
    assert(i->type > INDICATOR_NONE && i->type < INDICATOR_TYPE_COUNT && i->confidence_pct <= 100);
    if (!indicator_normal(&type, i->value, again, &why) || type != i->type || strcmp(again, i->value) != 0) {
        fprintf(stderr, "%s '%s' is not in normal form: '%s'\n", indicator_type_name(i->type), i->value, again);
        abort();
    }
    const char *texts[] = {i->value,  i->actor, i->campaign, i->malware,   i->category, i->hosted,
                           i->status, i->tlp,   i->source,   i->reference, i->note,     i->list};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
        fuzz_intel_text(texts[k]);
    struct intel_writer **writers = arg;
    for (; *writers; writers++)
        assert(intel_writer_put(*writers, i));
    return true;
}

static inline void fuzz_intel_complain(void *arg, const char *text)
{
    (void)arg;
    assert(*text);
}

/* Reads the bytes as a file of this format and writes what came of them in every format. */
static inline void fuzz_intel_read(enum intel_format format, const uint8_t *data, size_t size)
{
    static const enum intel_format formats[] = {INTEL_CSV, INTEL_PLAIN, INTEL_STIX, INTEL_MISP};
    struct intel_writer *writers[5] = {NULL};
    struct intel_read_result result;
    struct error error = {""};
    char path[64];
    int fd = memfd_create("list", MFD_CLOEXEC);
    FILE *nowhere = fopen("/dev/null", "we");
    assert(fd >= 0 && nowhere && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    for (size_t i = 0; i < 4; i++)
        assert((writers[i] = intel_writer_open(nowhere, formats[i], &error)));
    struct intel_read_options options = {
        .format = format,
        .defaults = {.list = "fuzz", .actor = "", .category = "", .source = "", .reference = "", .tlp = "", .type = INDICATOR_JA3},
        .complaints_max = 10,
        .take = fuzz_intel_take,
        .complain = fuzz_intel_complain,
        .arg = writers};
    bool good = intel_read(path, &options, &result, &error);
    assert(good || *error.text);
    for (size_t i = 0; i < 4; i++)
        assert(intel_writer_close(writers[i], NULL, &error));
    fclose(nowhere);
    close(fd);
}

#endif
