/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader.c - the common end of all readers: normal form, refusals, defaults, counting, complaints.
 */
#include "intel/reader.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "intel/authority.h"
#include "intel/normal.h"
#include "intel/read.h"

#define HEAD_SIZE 65536 /* bytes that the guess of the format sees */

/* --------------------------------------------------------------- complaints */

static void tell(struct reader *r, const char *text)
{
    if (r->complaints >= r->options->complaints_max) {
        r->untold++;
        return;
    }
    r->complaints++;
    if (r->options->complain)
        r->options->complain(r->options->arg, text);
}

/* "path:line: " before the reason; the path alone without a line. */
static void tell_at(struct reader *r, uint32_t line, struct error *e)
{
    if (line)
        error_prefix(e, "%s:%u", r->path, line);
    else
        error_prefix(e, "%s", r->path);
    tell(r, e->text);
}

bool reader_bad(struct reader *r, uint32_t line, const char *format, ...)
{
    struct error e;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(e.text, sizeof e.text, format, arguments);
    va_end(arguments);
    r->result->bad++;
    tell_at(r, line, &e);
    if (r->options->strict)
        error_set(r->error, "%s", e.text);
    return !r->options->strict;
}

/* Something that would hit everybody: told, counted, and no reason to stop. */
static bool refuse(struct reader *r, const struct indicator *i, const char *value, const char *why)
{
    struct error e;
    error_set(&e, "'%.200s' is %s; take it out of the list", value, why);
    r->result->refused++;
    tell_at(r, i->line, &e);
    return true;
}

static struct reader_named *named(struct reader *r, const char *what)
{
    for (size_t i = 0; i < r->unsaid_count; i++)
        if (strcmp(r->unsaid[i].what, what) == 0)
            return &r->unsaid[i];
    if (r->unsaid_count == READ_NAMED_MAX)
        return &r->unsaid[READ_NAMED_MAX - 1];
    struct reader_named *n = &r->unsaid[r->unsaid_count++];
    snprintf(n->what, sizeof n->what, "%s", r->unsaid_count == READ_NAMED_MAX ? "other things" : what);
    return n;
}

bool reader_unsaid(struct reader *r, const char *what)
{
    char key[sizeof r->unsaid[0].what];
    snprintf(key, sizeof key, "%s", what);
    r->result->inexpressible++;
    named(r, key)->count++;
    return true;
}

/* The counts of what was passed over; these lines come on top of complaints_max. */
static void tell_counts(struct reader *r)
{
    struct error e;
    if (!r->options->complain)
        return;
    for (size_t i = 0; i < r->unsaid_count; i++) {
        error_set(&e, "%s: %llu left out: %s", r->path, (unsigned long long)r->unsaid[i].count, r->unsaid[i].what);
        r->options->complain(r->options->arg, e.text);
    }
    if (r->unchecked) {
        error_set(&e, "%s: %llu hashes of certificates taken as they are: " AUTHORITY_FILE " is not there to tell those of public "
                  "authorities; install ca-certificates", r->path, (unsigned long long)r->unchecked);
        r->options->complain(r->options->arg, e.text);
    }
    if (r->untold) {
        error_set(&e, "%s: %llu more complaints not shown", r->path, (unsigned long long)r->untold);
        r->options->complain(r->options->arg, e.text);
    }
}

/* --------------------------------------------------------------- indicators */

struct indicator reader_blank(void)
{
    return (struct indicator){.value = "",
                              .actor = "",
                              .campaign = "",
                              .malware = "",
                              .category = "",
                              .hosted = "",
                              .status = "",
                              .tlp = "",
                              .source = "",
                              .reference = "",
                              .note = "",
                              .list = ""};
}

bool reader_ports(struct indicator *i, const char *text)
{
    i->port_count = 0;
    while (*text) {
        char *end;
        unsigned long n = strtoul(text, &end, 10);
        if (!isdigit((unsigned char)*text) || n == 0 || n > 65535 || i->port_count == INDICATOR_PORTS_MAX)
            return false;
        i->ports[i->port_count++] = (uint16_t)n;
        if (*end && !strchr("|,; ", *end))
            return false;
        text = end + (*end != '\0');
    }
    return true;
}

static bool is_address(enum indicator_type type)
{
    return type == INDICATOR_IPV4 || type == INDICATOR_IPV6 || type == INDICATOR_CIDR;
}

/* Cuts a text that is too long between two characters. `room` holds READ_TEXT_MAX. */
static const char *bounded(const char *text, char *room)
{
    if (!text)
        return "";
    size_t size = strnlen(text, READ_TEXT_MAX);
    if (size < READ_TEXT_MAX)
        return text;
    size = READ_TEXT_MAX - 1;
    while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
        size--;
    memcpy(room, text, size);
    room[size] = '\0';
    return room;
}

/* Every text of an indicator but its value and list. */
#define TEXTS(i)                                                                                                                   \
    {                                                                                                                              \
        &(i)->actor, &(i)->campaign, &(i)->malware, &(i)->category, &(i)->hosted, &(i)->status, &(i)->tlp, &(i)->source,           \
            &(i)->reference, &(i)->note                                                                                            \
    }
#define TEXT_COUNT 10

static void fill_defaults(struct indicator *i, const struct intel_defaults *d)
{
    struct {
        const char **text, *given;
    } fills[] = {{&i->actor, d->actor},
                 {&i->category, d->category},
                 {&i->source, d->source},
                 {&i->reference, d->reference},
                 {&i->tlp, d->tlp}};
    for (size_t k = 0; k < sizeof fills / sizeof *fills; k++)
        if (!**fills[k].text && fills[k].given)
            *fills[k].text = fills[k].given;
    i->list = d->list;
}

/* A row may say on purpose that it means a whole top-level domain (".kp"): note "tld=1". */
static bool means_whole_tld(const struct indicator *i)
{
    const char *at = strstr(i->note, "tld=1");
    return at && (at == i->note || at[-1] == ' ' || at[-1] == ';');
}

static const char *reason_to_refuse(struct reader *r, const struct indicator *i)
{
    if (is_address(i->type))
        return address_is_everybodys(i->value);
    if (i->type == INDICATOR_TLS_SHA1 || i->type == INDICATOR_TLS_SHA256) {
        r->unchecked += !authorities_known();
        return is_authority(i->value) ? "the certificate of a public authority, which stands in everybody's chains" : NULL;
    }
    if (i->type == INDICATOR_DOMAIN && !means_whole_tld(i) && domain_is_public_suffix(i->value))
        return "a public suffix, below which everybody's names lie";
    return NULL;
}

static bool hand_over(struct reader *r, const struct indicator *i)
{
    if (!r->options->take(r->options->arg, i))
        return error_set(r->error, "%s: no room for more than %llu indicators", r->path, (unsigned long long)r->result->taken);
    r->result->taken++;
    r->result->valid_until_seen |= i->valid_until != 0;
    return true;
}

/* A value that does not tell its type ("d41d8cd9...") has the list's. */
static bool normal_or_default(struct reader *r, struct indicator *i, const char *given, char *out, const char **why)
{
    bool may_default = i->type == INDICATOR_NONE && r->options->defaults.type != INDICATOR_NONE;
    if (indicator_normal(&i->type, given, out, why))
        return true;
    if (!may_default)
        return false;
    i->type = r->options->defaults.type;
    return indicator_normal(&i->type, given, out, why);
}

/* Ports belong to addresses, suffixes to names, prefixes to URLs. */
static void settle_by_type(struct indicator *i)
{
    bool is_name = i->type == INDICATOR_DOMAIN || i->type == INDICATOR_TLS_NAME;
    if (!is_address(i->type))
        i->port_count = 0;
    if ((i->match == MATCH_SUFFIX && !is_name) || (i->match == MATCH_PREFIX && i->type != INDICATOR_URL))
        i->match = MATCH_EXACT;
}

bool reader_offer(struct reader *r, struct indicator *i)
{
    char value[INDICATOR_VALUE_MAX], host[INDICATOR_VALUE_MAX], room[TEXT_COUNT][READ_TEXT_MAX];
    const char *why, *given = i->value;
    uint16_t port;
    bool may_have_port = (i->type == INDICATOR_NONE || is_address(i->type)) && strchr(given, ':');
    if (may_have_port && refang(given, value) && address_split_port(value, host, &port)) {
        given = host;
        if (i->port_count == 0)
            i->ports[i->port_count++] = port;
    }
    if (!normal_or_default(r, i, given, value, &why))
        return reader_bad(r, i->line, "'%.200s' is %s", i->value, why);
    i->value = value;
    settle_by_type(i);
    const char **texts[TEXT_COUNT] = TEXTS(i);
    for (size_t k = 0; k < TEXT_COUNT; k++)
        *texts[k] = bounded(*texts[k], room[k]);
    fill_defaults(i, &r->options->defaults);
    why = r->result->format == INTEL_WARNINGLIST ? NULL : reason_to_refuse(r, i);
    return why ? refuse(r, i, value, why) : hand_over(r, i);
}

/* ---------------------------------------------------------------- the whole */

static bool find_format(struct reader *r)
{
    enum intel_format format = r->options->format;
    char *head = malloc(HEAD_SIZE);
    FILE *file = head ? fopen(r->path, "re") : NULL;
    size_t size = file ? fread(head, 1, HEAD_SIZE, file) : 0;
    int problem = !file || ferror(file) ? errno : 0;
    if (file)
        fclose(file);
    if (!problem)
        r->result->format = format != INTEL_GUESS ? format : format_guess(r->path, head, size);
    free(head);
    return !problem || error_set(r->error, "%s: %s; is the path right, and a file that you may read?", r->path, strerror(problem));
}

bool intel_read(const char *path, const struct intel_read_options *options, struct intel_read_result *result, struct error *error)
{
    static bool (*const readers[INTEL_FORMAT_COUNT])(struct reader *) = {
        [INTEL_CSV] = read_csv,           [INTEL_PLAIN] = read_plain,
        [INTEL_STIX] = read_stix,         [INTEL_MISP] = read_misp,
        [INTEL_MALTRAIL] = read_maltrail, [INTEL_DATASET] = read_dataset,
        [INTEL_IPREP] = read_iprep,       [INTEL_WARNINGLIST] = read_warninglist,
    };
    *result = (struct intel_read_result){.format = INTEL_GUESS};
    struct reader r = {.path = path, .options = options, .result = result, .error = error};
    bool good = find_format(&r) && readers[result->format](&r);
    tell_counts(&r);
    return good;
}
