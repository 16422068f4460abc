/* SPDX-License-Identifier: Apache-2.0 */
/* intel_command.c - see intel_command.h: the words and options, and who does the work. */
#include "run/intel_command.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "intel/time_text.h"

static const char help_text[] =
    "haetae intel: lists of indicators, without any traffic.\n"
    "\n"
    "  haetae intel check FILE ...            what is in them, by type; bad rows with line and reason\n"
    "      --against OLD                      refuse when empty or less than half of OLD\n"
    "  haetae intel convert -o OUT --to csv|stix|misp|plain FILE ...\n"
    "      --force                            write OUT even when it shrinks by more than half\n"
    "  haetae intel export [--suricata DIR] [--stix OUT] [--misp OUT] [--csv OUT] [FILE ...]\n"
    "                                         the configured lists (or these) for other programs\n"
    "  haetae intel explain VALUE ...         all that the configured lists know of an address, name, URL, digest\n"
    "      --at YYYY-MM-DD                    judge by that day and not by today\n"
    "  haetae intel stats [FILE ...]          the configured lists (or these) in numbers\n"
    "\n"
    "  --strict           stop at the first bad row\n"
    "  --from FORMAT      csv, plain, stix, misp, maltrail, dataset or iprep (default: by content)\n"
    "  --type TYPE        what values are that do not tell it, such as bare digests: ja3, tls_sha1, ...\n"
    "  --name LIST  --actor A  --category C  --source S  --reference URL  --tlp T  --confidence 0..100\n"
    "                     for rows that do not say it themselves\n"
    "  -c FILE, --set KEY=VALUE               configuration, as without `intel`\n"
    "\n"
    "Formats: docs of `haetae intel` in haetae(1). Exit status: 0 done, 1 could not or would not, 2 wrong usage, 3 done but some "
    "rows\n"
    "were bad.\n";

enum option_name {
    OPT_TO = 256,
    OPT_FROM,
    OPT_AGAINST,
    OPT_STRICT,
    OPT_FORCE,
    OPT_SURICATA,
    OPT_STIX,
    OPT_MISP,
    OPT_CSV,
    OPT_TYPE,
    OPT_NAME,
    OPT_ACTOR,
    OPT_CATEGORY,
    OPT_SOURCE,
    OPT_REFERENCE,
    OPT_TLP,
    OPT_CONFIDENCE,
    OPT_AT,
    OPT_SET
};

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"to", required_argument, NULL, OPT_TO},
    {"from", required_argument, NULL, OPT_FROM},
    {"against", required_argument, NULL, OPT_AGAINST},
    {"strict", no_argument, NULL, OPT_STRICT},
    {"force", no_argument, NULL, OPT_FORCE},
    {"suricata", required_argument, NULL, OPT_SURICATA},
    {"stix", required_argument, NULL, OPT_STIX},
    {"misp", required_argument, NULL, OPT_MISP},
    {"csv", required_argument, NULL, OPT_CSV},
    {"type", required_argument, NULL, OPT_TYPE},
    {"name", required_argument, NULL, OPT_NAME},
    {"actor", required_argument, NULL, OPT_ACTOR},
    {"category", required_argument, NULL, OPT_CATEGORY},
    {"source", required_argument, NULL, OPT_SOURCE},
    {"reference", required_argument, NULL, OPT_REFERENCE},
    {"tlp", required_argument, NULL, OPT_TLP},
    {"confidence", required_argument, NULL, OPT_CONFIDENCE},
    {"at", required_argument, NULL, OPT_AT},
    {"set", required_argument, NULL, OPT_SET},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static bool take_format(enum intel_format *out, const char *option, struct error *error)
{
    *out = intel_format_of(optarg);
    return *out != INTEL_GUESS || error_set(error, "%s %s: say csv, plain, stix, misp, maltrail, dataset or iprep", option, optarg);
}

static bool take_confidence(struct intel_line *l, struct error *error)
{
    char *end;
    long n = strtol(optarg, &end, 10);
    l->defaults.confidence_pct = (uint8_t)n;
    return (*optarg && !*end && n >= 0 && n <= 100) || error_set(error, "--confidence %s: give a number from 0 to 100", optarg);
}

static bool take_type(struct intel_line *l, struct error *error)
{
    l->defaults.type = indicator_type_of(optarg);
    return l->defaults.type != INDICATOR_NONE ||
           error_set(error,
                     "--type %s: say ipv4, domain, url, ja3, ja3s, ja4, tls_sha1, tls_sha256, "
                     "tls_name or wallet",
                     optarg);
}

static bool take_day(struct intel_line *l, struct error *error)
{
    return (time_parse(optarg, TIME_LAST, &l->at) && l->at) || error_set(error, "--at %s: give a day as YYYY-MM-DD", optarg);
}

static bool take_text(int option, struct intel_line *l)
{
    const struct {
        int option;
        const char **to;
    } texts[] = {
        {'o', &l->output},
        {'c', &l->program.config_path},
        {OPT_AGAINST, &l->against},
        {OPT_SURICATA, &l->suricata},
        {OPT_STIX, &l->stix},
        {OPT_MISP, &l->misp},
        {OPT_CSV, &l->csv},
        {OPT_NAME, &l->defaults.list},
        {OPT_ACTOR, &l->defaults.actor},
        {OPT_CATEGORY, &l->defaults.category},
        {OPT_SOURCE, &l->defaults.source},
        {OPT_REFERENCE, &l->defaults.reference},
        {OPT_TLP, &l->defaults.tlp},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i].option == option) {
            *texts[i].to = optarg;
            return true;
        }
    return false;
}

static bool take_option(int option, struct intel_line *l, struct error *error)
{
    switch (option) {
    case OPT_TO: return take_format(&l->to, "--to", error);
    case OPT_FROM: return take_format(&l->from, "--from", error);
    case OPT_TYPE: return take_type(l, error);
    case OPT_CONFIDENCE: return take_confidence(l, error);
    case OPT_AT: return take_day(l, error);
    case OPT_STRICT: l->strict = true; return true;
    case OPT_FORCE: l->force = true; return true;
    case OPT_SET: l->program.sets[l->program.set_count++] = optarg; return true;
    default: return take_text(option, l);
    }
}

static bool parse(int argc, char **argv, struct intel_line *l, struct error *error)
{
    opterr = 0;
    optind = 0; /* GNU: start afresh */
    for (int option; (option = getopt_long(argc, argv, ":o:c:h", long_options, NULL)) != -1;) {
        if (option == '?' || option == ':')
            return error_set(error, "%s: %s; see haetae intel --help", argv[optind - 1],
                             option == ':' ? "needs a value" : "unknown option");
        if (option == 'h')
            return error_set(error, "%s", "");
        if (!take_option(option, l, error))
            return false;
    }
    l->words = argv + optind;
    l->word_count = (size_t)(argc - optind);
    return true;
}

/* ------------------------------------------------------------------- verbs */

static const struct verb {
    const char *name;
    enum intel_status (*alone)(const struct intel_line *);
    enum intel_status (*configured)(const struct intel_line *, const struct settings *);
    bool needs_words;
} verbs[] = {
    {"check", intel_check, NULL, true},     {"convert", intel_convert, NULL, true}, {"export", NULL, intel_export, false},
    {"explain", NULL, intel_explain, true}, {"stats", NULL, intel_stats, false},
};

static const struct verb *verb_of(const char *name)
{
    for (size_t i = 0; name && i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

static enum intel_status do_verb(const struct verb *verb, const struct intel_line *line)
{
    struct error error = {{0}};
    if (verb->alone)
        return verb->alone(line);
    struct settings *s = settings_new(&line->program, &error);
    if (!s) {
        log_error("%s", error.text);
        return INTEL_FAILED;
    }
    enum intel_status status = verb->configured(line, s);
    settings_free(s);
    return status;
}

static enum intel_status parse_and_do(int argc, char **argv, struct intel_line *line)
{
    struct error error = {{0}};
    const struct verb *verb = verb_of(argc > 1 ? argv[1] : NULL);
    bool asks_help = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
    bool good = verb && parse(argc - 1, argv + 1, line, &error);
    if (asks_help || (verb && !good && !*error.text)) {
        fputs(help_text, stdout);
        return INTEL_DONE;
    }
    if (!verb)
        error_set(&error, "intel%s%s: say check, convert, export, explain or stats; see haetae intel --help", argc > 1 ? " " : "",
                  argc > 1 ? argv[1] : "");
    else if (good && verb->needs_words && line->word_count == 0)
        good = error_set(&error, "intel %s: name at least one %s", verb->name, verb->configured ? "value" : "file");
    if (verb && good)
        return do_verb(verb, line);
    log_error("%s", error.text);
    return INTEL_USAGE;
}

int intel_command(int argc, char **argv)
{
    struct intel_line line = {.defaults = {.actor = "", .category = "", .source = "", .reference = "", .tlp = ""},
                              .at = time(NULL)};
    line.program.sets = calloc((size_t)argc + 1, sizeof *line.program.sets);
    enum intel_status status = INTEL_FAILED;
    if (line.program.sets)
        status = parse_and_do(argc, argv, &line);
    else
        log_error("out of memory");
    free(line.program.sets);
    return (int)status;
}
