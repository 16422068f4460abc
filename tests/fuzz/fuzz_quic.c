/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_quic.c - datagrams of one flow: as they are, or as the payload of a properly protected Initial, so that frames, assembly and
 * hellos are reached behind the encryption.
 *
 * Input: datagrams of one control byte (end, sealed or raw, version), two bytes of size, and the bytes.
 */
#include "../unit/quic_seal.h"
#include "dissect/quic.h"
#include "sink.h"

static const uint32_t versions[16] = {1,          0x6b3343cf, 0xff00001d, 0xff000017, 0xff000016, 0x51303530,
                                      0x54303530, 0x54303531, 0xfaceb002, 0xfaceb00e, 0x1a2a3a4a, 0xff000021,
                                      1,          0x6b3343cf, 1,          0x51303530};
static const uint8_t dcid[8] = {1, 2, 3, 4, 5, 6, 7, 8};

static void give(struct quic_crypto *c, struct quic_flow *q, struct sink *s, struct slice datagram)
{
    uint8_t *exact = sink_exact(datagram.at, datagram.size);
    struct slice copy = {exact, datagram.size};
    quic_probe(copy);
    quic_datagram(c, q, &s->place, copy);
    if (quic_flow_memory(q) > 64 * 1024)
        abort();
    free(exact);
}

/* Seals the bytes as `end` would: end 0 is the client. */
static void give_sealed(struct quic_crypto *c, struct quic_flow *q, struct sink *s, uint8_t control, struct slice plain)
{
    const struct quic_dialect *dialects[QUIC_DIALECTS_MAX];
    struct quic_keys keys[2];
    uint8_t packet[SEAL_MAX + 256];
    uint32_t version = versions[control & 15];
    quic_dialects_of(version, dialects);
    seal_keys(dialects[0], (struct slice){dcid, 8}, keys);
    struct seal seal = {.version = version, .type_bits = dialects[0]->initial_bits, .dcid = {dcid, 8}, .number_size = 4};
    seal.keys = keys[s->place.end == 0 ? TO_SERVER : TO_CLIENT];
    if (plain.size >= 4 && plain.size <= SEAL_MAX)
        give(c, q, s, (struct slice){packet, seal_packet(&seal, plain, true, packet)});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct quic_crypto *crypto;
    struct error error;
    if (!crypto && !(crypto = quic_crypto_new(&error)))
        abort();
    struct sink *s = sink_open(IP_UDP);
    struct quic_flow *q = quic_flow_new();
    while (q && size > 3) {
        uint8_t control = data[0];
        size_t n = (size_t)(data[1] & 0x0f) << 8 | data[2];
        data += 3;
        size -= 3;
        n = n < size ? n : size;
        s->place.end = control >> 7;
        if (control & 0x40)
            give(crypto, q, s, (struct slice){data, n});
        else
            give_sealed(crypto, q, s, control, (struct slice){data, n});
        data += n;
        size -= n;
    }
    if (q)
        quic_end(q, &s->place);
    quic_flow_free(q);
    return 0;
}
