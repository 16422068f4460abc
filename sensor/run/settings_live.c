/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings_live.c - the interfaces to watch and their threads: the sections `af-packet`, `pcap` and `threading.cpu-affinity`.
 *
 * An interface takes the entry of its name, else the entry `default`, else the defaults. Where there is a `pcap` list and no `af-packet` list, that
 * one is read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/settings.h"

#define RING_PACKET 2048 /* bytes that a packet of ring-size stands for */

/* Where an interface's entry is. */
struct entry {
    const struct config *config;
    const char *list; /* "af-packet" or "pcap" */
    size_t at;
};

/* -k, else what the section of the input says. */
static enum checksums read_checksums(const struct config *c, const struct command_line *line, const char *section)
{
    return settings_checksums(line->checksums ? line->checksums : config_text(c, "%s.checksum-checks", section));
}

/* Each interface's part of the workers, at least one. */
static bool read_threads(const struct entry *e, const struct command_line *line, uint32_t share, struct interface_options *out,
                         struct error *error)
{
    const char *said = config_text(e->config, "af-packet.%zu.threads", e->at);
    out->threads = share;
    if (line->workers || strcmp(said, "auto") == 0)
        return true;
    char *end, path[64];
    long number = strtol(said, &end, 10);
    out->threads = (uint32_t)number;
    if (*said && !*end && number >= 1 && number <= INTERFACE_THREADS_MAX)
        return true;
    snprintf(path, sizeof path, "af-packet.%zu.threads", e->at);
    return config_complain(e->config, error, path, "'%s' is neither auto nor a number from 1 to %d", said, INTERFACE_THREADS_MAX);
}

static enum fanout read_fanout(const char *word)
{
    static const char *const words[] = {
        [FANOUT_FLOW] = "cluster_flow", [FANOUT_PAIR] = "cluster_pair", [FANOUT_QM] = "cluster_qm", [FANOUT_CPU] = "cluster_cpu"};
    unsigned i = FANOUT_FLOW;
    while (i < FANOUT_CPU && strcmp(words[i], word) != 0)
        i++;
    return (enum fanout)i;
}

static enum bypass_mode read_bypass(const char *word)
{
    return strcmp(word, "yes") == 0 ? BYPASS_ALWAYS : strcmp(word, "overload") == 0 ? BYPASS_OVERLOAD : BYPASS_NEVER;
}

static bool read_af_packet(const struct entry *e, const struct command_line *line, uint32_t share, struct interface_options *out,
                           struct error *error)
{
    const struct config *c = e->config;
    size_t ring = (size_t)config_number(c, "af-packet.%zu.ring-size", e->at) * RING_PACKET;
    out->promiscuous = !config_bool(c, "af-packet.%zu.disable-promisc", e->at);
    out->cluster_id = (uint16_t)config_number(c, "af-packet.%zu.cluster-id", e->at);
    out->fanout = read_fanout(config_text(c, "af-packet.%zu.cluster-type", e->at));
    out->defrag = out->fanout != FANOUT_PAIR && config_bool(c, "af-packet.%zu.defrag", e->at);
    out->bypass = read_bypass(config_text(c, "af-packet.%zu.bypass", e->at));
    out->bypass_after = (uint64_t)config_number(c, "af-packet.%zu.bypass-after", e->at);
    out->buffer_size = ring ? ring : out->buffer_size;
    return read_threads(e, line, share, out, error);
}

static bool add_interface(struct settings *s, const struct command_line *line, const char *name, struct error *error)
{
    const struct config *c = s->config;
    bool af_packet = config_count(c, "af-packet") > 0 || config_count(c, "pcap") == 0;
    struct entry e = {.config = c, .list = af_packet ? "af-packet" : "pcap"};
    size_t asked = line->interface_count + (line->af_packet ? config_count(c, "af-packet") : 0);
    uint32_t share = s->workers > asked ? s->workers / (uint32_t)asked : 1, at = s->live_count;
    struct interface_options *out = &s->live[at];
    char section[64];
    if (at == INTERFACES_MAX)
        return error_set(error, "more than %d interfaces", INTERFACES_MAX);
    for (uint32_t i = 0; i < at; i++)
        if (strcmp(s->live[i].name, name) == 0)
            return true;
    e.at = config_interface(c, e.list, name);
    snprintf(section, sizeof section, "%s.%zu", e.list, e.at);
    const char *filter = line->bpf ? line->bpf : config_text(c, "%s.bpf-filter", section);
    *out = (struct interface_options){
        .name = name,
        .number = (uint16_t)at,
        .threads = share,
        .snaplen = (int)config_number(c, "%s.snaplen", section),
        .buffer_size = (size_t)config_number(c, "%s.buffer-size", section),
        .bpf = *filter ? filter : NULL,
    };
    s->live_checksums[at] = read_checksums(c, line, section);
    s->live_count++;
    if (af_packet)
        return read_af_packet(&e, line, share, out, error);
    out->promiscuous = config_bool(c, "pcap.%zu.promisc", e.at);
    out->defrag = true;
    return true;
}

/* ------------------------------------------------------------ processors */

/* "3" or "2-5" */
static bool add_cpus(const char *text, struct cpu_list *out)
{
    char *end;
    unsigned long first = strtoul(text, &end, 10), last = first;
    if (end == text || (*end != '\0' && *end != '-'))
        return false;
    if (*end == '-') {
        const char *from = end + 1;
        last = strtoul(from, &end, 10);
        if (end == from || *end != '\0')
            return false;
    }
    for (; first <= last && last < CPUS_MAX && out->count < CPUS_MAX; first++)
        out->cpu[out->count++] = (uint16_t)first;
    return first > last;
}

static bool read_cpus(const struct config *c, const char *set, struct cpu_list *out, struct error *error)
{
    char path[64];
    snprintf(path, sizeof path, "threading.cpu-affinity.%s.cpu", set);
    for (size_t i = 0; i < config_count(c, "%s", path); i++) {
        const char *text = config_item(c, i, "%s", path);
        if (strcmp(text, "all") == 0) {
            out->count = 0;
            return true;
        }
        if (!add_cpus(text, out))
            return config_complain(c, error, path, "'%s' is no processor: say all, a number, or a range like 2-5", text);
    }
    return true;
}

/* --------------------------------------------------------------- the whole */

static bool add_listed(struct settings *s, const struct command_line *line, struct error *error)
{
    size_t count = config_count(s->config, "af-packet");
    for (size_t i = 0; i < count; i++) {
        const char *name = config_text(s->config, "af-packet.%zu.interface", i);
        if (strcmp(name, "default") != 0 && !add_interface(s, line, name, error))
            return false;
    }
    return s->live_count > 0 || error_set(error, "--af-packet: %s lists no interface in af-packet", config_origin(s->config));
}

bool settings_read_live(struct settings *s, const struct command_line *line, struct error *error)
{
    uint32_t threads = 0;
    s->decode.checksums = read_checksums(s->config, line, "pcap-file");
    if (config_bool(s->config, "threading.set-cpu-affinity") &&
        (!read_cpus(s->config, "worker-cpu-set", &s->worker_cpus, error) ||
         !read_cpus(s->config, "management-cpu-set", &s->other_cpus, error)))
        return false;
    for (size_t i = 0; i < line->interface_count; i++)
        if (!add_interface(s, line, line->interfaces[i], error))
            return false;
    if (line->af_packet && !add_listed(s, line, error))
        return false;
    for (uint32_t i = 0; i < s->live_count; i++)
        threads += s->live[i].threads;
    return threads <= INTERFACE_THREADS_MAX || error_set(error, "%u threads on all interfaces: at most %d", threads, INTERFACE_THREADS_MAX);
}
