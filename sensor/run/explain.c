/* SPDX-License-Identifier: Apache-2.0 */
/* explain.c - see explain.h. */
#include "run/explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/alert_summary.h"
#include "analysis/incident.h"

static const char core[] = "core";

/* T1071.004 is at techniques/T1071/004. */
static void print_technique(const struct sensor_rule *r)
{
    const char *dot = strchr(r->technique_id, '.');
    int size = dot ? (int)(dot - r->technique_id) : (int)strlen(r->technique_id);
    printf("  ATT&CK           %s %s: https://attack.mitre.org/techniques/%.*s%s%s\n", r->technique_id, r->technique_name, size,
           r->technique_id, dot ? "/" : "", dot ? dot + 1 : "");
}

static void print_rule(const char *owner, const struct sensor_rule *r)
{
    printf("%u  %s %s  (%s, revision %u, severity %u)\n", r->sid, r->detector, r->name, owner, r->rev, r->severity);
    printf("  category         %s\n", r->category);
    printf("  means            %s\n", r->summary);
    printf("  must be seen     %s\n", r->evidence);
    printf("  may be wrong     %s\n", r->false_positives);
    printf("  silence it       threshold-file: suppress gen_id 1, sig_id %u, track by_host, ip 10.0.0.7, reason=\"...\"\n", r->sid);
    printf("                   or only for one indicator, role or time: indicator VALUE, role WORD, until=2027-03-31\n");
    printf("  hear it less     threshold-file: threshold gen_id 1, sig_id %u, type limit, track by_host, count 1, seconds 86400\n",
           r->sid);
    if (*r->technique_id)
        print_technique(r);
    if (strcmp(owner, core) != 0)
        printf("  more             plugins/%s/README.md; each alert names its report under references\n", owner);
    printf("  since, changed   %s, %s\n\n", r->created, r->updated);
}

static bool is_named(const struct sensor_rule *r, const char *word)
{
    char sid[16];
    snprintf(sid, sizeof sid, "%u", r->sid);
    return strcmp(word, sid) == 0 || strcasecmp(word, r->detector) == 0 || strcmp(word, r->name) == 0;
}

/* Visits the rules of one owner. */
static size_t each_of(const char *owner, const struct sensor_rule *rules, const char *word,
                      void (*visit)(const char *owner, const struct sensor_rule *))
{
    size_t visited = 0;
    for (const struct sensor_rule *r = rules; r->sid; r++)
        if (!word || is_named(r, word)) {
            visit(owner, r);
            visited++;
        }
    return visited;
}

/* Visits every rule of every detector, those of the core first. */
static size_t each_rule(const struct plugins *plugins, const char *word, void (*visit)(const char *, const struct sensor_rule *))
{
    size_t visited = each_of(core, alert_summary_rules, word, visit) + each_of(core, incident_rules, word, visit);
    for (size_t i = 0; i < plugins_count(plugins); i++) {
        const struct sensor_plugin *p = plugins_get(plugins, i);
        if (p->kind == SENSOR_DETECTOR)
            visited += each_of(p->name, p->detector.rules, word, visit);
    }
    return visited;
}

bool explain(const struct plugins *plugins, const char *word)
{
    return each_rule(plugins, word, print_rule) > 0;
}

static void print_line(const char *owner, const struct sensor_rule *r)
{
    (void)owner;
    printf("%u  %-4s %-20s %s\n", r->sid, r->detector, r->name, r->summary);
}

void explain_all(const struct plugins *plugins)
{
    each_rule(plugins, NULL, print_line);
}

void explain_plugins(const struct plugins *plugins)
{
    for (size_t i = 0; i < plugins_count(plugins); i++) {
        const struct sensor_plugin *p = plugins_get(plugins, i);
        printf("%-8s  %-12s %-8s %-10s %s\n", p->kind == SENSOR_DETECTOR ? "detector" : "output", p->name, p->version,
               plugins_origin(plugins, i), p->summary);
    }
}
