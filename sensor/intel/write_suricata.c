/* SPDX-License-Identifier: Apache-2.0 */
/* write_suricata.c - see write_suricata.h: which dataset each indicator goes to, the reputation file, and a configuration to include. */
#include "intel/write_suricata.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "intel/map64.h"
#include "intel/reader.h"
#include "intel/suricata_sets.h"

#define IPREP_SCORE_MAX 127

struct suricata_export {
    struct suricata_options options;
    struct suricata_sets sets;
    FILE *reputation;
    struct suricata_counts counts;
};

static FILE *open_in(const char *directory, const char *name, struct error *error)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = n > 0 && (size_t)n < sizeof path ? fopen(path, "we") : NULL;
    if (!file)
        error_set(error, "%s/%s: %s", directory, name, strerror(errno));
    return file;
}

struct suricata_export *suricata_export_open(const struct suricata_options *options, struct error *error)
{
    if (mkdir(options->directory, 0755) != 0 && errno != EEXIST) {
        error_set(error, "%s: %s", options->directory, strerror(errno));
        return NULL;
    }
    struct suricata_export *e = calloc(1, sizeof *e);
    if (!e || !(e->sets.seen = map64_new(SIZE_MAX))) {
        free(e);
        error_set(error, "out of memory");
        return NULL;
    }
    e->options = *options;
    e->sets.directory = options->directory;
    e->reputation = open_in(options->directory, "haetae-reputation.list", error);
    if (e->reputation)
        return e;
    suricata_sets_close(&e->sets);
    free(e);
    return NULL;
}

/* -------------------------------------------------------------------- where to */

static enum suricata_class class_of(const struct indicator *i)
{
    if (strcmp(i->category, "laundering") == 0)
        return CLASS_LAUNDERING;
    if (strcmp(i->category, "dprk_net") == 0)
        return CLASS_NETWORK;
    return strcmp(i->category, "canary") == 0 ? CLASS_CANARY : CLASS_ACTOR;
}

static bool is_silent(const struct suricata_options *o, const struct indicator *i)
{
    uint8_t least = i->type == INDICATOR_URL ? o->least_url_pct : o->least_pct;
    return i->confidence_pct < least || strcmp(i->status, "stale") == 0 || strcmp(i->status, "unverified") == 0 ||
           (i->valid_until && i->valid_until < o->at);
}

static unsigned depth_of(const char *name)
{
    unsigned labels = 1;
    for (; *name; name++)
        labels += *name == '.';
    return labels;
}

static bool put_name(struct suricata_export *e, const struct indicator *i, enum suricata_class class)
{
    struct suricata_set like = {.class = class, .kind = SET_NAMES};
    if (i->match == MATCH_SUFFIX) {
        like.kind = SET_BELOW;
        like.depth = depth_of(i->value);
    }
    return suricata_sets_add(&e->sets, &like, i->value, i);
}

static bool put_address(struct suricata_export *e, const struct indicator *i)
{
    struct suricata_set like = {.class = class_of(i), .kind = SET_ADDRESSES};
    struct suricata_set host = {.class = class_of(i), .kind = SET_HOSTS}, peer = {.class = class_of(i), .kind = SET_PEERS};
    size_t used = 0;
    for (unsigned k = 0; k < i->port_count; k++)
        used += (size_t)snprintf(like.ports + used, sizeof like.ports - used, "%s%u", k ? "," : "", i->ports[k]);
    return suricata_sets_add(&e->sets, &like, i->value, i) && suricata_sets_add(&e->sets, &host, i->value, i) &&
           suricata_sets_add(&e->sets, &peer, i->value, i);
}

static bool put_prefix(struct suricata_export *e, const struct indicator *i)
{
    struct suricata_set like = {.class = class_of(i), .kind = SET_PREFIXES};
    int score = i->confidence_pct * IPREP_SCORE_MAX / 100;
    return suricata_sets_add(&e->sets, &like, i->value, i) &&
           fprintf(e->reputation, "%s,%d,%d\n", i->value, (int)like.class + 1, score ? score : 1) > 0;
}

/* http://host:port/path?query; only clear HTTP shows its path. */
static bool put_url(struct suricata_export *e, const struct indicator *i, bool *left_out)
{
    static const char scheme[] = "http://";
    char host[INDICATOR_VALUE_MAX];
    const char *at = i->value + sizeof scheme - 1;
    *left_out = strncmp(i->value, scheme, sizeof scheme - 1) != 0 || *at == '[' || i->match != MATCH_EXACT;
    if (*left_out)
        return true;
    size_t size = strcspn(at, ":/");
    memcpy(host, at, size);
    host[size] = '\0';
    const char *path = strchr(at, '/');
    struct suricata_set hosts = {.class = class_of(i), .kind = SET_URL_HOSTS};
    struct suricata_set paths = {.class = class_of(i), .kind = strchr(path, '?') ? SET_URL_FULL : SET_URL_PATHS};
    return suricata_sets_add(&e->sets, &hosts, host, i) && suricata_sets_add(&e->sets, &paths, path, i);
}

static bool put_fingerprint(struct suricata_export *e, const struct indicator *i, enum set_kind kind)
{
    struct suricata_set like = {.class = class_of(i), .kind = kind};
    return suricata_sets_add(&e->sets, &like, i->value, i);
}

/* aa:bb:..., as Suricata writes the SHA-1 of a certificate. */
static bool put_certificate(struct suricata_export *e, const struct indicator *i)
{
    struct suricata_set like = {.class = class_of(i), .kind = SET_CERTIFICATES};
    char text[3 * 20 + 1];
    for (size_t k = 0; k < 20; k++)
        snprintf(text + 3 * k, sizeof text - 3 * k, "%.2s%s", i->value + 2 * k, k < 19 ? ":" : "");
    return suricata_sets_add(&e->sets, &like, text, i);
}

bool suricata_export_put(struct suricata_export *e, const struct indicator *i)
{
    bool left_out = is_silent(&e->options, i), good = true;
    if (!left_out)
        switch (i->type) {
        case INDICATOR_IPV4:
        case INDICATOR_IPV6: good = put_address(e, i); break;
        case INDICATOR_CIDR: good = put_prefix(e, i); break;
        case INDICATOR_DOMAIN: good = put_name(e, i, class_of(i)); break;
        case INDICATOR_JA3: good = put_fingerprint(e, i, SET_JA3); break;
        case INDICATOR_JA3S: good = put_fingerprint(e, i, SET_JA3S); break;
        case INDICATOR_JA4: good = put_fingerprint(e, i, SET_JA4); break;
        case INDICATOR_TLS_SHA1: good = put_certificate(e, i); break;
        case INDICATOR_URL: good = put_url(e, i, &left_out); break;
        default: left_out = true; break;
        }
    e->counts.taken += !left_out;
    e->counts.left_out += left_out;
    return good;
}

bool suricata_export_exchange(struct suricata_export *e, const char *name, enum indicator_match match, const char *service)
{
    struct indicator i = {.type = INDICATOR_DOMAIN,
                          .match = match,
                          .value = name,
                          .actor = "",
                          .campaign = service,
                          .malware = "",
                          .category = "exchange_api",
                          .source = "",
                          .reference = "",
                          .confidence_pct = 100};
    return put_name(e, &i, CLASS_EXCHANGE);
}

/* ---------------------------------------------------------------------- end */

static bool write_categories(const char *directory, struct error *error)
{
    FILE *file = open_in(directory, "haetae-categories.txt", error);
    if (!file)
        return false;
    for (int c = 0; c < CLASS_EXCHANGE; c++)
        fprintf(file, "%d,haetae-%s,Prefixes of haetae's lists\n", c + 1, suricata_class_name((enum suricata_class)c));
    return fclose(file) == 0 || error_set(error, "%s: the disk is full", directory);
}

/* What suricata.yaml must say; `suricata --include` takes it. */
static bool write_configuration(const char *directory, struct error *error)
{
    char absolute[PATH_MAX];
    FILE *file = realpath(directory, absolute) ? open_in(directory, "haetae-suricata.yaml", error) : NULL;
    if (!file)
        return false;
    fprintf(file,
            "%%YAML 1.1\n---\n# For Suricata 8: suricata --include %s/haetae-suricata.yaml -S %s/haetae.rules ...\n"
            "# or copy these keys into suricata.yaml and add haetae.rules to rule-files.\n"
            "reputation-categories-file: %s/haetae-categories.txt\ndefault-reputation-path: %s\nreputation-files:\n"
            "  - haetae-reputation.list\n",
            absolute, absolute, absolute, absolute);
    return fclose(file) == 0 || error_set(error, "%s: the disk is full", directory);
}

static bool write_rules(struct suricata_export *e, struct error *error)
{
    FILE *file = open_in(e->options.directory, "haetae.rules", error);
    if (!file)
        return false;
    int64_t rules = suricata_rules_write(file, &e->sets, e->options.rules);
    e->counts.rules = rules > 0 ? (uint64_t)rules : 0;
    for (size_t i = 0; i < e->sets.count; i++)
        e->counts.datasets += e->sets.set[i].file != NULL;
    bool good = fclose(file) == 0 && rules >= 0;
    return good || error_set(error, "%s/haetae.rules: the disk is full", e->options.directory);
}

bool suricata_export_close(struct suricata_export *e, struct suricata_counts *counts, struct error *error)
{
    const char *directory = e->options.directory;
    bool good = write_rules(e, error) && write_categories(directory, error) && write_configuration(directory, error);
    bool sets = suricata_sets_close(&e->sets), reputation = fclose(e->reputation) == 0;
    if (good && !(sets && reputation))
        good = error_set(error, "%s: the disk is full", directory);
    *counts = e->counts;
    free(e);
    return good;
}
