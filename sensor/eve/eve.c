/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eve.c - the encoder's life, and which file writes which event type.
 */
#include "eve/eve.h"

#include <assert.h>
#include <stdlib.h>

#include "eve/line.h"

struct eve *eve_new(const struct eve_options *options, struct error *error)
{
    if (options->dns_version != 2 && options->dns_version != 3) {
        error_set(error, "dns: version %u is unknown; 3 (default) and 2 are possible", options->dns_version);
        return NULL;
    }
    struct eve *e = calloc(1, sizeof *e);
    if (e != NULL && options->stats_deltas && (e->counters_before = calloc(STATS_COUNTERS_MAX, sizeof *e->counters_before)) == NULL) {
        free(e);
        e = NULL;
    }
    if (e == NULL) {
        error_set(error, "eve encoder: out of memory");
        return NULL;
    }
    e->options = *options;
    clock_text_init(&e->stamp);
    clock_text_init(&e->span);
    return e;
}

void eve_free(struct eve *e)
{
    if (e != NULL)
        free(e->counters_before);
    free(e);
}

uint32_t eve_encode(struct eve *e, const struct event *event, struct json *out)
{
    static uint32_t (*const writers[EVENT_TYPE_COUNT])(struct eve *, const struct event *, struct json *) = {
        [EVENT_ALERT] = alert_lines, [EVENT_FLOW] = flow_lines, [EVENT_DNS] = dns_lines,     [EVENT_TLS] = tls_lines,
        [EVENT_HTTP] = http_lines,   [EVENT_QUIC] = quic_lines, [EVENT_FTP] = ftp_lines,     [EVENT_STATS] = stats_lines,
        [EVENT_ANOMALY] = anomaly_lines,
        [EVENT_FTP_DATA] = ftp_data_lines,
    };
    assert(event->type < EVENT_TYPE_COUNT);
    assert(event->type == EVENT_ANOMALY || (event->observation == NULL) == (event->type == EVENT_STATS));
    return writers[event->type](e, event, out);
}

uint32_t eve_line_count(const struct eve *e, const struct event *event)
{
    const struct observation *o = event->observation;
    if (event->type == EVENT_TLS)
        return e->options.dtls || !((const struct observation_tls *)(const void *)o)->is_dtls;
    return event->type == EVENT_DNS ? dns_line_count(e, (const struct observation_dns *)(const void *)o) : 1;
}

void eve_number_from(struct eve *e, uint64_t number)
{
    e->begun = number - 1;
}

uint64_t eve_lost(const struct eve *e)
{
    return e->lost;
}
