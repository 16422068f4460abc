/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings.h - the effective configuration as the program uses it: parsed, checked, opened where opening is cheap. Built once; read
 * only while the sensor runs.
 */
#ifndef RUN_SETTINGS_H
#define RUN_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/analysis.h"
#include "capture/interface.h"
#include "decode/decode.h"
#include "eve/eve.h"
#include "run/command_line.h"
#include "run/config.h"
#include "run/places.h"
#include "run/plugins.h"
#include "run/worker.h"

/* One eve-log of the configuration. */
struct settings_log {
    char *name;                         /* "eve-log" or "eve-log-2", for counters */
    uint32_t events;                    /* EVENT_BIT()s */
    struct eve_options eve;             /* names, interfaces and files are filled in later */
    bool name_file;                     /* pcap-file: events say which capture they come from */
    const struct sensor_plugin *plugin; /* the sink */
    struct sensor_options *options;     /* of the sink; owned */
    const char *filetype;               /* its word for it, of the configuration */
    char *path;                         /* where the events go, for people; owned */
    size_t queue_size;                  /* bytes of its ring */
    uint64_t patience_ms;               /* reading files: a sink that takes nothing for so long is given up; 0: never */
    bool tell_gaps;
    char *spool_directory;              /* NULL: no spool; owned */
    uint64_t spool_size;                /* bytes */
};

#define CPUS_MAX 1024

/* Numbers of processors. */
struct cpu_list {
    uint16_t cpu[CPUS_MAX];
    uint32_t count;
};

struct settings {
    struct config *config;
    struct plugins *plugins;
    struct classify_names *names;
    struct addr_set *home_net;
    struct coverage_prefix home_prefix[COVERAGE_PREFIXES_MAX]; /* its parts; owned */
    size_t home_prefix_count;
    struct roles *roles;
    struct threshold_rules *thresholds; /* of threshold-file, NULL: none */
    struct names_options name_memory; /* passive DNS */
    struct geo *geo;                  /* NULL: none */
    char geo_note[ERROR_TEXT_MAX];    /* why there is no enrichment, "" when there is */
    struct sensor_host host;
    struct places data; /* where lists are looked for */
    struct analysis_detector detector[PLUGINS_MAX];
    struct sensor_options *detector_options[PLUGINS_MAX]; /* owned */
    size_t detector_count;
    struct settings_log log[STATS_OUTPUTS_MAX];
    uint32_t log_count;
    struct decode_options decode;
    struct worker_options worker; /* capture, ring, index, count, wanted are filled in later */
    uint32_t workers;
    struct interface_options live[INTERFACES_MAX]; /* interfaces to watch; texts in the configuration or the command line */
    enum checksums live_checksums[INTERFACES_MAX];
    uint32_t live_count;
    struct cpu_list worker_cpus, other_cpus; /* where threads stay; empty: anywhere */
    const char *sensor_name;
    char control_path[128]; /* of the control socket; "": none */
    bool control_must;      /* it was asked for by name, so the program does not run without */
    enum sensor_level log_level;
};

/* The configuration file with what --set says; owned by the caller. NULL and `error`. */
struct config *settings_config(const struct command_line *line, struct error *error);
/* From the configuration file and the command line. NULL and `error` when something does not fit. */
struct settings *settings_new(const struct command_line *line, struct error *error);
void settings_free(struct settings *s);

/* Tunnels, fragments: the sections `decoder` and `defrag`. False and `error` for a port that is none. settings_decode.c */
bool settings_read_decode(const struct config *c, struct decode_options *out, struct error *error);
/* Interfaces with their threads, and where threads stay. After `workers` and `decode` were read. False and `error`. settings_live.c */
bool settings_read_live(struct settings *s, const struct command_line *line, struct error *error);
/* What `hosts` says (settings_roles.c). NULL and `error`. */
struct roles *settings_roles(const struct config *c, struct error *error);

/* The positive parts of HOME_NET, each as a set of its own, as far as they stand in its text. */
void settings_read_home(struct settings *s);

/* From the words of checksum-checks and of -k; "auto" and "kernel" sample. */
enum checksums settings_checksums(const char *word);
/* Reads `threshold-file` into *out, NULL when none is named. False and `error`. settings_thresholds.c */
bool settings_thresholds(const struct config *c, struct threshold_rules **out, struct error *error);

/*
 * Where the control socket shall be, into `out`[size], "" nowhere; `must`: it was asked for. False and `error` for a path too long.
 * settings_control.c
 */
bool settings_control(const struct config *c, const struct command_line *line, char *out, size_t size, bool *must, struct error *error);
/* Sends events to files below `directory` from now on, where outputs have a directory. False and `error`. Not while they are open. */
bool settings_write_to(struct settings *s, const char *directory, struct error *error);

/* The configuration alone: the file with --set applied. NULL and `error`. */
struct config *settings_config(const struct command_line *line, struct error *error);
/* The path that `unix-command.filename` means, into `out`[size]; false when it is too long. */
bool settings_control_path(const struct config *c, char *out, size_t size);

/* An analysis with these settings, for an analyst to fill in its part. */
struct analysis_options settings_analysis(const struct settings *s);

#endif
