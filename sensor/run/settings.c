/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings.c - see settings.h. Each function reads one section of the configuration.
 */
#include "run/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/host.h"
#include "base/clock.h"
#include "base/log.h"
#include "geo/geo.h"
#include "intel/list_load.h"

#define AUTO_WORKERS_MAX 4

/* --------------------------------------------------------------- the parts */

static const char *config_path(const struct command_line *line)
{
    return line->config_path ? line->config_path : places_config();
}

struct config *settings_config(const struct command_line *line, struct error *error)
{
    struct config *c = config_load(config_path(line), error);
    for (size_t i = 0; c && i < line->set_count; i++)
        if (!config_set(c, line->sets[i], error)) {
            config_free(c);
            return NULL;
        }
    return c;
}

static bool load_config(struct settings *s, const struct command_line *line, struct error *error)
{
    s->config = settings_config(line, error);
    if (!s->config)
        return false;
    places_data(&s->data, config_path(line));
    return true;
}

static bool load_plugins(struct settings *s, struct error *error)
{
    s->plugins = plugins_load(config_text(s->config, "plugins.directory"), error);
    if (!s->plugins)
        return false;
    const struct sensor_plugin *all[PLUGINS_MAX];
    for (size_t i = 0; i < plugins_count(s->plugins); i++)
        all[i] = plugins_get(s->plugins, i);
    return config_check(s->config, all, plugins_count(s->plugins), error);
}

static bool choose_detectors(struct settings *s, struct error *error)
{
    for (size_t i = 0; i < plugins_count(s->plugins); i++) {
        const struct sensor_plugin *p = plugins_get(s->plugins, i);
        if (p->kind != SENSOR_DETECTOR || !config_detector_enabled(s->config, p->name))
            continue;
        struct sensor_options *options = config_plugin_options(s->config, p, error);
        if (!options)
            return false;
        s->detector_options[s->detector_count] = options;
        s->detector[s->detector_count++] = (struct analysis_detector){p, options};
    }
    if (s->detector_count == 0)
        log_warning("no detector is enabled: events will be written, but there can be no alert");
    return true;
}

static bool set_host(struct settings *s, struct error *error)
{
    s->names = classify_names_new(error);
    if (!s->names)
        return false;
    s->host.option_text = options_text;
    s->host.option_number = options_number;
    s->host.option_count = options_count;
    s->host.option_item = options_item;
    host_init(&s->host, (const char *const *)s->data.path, s->names);
    s->home_net = config_addresses(s->config, "$HOME_NET", error);
    if (s->home_net)
        settings_read_home(s);
    return s->home_net != NULL;
}

/* A directory that detectors may keep state in, if one is named at all. */
static bool set_state(const struct config *c, struct error *error)
{
    const char *directory = config_text(c, "state-directory");
    struct stat st;
    if (*directory && (stat(directory, &st) != 0 || !S_ISDIR(st.st_mode) || access(directory, W_OK | X_OK) != 0))
        return config_complain(c, error, "state-directory",
                               "'%s' is no directory that can be written to; make it, or leave it empty", directory);
    host_keep_state(directory);
    list_cache_set(directory);
    return true;
}

static bool set_knowledge(struct settings *s, struct error *error)
{
    const struct config *c = s->config;
    s->roles = settings_roles(c, error);
    if (config_bool(c, "passive-dns.enabled"))
        s->name_memory = (struct names_options){.most = (uint32_t)config_number(c, "passive-dns.max-entries"),
                                                .questions = (uint32_t)config_number(c, "passive-dns.max-questions"),
                                                .flows = (uint32_t)config_number(c, "passive-dns.max-flows"),
                                                .grace_ns = (uint64_t)config_number(c, "passive-dns.grace") * NS_PER_S};
    return s->roles != NULL && settings_thresholds(c, &s->thresholds, error) && set_state(c, error);
}

/* -------------------------------------------------------------- the workers */

static struct flow_timeout read_timeout(const struct config *c, const char *protocol, const struct flow_timeout *fallback)
{
    struct flow_timeout t = *fallback;
    t.new_s = (uint32_t)config_number(c, "flow-timeouts.%s.new", protocol);
    t.established_s = (uint32_t)config_number(c, "flow-timeouts.%s.established", protocol);
    if (fallback->closed_s)
        t.closed_s = (uint32_t)config_number(c, "flow-timeouts.%s.closed", protocol);
    return t;
}

/* Who asks through the socket or the metrics wants fresh figures; one may be added by the time events are due. */
static uint32_t counters_interval(const struct settings *s)
{
    const struct config *c = s->config;
    if (*s->control_path || config_bool(c, "metrics.enabled"))
        return 1;
    return config_bool(c, "stats.enabled") ? (uint32_t)config_number(c, "stats.interval") : 0;
}

static void set_worker(struct settings *s)
{
    const struct config *c = s->config;
    const struct flow_timeouts *fallback = &flow_timeouts_default;
    s->worker = (struct worker_options){
        .flow_max = (uint32_t)config_number(c, "flow.max-flows"),
        .timeouts = {.tcp = read_timeout(c, "tcp", &fallback->tcp),
                     .udp = read_timeout(c, "udp", &fallback->udp),
                     .icmp = read_timeout(c, "icmp", &fallback->icmp),
                     .other = read_timeout(c, "default", &fallback->other)},
        .use_vlan = config_bool(c, "vlan.use-for-tracking"),
        .decode = &s->decode,
        .classify = {.packets_max = (uint32_t)config_number(c, "classification.packets-per-flow"),
                     .early_stop = config_bool(c, "classification.early-stop"),
                     .names = s->names},
        .dissect = {.stream_max = (size_t)config_number(c, "dissect.stream-max"),
                    .memory_max = (size_t)config_number(c, "dissect.memory-max"),
                    .bodies_max = (size_t)config_number(c, "dissect.bodies")},
        .counters_interval_s = counters_interval(s),
    };
}

/* Beside one worker the analysis and the writers are busy too: on two cores a second worker does not pay. */
static uint32_t count_workers(const struct settings *s, const struct command_line *line)
{
    int64_t said = line->workers ? line->workers : config_number(s->config, "threading.workers");
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (said > 0)
        return (uint32_t)said;
    return cores < 3 ? 1 : cores > AUTO_WORKERS_MAX ? AUTO_WORKERS_MAX : (uint32_t)cores - 1;
}

/* ------------------------------------------------------------------- geo */

static const char *geo_path(const struct settings *s, const struct places *usual, size_t i)
{
    return usual->count ? usual->path[i] : config_item(s->config, i, "geo.databases");
}

static void note_geo(struct settings *s, const char *what)
{
    size_t used = strlen(s->geo_note);
    snprintf(s->geo_note + used, sizeof s->geo_note - used, "%s%s", used ? "; " : "", what);
}

static void tell_geo(const struct geo *g)
{
    struct geo_database d;
    for (size_t i = 0; g && geo_describe(g, i, &d); i++)
        log_info("geo: %s, %s, built %s", d.path, d.type, d.built);
}

/* A missing database is no reason not to watch. */
static void open_geo(struct settings *s)
{
    if (!config_bool(s->config, "geo.enabled"))
        return;
    const char *paths[PLACES_MAX];
    struct places usual = {0};
    size_t count = config_count(s->config, "geo.databases");
    if (count == 0) {
        places_geo(&usual);
        count = usual.count;
    }
    count = count < PLACES_MAX ? count : PLACES_MAX;
    for (size_t i = 0; i < count; i++)
        paths[i] = geo_path(s, &usual, i);
    struct error warnings[PLACES_MAX] = {{{0}}};
    s->geo = geo_open(paths, count, warnings);
    tell_geo(s->geo);
    for (size_t i = 0; i < count; i++)
        if (*warnings[i].text)
            note_geo(s, warnings[i].text);
    if (count == 0)
        note_geo(s, "no geo database: no countries and networks in events; make one with geo/build");
    places_free(&usual);
}

/* ----------------------------------------------------------------- outputs */

static bool type_complain(const struct config *c, size_t output, const char *name, struct error *error)
{
    char path[64];
    snprintf(path, sizeof path, "outputs.%zu.eve-log.types", output);
    return config_complain(c, error, path, "this program writes no '%s' events", name);
}

static void read_stats(const struct config *c, size_t output, size_t type, struct eve_options *out)
{
    out->stats_threads = config_bool(c, "outputs.%zu.eve-log.types.%zu.stats.threads", output, type);
    out->stats_deltas = config_bool(c, "outputs.%zu.eve-log.types.%zu.stats.deltas", output, type);
    out->stats_no_totals = !config_bool(c, "outputs.%zu.eve-log.types.%zu.stats.totals", output, type);
    out->stats_no_zeros = !config_bool(c, "outputs.%zu.eve-log.types.%zu.stats.null-values", output, type);
}

/* EVENT_BIT()s of the `types` of one eve-log, and the options of types. */
static bool read_types(struct settings *s, size_t output, struct settings_log *log, struct error *error)
{
    const struct config *c = s->config;
    size_t count = config_count(c, "outputs.%zu.eve-log.types", output);
    log->eve.dns_version = 3; /* alerts show DNS whether or not `types` has it */
    for (size_t i = 0; i < count; i++) {
        const char *name = config_item(c, i, "outputs.%zu.eve-log.types", output);
        int type = event_type_of(name);
        if (type < 0)
            return type_complain(c, output, name, error);
        log->events |= EVENT_BIT(type);
        if (type == EVENT_FTP) /* files go with the commands that move them */
            log->events |= EVENT_BIT(EVENT_FTP_DATA);
        if (type == EVENT_TLS)
            log->eve.dtls = config_bool(c, "outputs.%zu.eve-log.types.%zu.tls.dtls", output, i);
        if (type == EVENT_STATS)
            read_stats(c, output, i, &log->eve);
        if (type != EVENT_DNS)
            continue;
        log->eve.dns_version = (uint8_t)config_number(c, "outputs.%zu.eve-log.types.%zu.dns.version", output, i);
        log->eve.dns_requests = config_bool(c, "outputs.%zu.eve-log.types.%zu.dns.requests", output, i);
        log->eve.dns_responses = config_bool(c, "outputs.%zu.eve-log.types.%zu.dns.responses", output, i);
    }
    return true;
}

static void read_eve(const struct config *c, size_t output, struct settings_log *log)
{
    log->eve.prefix = config_text(c, "outputs.%zu.eve-log.prefix", output);
    log->eve.community_id = config_bool(c, "outputs.%zu.eve-log.community-id", output);
    log->eve.community_id_seed = (uint16_t)config_number(c, "outputs.%zu.eve-log.community-id-seed", output);
    log->eve.ethernet = config_bool(c, "outputs.%zu.eve-log.ethernet", output);
    log->eve.ipv6_compress = config_bool(c, "outputs.%zu.eve-log.ipv6-compress", output);
    log->eve.metadata = config_bool(c, "outputs.%zu.eve-log.metadata", output);
    log->eve.ndpi = config_bool(c, "outputs.%zu.eve-log.ndpi", output);
    log->name_file = config_bool(c, "outputs.%zu.eve-log.pcap-file", output);
}

/* Who reads standard output may be a person, who takes all the time there is. */
static void read_queue(const struct config *c, size_t output, const char *filetype, struct settings_log *log)
{
    bool is_stdout = strcmp(filetype, "stdout") == 0;
    log->queue_size = (size_t)config_number(c, "outputs.%zu.eve-log.queue-size", output);
    log->patience_ms = is_stdout ? 0 : (uint64_t)config_number(c, "outputs.%zu.eve-log.wait-timeout", output) * 1000;
    log->tell_gaps = config_bool(c, "outputs.%zu.eve-log.gap-records", output);
    log->eve.numbered = config_bool(c, "outputs.%zu.eve-log.event-seq", output);
    log->eve.output = log->name;
}

/* On the disk, for sinks that are elsewhere. */
static bool read_spool(const struct config *c, size_t output, const char *directory, struct settings_log *log, struct error *error)
{
    const char *name = config_text(c, "outputs.%zu.eve-log.spool.directory", output);
    char path[4096];
    if (!config_bool(c, "outputs.%zu.eve-log.spool.enabled", output))
        return true;
    if (strcmp(log->plugin->name, "file") == 0)
        return error_set(error, "%s: outputs.%zu.eve-log.spool: a file needs no spool; it is for sinks that can be away", config_origin(c),
                         output);
    snprintf(path, sizeof path, "%s%s%s", *name == '/' ? "" : directory, *name == '/' ? "" : "/", name);
    log->spool_directory = strdup(path);
    log->spool_size = (uint64_t)config_number(c, "outputs.%zu.eve-log.spool.size-limit", output);
    return log->spool_directory != NULL || error_set(error, "out of memory");
}

/* The output plugin of a filetype that Suricata has a word for; others are called as their plugin is. */
static const char *plugin_of(const char *filetype)
{
    static const char *const words[][2] = {
        {"regular", "file"}, {"stdout", "file"}, {"unix_stream", "unix"}, {"unix_dgram", "unix"}, {"syslog", "unix"},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i][0], filetype) == 0)
            return words[i][1];
    return filetype;
}

/* Where its events go, in words: the path of a file or socket, else the filetype. */
static char *path_of(const struct settings_log *log, const char *filetype, const char *directory)
{
    char path[4096];
    const char *name = options_text(log->options, "filename");
    if (strcmp(filetype, "stdout") == 0 || strcmp(name, "-") == 0 || strcmp(name, "/dev/stdout") == 0)
        return strdup("standard output");
    if (*name == '\0' || strcmp(filetype, "syslog") == 0)
        return strdup(filetype);
    snprintf(path, sizeof path, "%s%s%s", *name == '/' ? "" : directory, *name == '/' ? "" : "/", name);
    return strdup(path);
}

bool settings_write_to(struct settings *s, const char *directory, struct error *error)
{
    for (uint32_t i = 0; i < s->log_count; i++) {
        struct settings_log *log = &s->log[i];
        if (!options_find(log->plugin->options, "directory"))
            continue;
        free(log->path);
        log->path = path_of(log, log->filetype, directory);
        if (!options_set(log->options, "directory", directory, error))
            return false;
    }
    return true;
}

static bool add_log(struct settings *s, size_t output, const char *directory, struct error *error)
{
    struct settings_log *log = &s->log[s->log_count];
    char name[32];
    const char *filetype = config_text(s->config, "outputs.%zu.eve-log.filetype", output);
    log->plugin = plugins_find(s->plugins, SENSOR_OUTPUT, plugin_of(filetype));
    if (!log->plugin)
        return error_set(error, "%s: outputs.%zu.eve-log.filetype: there is no output '%s'; see --list-plugins",
                         config_origin(s->config), output, filetype);
    s->log_count++; /* from here on settings_free knows it */
    snprintf(name, sizeof name, s->log_count == 1 ? "eve-log" : "eve-log-%u", s->log_count);
    log->name = strdup(name);
    log->options = config_output_options(s->config, output, log->plugin, error);
    if (!log->options || !log->name)
        return false;
    const struct sensor_option *table = log->plugin->options;
    if ((options_find(table, "directory") && !options_set(log->options, "directory", directory, error)) ||
        (options_find(table, "filetype") && !options_set(log->options, "filetype", filetype, error)))
        return false;
    log->filetype = filetype;
    log->path = path_of(log, filetype, directory);
    read_eve(s->config, output, log);
    read_queue(s->config, output, filetype, log);
    if (!read_spool(s->config, output, directory, log, error))
        return false;
    if (!read_types(s, output, log, error))
        return false;
    if (log->tell_gaps)
        log->events |= EVENT_BIT(EVENT_ANOMALY); /* what a crash cost is a gap, too */
    if (!config_bool(s->config, "stats.enabled"))
        log->events &= ~EVENT_BIT(EVENT_STATS);
    return true;
}

static bool add_logs(struct settings *s, const struct command_line *line, struct error *error)
{
    const char *directory = line->log_directory ? line->log_directory : config_text(s->config, "default-log-dir");
    size_t count = config_count(s->config, "outputs");
    for (size_t i = 0; i < count; i++) {
        const char *kind = config_item(s->config, i, "outputs");
        if (strcmp(kind, "eve-log") != 0 || !config_bool(s->config, "outputs.%zu.eve-log.enabled", i))
            continue;
        if (s->log_count == STATS_OUTPUTS_MAX)
            return error_set(error, "%s: more than %d outputs", config_origin(s->config), STATS_OUTPUTS_MAX);
        if (!add_log(s, i, *directory ? directory : ".", error))
            return false;
    }
    if (s->log_count == 0)
        log_warning("no output is enabled: alerts will be in the summary only");
    return true;
}

static enum sensor_level read_log_level(const struct config *c)
{
    static const char *const names[] = {"error", "warning", "notice", "info", "debug"};
    const char *name = config_text(c, "logging.default-log-level");
    unsigned level = SENSOR_ERROR;
    while (level < SENSOR_DEBUG && strcmp(names[level], name) != 0)
        level++;
    return (enum sensor_level)level;
}

/* -------------------------------------------------------------- life cycle */

static bool build(struct settings *s, const struct command_line *line, struct error *error)
{
    if (!load_config(s, line, error) || !load_plugins(s, error) || !choose_detectors(s, error) || !set_host(s, error) ||
        !set_knowledge(s, error) || !add_logs(s, line, error) || !settings_read_decode(s->config, &s->decode, error))
        return false;
    if (!settings_control(s->config, line, s->control_path, sizeof s->control_path, &s->control_must, error))
        return false;
    set_worker(s);
    s->workers = count_workers(s, line);
    if (!settings_read_live(s, line, error))
        return false;
    s->sensor_name = config_text(s->config, "sensor-name");
    s->log_level = read_log_level(s->config);
    if (line->job == JOB_RUN || line->job == JOB_CHECK)
        open_geo(s);
    return true;
}

struct settings *settings_new(const struct command_line *line, struct error *error)
{
    struct settings *s = calloc(1, sizeof *s);
    if (!s) {
        error_set(error, "out of memory");
        return NULL;
    }
    if (build(s, line, error))
        return s;
    settings_free(s);
    return NULL;
}

void settings_free(struct settings *s)
{
    if (!s)
        return;
    for (uint32_t i = 0; i < s->log_count; i++) {
        free(s->log[i].name);
        free(s->log[i].path);
        free(s->log[i].spool_directory);
        options_free(s->log[i].options);
    }
    for (size_t i = 0; i < s->detector_count; i++)
        options_free(s->detector_options[i]);
    geo_free(s->geo);
    threshold_rules_free(s->thresholds);
    roles_free(s->roles);
    addr_set_free(s->home_net);
    for (size_t i = 0; i < s->home_prefix_count; i++) {
        addr_set_free(s->home_prefix[i].set);
        free(s->home_prefix[i].text);
    }
    classify_names_free(s->names);
    plugins_free(s->plugins);
    places_free(&s->data);
    config_free(s->config);
    free(s);
}

static uint32_t incident_hosts(const struct config *c)
{
    return config_bool(c, "incidents.enabled") ? (uint32_t)config_number(c, "incidents.max-hosts") : 0;
}

struct analysis_options settings_analysis(const struct settings *s)
{
    return (struct analysis_options){.home_net = s->home_net,
                                     .home_prefix = s->home_prefix,
                                     .home_prefix_count = s->home_prefix_count,
                                     .geo = s->geo,
                                     .roles = s->roles,
                                     .threshold_rules = s->thresholds,
                                     .threshold_facts = (uint32_t)config_number(s->config, "thresholds.max-facts"),
                                     .notes = (uint32_t)config_number(s->config, "flow.max-notes"),
                                     .alert_summaries = config_bool(s->config, "alert-summaries"),
                                     .names = s->name_memory,
                                     .incident_hosts = incident_hosts(s->config),
                                     .incident_window_ns = (uint64_t)config_number(s->config, "incidents.window") * NS_PER_S,
                                     .host = &s->host,
                                     .detectors = s->detector,
                                     .detector_count = s->detector_count};
}
