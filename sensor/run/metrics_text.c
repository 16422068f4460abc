/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics_text.c - a scrape in Prometheus' text format 0.0.4. Names end in their unit, counters in _total. A label takes its values from
 * the program or its configuration, never from traffic, so the number of series has a bound.
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/heartbeat.h"
#include "run/health.h"
#include "run/metrics.h"
#include "run/reload.h"
#include "run/version.h"

/* ----------------------------------------------------------------------- writing */

static void head(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A label's value: backslash, quote and LF are escaped; names from the configuration may hold anything. */
static void label(FILE *out, const char *name, const char *value)
{
    fprintf(out, "%s=\"", name);
    for (; *value; value++)
        if (*value == '\n')
            fputs("\\n", out);
        else
            fprintf(out, "%s%c", *value == '"' || *value == '\\' ? "\\" : "", *value);
    fputc('"', out);
}

static void row(FILE *out, const char *name, const char *key, const char *value, uint64_t n)
{
    fputs(name, out);
    if (key) {
        fputc('{', out);
        label(out, key, value);
        fputc('}', out);
    }
    fprintf(out, " %" PRIu64 "\n", n);
}

static void single(FILE *out, const char *name, const char *type, const char *help, uint64_t n)
{
    head(out, name, type, help);
    row(out, name, NULL, NULL, n);
}

/* One figure of many that have neither labels nor a rule of their own. */
struct figure {
    const char *name;
    const char *type;
    const char *help;
    size_t offset; /* in struct stats, of a uint64_t */
};

#define COUNTER(name, member, help) {"haetae_" name "_total", "counter", help, offsetof(struct stats, member)}
#define GAUGE(name, member, help)   {"haetae_" name, "gauge", help, offsetof(struct stats, member)}

static const struct figure figures[] = {
    COUNTER("capture_packets", total.capture.received, "Frames taken from interfaces and files."),
    COUNTER("capture_bytes", total.capture.bytes, "Their bytes on the wire."),
    COUNTER("capture_filtered_packets", total.capture.filtered, "Frames of files that the filter left out."),
    COUNTER("capture_kernel_packets", total.capture.kernel_received, "Frames that the kernel had for us."),
    COUNTER("capture_kernel_dropped_packets", total.capture.kernel_dropped, "Frames that the kernel dropped for want of room."),
    COUNTER("capture_interface_dropped_packets", total.capture.interface_dropped, "Frames that the interface dropped."),
    COUNTER("capture_bypassed_packets", total.capture.bypassed, "Packets of long flows that the kernel counted and kept."),
    COUNTER("capture_bypassed_bytes", total.capture.bypassed_bytes, "Their bytes on the wire."),
    COUNTER("capture_overloads", total.capture.overloads, "Times that a packet thread fell behind."),
    COUNTER("decode_bytes", total.decode.bytes, "Bytes of decoded frames."),
    COUNTER("decode_ipv4_packets", total.decode.ipv4, "IPv4 packets."),
    COUNTER("decode_ipv6_packets", total.decode.ipv6, "IPv6 packets."),
    COUNTER("decode_tunnelled_packets", total.decode.tunnelled, "Packets found within tunnels."),
    COUNTER("decode_truncated_packets", total.decode.truncated, "Packets cut short by the snap length."),
    COUNTER("decode_bad_checksums", total.decode.bad_checksums, "Checksums that were looked at and wrong."),
    GAUGE("defrag_memory_bytes", total.fragment.memory_bytes, "Memory of incomplete datagrams."),
    COUNTER("defrag_evicted", total.fragment.evicted, "Incomplete datagrams given up for want of room."),
    COUNTER("flow_started", total.flow.total, "Flows."),
    GAUGE("flow_active", total.flow.active, "Flows held now."),
    COUNTER("flow_expired", total.flow.expired, "Flows that ended by time."),
    COUNTER("flow_evicted", total.flow.evicted, "Flows given up early for want of room."),
    GAUGE("flow_memory_bytes", total.flow.memory_bytes, "Memory of the flow tables."),
    COUNTER("tcp_gaps", total.dissect.stream_gaps, "Holes in TCP streams that were followed."),
    GAUGE("tcp_reassembly_memory_bytes", total.dissect.memory_bytes, "Memory of TCP streams."),
    COUNTER("dissect_memory_refused", total.dissect.memory_refused, "Times the memory for streams and messages was refused."),
    COUNTER("tcp_lost_bytes", total.ack_gap.lost, "TCP bytes acknowledged and never seen."),
    COUNTER("dissect_dns_messages", total.dissect.dns_messages, "DNS messages."),
    COUNTER("dissect_tls_handshakes", total.dissect.tls_handshakes, "TLS handshakes."),
    COUNTER("dissect_quic_hellos", total.dissect.quic_hellos, "QUIC hellos."),
    COUNTER("dissect_http_transactions", total.dissect.http_transactions, "HTTP transactions."),
    COUNTER("dissect_malformed", total.dissect.malformed, "Messages that broke their protocol's rules."),
    COUNTER("observations", analysis.observations, "Observations that the analysis took."),
    COUNTER("observations_lost", total.ring_lost, "Observations lost because the analysis was too slow."),
    COUNTER("sightings", analysis.sightings, "What detectors raised: alerts, held back, suppressed."),
    COUNTER("alerts_held_back", analysis.held_back, "Sightings held back by thresholds."),
    COUNTER("alerts_suppressed", analysis.suppressed, "Sightings suppressed by rule."),
    GAUGE("passive_dns_pairs", analysis.names.pairs, "Pairs of client and address with a name."),
    COUNTER("passive_dns_evicted", analysis.names.pairs_evicted, "Such pairs given up for want of room."),
    GAUGE("incident_hosts", analysis.incidents.hosts, "Hosts that have a story."),
    COUNTER("incident_chains", analysis.incidents.chains, "Stories that were told."),
    COUNTER("observations_shed", total.ring_shed, "Observations of little worth left out while the ring was nearly full."),
    COUNTER("account_checks", account_checks, "How often the accounts were checked."),
    COUNTER("account_breaks", account_breaks, "Sums that did not add up."),
    COUNTER("thread_stalls", thread_stalls, "How often a thread stood still."),
};

static void write_figures(FILE *out, const struct stats *s)
{
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        uint64_t n;
        memcpy(&n, (const char *)s + figures[i].offset, sizeof n);
        single(out, figures[i].name, figures[i].type, figures[i].help, n);
    }
}

/* ------------------------------------------------------------------ with labels */

/* What earlier lives of the sensor cost. */
static void write_lives(FILE *out, const struct stats *s)
{
    if (!s->is_watched)
        return;
    single(out, "haetae_supervisor_restarts_total", "counter", "How often the sensor was started again.", s->restarts);
    single(out, "haetae_supervisor_quarantine_flows", "gauge", "Flows that are not shown again to what died of them.", s->shut_flows);
    single(out, "haetae_supervisor_lost_packets_total", "counter", "Packets in buffers of threads that crashed.", s->crash_loss.packets);
    single(out, "haetae_supervisor_unseen_packets_total", "counter", "Packets that went by meanwhile, at most.", s->crash_loss.unseen);
    single(out, "haetae_supervisor_lost_flows_total", "counter", "Flows without a record.", s->crash_loss.flows);
    single(out, "haetae_supervisor_lost_observations_total", "counter", "Observations on their way.", s->crash_loss.observations);
    single(out, "haetae_supervisor_lost_lines_total", "counter", "Lines on their way to outputs.", s->crash_loss.lines);
}

static void write_outcomes(FILE *out, const struct decode_counters *d)
{
    static const char name[] = "haetae_decode_packets_total";
    head(out, name, "counter", "Frames by what became of them.");
    row(out, name, "outcome", "decoded", d->outcomes[DECODED]);
    for (int i = DECODED + 1; i < DECODE_OUTCOME_COUNT; i++)
        row(out, name, "outcome", decode_outcome_name((enum decode_outcome)i), d->outcomes[i]);
}

static void write_alerts(FILE *out, const struct analysis_counters *a)
{
    static const char name[] = "haetae_alerts_total";
    head(out, name, "counter", "Alerts by severity.");
    row(out, name, "severity", "high", a->alerts_by_severity[1]);
    row(out, name, "severity", "medium", a->alerts_by_severity[2]);
    row(out, name, "severity", "low", a->alerts_by_severity[3]);
}

#define OUTPUT_FIGURE(name, type, member, help) {"haetae_output_" name, type, help, offsetof(struct output_counters, member)}

static const struct figure output_figures[] = {
    OUTPUT_FIGURE("produced_lines_total", "counter", produced, "Lines given to the output."),
    OUTPUT_FIGURE("recovered_lines_total", "counter", recovered, "Lines found in its spool at the start."),
    OUTPUT_FIGURE("written_lines_total", "counter", written, "Lines that it took."),
    OUTPUT_FIGURE("written_bytes_total", "counter", bytes, "Bytes that it took."),
    OUTPUT_FIGURE("dropped_alerts_total", "counter", dropped_alerts, "Alerts that were lost."),
    OUTPUT_FIGURE("gap_records_total", "counter", gaps, "Records that tell of a loss."),
    OUTPUT_FIGURE("failures_total", "counter", failures, "Writes that failed and were tried again."),
    OUTPUT_FIGURE("outages_total", "counter", outages, "Times that a working sink stopped to work."),
    OUTPUT_FIGURE("spooled_lines", "gauge", spooled, "Lines on the disk now."),
    OUTPUT_FIGURE("queued_lines", "gauge", queued, "Lines in memory now."),
};

static void write_drops(FILE *out, const struct stats *s)
{
    static const char name[] = "haetae_output_dropped_lines_total";
    head(out, name, "counter", "Lines that were lost.");
    for (uint32_t k = 0; k < s->output_count; k++)
        for (int r = 0; r < DROP_REASON_COUNT; r++) {
            fprintf(out, "%s{", name);
            label(out, "output", s->output[k].name);
            fprintf(out, ",reason=\"%s\"} %" PRIu64 "\n", drop_reason_name((enum drop_reason)r), s->output[k].dropped_by[r]);
        }
}

static void write_outputs(FILE *out, const struct stats *s)
{
    for (size_t i = 0; i < sizeof output_figures / sizeof *output_figures && s->output_count; i++) {
        const struct figure *f = &output_figures[i];
        head(out, f->name, f->type, f->help);
        for (uint32_t k = 0; k < s->output_count; k++) {
            uint64_t n;
            memcpy(&n, (const char *)&s->output[k] + f->offset, sizeof n);
            row(out, f->name, "output", s->output[k].name, n);
        }
    }
    if (s->output_count)
        write_drops(out, s);
}

/* What an output counts for itself may rise or fall. */
static void write_output_numbers(FILE *out, const struct stats *s)
{
    static const char name[] = "haetae_output_plugin_value";
    bool headed = false;
    for (uint32_t i = 0; i < s->output_count; i++)
        for (uint32_t k = 0; k < s->output[i].number_count; k++) {
            if (!headed)
                head(out, name, "gauge", "What the plugin of an output counts for itself.");
            headed = true;
            fprintf(out, "%s{", name);
            label(out, "output", s->output[i].name);
            fprintf(out, ",figure=\"%s\"} %" PRIu64 "\n", s->output[i].number[k].name, s->output[i].number[k].value);
        }
}

static void write_plugins(FILE *out, const struct stats *s)
{
    static const char name[] = "haetae_plugin_events_total";
    if (s->plugin_count)
        head(out, name, "counter", "What plugins count for themselves.");
    for (uint32_t i = 0; i < s->plugin_count; i++) {
        fprintf(out, "%s{", name);
        label(out, "plugin", s->plugin[i].plugin);
        fputc(',', out);
        label(out, "counter", s->plugin[i].name);
        fprintf(out, "} %" PRIu64 "\n", s->plugin[i].value);
    }
}

static void write_lists(FILE *out, const struct stats *s)
{
    static const char rows[] = "haetae_list_rows", written[] = "haetae_list_written_timestamp_seconds";
    if (s->list_count) {
        head(out, rows, "gauge", "Rows of each list.");
        for (uint32_t i = 0; i < s->list_count; i++)
            if (stats_list_is_first(s, i)) /* a series must be there once */
                row(out, rows, "list", s->list[i].name, s->list[i].rows);
        head(out, written, "gauge", "When the list's file was last written.");
        for (uint32_t i = 0; i < s->list_count; i++)
            if (stats_list_is_first(s, i))
                row(out, written, "list", s->list[i].name, (uint64_t)s->list[i].written_s);
    }
    single(out, "haetae_geo_databases", "gauge", "Geo databases that are open.", s->geo_databases);
    single(out, "haetae_geo_build_timestamp_seconds", "gauge", "Build time of the newest of them.", s->geo_built_s);
}

static void write_stats(FILE *out, const struct stats *s)
{
    single(out, "haetae_uptime_seconds", "gauge", "How long the run has been going on.", s->uptime_s);
    write_figures(out, s);
    write_lives(out, s);
    write_outcomes(out, &s->total.decode);
    write_alerts(out, &s->analysis);
    write_outputs(out, s);
    write_output_numbers(out, s);
    write_plugins(out, s);
    write_lists(out, s);
}

/* ------------------------------------------------------------------- interfaces */

struct interface_figure {
    const char *name;
    const char *help;
    size_t offset; /* in struct capture_counters */
};

static const struct interface_figure interface_figures[] = {
    {"packets", "Frames taken from the interface.", offsetof(struct capture_counters, received)},
    {"bytes", "Their bytes on the wire.", offsetof(struct capture_counters, bytes)},
    {"kernel_packets", "Frames that the kernel had for us.", offsetof(struct capture_counters, kernel_received)},
    {"kernel_dropped_packets", "Frames that found the buffer full.", offsetof(struct capture_counters, kernel_dropped)},
    {"dropped_packets", "Frames that the interface lost itself.", offsetof(struct capture_counters, interface_dropped)},
    {"abandoned_packets", "Frames still in a buffer that had to be closed.", offsetof(struct capture_counters, abandoned)},
    {"early_packets", "Frames from before all handles had joined.", offsetof(struct capture_counters, early)},
    {"bypassed_packets", "Packets of long flows that the kernel counted and kept.", offsetof(struct capture_counters, bypassed)},
    {"interruptions", "How often the link went down or the interface away.", offsetof(struct capture_counters, interruptions)},
};

static void write_interfaces(FILE *out, const struct metrics_source *from)
{
    struct interface_account account;
    char name[64];
    for (size_t i = 0; from->interface_count && i < sizeof interface_figures / sizeof *interface_figures; i++) {
        snprintf(name, sizeof name, "haetae_interface_%s_total", interface_figures[i].name);
        head(out, name, "counter", interface_figures[i].help);
        for (uint32_t k = 0; k < from->interface_count; k++) {
            uint64_t n;
            interface_read(from->interfaces[k], &account);
            memcpy(&n, (const char *)&account.capture + interface_figures[i].offset, sizeof n);
            row(out, name, "interface", account.name, n);
        }
    }
    if (from->interface_count)
        head(out, "haetae_interface_up", "gauge", "1 when it is there and has a link.");
    for (uint32_t k = 0; k < from->interface_count; k++) {
        interface_read(from->interfaces[k], &account);
        row(out, "haetae_interface_up", "interface", account.name, account.up);
    }
}

/* ------------------------------------------------------------------ the program */

static void write_threads(FILE *out)
{
    static const char silent[] = "haetae_thread_silent_seconds", stalled[] = "haetae_thread_stalled";
    struct heartbeat_fact fact[HEARTBEATS_MAX];
    size_t count = heartbeat_list(fact, HEARTBEATS_MAX);
    head(out, silent, "gauge", "Time since the thread last moved.");
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "%s{", silent);
        label(out, "thread", fact[i].name);
        fprintf(out, "} %.3f\n", (double)fact[i].silent_ns / (double)NS_PER_S);
    }
    head(out, stalled, "gauge", "1 when it stands still.");
    for (size_t i = 0; i < count; i++)
        row(out, stalled, "thread", fact[i].name, fact[i].stalled);
}

static void write_reloads(FILE *out)
{
    struct reload_history history;
    reload_history(&history);
    single(out, "haetae_reloads_total", "counter", "Reloads of lists and geo databases that went well.", history.done);
    single(out, "haetae_reloads_refused_total", "counter", "Reloads that were refused.", history.refused);
    single(out, "haetae_reload_timestamp_seconds", "gauge", "When knowledge was last read.", (uint64_t)history.last_s);
}

/* Pages in memory, from /proc/self/statm; 0 when it cannot be read. */
static uint64_t resident_bytes(int proc)
{
    char text[128];
    int fd = proc >= 0 ? openat(proc, "statm", O_RDONLY | O_CLOEXEC) : -1;
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = '\0';
    const char *second = strchr(text, ' ');
    return second ? strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static uint64_t open_descriptors(int proc)
{
    uint64_t count = 0;
    int fd = proc >= 0 ? openat(proc, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
    if (!directory) {
        if (fd >= 0)
            close(fd);
        return 0;
    }
    for (const struct dirent *e; (e = readdir(directory));)
        count += e->d_name[0] != '.';
    closedir(directory);
    return count > 0 ? count - 1 : 0; /* but that of the directory itself */
}

/* Names that every Prometheus client library uses. */
static void write_process(FILE *out, int proc)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    double cpu_s = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) + (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
    head(out, "process_cpu_seconds_total", "counter", "Processor time, user and system.");
    fprintf(out, "process_cpu_seconds_total %.6f\n", cpu_s);
    uint64_t resident = resident_bytes(proc), descriptors = open_descriptors(proc);
    if (resident)
        single(out, "process_resident_memory_bytes", "gauge", "Memory in use.", resident);
    if (descriptors)
        single(out, "process_open_fds", "gauge", "Open descriptors.", descriptors);
}

static void write_health(FILE *out, const struct board_view *view, int64_t list_age_max_s)
{
    struct health health;
    health_judge(view, list_age_max_s, (int64_t)time(NULL), &health);
    head(out, "haetae_health", "gauge", "1 for the state that holds.");
    for (int i = HEALTH_GREEN; i <= HEALTH_RED; i++)
        row(out, "haetae_health", "state", health_text((enum health_state)i), (int)health.state == i);
}

char *metrics_text(const struct metrics_source *from, size_t *size)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    if (!out)
        return NULL;
    head(out, "haetae_build_info", "gauge", "The version, as a label.");
    row(out, "haetae_build_info", "version", strchr(version_text(), ' ') + 1, 1);
    write_health(out, from->view, from->list_age_max_s);
    write_threads(out);
    write_reloads(out);
    write_process(out, from->proc);
    write_interfaces(out, from);
    if (from->view)
        write_stats(out, &from->view->stats);
    return fclose(out) == 0 ? text : NULL;
}
