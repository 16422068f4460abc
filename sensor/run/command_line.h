/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command_line.h - what the user typed. Suricata's letters where it has one.
 */
#ifndef RUN_COMMAND_LINE_H
#define RUN_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum command_job {
    JOB_RUN,          /* read captures or an interface */
    JOB_CHECK,        /* -T */
    JOB_DUMP_CONFIG,  /* --dump-config */
    JOB_LIST_PLUGINS, /* --list-plugins */
    JOB_EXPLAIN,      /* haetae explain WORD... */
    JOB_BUILD_INFO,   /* --build-info */
    JOB_SELFTEST,     /* --selftest-sandbox */
    JOB_VERSION,      /* -V */
    JOB_HELP          /* -h */
};

/* All pointers are into argv or owned until command_line_free. */
struct command_line {
    enum command_job job;
    const char *config_path; /* -c; NULL: the default place */
    const char **reads;      /* -r, in order: files, directories, "-" */
    size_t read_count;
    bool recursive;            /* --pcap-file-recursive */
    bool continuous;           /* --pcap-file-continuous */
    bool delete_read;          /* --pcap-file-delete */
    bool follow;               /* --follow */
    const char *journal;       /* --pcap-file-journal; NULL: beside the events */
    const char **interfaces;   /* -i, in order */
    size_t interface_count;
    bool af_packet;            /* --af-packet: those that the configuration lists */
    bool wait_for_captures;    /* --unix-socket */
    const char *socket;        /* its value; NULL: the configuration's */
    const char *log_directory; /* -l; NULL: the configuration's */
    const char *user, *group;  /* --user, --group; NULL: the configuration's */
    const char **sets;         /* --set, in order */
    size_t set_count;
    bool fail_on_hits, fail_on_blind; /* --fail-on */
    bool verify_stats;                /* --verify-stats */
    const char *checksums;            /* -k: "all" or "none"; NULL: the configuration's */
    int workers;                      /* --workers; 0: not said */
    int verbosity;                    /* -v each adds one; -q takes one away */
    char *bpf;                        /* trailing words or -F file; NULL: none */
    const char **words;               /* of JOB_EXPLAIN */
    size_t word_count;
};

/* Whether interfaces are to be watched, and not captures read. */
static inline bool command_line_is_live(const struct command_line *c)
{
    return c->interface_count > 0 || c->af_packet;
}

/* False and `error` when it makes no sense. */
bool command_line_parse(int argc, char **argv, struct command_line *out, struct error *error);
void command_line_free(struct command_line *c);
/* The help text, on standard output. */
void command_line_help(void);

#endif
