/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_seccomp.h - which system calls this process may still make (libseccomp).
 */
#ifndef RUN_SANDBOX_SECCOMP_H
#define RUN_SANDBOX_SECCOMP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/*
 * What happens to a call that is not on the list. It is refused (EPERM, noted in the kernel's log): whoever breaks in gets nowhere, and
 * a library that tries something new costs a function, not the watch. `kill` ends the process instead.
 */
enum seccomp_mode { SECCOMP_OFF, SECCOMP_NOTE, SECCOMP_REFUSE, SECCOMP_END };

struct seccomp_options {
    enum seccomp_mode mode;
    bool connects_local; /* a sink or a service manager behind a local socket */
    bool connects;       /* a sink behind a network */
    bool accepts;        /* a control socket or a listener that is open already */
    bool forks;          /* new processes (limit-noproc: no); never a program */
};

/* For all threads of the process, for ever. *allowed: how many calls are on the list. Sets no-new-privileges. */
bool seccomp_enforce(const struct seccomp_options *options, size_t *allowed, struct error *error);

#endif
