/* SPDX-License-Identifier: Apache-2.0 */
/* command_line.c - see command_line.h. */
#include "run/command_line.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define WORKERS_MAX  64
#define BPF_TEXT_MAX 65536

static const char help_text[] =
    "haetae watches network traffic for DPRK (North Korean) cyber theft.\n"
    "\n"
    "  haetae -r FILE|DIR|- [-r ...] [-l DIR] [BPF FILTER]   read captures (pcap, pcapng; .gz, .zst, .lz4)\n"
    "  haetae -i INTERFACE [-i ...] [-l DIR] [BPF FILTER]    watch interfaces\n"
    "  haetae --unix-socket[=SOCKET]                         wait for captures that come through the control socket\n"
    "  haetae ctl COMMAND [ARGUMENT ...]                     talk to a running haetae; see haetae ctl --help\n"
    "  haetae -T [-c FILE]                                   check the configuration and the lists\n"
    "  haetae explain SID|Dnn ...                            what an alert means and what to do\n"
    "  haetae intel check|convert|export|explain|stats       lists of indicators; see haetae intel --help\n"
    "\n"
    "  -c FILE            configuration (default: /etc/haetae/haetae.yaml if it is there)\n"
    "  -l DIR             where eve.json goes (default: the current directory)\n"
    "  -F FILE            BPF filter from a file\n"
    "  -k all|none        drop packets with a wrong checksum, or never look at it (default: sample and count)\n"
    "  --workers N        packet threads (default: as many as help)\n"
    "  --af-packet        watch the interfaces that the configuration lists\n"
    "  --follow           -r FILE: read on as the file grows, also when it is rotated, until a signal comes\n"
    "  --pcap-file-continuous  -r DIR: watch it, read each capture put there once it is finished\n"
    "  --pcap-file-recursive   -r DIR: the directories below it, too\n"
    "  --pcap-file-delete      delete captures that were read, when their events are written\n"
    "  --pcap-file-journal F   where to note what was read (default: haetae.journal beside the events)\n"
    "  --fail-on WHAT     exit status 5 for alerts (hits), 6 when there are none and much was not seen (blind)\n"
    "  --user U, --group G  who packets are parsed as (default, with -i and as root: haetae, else nobody)\n"
    "  --selftest-sandbox show from inside what this process is no longer allowed to do\n"
    "  --verify-stats     exit status 8 when counters that must agree do not\n"
    "  --set KEY=VALUE    override one setting, as in --set outputs.0.eve-log.filename=x.json\n"
    "  --dump-config      print the effective configuration\n"
    "  --list-plugins     print detectors and outputs\n"
    "  --build-info       print versions of libraries\n"
    "  -v, -q             say more, say less\n"
    "  -V, -h             version, this help\n"
    "\n"
    "Events are written to eve.json as Suricata writes them; a summary for people goes to standard error.\n"
    "Exit status: 0 all read, 1 could not start, 2 wrong usage, 3 a capture was damaged (what came before counts), 4 events were "
    "lost; with --fail-on: 5 alerts, 6 blind; 7 a thread could not be ended; with --verify-stats: 8 the counters do not add up.\n";

enum long_option {
    OPT_SET = 256,
    OPT_FAIL_ON,
    OPT_WORKERS,
    OPT_DUMP,
    OPT_PLUGINS,
    OPT_BUILD,
    OPT_RECURSIVE,
    OPT_CONTINUOUS,
    OPT_DELETE,
    OPT_JOURNAL,
    OPT_FOLLOW,
    OPT_AF_PACKET,
    OPT_USER,
    OPT_GROUP,
    OPT_SELFTEST,
    OPT_VERIFY_STATS,
    OPT_SOCKET
};

static const struct option long_options[] = {
    {"fail-on", required_argument, NULL, OPT_FAIL_ON},
    {"set", required_argument, NULL, OPT_SET},
    {"workers", required_argument, NULL, OPT_WORKERS},
    {"dump-config", no_argument, NULL, OPT_DUMP},
    {"list-plugins", no_argument, NULL, OPT_PLUGINS},
    {"build-info", no_argument, NULL, OPT_BUILD},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {"pcap-file-recursive", no_argument, NULL, OPT_RECURSIVE},
    {"pcap-file-continuous", no_argument, NULL, OPT_CONTINUOUS},
    {"pcap-file-delete", no_argument, NULL, OPT_DELETE},
    {"pcap-file-journal", required_argument, NULL, OPT_JOURNAL},
    {"follow", no_argument, NULL, OPT_FOLLOW},
    {"verify-stats", no_argument, NULL, OPT_VERIFY_STATS},
    {"af-packet", optional_argument, NULL, OPT_AF_PACKET},
    {"user", required_argument, NULL, OPT_USER},
    {"group", required_argument, NULL, OPT_GROUP},
    {"selftest-sandbox", no_argument, NULL, OPT_SELFTEST},
    {"unix-socket", optional_argument, NULL, OPT_SOCKET},
    {NULL, 0, NULL, 0},
};

void command_line_help(void)
{
    fputs(help_text, stdout);
}

static bool parse_workers(const char *text, int *out, struct error *error)
{
    char *end;
    errno = 0;
    long n = strtol(text, &end, 10);
    if (errno || *end || end == text || n < 1 || n > WORKERS_MAX)
        return error_set(error, "--workers %s: give a number from 1 to %d", text, WORKERS_MAX);
    *out = (int)n;
    return true;
}

/* "hits", "blind", or both with a comma between. */
static bool parse_fail_on(const char *text, struct command_line *c, struct error *error)
{
    for (const char *at = text; *at;) {
        size_t size = strcspn(at, ",");
        bool hits = size == 4 && memcmp(at, "hits", 4) == 0, blind = size == 5 && memcmp(at, "blind", 5) == 0;
        if (!hits && !blind)
            return error_set(error, "--fail-on %s: say hits, blind or hits,blind", text);
        c->fail_on_hits |= hits;
        c->fail_on_blind |= blind;
        at += size + (at[size] == ',');
    }
    return *text || error_set(error, "--fail-on: say hits, blind or hits,blind");
}

/* The words of a filter, with blanks between. */
static bool join_filter(char **words, size_t count, struct command_line *c, struct error *error)
{
    size_t size = 1;
    for (size_t i = 0; i < count; i++)
        size += strlen(words[i]) + 1;
    free(c->bpf);
    c->bpf = calloc(1, size);
    if (!c->bpf)
        return error_set(error, "out of memory");
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(c->bpf + used, size - used, "%s%s", i ? " " : "", words[i]);
    return true;
}

static bool read_filter(const char *path, struct command_line *c, struct error *error)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set(error, "-F %s: %s", path, strerror(errno));
    free(c->bpf);
    c->bpf = calloc(1, BPF_TEXT_MAX);
    size_t size = c->bpf ? fread(c->bpf, 1, BPF_TEXT_MAX - 1, file) : 0;
    bool whole = c->bpf && feof(file);
    fclose(file);
    if (!whole)
        return error_set(error, "-F %s: longer than %d bytes or unreadable", path, BPF_TEXT_MAX - 1);
    for (size_t i = 0; i < size; i++)
        if (c->bpf[i] == '\n' || c->bpf[i] == '\t' || c->bpf[i] == '\r')
            c->bpf[i] = ' ';
    return true;
}

static bool take_option(int option, struct command_line *c, struct error *error)
{
    switch (option) {
    case 'r': c->reads[c->read_count++] = optarg; return true;
    case 'i': c->interfaces[c->interface_count++] = optarg; return true;
    case 'l': c->log_directory = optarg; return true;
    case 'c': c->config_path = optarg; return true;
    case 'F': return read_filter(optarg, c, error);
    case 'T': c->job = JOB_CHECK; return true;
    case 'V': c->job = JOB_VERSION; return true;
    case 'h': c->job = JOB_HELP; return true;
    case 'v': c->verbosity++; return true;
    case 'q': c->verbosity--; return true;
    case 'k':
        c->checksums = optarg;
        return strcmp(optarg, "all") == 0 || strcmp(optarg, "none") == 0 || error_set(error, "-k %s: say all or none", optarg);
    case OPT_SET: c->sets[c->set_count++] = optarg; return true;
    case OPT_FAIL_ON: return parse_fail_on(optarg, c, error);
    case OPT_WORKERS: return parse_workers(optarg, &c->workers, error);
    case OPT_DUMP: c->job = JOB_DUMP_CONFIG; return true;
    case OPT_PLUGINS: c->job = JOB_LIST_PLUGINS; return true;
    case OPT_RECURSIVE: c->recursive = true; return true;
    case OPT_CONTINUOUS: c->continuous = true; return true;
    case OPT_DELETE: c->delete_read = true; return true;
    case OPT_JOURNAL: c->journal = optarg; return true;
    case OPT_FOLLOW: c->follow = true; return true;
    case OPT_VERIFY_STATS: c->verify_stats = true; return true;
    case OPT_AF_PACKET:
        if (optarg)
            c->interfaces[c->interface_count++] = optarg;
        else
            c->af_packet = true;
        return true;
    case OPT_USER: c->user = optarg; return true;
    case OPT_GROUP: c->group = optarg; return true;
    case OPT_SELFTEST: c->job = JOB_SELFTEST; return true;
    case OPT_SOCKET:
        c->wait_for_captures = true;
        c->socket = optarg;
        return true;
    case OPT_BUILD: c->job = JOB_BUILD_INFO; return true;
    default: return false;
    }
}

static bool refuse_option(int option, const char *word, struct error *error)
{
    return error_set(error, "%s: %s; see haetae -h", word, option == ':' ? "needs a value" : "unknown option");
}

static bool check_sense(const struct command_line *c, struct error *error)
{
    if (c->job != JOB_RUN)
        return true;
    if (c->read_count && command_line_is_live(c))
        return error_set(error, "-r and -i exclude each other");
    if (c->follow && (c->read_count != 1 || c->continuous || c->delete_read))
        return error_set(error, "--follow: give one -r FILE, and not --pcap-file-continuous or --pcap-file-delete");
    struct stat st;
    if (c->follow && stat(c->reads[0], &st) == 0 && S_ISDIR(st.st_mode))
        return error_set(error, "--follow: %s is a directory; give a file, or watch it with --pcap-file-continuous", c->reads[0]);
    if (c->continuous && c->read_count != 1)
        return error_set(error, "--pcap-file-continuous: give one -r DIR");
    if (c->journal && !c->continuous)
        return error_set(error, "--pcap-file-journal: only with --pcap-file-continuous");
    if (command_line_is_live(c) && (c->recursive || c->delete_read))
        return error_set(error, "--pcap-file-...: only with -r");
    if (c->wait_for_captures && (c->read_count || command_line_is_live(c)))
        return error_set(error, "--unix-socket: captures come through the socket; not with -r or -i");
    if (!c->read_count && !command_line_is_live(c) && !c->wait_for_captures)
        return error_set(error, "nothing to do: give -r FILE, -i INTERFACE or --unix-socket; see haetae -h");
    return true;
}

static bool allocate(int argc, struct command_line *out, struct error *error)
{
    *out = (struct command_line){.job = JOB_RUN};
    size_t most = (size_t)argc + 1;
    out->reads = calloc(most, sizeof *out->reads);
    out->interfaces = calloc(most, sizeof *out->interfaces);
    out->sets = calloc(most, sizeof *out->sets);
    out->words = calloc(most, sizeof *out->words);
    return (out->reads && out->interfaces && out->sets && out->words) || error_set(error, "out of memory");
}

bool command_line_parse(int argc, char **argv, struct command_line *out, struct error *error)
{
    if (!allocate(argc, out, error))
        return false;
    bool explain = argc > 1 && strcmp(argv[1], "explain") == 0;
    if (explain) {
        argc--;
        argv++;
    }
    opterr = 0;
    optind = 0; /* GNU: start afresh */
    for (int option; (option = getopt_long(argc, argv, ":r:i:l:c:F:k:TVhvq", long_options, NULL)) != -1;) {
        if (option == '?' || option == ':')
            return refuse_option(option, argv[optind - 1], error);
        if (!take_option(option, out, error))
            return false;
    }
    if (explain) {
        if (out->job == JOB_RUN)
            out->job = JOB_EXPLAIN;
        for (int i = optind; i < argc; i++)
            out->words[out->word_count++] = argv[i];
        return true;
    }
    if (optind < argc && !join_filter(argv + optind, (size_t)(argc - optind), out, error))
        return false;
    return check_sense(out, error);
}

void command_line_free(struct command_line *c)
{
    free(c->reads);
    free(c->interfaces);
    free(c->sets);
    free(c->words);
    free(c->bpf);
}
