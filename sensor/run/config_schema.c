/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_schema.c - every key the core knows. To add one, add a row; loading, errors, --set, defaults and the dump follow.
 */
#include "run/config_schema.h"

#include <stdio.h>
#include <string.h>

#define HOME_NET     "[192.168.0.0/16,10.0.0.0/8,172.16.0.0/12,169.254.0.0/16,fc00::/7,fe80::/10]"
#define SECONDS_MOST 1000000
#define LEVELS       "error|warning|notice|info|debug"
#define CHECKSUMS    "auto|yes|no|kernel"
#define CLUSTERS     "cluster_flow|cluster_pair|cluster_qm|cluster_cpu"

const struct config_row config_rows[] = {
    {"vars.address-groups.HOME_NET", VALUE_ADDRESSES, HOME_NET, 0, 0, NULL, "the hosts that are yours"},
    {"vars.address-groups.EXTERNAL_NET", VALUE_ADDRESSES, "!$HOME_NET", 0, 0, NULL, "all others"},
    {"vars.address-groups.*", VALUE_ADDRESSES, NULL, 0, 0, NULL, "further groups, used as $NAME"},
    {"vars.port-groups.*", VALUE_LIST, "", 0, 0, NULL, "ports, used as $NAME in lists of ports"},

    {"hosts", VALUE_ENTRIES, "", 0, 0, NULL, "what single hosts and networks are for; detectors judge by it"},
    {"hosts[].address", VALUE_LIST, NULL, 0, 0, NULL, "addresses, networks, groups as $NAME"},
    {"hosts[].roles", VALUE_LIST, NULL, 0, 0, NULL, "words like trading, developer, server, resolver, proxy"},
    {"hosts[].until", VALUE_TEXT, "", 0, 0, NULL, "the last day it holds, like 2027-03-31; empty for ever"},
    {"hosts[].reason", VALUE_TEXT, "", 0, 0, NULL, "for whoever reads it later"},

    {"default-log-dir", VALUE_TEXT, ".", 0, 0, NULL, "where files without a path of their own go"},
    {"sensor-name", VALUE_TEXT, "", 0, 0, NULL, "written as `host` into every event; empty leaves it out"},
    {"stats.enabled", VALUE_BOOL, "yes", 0, 0, NULL, "counters are gathered and written as stats events"},
    {"stats.interval", VALUE_SECONDS, "8", 1, SECONDS_MOST, NULL, "between two stats events; in files only the last is written"},

    {"heartbeat.limit", VALUE_SECONDS, "10", 1, 3600, NULL, "a thread that has not moved for so long is told"},
    {"health.list-age", VALUE_SECONDS, "0", 0, SECONDS_MOST * 1000, NULL, "lists written longer ago make health red; 0 never"},
    {"unix-command.enabled", VALUE_CHOICE, "auto", 0, 0, "auto|yes|no",
     "the control socket; auto: on an interface, when the directory is there"},
    {"unix-command.filename", VALUE_TEXT, "haetae-command.socket", 0, 0, NULL, "below /run/haetae unless it begins with /"},
    {"metrics.enabled", VALUE_BOOL, "no", 0, 0, NULL, "counters for Prometheus at /metrics, health at /health"},
    {"metrics.listen", VALUE_TEXT, "127.0.0.1", 0, 0, NULL, "a loopback address"},
    {"metrics.port", VALUE_NUMBER, "9918", 0, 65535, NULL, "TCP; 0 takes a free one and says which"},

    {"outputs", VALUE_NAMED, "eve-log", 0, 0, NULL, "where events go"},
    {"outputs[].eve-log.enabled", VALUE_BOOL, "yes", 0, 0, NULL, "no skips this entry"},
    {"outputs[].eve-log.filetype", VALUE_TEXT, "regular", 0, 0, NULL,
     "regular, stdout, unix_stream, unix_dgram, syslog, redis, kafka or the name of an output plugin"},
    {"outputs[].eve-log.filename", VALUE_TEXT, "eve.json", 0, 0, NULL, "below default-log-dir unless it begins with /"},
    {"outputs[].eve-log.rotate-interval", VALUE_TEXT, "", 0, 0, NULL, "minute, hour, day, or a time like 30s or 5m; empty: never"},
    {"outputs[].eve-log.rotate-size", VALUE_SIZE, "0", 0, INT64_MAX, NULL, "a file is set aside before it is larger; 0: never"},
    {"outputs[].eve-log.compression", VALUE_TEXT, "none", 0, 0, NULL, "of files set aside: none, gzip, zstd"},
    {"outputs[].eve-log.max-files", VALUE_NUMBER, "0", 0, INT32_MAX, NULL, "files set aside that are kept; 0: all"},
    {"outputs[].eve-log.max-age", VALUE_SECONDS, "0", 0, INT32_MAX, NULL, "how long they are kept; 0: for ever"},
    {"outputs[].eve-log.max-total-size", VALUE_SIZE, "0", 0, INT64_MAX, NULL, "bytes of them that are kept; 0: all"},
    {"outputs[].eve-log.prefix", VALUE_TEXT, "", 0, 0, NULL, "in front of each line, as @cee: for rsyslog"},
    {"outputs[].eve-log.append", VALUE_BOOL, "yes", 0, 0, NULL, "no empties the file at start"},
    {"outputs[].eve-log.filemode", VALUE_OCTAL, "640", 0, 0, NULL, "octal rights of a new file"},
    {"outputs[].eve-log.identity", VALUE_TEXT, "haetae", 0, 0, NULL, "syslog: the program's name"},
    {"outputs[].eve-log.facility", VALUE_TEXT, "local5", 0, 0, NULL, "syslog: as in syslog.conf"},
    {"outputs[].eve-log.level", VALUE_TEXT, "Info", 0, 0, NULL, "syslog: Emergency, Alert, Critical, Error, Warning, ..."},
    {"outputs[].eve-log.socket", VALUE_TEXT, "/dev/log", 0, 0, NULL, "syslog: its socket"},
    {"outputs[].eve-log.community-id", VALUE_BOOL, "yes", 0, 0, NULL, "the Community ID flow hash"},
    {"outputs[].eve-log.community-id-seed", VALUE_NUMBER, "0", 0, 65535, NULL, "its seed; the same in all your tools"},
    {"outputs[].eve-log.ethernet", VALUE_BOOL, "no", 0, 0, NULL, "MAC addresses"},
    {"outputs[].eve-log.pcap-file", VALUE_BOOL, "no", 0, 0, NULL, "the capture's name as pcap_filename"},
    {"outputs[].eve-log.ipv6-compress", VALUE_BOOL, "yes", 0, 0, NULL, "2001:db8::1 instead of all eight groups"},
    {"outputs[].eve-log.metadata", VALUE_BOOL, "yes", 0, 0, NULL, "the traffic and metadata objects"},
    {"outputs[].eve-log.ndpi", VALUE_BOOL, "yes", 0, 0, NULL, "the ndpi object: protocol, category, risks"},
    {"outputs[].eve-log.event-seq", VALUE_BOOL, "no", 0, 0, NULL, "each line says which one of this output it is"},
    {"outputs[].eve-log.gap-records", VALUE_BOOL, "yes", 0, 0, NULL, "anomaly events that tell what was lost: lines, a crash"},
    {"outputs[].eve-log.queue-size", VALUE_SIZE, "8mb", 65536, INT64_C(1) << 30, NULL, "memory for lines that wait for the sink"},
    {"outputs[].eve-log.wait-timeout", VALUE_SECONDS, "60", 0, SECONDS_MOST, NULL,
     "reading files: a sink that takes nothing for so long is given up; 0: never"},
    {"outputs[].eve-log.spool.enabled", VALUE_BOOL, "no", 0, 0, NULL, "while the sink is away, lines wait on disk"},
    {"outputs[].eve-log.spool.directory", VALUE_TEXT, "spool", 0, 0, NULL, "below default-log-dir unless it begins with /"},
    {"outputs[].eve-log.spool.size-limit", VALUE_SIZE, "256mb", 262144, INT64_C(1) << 40, NULL, "on disk at most"},
    {"outputs[].eve-log.types", VALUE_NAMED, "alert,flow,dns,tls,http,quic,ftp,stats", 0, 0, NULL, "events to write"},
    {"outputs[].eve-log.types[].alert", VALUE_NAMED, NULL, 0, 0, NULL, "alerts"},
    {"outputs[].eve-log.types[].flow", VALUE_NAMED, NULL, 0, 0, NULL, "ended flows"},
    {"outputs[].eve-log.types[].dns.version", VALUE_NUMBER, "3", 2, 3, NULL, "Suricata 8's format (3) or the older one (2)"},
    {"outputs[].eve-log.types[].dns.requests", VALUE_BOOL, "yes", 0, 0, NULL, "questions"},
    {"outputs[].eve-log.types[].dns.responses", VALUE_BOOL, "yes", 0, 0, NULL, "answers"},
    {"outputs[].eve-log.types[].tls.dtls", VALUE_BOOL, "no", 0, 0, NULL, "DTLS handshakes too, which Suricata does not write"},
    {"outputs[].eve-log.types[].http", VALUE_NAMED, NULL, 0, 0, NULL, "HTTP transactions"},
    {"outputs[].eve-log.types[].quic", VALUE_NAMED, NULL, 0, 0, NULL, "QUIC hellos"},
    {"outputs[].eve-log.types[].ftp", VALUE_NAMED, NULL, 0, 0, NULL, "commands of FTP with their replies, no passwords; and the files that went (ftp_data)"},
    {"outputs[].eve-log.types[].stats.totals", VALUE_BOOL, "yes", 0, 0, NULL, "the counters of all threads together"},
    {"outputs[].eve-log.types[].stats.threads", VALUE_BOOL, "no", 0, 0, NULL, "those of each worker, below stats.threads"},
    {"outputs[].eve-log.types[].stats.deltas", VALUE_BOOL, "no", 0, 0, NULL, "what came since the last event, as NAME_delta"},
    {"outputs[].eve-log.types[].stats.null-values", VALUE_BOOL, "yes", 0, 0, NULL, "counters that are 0"},
    {"outputs[].eve-log.*.*", VALUE_ANY, NULL, 0, 0, NULL, "options of an output plugin, below its name"},
    {"outputs[].eve-log.*.*.*", VALUE_ANY, NULL, 0, 0, NULL, "its option of this key, a dot and that key"},

    {"af-packet", VALUE_ENTRIES, "", 0, 0, NULL, "live capture, by interface; the entry `default` is for all others"},
    {"af-packet[].interface", VALUE_TEXT, "default", 0, 0, NULL, "name of the interface"},
    {"af-packet[].threads", VALUE_TEXT, "auto", 0, 0, NULL, "packet threads on it; auto: its share of threading.workers"},
    {"af-packet[].cluster-id", VALUE_NUMBER, "0", 0, 65535, NULL, "number of the fan-out group of its threads; 0 takes a free one"},
    {"af-packet[].cluster-type", VALUE_CHOICE, "cluster_flow", 0, 0, CLUSTERS,
     "threads share by flow, by the pair of outer addresses, by the card's queue, or by processor"},
    {"af-packet[].defrag", VALUE_BOOL, "yes", 0, 0, NULL, "the kernel joins IPv4 fragments before threads share; not with cluster_pair"},
    {"af-packet[].ring-size", VALUE_NUMBER, "0", 0, INT64_C(1) << 20, NULL, "buffer-size in packets of 2 KB; 0: as buffer-size says"},
    {"af-packet[].buffer-size", VALUE_SIZE, "64mb", 65536, INT64_C(2) << 30, NULL, "the kernel's buffer of each thread"},
    {"af-packet[].bpf-filter", VALUE_TEXT, "", 0, 0, NULL, "a filter expression as tcpdump takes it"},
    {"af-packet[].bypass", VALUE_CHOICE, "overload", 0, 0, "overload|yes|no",
     "the kernel counts packets of long flows that are known and keeps them: while a thread falls behind, always, never"},
    {"af-packet[].bypass-after", VALUE_SIZE, "64kb", 0, INT64_MAX, NULL, "bytes of a flow that come in any case"},
    {"af-packet[].snaplen", VALUE_SIZE, "262144", 64, 262144, NULL, "bytes kept of each frame"},
    {"af-packet[].disable-promisc", VALUE_BOOL, "no", 0, 0, NULL, "yes leaves promiscuous mode off"},
    {"af-packet[].checksum-checks", VALUE_CHOICE, "auto", 0, 0, CHECKSUMS,
     "yes drops packets with a wrong one, auto samples and counts, no never looks"},
    {"pcap", VALUE_ENTRIES, "", 0, 0, NULL, "the same as af-packet in the words of Suricata's pcap section"},
    {"pcap[].interface", VALUE_TEXT, "default", 0, 0, NULL, "name of the interface"},
    {"pcap[].buffer-size", VALUE_SIZE, "64mb", 65536, INT64_C(2) << 30, NULL, "the kernel's buffer"},
    {"pcap[].bpf-filter", VALUE_TEXT, "", 0, 0, NULL, "a filter expression as tcpdump takes it"},
    {"pcap[].snaplen", VALUE_SIZE, "262144", 64, 262144, NULL, "bytes kept of each frame"},
    {"pcap[].promisc", VALUE_BOOL, "yes", 0, 0, NULL, "no leaves promiscuous mode off"},
    {"pcap[].checksum-checks", VALUE_CHOICE, "auto", 0, 0, CHECKSUMS,
     "yes drops packets with a wrong one, auto samples and counts, no never looks"},
    {"pcap-file.checksum-checks", VALUE_CHOICE, "auto", 0, 0, CHECKSUMS,
     "yes drops packets with a wrong one, auto samples and counts, no never looks"},

    {"decoder.vxlan.enabled", VALUE_BOOL, "yes", 0, 0, NULL, "no never looks inside"},
    {"decoder.vxlan.ports", VALUE_LIST, "4789,8472", 0, 0, NULL, "UDP ports of VXLAN"},
    {"decoder.vxlan-gpe.enabled", VALUE_BOOL, "yes", 0, 0, NULL, "no never looks inside"},
    {"decoder.vxlan-gpe.ports", VALUE_LIST, "4790", 0, 0, NULL, "of VXLAN-GPE"},
    {"decoder.geneve.enabled", VALUE_BOOL, "yes", 0, 0, NULL, "no never looks inside"},
    {"decoder.geneve.ports", VALUE_LIST, "6081", 0, 0, NULL, "of GENEVE"},
    {"decoder.teredo.enabled", VALUE_BOOL, "yes", 0, 0, NULL, "no never looks inside"},
    {"decoder.teredo.ports", VALUE_LIST, "3544", 0, 0, NULL, "of Teredo"},
    {"decoder.gtp-u.enabled", VALUE_BOOL, "yes", 0, 0, NULL, "no never looks inside"},
    {"decoder.gtp-u.ports", VALUE_LIST, "2152", 0, 0, NULL, "of GTP-U: mobile users' packets"},
    {"decoder.capwap.enabled", VALUE_BOOL, "yes", 0, 0, NULL, "no never looks inside"},
    {"decoder.capwap.ports", VALUE_LIST, "5247", 0, 0, NULL, "of CAPWAP's data channel"},
    {"decoder.tzsp.enabled", VALUE_BOOL, "yes", 0, 0, NULL, "no never looks inside"},
    {"decoder.tzsp.ports", VALUE_LIST, "37008", 0, 0, NULL, "of TZSP"},
    {"decoder.l2tp.enabled", VALUE_BOOL, "yes", 0, 0, NULL, "no never looks inside"},
    {"decoder.l2tp.ports", VALUE_LIST, "1701", 0, 0, NULL, "of L2TP over UDP"},
    {"decoder.erspan.typeI.enabled", VALUE_BOOL, "yes", 0, 0, NULL,
     "ERSPAN without a header of its own; II and III are always read"},
    {"decoder.duplicates", VALUE_BOOL, "yes", 0, 0, NULL, "a packet mirrored twice counts once; no takes each frame as it comes"},
    {"defrag.memcap", VALUE_SIZE, "16mb", 131072, INT64_C(1) << 30, NULL, "bytes of incomplete datagrams, in each packet thread"},
    {"defrag.trackers", VALUE_NUMBER, "8192", 16, 65536, NULL, "incomplete datagrams held at once"},
    {"defrag.timeout", VALUE_SECONDS, "30", 1, 3600, NULL, "until one is given up"},

    {"flow.max-flows", VALUE_NUMBER, "1000000", 1024, INT64_C(1) << 28, NULL, "flows held at once, all packet threads together"},
    {"flow.max-notes", VALUE_NUMBER, "65536", 64, INT64_C(1) << 18, NULL, "open flows with an alert or a label remembered"},
    {"flow-timeouts.default.new", VALUE_SECONDS, "30", 0, SECONDS_MOST, NULL, "other protocols: one direction seen"},
    {"flow-timeouts.default.established", VALUE_SECONDS, "300", 0, SECONDS_MOST, NULL, "both directions seen"},
    {"flow-timeouts.default.closed", VALUE_SECONDS, "0", 0, SECONDS_MOST, NULL,
     "read for Suricata's sake: these protocols have no end of their own"},
    {"flow-timeouts.tcp.new", VALUE_SECONDS, "60", 0, SECONDS_MOST, NULL, "before the handshake is done"},
    {"flow-timeouts.tcp.established", VALUE_SECONDS, "600", 0, SECONDS_MOST, NULL, "after the handshake"},
    {"flow-timeouts.tcp.closed", VALUE_SECONDS, "60", 0, SECONDS_MOST, NULL, "after FIN or RST"},
    {"flow-timeouts.udp.new", VALUE_SECONDS, "30", 0, SECONDS_MOST, NULL, "one direction seen"},
    {"flow-timeouts.udp.established", VALUE_SECONDS, "300", 0, SECONDS_MOST, NULL, "both directions seen"},
    {"flow-timeouts.icmp.new", VALUE_SECONDS, "30", 0, SECONDS_MOST, NULL, "one direction seen"},
    {"flow-timeouts.icmp.established", VALUE_SECONDS, "300", 0, SECONDS_MOST, NULL, "both directions seen"},
    {"vlan.use-for-tracking", VALUE_BOOL, "yes", 0, 0, NULL, "VLAN ids tell flows apart"},
    {"threading.workers", VALUE_NUMBER, "0", 0, 64, NULL, "packet threads; 0 takes as many as help"},

    {"threading.set-cpu-affinity", VALUE_BOOL, "no", 0, 0, NULL, "threads stay on the processors of cpu-affinity"},
    {"threading.cpu-affinity.worker-cpu-set.cpu", VALUE_LIST, "all", 0, 0, NULL, "numbers, 2-5 or all: packet threads, one each"},
    {"threading.cpu-affinity.management-cpu-set.cpu", VALUE_LIST, "all", 0, 0, NULL, "the same: all other threads"},

    {"classification.packets-per-flow", VALUE_NUMBER, "32", 1, 255, NULL, "packets of a flow shown to nDPI at most"},
    {"classification.early-stop", VALUE_BOOL, "yes", 0, 0, NULL, "nDPI is not shown what cannot change its answer"},
    {"dissect.stream-max", VALUE_SIZE, "64kb", 4096, INT64_C(16) << 20, NULL, "bytes followed per direction of a TCP flow"},
    {"dissect.memory-max", VALUE_SIZE, "64mb", INT64_C(1) << 20, INT64_C(64) << 30, NULL,
     "bytes buffered in all flows; live, of a packet thread"},
    {"dissect.bodies", VALUE_SIZE, "4kb", 0, 65536, NULL, "bytes of text in clear (HTTP bodies, plain TCP) that detectors may see; 0: none"},
    {"geo.enabled", VALUE_BOOL, "yes", 0, 0, NULL, "country and network of outside addresses"},
    {"geo.databases", VALUE_LIST, "", 0, 0, NULL, "MaxMind DB files; empty takes the one that comes along"},

    {"passive-dns.enabled", VALUE_BOOL, "yes", 0, 0, NULL, "flows are named by the DNS answers that came before them"},
    {"passive-dns.max-entries", VALUE_NUMBER, "131072", 64, INT64_C(1) << 24, NULL, "pairs of client and address remembered"},
    {"passive-dns.max-questions", VALUE_NUMBER, "65536", 64, INT64_C(1) << 24, NULL, "DNS questions that wait for their answer"},
    {"passive-dns.max-flows", VALUE_NUMBER, "262144", 64, INT64_C(1) << 24, NULL, "open flows whose own names are remembered"},
    {"passive-dns.grace", VALUE_SECONDS, "1h", 0, 86400, NULL, "how long an answer counts beyond its TTL; one day in all at most"},
    {"threshold-file", VALUE_TEXT, "", 0, 0, NULL, "suppressions and thresholds in Suricata's threshold.config syntax"},
    {"thresholds.max-facts", VALUE_NUMBER, "65536", 64, INT64_C(1) << 22, NULL, "windows of alerts remembered"},
    {"alert-summaries", VALUE_BOOL, "yes", 0, 0, NULL, "an alert when a window closes that held repeats back"},
    {"incidents.enabled", VALUE_BOOL, "yes", 0, 0, NULL,
     "sightings of one host that tell a story make an alert of their own (D28)"},
    {"incidents.window", VALUE_SECONDS, "72h", 3600, SECONDS_MOST, NULL, "how long a sighting counts"},
    {"incidents.max-hosts", VALUE_NUMBER, "65536", 16, INT64_C(1) << 20, NULL, "hosts remembered"},
    {"state-directory", VALUE_TEXT, "", 0, 0, NULL,
     "what detectors remember and lists compiled, over restarts; empty keeps nothing"},

    {"supervisor.enabled", VALUE_BOOL, "yes", 0, 0, NULL, "live: a crash is survived, another process starts the sensor again"},
    {"supervisor.quarantine", VALUE_BOOL, "yes", 0, 0, NULL, "a flow that nDPI or a dissector crashed on is not looked into again"},
    {"supervisor.hang-timeout", VALUE_SECONDS, "30", 0, 3600, NULL, "a thread that does not move for so long hangs; 0: never"},
    {"run-as.user", VALUE_TEXT, "", 0, 0, NULL, "who packets are parsed as; empty: live and started by root haetae, else nobody"},
    {"run-as.group", VALUE_TEXT, "", 0, 0, NULL, "its group; empty: the user's own"},
    {"security.capabilities", VALUE_CHOICE, "drop", 0, 0, "drop|keep", "keep leaves this process what it was started with"},
    {"security.no-new-privileges", VALUE_BOOL, "yes", 0, 0, NULL, "no program started from here ever gains rights"},
    {"security.limit-noproc", VALUE_BOOL, "yes", 0, 0, NULL, "no new processes; needs seccomp"},
    {"security.seccomp", VALUE_CHOICE, "enforce", 0, 0, "enforce|log|kill|off",
     "system calls that are not needed are refused, only noted in the kernel's log, or the end"},
    {"security.landlock.enabled", VALUE_BOOL, "yes", 0, 0, NULL, "files: write only logs and state, read only what a reload needs"},
    {"security.landlock.directories.write", VALUE_LIST, "", 0, 0, NULL, "further files and directories that may be written"},
    {"security.landlock.directories.read", VALUE_LIST, "", 0, 0, NULL, "further files and directories that may be read"},

    {"plugins.directory", VALUE_TEXT, "", 0, 0, NULL, "further plugins (*.so); owned by root, writable by nobody else"},
    {"plugins.detectors.*.enabled", VALUE_BOOL, "yes", 0, 0, NULL, "no leaves this detector out"},
    {"plugins.detectors.*.*", VALUE_ANY, NULL, 0, 0, NULL, "the detector's own options: haetae --list-plugins"},
    {"logging.default-log-level", VALUE_CHOICE, "notice", 0, 0, LEVELS, "what is said on standard error"},
};
const size_t config_row_count = sizeof config_rows / sizeof config_rows[0];

struct value_rule config_row_rule(const struct config_row *row)
{
    return (struct value_rule){.type = row->type, .least = row->least, .most = row->most, .choices = row->choices};
}

/* ------------------------------------------------------------------ walking */

struct config_place config_place_root(void)
{
    return (struct config_place){.first = 0, .count = (uint16_t)config_row_count, .offset = 0};
}

/* The rest of a row's path at a place. */
static const char *rest_of(struct config_place p, uint16_t i)
{
    return config_rows[p.first + i].path + p.offset;
}

/* Where the key behind the place begins in a row's path, and its size; NULL when the path goes on with another thing. */
static const char *key_of(struct config_place p, uint16_t i, size_t *size)
{
    const char *rest = rest_of(p, i);
    if (p.offset > 0) {
        if (*rest != '.')
            return NULL;
        rest++;
    }
    *size = strcspn(rest, ".[");
    return *size > 0 ? rest : NULL;
}

/* The rows whose next key is exactly this one. */
static struct config_place rows_with_key(struct config_place p, const char *key)
{
    struct config_place out = {0};
    size_t wanted = strlen(key), size = 0;
    for (uint16_t i = 0; i < p.count; i++) {
        const char *at = key_of(p, i, &size);
        if (at == NULL || size != wanted || memcmp(at, key, size) != 0)
            continue;
        if (out.count == 0) {
            out.first = (uint16_t)(p.first + i);
            out.offset = (uint16_t)(at - config_rows[p.first + i].path + (ptrdiff_t)size);
        }
        out.count++;
    }
    return out;
}

struct config_place config_place_key(struct config_place p, const char *key)
{
    struct config_place out = {0};
    if (strcmp(key, "*") != 0)
        out = rows_with_key(p, key);
    if (out.count == 0) {
        out = rows_with_key(p, "*");
        out.wild = true;
    }
    return out;
}

struct config_place config_place_item(struct config_place p)
{
    struct config_place out = {0};
    for (uint16_t i = 0; i < p.count; i++) {
        if (strncmp(rest_of(p, i), "[]", 2) != 0)
            continue;
        if (out.count == 0) {
            out.first = (uint16_t)(p.first + i);
            out.offset = (uint16_t)(p.offset + 2);
        }
        out.count++;
    }
    return out;
}

const struct config_row *config_place_row(struct config_place p)
{
    for (uint16_t i = 0; i < p.count; i++)
        if (*rest_of(p, i) == '\0')
            return &config_rows[p.first + i];
    return NULL;
}

bool config_place_is_list(struct config_place p)
{
    for (uint16_t i = 0; i < p.count; i++)
        if (*rest_of(p, i) == '[')
            return true;
    return false;
}

bool config_place_child(struct config_place p, size_t i, char *out, size_t size)
{
    const char *last = "";
    size_t last_size = 0, key_size = 0, seen = 0;
    for (uint16_t row = 0; row < p.count; row++) {
        const char *key = key_of(p, row, &key_size);
        if (key == NULL || *key == '*' || (key_size == last_size && memcmp(key, last, key_size) == 0))
            continue;
        last = key;
        last_size = key_size;
        if (seen++ == i) {
            snprintf(out, size, "%.*s", (int)key_size, key);
            return true;
        }
    }
    return false;
}
