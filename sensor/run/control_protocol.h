/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control_protocol.h - Suricata's command protocol as bytes: JSON objects both ways. A client first says {"version": "0.2"} and hears
 * {"return":"OK"}; then {"command": "...", "arguments": {...}} is answered by {"message": ..., "return": "OK"}, or "NOK". Since version
 * 0.2 messages end with LF; its own clients leave the LF of the first one out, so a message is taken to end where its object does.
 */
#ifndef RUN_CONTROL_PROTOCOL_H
#define RUN_CONTROL_PROTOCOL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define CONTROL_MESSAGE_MAX ((size_t)16 * 1024) /* bytes of a request; a longer one is refused */
#define CONTROL_DEPTH_MAX   16                  /* objects and arrays within each other */

enum control_frame {
    FRAME_PARTIAL, /* the message has not come to its end */
    FRAME_WHOLE,
    FRAME_BAD /* no object begins here, it is nested too deep, or too long: nothing behind it can be trusted */
};

/* Finds the first message in `size` bytes. With FRAME_WHOLE `begin` and `end` are where it stands; white space around is skipped. */
enum control_frame control_frame(const char *bytes, size_t size, size_t *begin, size_t *end);

/* A request. Texts live in `root`. */
struct control_request {
    json_t *root;
    const char *version;     /* of a greeting, else NULL */
    const char *command;     /* else NULL */
    const json_t *arguments; /* an object, or NULL: none */
};

/* Reads one whole message. False and `error` when it is no JSON (RFC 8259) or neither greeting nor command. */
bool control_parse(const char *bytes, size_t size, struct control_request *out, struct error *error);
void control_request_free(struct control_request *r);

/* A text argument; NULL when it is not there or no text. */
const char *control_text(const struct control_request *r, const char *name);
/* A boolean argument, also as 0, 1, "true", "yes"; false when it is not there. */
bool control_bool(const struct control_request *r, const char *name);

#endif
