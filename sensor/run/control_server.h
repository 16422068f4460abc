/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control_server.h - the clients of the control socket, on a thread of their own: reads requests, has them answered, sends.
 *
 * A client may be slow or hostile: requests and answers have a size, a greeting, a begun request and an answer a time in which they must be through,
 * and when there are too many clients the one that was silent longest goes.
 */
#ifndef RUN_CONTROL_SERVER_H
#define RUN_CONTROL_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "run/control_protocol.h"
#include "run/control_socket.h"

#define CONTROL_CLIENTS_MAX 32

enum control_result {
    CONTROL_OK,
    CONTROL_NOK,
    CONTROL_LATER /* nothing to say yet: ask again soon, with the same ticket */
};

/* Answers one command: writes the member "message" into the open object `out`. `ticket` is 0 at first; what is left there is given back
 * when it is asked again. */
typedef enum control_result (*control_answer)(void *arg, const struct control_request *request, uint64_t *ticket, struct json *out);

struct control_server;

/* `socket` is open and belongs to the server from now on. No thread yet. NULL and `error`. */
struct control_server *control_server_new(const struct control_socket *socket, control_answer answer, void *arg, struct error *error);
bool control_server_start(struct control_server *s, struct error *error);
/* Ends the thread; answers on their way get a moment. Takes NULL. */
void control_server_free(struct control_server *s);

/* For a change of user, before control_server_start. */
const struct control_socket *control_server_socket(const struct control_server *s);

#endif
