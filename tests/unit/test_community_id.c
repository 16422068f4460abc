/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_community_id.c - the specification's published vectors, both directions, and our SHA-1 against libcrypto's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/addr.h"
#include "eve/community_id.h"

/* For ICMP the "ports" are type and code. */
static struct observation flow_of(uint8_t proto, const char *client, const char *server, unsigned client_port, unsigned server_port)
{
    struct observation o = {.proto = proto, .client_port = (uint16_t)client_port, .server_port = (uint16_t)server_port};
    assert_true(addr_parse(client, &o.client) && addr_parse(server, &o.server));
    o.ip_version = strchr(client, ':') != NULL ? 6 : 4;
    o.icmp_type = (uint8_t)client_port;
    o.icmp_code = (uint8_t)server_port;
    return o;
}

static const char *id_of(const struct observation *o, uint16_t seed)
{
    static char text[COMMUNITY_ID_SIZE + 1];
    community_id_of(o, seed, text);
    text[COMMUNITY_ID_SIZE] = '\0';
    return text;
}

static void test_published_vectors(void **state)
{
    static const struct {
        uint8_t proto;
        const char *client, *server;
        unsigned client_port, server_port;
        const char *id;
    } rows[] = {
        {6, "128.232.110.120", "66.35.250.204", 34855, 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
        {17, "192.168.1.52", "8.8.8.8", 54585, 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
        {1, "192.168.0.89", "192.168.0.1", 8, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
        {132, "192.168.170.8", "192.168.170.56", 7, 80, "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ="},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct observation o = flow_of(rows[i].proto, rows[i].client, rows[i].server, rows[i].client_port, rows[i].server_port);
        assert_string_equal(id_of(&o, 0), rows[i].id);
    }
}

static void test_both_directions_give_the_same_id(void **state)
{
    static const uint8_t protos[] = {6, 17, 132, 47, 50, 0};
    char first[COMMUNITY_ID_SIZE + 1];
    (void)state;
    for (size_t i = 0; i < sizeof protos; i++) {
        struct observation there = flow_of(protos[i], "2001:db8::1", "2001:db8::2", 4000, 53);
        struct observation back = flow_of(protos[i], "2001:db8::2", "2001:db8::1", 53, 4000);
        strcpy(first, id_of(&there, 7));
        assert_string_equal(first, id_of(&back, 7));
    }
    struct observation echo = flow_of(1, "192.168.0.89", "192.168.0.1", 8, 0);
    struct observation reply = flow_of(1, "192.168.0.1", "192.168.0.89", 0, 0);
    strcpy(first, id_of(&echo, 0));
    assert_string_equal(first, id_of(&reply, 0));
    struct observation ask = flow_of(58, "fe80::1", "fe80::2", 135, 0), told = flow_of(58, "fe80::2", "fe80::1", 136, 0);
    strcpy(first, id_of(&ask, 0));
    assert_string_equal(first, id_of(&told, 0));
}

static void test_one_way_icmp_is_never_turned_round(void **state)
{
    char first[COMMUNITY_ID_SIZE + 1];
    (void)state;
    struct observation there = flow_of(1, "192.168.0.89", "192.168.0.1", 3, 1),
                       back = flow_of(1, "192.168.0.1", "192.168.0.89", 3, 1);
    strcpy(first, id_of(&there, 0));
    assert_string_not_equal(first, id_of(&back, 0));
}

static void test_the_seed_changes_the_id(void **state)
{
    char first[COMMUNITY_ID_SIZE + 1];
    (void)state;
    struct observation o = flow_of(6, "128.232.110.120", "66.35.250.204", 34855, 80);
    strcpy(first, id_of(&o, 0));
    assert_string_not_equal(first, id_of(&o, 1));
}

/* The specification spelled out: bytes in order, a library's digest, a library's base64. */
static void reference(const struct observation *o, uint16_t seed, char *out)
{
    uint8_t input[40], digest[EVP_MAX_MD_SIZE];
    bool is_v6 = o->ip_version == 6, ports = o->proto == 6 || o->proto == 17 || o->proto == 132;
    size_t size = is_v6 ? 16 : 4, used = 0;
    const uint8_t *a = o->client.bytes + 16 - size, *b = o->server.bytes + 16 - size;
    uint16_t ap = o->client_port, bp = o->server_port;
    int order = memcmp(a, b, size);
    if (order > 0 || (order == 0 && ports && ap > bp)) {
        const uint8_t *swap = a;
        a = b;
        b = swap;
        ap = o->server_port;
        bp = o->client_port;
    }
    input[used++] = (uint8_t)(seed >> 8);
    input[used++] = (uint8_t)seed;
    memcpy(input + used, a, size);
    memcpy(input + used + size, b, size);
    used += 2 * size;
    input[used++] = o->proto;
    input[used++] = 0;
    const uint8_t tail[4] = {(uint8_t)(ap >> 8), (uint8_t)ap, (uint8_t)(bp >> 8), (uint8_t)bp};
    memcpy(input + used, tail, ports ? 4 : 0);
    used += ports ? 4 : 0;
    assert_int_equal(EVP_Digest(input, used, digest, NULL, EVP_sha1(), NULL), 1);
    memcpy(out, "1:", 2);
    EVP_EncodeBlock((unsigned char *)out + 2, digest, 20);
}

static void test_a_library_agrees_on_many_flows(void **state)
{
    static const uint8_t protos[] = {6, 17, 132, 47};
    (void)state;
    srandom(1);
    for (int i = 0; i < 20000; i++) {
        struct observation o = {.proto = protos[i % 4],
                                .ip_version = i & 1 ? 4 : 6,
                                .client_port = (uint16_t)random(),
                                .server_port = (uint16_t)random()};
        for (int k = 0; k < 16; k++) {
            o.client.bytes[k] = (uint8_t)random();
            o.server.bytes[k] = i % 7 == 0 ? o.client.bytes[k] : (uint8_t)random();
        }
        char want[40];
        reference(&o, (uint16_t)i, want);
        assert_string_equal(id_of(&o, (uint16_t)i), want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_vectors),
        cmocka_unit_test(test_both_directions_give_the_same_id),
        cmocka_unit_test(test_one_way_icmp_is_never_turned_round),
        cmocka_unit_test(test_the_seed_changes_the_id),
        cmocka_unit_test(test_a_library_agrees_on_many_flows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
