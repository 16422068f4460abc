/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_openvpn.c - a connection's direction whole and in two pieces: the same must be told.
 *
 * Input: two bytes that say where to cut, one for what stands before the acknowledgements, then the stream.
 */
#include "dissect/openvpn.h"
#include "sink.h"

static uint64_t read_cut(const uint8_t *bytes, size_t size, size_t cut, uint8_t guard)
{
    struct budget budget = {.max = 1u << 18};
    struct sink *s = sink_open(IP_TCP);
    struct tls_flow *t = tls_flow_new(&budget, APP_UNKNOWN);
    struct openvpn *o = openvpn_new(&budget, guard);
    if (!t || !o)
        abort();
    uint8_t *first = sink_exact(bytes, cut);
    struct parse_result r = openvpn_bytes(o, t, &s->place, (struct slice){first, cut});
    free(first);
    if (r.consumed > cut)
        abort();
    if (r.state == PARSE_MORE)
        openvpn_bytes(o, t, &s->place, (struct slice){bytes + r.consumed, size - r.consumed});
    tls_end(t, &s->place);
    openvpn_free(o);
    tls_flow_free(t);
    if (budget.used)
        abort();
    return s->told;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t guard;
    if (size < 4)
        return 0;
    size_t cut = ((size_t)data[0] << 8 | data[1]) % (size - 2);
    uint8_t *copy = sink_exact(data + 3, size - 3);
    openvpn_probe((struct slice){copy, size - 3}, &guard);
    if (read_cut(copy, size - 3, cut, data[2] % 80) != read_cut(copy, size - 3, size - 3, data[2] % 80))
        abort();
    free(copy);
    return 0;
}
