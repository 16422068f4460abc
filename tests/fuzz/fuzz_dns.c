/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_dns.c - any bytes as one message, and as a TCP stream that arrives whole or in two pieces: the same must be told.
 */
#include "dissect/dns.h"
#include "sink.h"

static void as_message(const uint8_t *bytes, size_t size)
{
    struct sink *s = sink_open(IP_UDP);
    struct slice message = {bytes, size};
    enum probe probe = dns_probe(message), on_its_port = dns_port_probe(message);
    bool good = dns_message(&s->place, message, 0);
    if ((probe == PROBE_YES || on_its_port == PROBE_YES) && !good)
        abort(); /* what is recognised must be readable */
    if (good != (s->records == 1))
        abort();
}

/* Gives the stream with a cut; what was not consumed comes again. Returns what was told. */
static uint64_t as_stream(const uint8_t *bytes, size_t size, size_t cut)
{
    struct sink *s = sink_open(IP_TCP);
    uint32_t tx = 0;
    uint64_t messages = 0;
    uint8_t *first = sink_exact(bytes, cut);
    dns_tcp_probe((struct slice){first, cut});
    struct parse_result r = dns_tcp(&s->place, (struct slice){first, cut}, &tx, &messages);
    free(first);
    if (r.consumed > cut)
        abort();
    if (r.state == PARSE_MORE)
        dns_tcp(&s->place, (struct slice){bytes + r.consumed, size - r.consumed}, &tx, &messages);
    if (messages != s->records)
        abort();
    return s->told;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    size_t cut = ((size_t)data[0] << 8 | data[1]) % (size - 1);
    uint8_t *copy = sink_exact(data + 2, size - 2);
    as_message(copy, size - 2);
    if (as_stream(copy, size - 2, cut) != as_stream(copy, size - 2, size - 2))
        abort();
    free(copy);
    return 0;
}
