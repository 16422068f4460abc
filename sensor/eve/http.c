/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.c - one HTTP transaction, client first. `length` is always there: body bytes of the response.
 */
#include "eve/line.h"

#include <assert.h>

void http_object(struct line *l)
{
    const struct observation_http *o = (const struct observation_http *)l->seen;
    struct json *j = l->json;
    json_open(j, "http");
    line_text(l, "hostname", o->host);
    if (o->host_port != 0)
        json_uint(j, "http_port", o->host_port);
    line_text(l, "url", o->url);
    line_text(l, "http_user_agent", o->user_agent);
    line_text(l, "xff", o->xff);
    line_text(l, "http_content_type", o->content_type);
    line_text(l, "http_refer", o->referer);
    line_text(l, "http_method", o->method);
    if (o->is_http2)
        json_raw(j, "version", LITERAL("\"2\""));
    line_text(l, "protocol", o->protocol);
    if (o->status != 0)
        json_uint(j, "status", o->status);
    json_uint(j, "length", o->response_length);
    json_close(j);
}

uint32_t http_lines(struct eve *e, const struct event *event, struct json *out)
{
    assert(event->observation->kind == OBSERVE_HTTP || event->observation->kind == OBSERVE_HTTP_REQUEST);
    const struct observation_http *o = (const struct observation_http *)event->observation;
    struct line l;
    line_open(&l, e, event, out, SOURCE_CLIENT);
    json_uint(out, "tx_id", o->tx_id);
    http_object(&l);
    return line_close(&l);
}
