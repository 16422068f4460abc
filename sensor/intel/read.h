/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read.h - what the readers of all formats share (reader.h is the door for callers).
 *
 * A format reader turns each record of its file into an indicator whose texts are as the file has them and gives it to
 * reader_offer(), which brings it into normal form, refuses what would hit everybody, fills in defaults and counts. What it cannot
 * turn into one it gives to reader_bad() (broken) or reader_unsaid() (sound, but nothing that a packet can show).
 *
 * All these return false when reading has to stop.
 */
#ifndef INTEL_READ_H
#define INTEL_READ_H

#include "intel/reader.h"

#define READ_TEXT_MAX  4096 /* bytes of one text of an indicator; the rest is cut */
#define READ_NAMED_MAX 24   /* kinds of unsaid things named one by one */

struct reader_named {
    char what[96];
    uint64_t count;
};

struct reader {
    const char *path;
    const struct intel_read_options *options;
    struct intel_read_result *result;
    struct error *error;                        /* set when reading stops before the end */
    uint32_t complaints;                        /* told one by one so far */
    uint64_t untold;                            /* beyond complaints_max */
    struct reader_named unsaid[READ_NAMED_MAX]; /* the last one stands for all others */
    size_t unsaid_count;
    uint64_t unchecked; /* hashes of certificates that may be an authority's: nobody knows */
};

/* An indicator with every text "". */
struct indicator reader_blank(void);

/* `raw`: value as found, type NONE when the format does not say; times and ports already parsed. */
bool reader_offer(struct reader *r, struct indicator *raw);

/* A broken record: "what is wrong; what to do". `line` 0 when there is none. */
bool reader_bad(struct reader *r, uint32_t line, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A sound record that cannot be looked for in packets; counted under `what` and named once at the end. */
bool reader_unsaid(struct reader *r, const char *what);

/* "443|8080" or "443,8080" into the indicator. False when it is no list of at most INDICATOR_PORTS_MAX ports. */
bool reader_ports(struct indicator *i, const char *text);

/* One format each. False: stopped, or the file cannot be read as this at all; r->error says why. */
bool read_csv(struct reader *r);
bool read_plain(struct reader *r);
bool read_maltrail(struct reader *r);
bool read_dataset(struct reader *r);
bool read_iprep(struct reader *r);
bool read_stix(struct reader *r);
bool read_misp(struct reader *r);
bool read_warninglist(struct reader *r);

/* Which format the file has, by its first bytes and then by its name. Never INTEL_GUESS. */
enum intel_format format_guess(const char *path, const char *head, size_t size);

#endif
