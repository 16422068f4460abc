/* SPDX-License-Identifier: Apache-2.0 */
/* incident_step.c - which step of an intrusion a detector's word belongs to: one table. See incident.h. */
#include "analysis/incident.h"

#include <stddef.h>

/* Detectors `first` to `last` with variants (the last two digits of the SID) `from` to `to`, of severity `gravest` at the most. The
 * first row that fits counts. */
static const struct {
    uint8_t first, last;
    uint8_t from, to;
    uint8_t gravest;
    enum incident_step step;
} rows[] = {
    {1, 1, 3, 3, 1, STEP_NONE},             /* a listed address knocked in vain: the host did nothing */
    {1, 12, 0, 49, 1, STEP_INFRASTRUCTURE}, /* of an actor */
    {1, 12, 50, 59, 1, STEP_LAUNDERING},    /* the same, said of a laundering service */
    {1, 12, 60, 69, 1, STEP_INFRASTRUCTURE}, /* and of DPRK address space */
    {1, 12, 70, 99, 1, STEP_NONE},          /* the canary is a test */
    {13, 15, 0, 99, 1, STEP_EXCHANGE},
    {17, 18, 0, 99, 1, STEP_CONTROL},
    {19, 20, 0, 99, 1, STEP_THEFT},
    {23, 24, 0, 99, 1, STEP_CONTROL},
    {25, 25, 0, 99, 1, STEP_MINING},
    {26, 27, 0, 99, 1, STEP_BLOCKCHAIN},
    {30, 31, 0, 99, 1, STEP_INFRASTRUCTURE},
    {32, 32, 0, 99, 1, STEP_THEFT},
    {33, 33, 0, 0, 1, STEP_THEFT},
    {33, 33, 1, 1, 1, STEP_CONTROL},        /* orders and programs come that way too: no theft without an upload */
    {33, 33, 2, 99, 1, STEP_DELIVERY},      /* only looked up where it is */
    {36, 36, 0, 99, 1, STEP_INFRASTRUCTURE},
    {37, 37, 0, 99, 1, STEP_CONTROL},
    {38, 38, 0, 99, 1, STEP_DELIVERY},
};

static const struct {
    char stage;
    const char *name;
} steps[STEP_COUNT] = {
    [STEP_NONE] = {'-', ""},
    [STEP_DELIVERY] = {'A', "delivery"},
    [STEP_INFRASTRUCTURE] = {'B', "infrastructure"},
    [STEP_CONTROL] = {'C', "control"},
    [STEP_THEFT] = {'D', "theft"},
    [STEP_EXCHANGE] = {'E', "exchange"},
    [STEP_BLOCKCHAIN] = {'E', "blockchain"},
    [STEP_LAUNDERING] = {'E', "laundering"},
    [STEP_MINING] = {'E', "mining"},
};

/* 5 for "D05", 0 for what is no id of the catalogue. */
static unsigned number_of(const char *detector)
{
    const char *d = detector != NULL ? detector : "";
    bool good = d[0] == 'D' && d[1] >= '0' && d[1] <= '9' && d[2] >= '0' && d[2] <= '9' && d[3] == '\0';
    return good ? (unsigned)(d[1] - '0') * 10 + (unsigned)(d[2] - '0') : 0;
}

enum incident_step incident_step_of(const struct sensor_rule *rule, uint8_t severity)
{
    unsigned number = number_of(rule->detector), variant = rule->sid % 100;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (number >= rows[i].first && number <= rows[i].last && variant >= rows[i].from && variant <= rows[i].to &&
            severity >= rows[i].gravest)
            return rows[i].step;
    return STEP_NONE;
}

char incident_stage(enum incident_step step)
{
    return steps[step < STEP_COUNT ? step : STEP_NONE].stage;
}

const char *incident_step_name(enum incident_step step)
{
    return steps[step < STEP_COUNT ? step : STEP_NONE].name;
}
