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

#define EXFILTRATION(technique_, technique_name_)                                                                                  \
    .category = "Potentially Bad Traffic", .severity = 2, .rev = 1, .tactic_id = "TA0010", .tactic_name = "Exfiltration",          \
    .technique_id = technique_, .technique_name = technique_name_, CREATED

#define TUNNEL_FALSE_POSITIVES                                                                                                     \
    "Virus scanners and mail filters ask for digests in names, content networks for long ones: see usual.csv. A host that "        \
    "resolves for others needs the role resolver."

const struct sensor_rule behaviour_rules[] = {
    [RULE_FIRST_SEEN] = {.sid = 1791600,
                         .detector = "D16",
                         .name = "first_seen",
                         .category = "Misc activity",
                         .severity = 3,
                         .rev = 1,
                         .tactic_id = "TA0011",
                         .tactic_name = "Command_And_Control",
                         .technique_id = "T1071",
                         .technique_name = "Application_Layer_Protocol",
                         CREATED,
                         .summary = "A server reached a place that no host of ours had reached before.",
                         .evidence = "An answered flow of a host with the role server to a registered domain, or an address without "
                                     "a name, that is not in the set learned over a week or more (option learn).",
                         .false_positives = "Updates, new suppliers and new software: it is a reason to look, and it raises others."},
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
    [RULE_LONG] = {.sid = 1791800,
                   .detector = "D18",
                   .name = "long_conn",
                   CONTROL(3, "T1572", "Protocol_Tunneling"),
                   .summary = "A connection to an outside place has been open for 1, 4, 8 or 12 hours.",
                   .evidence = "An answered TCP or UDP flow, told at each of these ages while it is open, or when it ends. Severity 2 "
                               "when nobody had reached the place before the last days.",
                   .false_positives = "Remote work, mail that waits (IMAP IDLE), push services, calls. The option long-quiet-ports "
                                      "leaves ports out."},
    [RULE_UPLOAD_FLOW] = {.sid = 1791900,
                          .detector = "D19",
                          .name = "upload_ratio",
                          EXFILTRATION("T1048", "Exfiltration_Over_Alternative_Protocol"),
                          .summary = "An internal host sent much more to an outside place than it got, in one flow.",
                          .evidence = "20 MB or more (option upload-bytes), ten times what came back (upload-ratio), and three times "
                                      "what 99 of 100 flows of the host send, once it has made 100.",
                          .false_positives = "Backup, synchronization, video calls and publishing: see usual.csv."},
    [RULE_UPLOAD_DAY] = {.sid = 1791901,
                         .detector = "D19",
                         .name = "upload_ratio",
                         EXFILTRATION("T1048", "Exfiltration_Over_Alternative_Protocol"),
                         .summary = "An internal host sent much more to an outside place than it got, over flows of 24 hours.",
                         .evidence = "As 1791900 for the sum of flows of 16 kB and more from one host to one name or address.",
                         .false_positives = "Backup, synchronization, video calls and publishing: see usual.csv."},
    [RULE_DNS_INFORMATION] = {.sid = 1792000,
                              .detector = "D20",
                              .name = "dns_tunnel",
                              EXFILTRATION("T1048.003", "Exfiltration_Over_Unencrypted_Non-C2_Protocol"),
                              .summary = "A host put much information into the names that it asked for below one domain.",
                              .evidence = "Within an hour, different names times their mean length below the registered domain reach "
                                          "10 kB (option tunnel-bytes); 50 queries or more. Ten times that for a resolver.",
                              .false_positives = TUNNEL_FALSE_POSITIVES},
    [RULE_DNS_NAMES] = {.sid = 1792001,
                        .detector = "D20",
                        .name = "dns_tunnel",
                        EXFILTRATION("T1048.003", "Exfiltration_Over_Unencrypted_Non-C2_Protocol"),
                        .summary = "A host asked for many long and random names below one domain.",
                        .evidence = "Within an hour, 100 different names or more, of 30 bytes or more on the mean, with 3.8 bits or "
                                    "more in a letter. Ten times as many for a resolver.",
                        .false_positives = TUNNEL_FALSE_POSITIVES},
    [RULE_DNS_TYPES] = {.sid = 1792002,
                        .detector = "D20",
                        .name = "dns_tunnel",
                        EXFILTRATION("T1572", "Protocol_Tunneling"),
                        .summary = "A host asked one domain many times for records that hold free bytes.",
                        .evidence = "Within an hour, 100 queries or more, half of them for TXT, NULL or CNAME. Ten times as many for "
                                    "a resolver.",
                        .false_positives = TUNNEL_FALSE_POSITIVES},
    [RULE_DNS_ENCODED] = {.sid = 1792003,
                          .detector = "D20",
                          .name = "dns_tunnel",
                          .category = "Misc activity",
                          .severity = 3,
                          .rev = 1,
                          .tactic_id = "TA0010",
                          .tactic_name = "Exfiltration",
                          .technique_id = "T1048.003",
                          .technique_name = "Exfiltration_Over_Unencrypted_Non-C2_Protocol",
                          CREATED,
                          .summary = "A host asked for a name that reads like base 64.",
                          .evidence = "48 bytes or more below the domain, with both letter cases, digits and one of = + /.",
                          .false_positives = "Service discovery with free text in names, programs that ask for what is no name."},
    [RULE_DIRECT] = {.sid = 1792200,
                     .detector = "D22",
                     .name = "direct_ip",
                     CONTROL(3, "T1571", "Non-Standard_Port"),
                     .summary = "A host connected to an address that it did not get from DNS, on an odd port or to a place new to all.",
                     .evidence = "An answered flow without a name, from a host whose DNS answers were seen for an hour and within the "
                                 "last one; TCP to an uncommon port, or any to an address that nobody had reached before the last days; "
                                 "at most 16 an hour.",
                     .false_positives = "Peer-to-peer programs, calls, games, and hosts that resolve out of sight (DoH, another path)."},
    [RULE_COUNT] = {.sid = 0},
};
