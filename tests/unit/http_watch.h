/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_watch.h - an HTTP connection under test: bytes of either direction go in, observations are taken out.
 */
#ifndef TESTS_HTTP_WATCH_H
#define TESTS_HTTP_WATCH_H

#include "dissect/http.h"
#include "watch.h"

struct http_watch {
    struct watch t;
    struct http_flow *h;
};

static inline void http_watch_open(struct http_watch *w)
{
    watch_open(&w->t, IP_TCP);
    w->h = http_flow_new(4096);
    assert(w->h);
}

static inline void http_watch_close(struct http_watch *w)
{
    http_flow_free(w->h);
    watch_close(&w->t);
}

static inline struct slice http_watch_slice(const char *text)
{
    return (struct slice){(const uint8_t *)text, strlen(text)};
}

static inline struct parse_result http_watch_bytes(struct http_watch *w, enum direction direction, const uint8_t *bytes,
                                                   size_t size)
{
    watch_from(&w->t, direction == TO_SERVER ? 0 : 1);
    return http_bytes(w->h, &w->t.place, direction, (struct slice){bytes, size});
}

static inline enum parse_state http_watch_give(struct http_watch *w, enum direction direction, const char *text)
{
    return http_watch_bytes(w, direction, (const uint8_t *)text, strlen(text)).state;
}

static inline void http_watch_end(struct http_watch *w)
{
    watch_from(&w->t, 0);
    http_end(w->h, &w->t.place);
}

static inline const struct observation_http *http_watch_next(struct http_watch *w, enum observation_kind kind)
{
    return watch_take(&w->t, kind);
}

/* One request alone, given whole; its OBSERVE_HTTP_REQUEST. */
static inline const struct observation_http *http_watch_request(struct http_watch *w, const char *text)
{
    http_watch_open(w);
    http_watch_give(w, TO_SERVER, text);
    return http_watch_next(w, OBSERVE_HTTP_REQUEST);
}

#endif
