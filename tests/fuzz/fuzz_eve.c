/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_eve.c - an observation of any bytes, references to anywhere included, gives strict JSON lines or none.
 *
 * The first byte chooses the event, the second the options; the rest is laid over the observation. Only what our own code
 * guarantees is put right: size, kind and the alignment of arrays.
 */
#include <stdlib.h>

#include "eve/eve.h"
#include "eve_cases.h"
#include "json_check.h"

#define DATA_MAX  4096
#define LINE_MOST (256u * 1024u)

static struct event_record record;

static const struct {
    enum event_type type;
    enum observation_kind kind;
    size_t size;
} choices[] = {
    {EVENT_FLOW, OBSERVE_ENDED, sizeof(struct observation_ended)}, {EVENT_DNS, OBSERVE_DNS, sizeof(struct observation_dns)},
    {EVENT_TLS, OBSERVE_TLS, sizeof(struct observation_tls)},      {EVENT_HTTP, OBSERVE_HTTP, sizeof(struct observation_http)},
    {EVENT_QUIC, OBSERVE_QUIC, sizeof(struct observation_quic)},   {EVENT_ALERT, OBSERVE_DNS, sizeof(struct observation_dns)},
    {EVENT_ALERT, OBSERVE_TLS, sizeof(struct observation_tls)},    {EVENT_ALERT, OBSERVE_HTTP, sizeof(struct observation_http)},
    {EVENT_FTP, OBSERVE_FTP, sizeof(struct observation_ftp)},      {EVENT_FTP_DATA, OBSERVE_FTP_DATA, sizeof(struct observation_ftp_data)},
    {EVENT_ALERT, OBSERVE_QUIC, sizeof(struct observation_quic)},  {EVENT_ALERT, OBSERVE_ENDED, sizeof(struct observation_ended)},
};
#define CHOICES (sizeof choices / sizeof choices[0])

static struct eve *encoder(unsigned bits)
{
    static struct eve *encoders[64];
    if (encoders[bits & 63] != NULL)
        return encoders[bits & 63];
    struct eve_options options = {.names = event_names(),
                                  .sensor_name = "s",
                                  .community_id = bits & 1,
                                  .ethernet = bits & 2,
                                  .ipv6_compress = bits & 4,
                                  .metadata = bits & 8,
                                  .ndpi = bits & 16,
                                  .dns_version = bits & 32 ? 2 : 3,
                                  .dns_requests = true,
                                  .dns_responses = true};
    return encoders[bits & 63] = eve_new(&options, NULL);
}

static void lay_over(size_t choice, const uint8_t *data, size_t size)
{
    size_t whole = choices[choice].size + (size > choices[choice].size ? size - choices[choice].size : 0);
    struct observation *o = event_begin(&record, choices[choice].kind, whole);
    uint32_t bytes = o->size;
    if (size > 0)
        memcpy(record.bytes, data, size);
    o->size = bytes;
    o->kind = (uint8_t)choices[choice].kind;
    o->tunnel_at &= (uint16_t)~7u;
    if (o->kind == OBSERVE_DNS) {
        struct observation_dns *dns = (struct observation_dns *)(void *)record.bytes;
        dns->questions.at &= ~7u;
        dns->answers.at &= ~7u;
        dns->authorities.at &= ~7u;
        dns->additionals.at &= ~7u;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct json text;
    if (size < 2 || size > DATA_MAX)
        return 0;
    if (text.most == 0)
        json_init(&text, LINE_MOST);
    size_t choice = data[0] % CHOICES;
    lay_over(choice, data + 2, size - 2);
    struct event e = {.type = choices[choice].type,
                      .observation = event_head(&record),
                      .note = &case_note,
                      .sighting = data[1] & 64 ? &case_sighting : &case_bare_sighting,
                      .geo = data[1] & 128 ? &case_geo : NULL};
    json_reset(&text);
    uint32_t lines = eve_encode(encoder(data[1]), &e, &text);
    if (text.size == 0 && lines == 0)
        return 0;
    const char *at = text.at, *end = text.at + text.size;
    for (uint32_t i = 0; i < lines; i++) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));
        if (lf == NULL || !json_check_object(at, (size_t)(lf - at)))
            abort();
        at = lf + 1;
    }
    if (lines > 0 ? at != end : text.size != 0)
        abort();
    return 0;
}
