/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control_commands.h - what can be asked through the control socket: Suricata's commands as far as they make sense here, and ours. All
 * of it runs on the control thread: figures come from the board, the configuration is read only, and what has to be done is a wish that the
 * main thread grants.
 */
#ifndef RUN_CONTROL_COMMANDS_H
#define RUN_CONTROL_COMMANDS_H

#include "run/board.h"
#include "run/capture_queue.h"
#include "run/control.h"
#include "run/control_server.h"
#include "run/settings.h"

/* What commands may look at; nothing is owned. */
struct control_context {
    const struct settings *settings;
    struct control *control;
    struct board *board;
    struct capture_queue *queue; /* NULL but with --unix-socket */
    struct interface *const *interfaces; /* as settings->live lists them */
    const char *capture_mode;    /* Suricata's word: "AF_PACKET_DEV", "PCAP_FILE", "UNIX_SOCKET" */
    uint64_t began_ns;           /* monotonic: start of the program */
};

/* One request, and where its answer goes. */
struct control_call {
    const struct control_context *context;
    const struct control_request *request;
    uint64_t *ticket;
    struct json *out;
};

/* A command; answers as control_answer does. */
typedef enum control_result control_do(const struct control_call *call);

/* Where a command is offered. */
enum control_where { ANYWHERE, ON_INTERFACES, WITH_QUEUE };

struct control_command {
    const char *name;
    const char *arguments; /* their names in order, "filename output-dir"; those in brackets may be left out; "" none */
    enum control_where where;
    bool changes; /* something, and is logged */
    control_do *run;
    const char *help;
};

/* The i-th of all commands, NULL past the last; and by name. */
const struct control_command *control_command_at(size_t i);
const struct control_command *control_command_named(const char *name);

/* A control_answer; `arg` is the struct control_context. */
enum control_result control_obey(void *arg, const struct control_request *request, uint64_t *ticket, struct json *out);

/* Writes "message", a text. Returns CONTROL_NOK. */
enum control_result control_refuse(struct json *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Who builds the sandbox may say what it is: fills the open object. Before the control thread starts. Until then it is "unknown". */
typedef void control_tell(void *arg, struct json *out);
void control_set_sandbox(control_tell *tell, void *arg);

/* Counters and interfaces: control_counters.c */
control_do control_dump_counters, control_iface_list, control_iface_stat, control_health, control_heartbeat;
/* Knowledge: control_intel.c */
control_do control_reload, control_reload_nonblocking, control_reload_time, control_ruleset_stats,
    control_failed_rules, control_intel_stats, control_intel_lookup;
/* Captures: control_pcap.c */
control_do control_pcap_file, control_pcap_continuous, control_pcap_number, control_pcap_list, control_pcap_current,
    control_pcap_last, control_pcap_interrupt;

#endif
