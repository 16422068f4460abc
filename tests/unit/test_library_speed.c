/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_library_speed.c - what stands in the place of the library's own functions does the same as they do.
 */
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow/ndpi.h"

#if NDPI_SINCE(4, 4)

int main(void)
{
    return 0; /* nothing is replaced */
}

#else

#define ROUNDS 3000

typedef void (*lines_function)(ndpi_module *m, struct ndpi_flow_struct *flow);
typedef u_int32_t (*check_function)(ndpi_module *m, struct ndpi_flow_struct *flow, NDPI_SELECTION_BITMASK_PROTOCOL_SIZE *packet);

static struct library *library;
static lines_function find_lines;
static check_function check;

static int open_it(void **state)
{
    (void)state;
    struct error e = {""};
    void *lines = dlsym(RTLD_NEXT, "ndpi_parse_packet_line_info"), *checks = dlsym(RTLD_NEXT, "ndpi_check_flow_func");
    memcpy(&find_lines, &lines, sizeof lines);
    memcpy(&check, &checks, sizeof checks);
    bool replaced = find_lines != ndpi_parse_packet_line_info && check != ndpi_check_flow_func;
    library = library_open(32, &e);
    srand(1);
    return library && lines && checks && replaced ? 0 : -1;
}

static int close_it(void **state)
{
    (void)state;
    library_close(library);
    return 0;
}

static void test_sets_have_a_member_in_common_or_not(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 512; i++)
        for (unsigned j = 0; j < 512; j++) {
            NDPI_PROTOCOL_BITMASK a, b;
            NDPI_BITMASK_RESET(a);
            NDPI_BITMASK_RESET(b);
            assert_int_equal(NDPI_BITMASK_COMPARE(a, b), 0);
            NDPI_BITMASK_ADD(a, i);
            NDPI_BITMASK_ADD(b, j);
            assert_int_equal(NDPI_BITMASK_COMPARE(a, b) != 0, i == j);
        }
}

/* Bytes as strangers send them, some of them with lines. */
static size_t payload_of(unsigned round, uint8_t *out)
{
    static const char *const words[] = {"\r\n", "\r", "\n", "GET / HTTP/1.1", "Host: a.example", "\r\n\r\n", "220 ready", "HTTP/1.1 200 OK", "\0\1\2"};
    size_t size = 0;
    while (size < 4 + round % 400)
        if (round % 3 == 0) {
            out[size++] = (uint8_t)rand();
        } else {
            const char *word = words[(unsigned)rand() % (sizeof words / sizeof words[0])];
            size_t add = *word ? strlen(word) : 3;
            memcpy(out + size, word, add);
            size += add;
        }
    return size;
}

static void test_lines_are_found_as_before(void **state)
{
    (void)state;
    static struct ndpi_packet_struct ours;
    static struct ndpi_flow_struct a, b;
    struct ndpi_packet_struct *packet = &library->module->packet;
    uint8_t payload[512];
    for (unsigned i = 0; i < ROUNDS; i++) {
        size_t size = i < 5 ? i : payload_of(i, payload);
        memset(packet, 0, sizeof *packet);
        packet->payload = payload;
        packet->payload_packet_len = (uint16_t)size;
        ndpi_parse_packet_line_info(library->module, &a);
        ours = *packet;
        memset(packet, 0, sizeof *packet);
        packet->payload = payload;
        packet->payload_packet_len = (uint16_t)size;
        find_lines(library->module, &b);
        assert_memory_equal(&ours, packet, sizeof ours);
        assert_memory_equal(&a, &b, sizeof a);
    }
}

static void begin_flow(struct ndpi_flow_struct *flow, uint8_t proto, uint16_t guessed)
{
    memset(flow, 0, sizeof *flow);
    flow->l4_proto = proto;
    flow->guessed_protocol_id = guessed;
}

/* One packet of a flow that nobody knows, asked about both ways. */
static void assert_same_check(uint8_t proto, uint16_t guessed, const uint8_t *payload, size_t size)
{
    static struct ndpi_flow_struct a, b;
    static struct ndpi_tcphdr tcp = {.source = 0x3930, .dest = 0x3931};
    static struct ndpi_udphdr udp = {.source = 0x3930, .dest = 0x3931};
    static struct ndpi_iphdr ip = {.version = 4, .ihl = 5};
    struct ndpi_packet_struct *packet = &library->module->packet, before;
    NDPI_SELECTION_BITMASK_PROTOCOL_SIZE wants = NDPI_SELECTION_BITMASK_PROTOCOL_COMPLETE_TRAFFIC | NDPI_SELECTION_BITMASK_PROTOCOL_IP |
                                                 NDPI_SELECTION_BITMASK_PROTOCOL_IPV4_OR_IPV6 |
                                                 NDPI_SELECTION_BITMASK_PROTOCOL_INT_TCP_OR_UDP |
                                                 NDPI_SELECTION_BITMASK_PROTOCOL_HAS_PAYLOAD |
                                                 NDPI_SELECTION_BITMASK_PROTOCOL_NO_TCP_RETRANSMISSION;
    wants |= proto == IPPROTO_TCP ? NDPI_SELECTION_BITMASK_PROTOCOL_INT_TCP : NDPI_SELECTION_BITMASK_PROTOCOL_INT_UDP;
    memset(packet, 0, sizeof *packet);
    packet->iph = &ip;
    packet->tcp = proto == IPPROTO_TCP ? &tcp : NULL;
    packet->udp = proto == IPPROTO_TCP ? NULL : &udp;
    packet->payload = payload;
    packet->payload_packet_len = (uint16_t)size;
    before = *packet;
    begin_flow(&a, proto, guessed);
    begin_flow(&b, proto, guessed);
    u_int32_t ours = ndpi_check_flow_func(library->module, &a, &wants);
    *packet = before;
    u_int32_t theirs = check(library->module, &b, &wants);
    assert_int_equal(ours, theirs);
    assert_memory_equal(a.detected_protocol_stack, b.detected_protocol_stack, sizeof a.detected_protocol_stack);
    assert_memory_equal(&a.excluded_protocol_bitmask, &b.excluded_protocol_bitmask, sizeof a.excluded_protocol_bitmask);
    assert_int_equal(a.confidence, b.confidence);
    ndpi_free_flow_data(&a);
    ndpi_free_flow_data(&b);
}

static void test_the_same_dissectors_are_asked(void **state)
{
    (void)state;
    static const uint16_t guesses[] = {0, NDPI_PROTOCOL_HTTP, NDPI_PROTOCOL_TLS, NDPI_PROTOCOL_SSH, NDPI_PROTOCOL_DNS};
    static const char ssh[] = "SSH-2.0-OpenSSH_9.2p1\r\n", get[] = "GET / HTTP/1.1\r\nHost: www.example.org\r\n\r\n";
    uint8_t payload[512];
    for (unsigned i = 0; i < ROUNDS; i++) {
        size_t size = payload_of(i, payload);
        assert_same_check(i % 2 ? IPPROTO_TCP : IPPROTO_UDP, guesses[i % 5], payload, size);
    }
    for (unsigned i = 0; i < 5; i++) {
        assert_same_check(IPPROTO_TCP, guesses[i], (const uint8_t *)ssh, sizeof ssh - 1);
        assert_same_check(IPPROTO_TCP, guesses[i], (const uint8_t *)get, sizeof get - 1);
        assert_same_check(IPPROTO_TCP, guesses[i], (const uint8_t *)"", 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sets_have_a_member_in_common_or_not),
        cmocka_unit_test(test_lines_are_found_as_before),
        cmocka_unit_test(test_the_same_dissectors_are_asked),
    };
    return cmocka_run_group_tests(tests, open_it, close_it);
}

#endif
