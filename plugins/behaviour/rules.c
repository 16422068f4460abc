/* SPDX-License-Identifier: Apache-2.0 */
/* rules.c - all that this plugin can say; `haetae explain` prints it. */
#include "behaviour.h"

#define CREATED .created = "2026_11_21", .updated = "2026_11_21"

#define CONTROL(severity_, technique_, technique_name_)                                                                            \
    .category = "Malware Command and Control Activity Detected", .severity = (severity_), .rev = 1, .tactic_id = "TA0011",        \
    .tactic_name = "Command_And_Control", .technique_id = technique_, .technique_name = technique_name_, CREATED

#define BEACON_FALSE_POSITIVES                                                                                                     \
    "Updates, telemetry, time, push services and monitoring are regular too. Services of usual.csv are left out, and so is what "  \
    "half of all hosts use. Name what is yours in the usual option, or suppress by source and indicator."

const struct sensor_rule behaviour_rules[] = {
    [RULE_BEACON_DAY] = {.sid = 1791700,
                         .detector = "D17",
                         .name = "beacon",
                         CONTROL(2, "T1071", "Application_Layer_Protocol"),
                         .summary = "An internal host connected to one outside place at even times, with messages of even size, over a day.",
                         .evidence = "Eight or more TCP or UDP connections to one name or address and port; the RITA 5 score over 24 "
                                     "hours in bins of one hour is 0.85 or more (option beacon-score), and half of the intervals "
                                     "are within 55 percent of their median, 40 below 100 connections, 25 below 40.",
                         .false_positives = BEACON_FALSE_POSITIVES},
    [RULE_BEACON_WEEK] = {.sid = 1791701,
                          .detector = "D17",
                          .name = "beacon",
                          CONTROL(2, "T1071", "Application_Layer_Protocol"),
                          .summary = "An internal host came back to one outside place a few times a day, at even times, over a week.",
                          .evidence = "As 1791700, over 7 days in bins of four hours, at most 256 connections, where the day alone "
                                      "did not show it.",
                          .false_positives = BEACON_FALSE_POSITIVES},
    [RULE_STROBE] = {.sid = 1791702,
                     .detector = "D17",
                     .name = "beacon",
                     CONTROL(2, "T1071", "Application_Layer_Protocol"),
                     .summary = "An internal host connected to one outside place once a second or more, all day.",
                     .evidence = "86400 connections or more to one name or address and port within 24 hours.",
                     .false_positives = "Load tests, broken clients without a pause between two tries, and proxies for many users."},
    [RULE_COUNT] = {.sid = 0},
};
