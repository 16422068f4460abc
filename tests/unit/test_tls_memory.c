/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_tls_memory.c - a handshake that was seen before is told as the first time, and nothing else is taken for it.
 */
#include "tls_talk.h"

#include "dissect/tls_memory.h"

static struct tls_memory *memory;

static int set_up_memory(void **state)
{
    memory = tls_memory_new();
    return memory ? set_up(state) : -1;
}

static int tear_down_memory(void **state)
{
    tls_memory_free(memory);
    return tear_down(state);
}

/* What one more handshake on a fresh parser is told as. */
static const struct observation *told(bool remembering, const char *sni, const uint8_t *der, size_t size)
{
    struct hello_plan c = client_plan(), s = server_plan();
    c.sni = sni;
    tls_flow_free(flow);
    flow = tls_flow_new(&budget, APP_UNKNOWN);
    assert_non_null(flow);
    watch.place.memory = remembering ? memory : NULL;
    send_client_hello(&c);
    send_server_hello(&s, NULL);
    send_certificates(SERVER, der, size, 2);
    send_message(SERVER, 14, 0);
    exchange();
    const struct observation_tls *o = observed();
    assert_non_null(o);
    assert_true(o->certificate_seen && o->ja3.size && o->ja4.size);
    return &o->head;
}

static void assert_same(const struct observation *a, const struct observation *b)
{
    assert_int_equal(a->size, b->size);
    assert_memory_equal(a, b, a->size);
}

static void test_what_was_seen_before_is_told_alike(void **state)
{
    (void)state;
    static const char *const all[] = {"www.example.com", "a.example", "a.much.longer.name.of.another.server.example"};
    for (int round = 0; round < 3; round++)
        for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
            assert_same(told(true, all[i], server_der, server_der_size), told(false, all[i], server_der, server_der_size));
            assert_same(told(true, all[i], client_der, client_der_size), told(false, all[i], client_der, client_der_size));
        }
}

static void test_one_byte_makes_another_certificate(void **state)
{
    (void)state;
    uint8_t der[sizeof server_der];
    memcpy(der, server_der, server_der_size);
    for (size_t i = server_der_size - 64; i < server_der_size; i++) { /* the signature: all else would be the same */
        told(true, "a.example", server_der, server_der_size);
        der[i] ^= 1;
        assert_same(told(true, "a.example", der, server_der_size), told(false, "a.example", der, server_der_size));
        der[i] ^= 1;
    }
}

static struct slice bytes_of(const void *at, size_t size)
{
    return (struct slice){at, size};
}

static void test_readings_have_bounds(void **state)
{
    (void)state;
    static uint8_t large[TLS_CHAIN_MAX + 1] = {1};
    struct slice whole = bytes_of(large, TLS_CHAIN_MAX), head = bytes_of("abc", 3), rest = bytes_of("de", 2);
    assert_int_equal(tls_memory_reading(memory, whole).size, 0);
    tls_memory_keep_reading(memory, whole, head, rest);
    struct slice found = tls_memory_reading(memory, whole);
    assert_int_equal(found.size, 5);
    assert_memory_equal(found.at, "abcde", 5);
    tls_memory_keep_reading(memory, bytes_of(large, sizeof large), head, rest);
    assert_int_equal(tls_memory_reading(memory, bytes_of(large, sizeof large)).size, 0);
    tls_memory_keep_reading(memory, bytes_of("x", 1), head, bytes_of(large, TLS_READING_MAX - 2));
    assert_int_equal(tls_memory_reading(memory, bytes_of("x", 1)).size, 0);
    tls_memory_keep_reading(NULL, whole, head, rest);
    assert_int_equal(tls_memory_reading(NULL, whole).size, 0);
}

static void test_prints_have_bounds(void **state)
{
    (void)state;
    static uint8_t large[TLS_PRINT_KEY_MAX + 1];
    struct tls_prints prints = {"771,1,2,3,4", "0123456789abcdef0123456789abcdef", "t13"};
    for (size_t size = 1; size <= TLS_PRINT_KEY_MAX; size += 73) {
        assert_null(tls_memory_prints(memory, bytes_of(large, size)));
        tls_memory_keep_prints(memory, bytes_of(large, size), &prints);
        const struct tls_prints *found = tls_memory_prints(memory, bytes_of(large, size));
        assert_non_null(found);
        assert_memory_equal(found, &prints, sizeof prints);
    }
    tls_memory_keep_prints(memory, bytes_of(large, sizeof large), &prints);
    assert_null(tls_memory_prints(memory, bytes_of(large, sizeof large)));
    assert_null(tls_memory_prints(NULL, bytes_of(large, 1)));
}

/* More than there are places for: each is found right after it was kept. */
static void test_a_newcomer_takes_the_place(void **state)
{
    (void)state;
    struct tls_prints prints = {"", "", ""};
    for (uint32_t i = 0; i < 3000; i++) {
        memcpy(prints.ja3, &i, sizeof i);
        tls_memory_keep_prints(memory, bytes_of(&i, sizeof i), &prints);
        assert_memory_equal(tls_memory_prints(memory, bytes_of(&i, sizeof i))->ja3, &i, sizeof i);
        tls_memory_keep_reading(memory, bytes_of(&i, sizeof i), bytes_of(&i, sizeof i), bytes_of("", 0));
        assert_memory_equal(tls_memory_reading(memory, bytes_of(&i, sizeof i)).at, &i, sizeof i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_was_seen_before_is_told_alike, set_up_memory, tear_down_memory),
        cmocka_unit_test_setup_teardown(test_one_byte_makes_another_certificate, set_up_memory, tear_down_memory),
        cmocka_unit_test_setup_teardown(test_readings_have_bounds, set_up_memory, tear_down_memory),
        cmocka_unit_test_setup_teardown(test_prints_have_bounds, set_up_memory, tear_down_memory),
        cmocka_unit_test_setup_teardown(test_a_newcomer_takes_the_place, set_up_memory, tear_down_memory),
    };
    return cmocka_run_group_tests(tests, make_certificates, NULL);
}
