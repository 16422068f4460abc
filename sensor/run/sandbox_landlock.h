/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_landlock.h - which files this process may still touch (Linux Landlock, landlock(7)). By system calls of our own: the C
 * library has none, and the kernel's headers may be older than the kernel.
 */
#ifndef RUN_SANDBOX_LANDLOCK_H
#define RUN_SANDBOX_LANDLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct landlock;

/* A set of rules without any: everything that the kernel can tell apart is refused. `no_listening`: no TCP port may be listened
 * on. NULL: the kernel has no Landlock, or memory is out. */
struct landlock *landlock_new(bool no_listening);
void landlock_free(struct landlock *l);

/* The ABI version of the kernel, from 1. */
int landlock_version(const struct landlock *l);

/* A file, or a directory with all below it. What is not there is passed over: false. */
bool landlock_allow_read(struct landlock *l, const char *path);
bool landlock_allow_write(struct landlock *l, const char *path);
/* Files in this directory may be deleted. */
bool landlock_allow_delete(struct landlock *l, const char *path);

/* For this thread and those it starts, for ever. Needs no-new-privileges or CAP_SYS_ADMIN. */
bool landlock_enforce(struct landlock *l, struct error *error);

#endif
