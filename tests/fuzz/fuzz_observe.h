/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_observe.h - for the fuzz targets of dissect/: an observer whose records are checked to point into nothing but themselves.
 */
#ifndef FUZZ_OBSERVE_H
#define FUZZ_OBSERVE_H

#include <assert.h>
#include <stdlib.h>

#include "dissect/parser.h"
#include "flow/observer.h"

static inline void fuzz_check_text(const struct observation *o, struct text_ref r)
{
    assert(r.size == 0 || (r.at >= sizeof *o && r.at <= o->size && r.size <= o->size - r.at));
}

static inline void fuzz_check_tls(const struct observation_tls *o)
{
    const struct text_ref refs[] = {o->sni,           o->client_alpns,  o->server_alpn, o->ja3,     o->ja3_hash,
                                    o->ja3s,          o->ja3s_hash,     o->ja4,         o->subject, o->issuer,
                                    o->serial,        o->san,           o->sha1,        o->sha256,  o->client_subject,
                                    o->client_issuer, o->client_serial, o->client_sha1};
    for (size_t i = 0; i < sizeof refs / sizeof *refs; i++)
        fuzz_check_text(&o->head, refs[i]);
    assert(o->ja3_hash.size == 0 || o->ja3_hash.size == 32);
    assert(o->ja4.size == 0 || o->ja4.size == 36);
    assert(o->sha1.size == 0 || o->sha1.size == 20);
    assert(o->chain_sha1.count == 0 || observation_item(&o->head, o->chain_sha1, o->chain_sha1.count - 1, 20));
}

static inline void fuzz_deliver(void *arg, const struct observation *o)
{
    (void)arg;
    assert(o->size >= sizeof *o && o->size % 8 == 0 && o->size <= OBSERVATION_MAX);
    if (o->kind == OBSERVE_TLS)
        fuzz_check_tls((const struct observation_tls *)o);
}

/* One for the whole run. */
static inline struct observer *fuzz_observer(void)
{
    static struct observer *observer;
    struct observer_options options = {.wanted = ~0u, .deliver = fuzz_deliver, .arg = NULL};
    if (!observer)
        observer = observer_new(&options, NULL);
    assert(observer);
    return observer;
}

#endif
