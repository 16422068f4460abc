/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox.h - the least that this process can do its work with. Two steps, on the main thread:
 *
 *     settings, interfaces | sandbox_enter | logs, sockets, listeners, lists | sandbox_seal | packets
 *
 * sandbox_enter() changes user, capabilities and the files that can be reached, so that what is opened after it is opened as it will be
 * reopened later. (Where the new user could not, that is said, and root opens it before sandbox_seal() changes the user.) sandbox_seal()
 * closes the list of system calls, for all threads there are and will be.
 */
#ifndef RUN_SANDBOX_H
#define RUN_SANDBOX_H

#include "base/error.h"
#include "run/command_line.h"
#include "run/privilege.h"
#include "run/sandbox_seccomp.h"
#include "run/settings.h"

struct landlock;

struct sandbox {
    const struct settings *settings;
    const struct command_line *line;
    bool live;                       /* an interface: no packet is parsed as root */
    struct privilege privilege;
    struct seccomp_options seccomp;
    size_t calls;                    /* on the list of seccomp, 0 when there is none */
    bool landlock;                   /* is wanted */
    int landlock_version;            /* in force, 0: it is not */
    const char *landlock_missing;    /* why not, "" when it is not wanted or in force */
};

/* From `run-as` and `security`, and the command line. Nothing changes yet. False and `error`. */
bool sandbox_init(struct sandbox *b, const struct settings *s, const struct command_line *line, struct error *error);

/* False and `error`: the run must not go on. */
bool sandbox_enter(struct sandbox *b, struct error *error);
bool sandbox_seal(struct sandbox *b, struct error *error);

/* One line: "user nobody (65534:65534); no capabilities; ...". Into `out`[size]; returns out. */
char *sandbox_describe(const struct sandbox *b, char *out, size_t size);

/* The files that a run needs when everything is open (sandbox_files.c). */
void sandbox_allow_files(const struct sandbox *b, struct landlock *l);
/* A file or directory that a reload reads and the user to become cannot, into `out`[size]; NULL: none. */
const char *sandbox_unreadable(const struct sandbox *b, char *out, size_t size);
/* The directory of a file; up to the first part that changes with the time (strftime). Into `out`[size]; returns out. */
char *sandbox_directory(const char *path, char *out, size_t size);

/* --selftest-sandbox: sandboxed as a run would be, tries what must not be possible, prints a table. True when nothing was (sandbox_test.c). */
bool sandbox_test(struct sandbox *b);

#endif
