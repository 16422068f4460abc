/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service.h - what the running program offers to who asks from outside: the control socket and the metrics, over one board. Opened
 * while everything may still be opened, started when privileges are gone.
 */
#ifndef RUN_SERVICE_H
#define RUN_SERVICE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "run/board.h"
#include "run/capture_queue.h"
#include "run/control.h"
#include "run/settings.h"

struct service;

/* Nothing is owned; all of it outlives the service. */
struct service_options {
    const struct settings *settings;
    struct control *control;
    struct capture_queue *queue;         /* NULL but with --unix-socket */
    struct interface *const *interfaces; /* as settings->live lists them */
};

/* Opens what the configuration asks for, which may be nothing. NULL and `error`. */
struct service *service_open(const struct service_options *options, struct error *error);
/* Hands the socket's file to the user that the program will run as; before service_start. False and `error`. */
bool service_give(const struct service *s, uid_t user, gid_t group, struct error *error);
/* Begins to answer. False and `error`. */
bool service_start(struct service *s, struct error *error);
void service_free(struct service *s);

/* Where the analysis pins its counters; NULL when nobody asks. */
struct board *service_board(const struct service *s);

#endif
