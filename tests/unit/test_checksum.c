/* SPDX-License-Identifier: Apache-2.0 */
/* test_checksum.c - wrong checksums are found, counted, and drop a packet only when told to. */
#include "frames.h"

static struct decode_counters counters;

static enum decode_outcome decode_with(enum checksums checksums, const struct bytes *b, unsigned number)
{
    struct decode_options options = decode_options_default;
    options.checksums = checksums;
    use_decoder(&options);
    frame = (struct frame){.bytes = b->at,
                           .cap_len = (uint32_t)b->size,
                           .wire_len = (uint32_t)b->size,
                           .time_ns = 77,
                           .number = number,
                           .link_type = DLT_EN10MB};
    enum decode_outcome outcome = decode_frame(decoder, &frame, &packet);
    decode_count(&counters, &frame, &packet, outcome);
    return outcome;
}

static uint16_t sum_of(uint32_t sum, const uint8_t *at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        sum += i % 2 ? at[i] : (uint32_t)at[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void set(struct bytes *b, size_t at, uint16_t sum)
{
    b->at[at] = (uint8_t)(sum >> 8);
    b->at[at + 1] = (uint8_t)sum;
}

/* A packet with `size` bytes of payload and right checksums. */
static struct bytes good(unsigned version, uint8_t proto, unsigned size)
{
    static const size_t place[256] = {[IP_ICMP] = 2, [IP_TCP] = 16, [IP_UDP] = 6, [IP_ICMPV6] = 2};
    struct bytes b = {0};
    unsigned head = version == 4 ? 20 : 40, transport = proto == IP_TCP ? 20 : 8;
    put_ether(&b, version == 4 ? 0x0800 : 0x86dd);
    if (version == 4)
        put_ipv4(&b, head + transport + size, 0x4000, proto);
    else
        put_ipv6(&b, transport + size, proto);
    if (proto == IP_TCP)
        put_tcp(&b, 5);
    else if (proto == IP_UDP)
        put_udp(&b, 8 + size);
    else
        put_hex(&b, proto == IP_ICMP ? "0800 0000 0001 0002" : "8000 0000 0001 0002");
    for (unsigned i = 0; i < size; i++)
        put(&b, &(uint8_t){(uint8_t)(i * 7 + 1)}, 1);
    if (version == 4)
        set(&b, 24, sum_of(0, b.at + 14, 20));
    size_t from = version == 4 ? 26 : 22, addresses = version == 4 ? 8 : 32;
    uint32_t pseudo = proto == IP_ICMP ? 0 : proto + transport + size;
    struct bytes sum = {0};
    if (proto != IP_ICMP)
        put(&sum, b.at + from, addresses);
    put(&sum, b.at + 14 + head, transport + size);
    set(&b, 14 + head + place[proto], sum_of(pseudo, sum.at, sum.size));
    return b;
}

static void test_right_ones_are_good_and_a_changed_bit_is_bad(void **state)
{
    (void)state;
    static const struct {
        unsigned version;
        uint8_t proto;
    } kinds[] = {{4, IP_TCP}, {4, IP_UDP}, {4, IP_ICMP}, {6, IP_TCP}, {6, IP_UDP}, {6, IP_ICMPV6}};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (unsigned size = 0; size < 40; size++) {
            struct bytes b = good(kinds[k].version, kinds[k].proto, size);
            assert_int_equal(decode_with(CHECKSUMS_ENFORCED, &b, 1), DECODED);
            assert_int_equal(packet.checksum, CHECKSUM_GOOD);
            b.at[b.size - 1] ^= 4; /* payload, or the header's last byte */
            assert_int_equal(decode_with(CHECKSUMS_ENFORCED, &b, 1), UNDECODED_CHECKSUM);
        }
}

static void test_a_bad_ipv4_header_is_bad(void **state)
{
    (void)state;
    struct bytes b = good(4, IP_TCP, 5);
    b.at[22]--;
    assert_int_equal(decode_with(CHECKSUMS_ENFORCED, &b, 1), UNDECODED_CHECKSUM);
}

static void test_sampling_counts_and_never_drops(void **state)
{
    (void)state;
    struct bytes b = good(4, IP_TCP, 5);
    b.at[b.size - 1] ^= 4;
    memset(&counters, 0, sizeof counters);
    for (unsigned number = 1; number <= 2048; number++)
        assert_int_equal(decode_with(CHECKSUMS_SAMPLED, &b, number), DECODED);
    assert_int_equal(counters.checksums, 1024 + 16);
    assert_int_equal(counters.bad_checksums, 1024 + 16);
    memset(&counters, 0, sizeof counters);
    assert_int_equal(decode_with(CHECKSUMS_IGNORED, &b, 1), DECODED);
    assert_int_equal(counters.checksums, 0);
}

static void test_what_cannot_be_known_is_not_bad(void **state)
{
    (void)state;
    struct bytes b = good(4, IP_TCP, 50);
    b.size -= 10; /* cut by the snap length */
    assert_int_equal(decode_with(CHECKSUMS_ENFORCED, &b, 1), DECODED);
    assert_int_equal(packet.checksum, CHECKSUM_UNKNOWN);
    b = good(4, IP_UDP, 5);
    set(&b, 14 + 20 + 6, 0); /* none */
    assert_int_equal(decode_with(CHECKSUMS_ENFORCED, &b, 1), DECODED);
    b = good(4, 132, 30);
    assert_int_equal(decode_with(CHECKSUMS_ENFORCED, &b, 1), DECODED); /* SCTP has another kind */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right_ones_are_good_and_a_changed_bit_is_bad),
        cmocka_unit_test(test_a_bad_ipv4_header_is_bad),
        cmocka_unit_test(test_sampling_counts_and_never_drops),
        cmocka_unit_test(test_what_cannot_be_known_is_not_bad),
    };
    return cmocka_run_group_tests(tests, NULL, drop_copy);
}
