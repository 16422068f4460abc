/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_addr.c - addresses and blocks in text and back, and the algebra of sets.
 */
#include "base/addr.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct address parsed(const char *text)
{
    struct address a;
    if (!addr_parse(text, &a))
        fail_msg("%s is no address", text);
    return a;
}

static void expect_text(const char *from, const char *short_form, const char *long_form)
{
    struct address a = parsed(from);
    char out[ADDR_TEXT_MAX];
    assert_string_equal(addr_text(&a, out), short_form);
    assert_string_equal(addr_text_expanded(&a, out), long_form);
}

static void test_text_is_rfc5952(void **state)
{
    (void)state;
    expect_text("192.0.2.1", "192.0.2.1", "192.0.2.1");
    expect_text("255.255.255.255", "255.255.255.255", "255.255.255.255");
    expect_text("0.0.0.0", "0.0.0.0", "0.0.0.0");
    expect_text("::ffff:10.20.30.4", "10.20.30.4", "10.20.30.4");
    expect_text("::", "::", "0000:0000:0000:0000:0000:0000:0000:0000");
    expect_text("::1", "::1", "0000:0000:0000:0000:0000:0000:0000:0001");
    expect_text("1::", "1::", "0001:0000:0000:0000:0000:0000:0000:0000");
    expect_text("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1", "2001:0db8:0000:0000:0001:0000:0000:0001");
    expect_text("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1", "2001:0db8:0000:0001:0001:0001:0001:0001");
    expect_text("2001:0:0:1:0:0:0:1", "2001:0:0:1::1", "2001:0000:0000:0001:0000:0000:0000:0001");
    expect_text("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::", "0001:0002:0003:0004:0005:0006:0000:0000");
    expect_text("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

/* inet_pton is the other opinion; random groups with many zeros. */
static void test_text_parses_back_to_the_same_address(void **state)
{
    (void)state;
    srandom(5952);
    for (int round = 0; round < 20000; round++) {
        struct address a, back;
        for (int i = 0; i < 16; i += 2) {
            unsigned group = random() % 3 == 0 ? (unsigned)random() & 0xffff : random() % 3 == 0 ? (unsigned)random() & 15 : 0;
            a.bytes[i] = (uint8_t)(group >> 8);
            a.bytes[i + 1] = (uint8_t)group;
        }
        char text[ADDR_TEXT_MAX], theirs[ADDR_TEXT_MAX];
        addr_text(&a, text);
        assert_true(addr_parse(text, &back) && addr_equal(&a, &back));
        assert_int_equal(inet_pton(AF_INET6, addr_is_v4(&a) ? "::" : text, theirs), 1);
        addr_text_expanded(&a, text);
        assert_true(addr_parse(text, &back) && addr_equal(&a, &back));
    }
}

static void test_parse_refuses_what_is_no_address(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ", ":::", "12345::", "g::", "1.2.3.4/8"};
    struct address a;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(addr_parse(bad[i], &a));
}

static bool prefix_has(const char *prefix, const char *address)
{
    struct prefix p;
    if (!prefix_parse(prefix, &p))
        fail_msg("%s is no block", prefix);
    struct address a = parsed(address);
    return prefix_holds(&p, &a);
}

static void test_prefix_holds_its_block_only(void **state)
{
    (void)state;
    assert_true(prefix_has("10.0.0.0/8", "10.255.255.255"));
    assert_false(prefix_has("10.0.0.0/8", "11.0.0.0"));
    assert_true(prefix_has("192.0.2.128/25", "192.0.2.128"));
    assert_false(prefix_has("192.0.2.128/25", "192.0.2.127"));
    assert_true(prefix_has("192.0.2.7", "192.0.2.7"));
    assert_false(prefix_has("192.0.2.7", "192.0.2.6"));
    assert_true(prefix_has("10.1.2.3/8", "10.9.9.9")); /* host bits are cleared */
    assert_true(prefix_has("fe80::/10", "febf::1"));
    assert_false(prefix_has("fe80::/10", "fec0::1"));
    assert_true(prefix_has("2001:db8::1", "2001:db8::1"));
    assert_false(prefix_has("2001:db8::1", "2001:db8::2"));
}

static void test_families_do_not_mix(void **state)
{
    (void)state;
    assert_true(prefix_has("0.0.0.0/0", "203.0.113.9"));
    assert_false(prefix_has("0.0.0.0/0", "2001:db8::1"));
    assert_true(prefix_has("::/0", "2001:db8::1"));
    assert_false(prefix_has("::/0", "203.0.113.9"));
    assert_true(prefix_has("::ffff:10.0.0.0/104", "10.1.1.1"));
}

static void test_prefix_refuses_bad_lengths(void **state)
{
    (void)state;
    static const char *const bad[] = {"10.0.0.0/33",
                                      "10.0.0.0/",
                                      "10.0.0.0/-1",
                                      "10.0.0.0/8x",
                                      "::/129",
                                      "::/0000",
                                      "10.0.0.0/8/8",
                                      "/8",
                                      "10.0.0.0/ 8",
                                      "10.0.0/8",
                                      "1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111/3"};
    struct prefix p;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(prefix_parse(bad[i], &p));
}

/* --------------------------------------------------------------------- sets */

static const char *lookup(const char *name, void *arg)
{
    (void)arg;
    if (strcmp(name, "HOME_NET") == 0)
        return "[10.0.0.0/8,!10.9.0.0/16,fe80::/10]";
    if (strcmp(name, "EXTERNAL_NET") == 0)
        return "!$HOME_NET";
    if (strcmp(name, "LOOP") == 0)
        return "[$LOOP]";
    if (strcmp(name, "BAD") == 0)
        return "[1.2.3.4,nonsense]";
    if (name[0] == 'M' && name[1] >= '1' && name[1] <= '9') {
        static char text[10][24];
        char *out = text[name[1] - '0'];
        snprintf(out, sizeof text[0], "$M%c,$M%c,$M%c,$M%c", name[1] + 1, name[1] + 1, name[1] + 1, name[1] + 1);
        return out;
    }
    return name[0] == 'M' ? "[1.1.1.1,2.2.2.2]" : NULL;
}

static bool set_has(const char *set, const char *address)
{
    struct error e = {""};
    struct addr_set *s = addr_set_parse(set, lookup, NULL, &e);
    if (s == NULL)
        fail_msg("%s: %s", set, e.text);
    struct address a = parsed(address);
    bool holds = addr_set_holds(s, &a);
    addr_set_free(s);
    return holds;
}

static void test_set_of_one(void **state)
{
    (void)state;
    assert_true(set_has("192.0.2.1", "192.0.2.1"));
    assert_false(set_has("192.0.2.1", "192.0.2.2"));
    assert_true(set_has("any", "2001:db8::1"));
    assert_true(set_has("any", "1.2.3.4"));
    assert_false(set_has("!192.0.2.1", "192.0.2.1"));
    assert_true(set_has("!192.0.2.1", "192.0.2.2"));
    assert_true(set_has("!192.0.2.1", "::1"));
}

static void test_negated_parts_are_taken_out(void **state)
{
    (void)state;
    const char *set = " [ 10.0.0.0/8 , !10.9.0.0/16 , fe80::/10 ] ";
    assert_true(set_has(set, "10.1.1.1"));
    assert_false(set_has(set, "10.9.1.1"));
    assert_true(set_has(set, "fe80::1"));
    assert_false(set_has(set, "192.0.2.1"));
    assert_false(set_has("[!10.0.0.0/8,10.9.0.0/16]", "10.9.0.1")); /* the order does not matter */
    assert_true(set_has("[any,!10.0.0.0/8]", "192.0.2.1"));
    assert_true(set_has("[!10.0.0.0/8,!192.168.0.0/16]", "8.8.8.8"));
    assert_false(set_has("[!10.0.0.0/8,!192.168.0.0/16]", "192.168.3.3"));
}

static void test_nested_groups_are_sets_of_their_own(void **state)
{
    (void)state;
    assert_true(set_has("[[10.0.0.0/8,!10.9.0.0/16],10.9.1.0/24]", "10.9.1.7"));
    assert_false(set_has("[[10.0.0.0/8,!10.9.0.0/16],10.9.1.0/24]", "10.9.2.7"));
    assert_true(set_has("[10.0.0.0/8,![10.9.0.0/16,!10.9.1.0/24]]", "10.9.1.7"));
    assert_false(set_has("[10.0.0.0/8,![10.9.0.0/16,!10.9.1.0/24]]", "10.9.2.7"));
    assert_true(set_has("![[![1.2.3.4]]]", "1.2.3.4"));
}

static void test_variables_resolve(void **state)
{
    (void)state;
    assert_true(set_has("$HOME_NET", "10.1.1.1"));
    assert_false(set_has("!$HOME_NET", "10.1.1.1"));
    assert_true(set_has("$EXTERNAL_NET", "10.9.1.1")); /* outside HOME_NET because it is taken out there */
    assert_true(set_has("[$EXTERNAL_NET,10.1.1.1]", "10.1.1.1"));
    assert_false(set_has("[$EXTERNAL_NET,10.1.1.1]", "10.1.1.2"));
}

static void expect_set_error(const char *set, const char *text)
{
    struct error e = {""};
    struct addr_set *s = addr_set_parse(set, lookup, NULL, &e);
    assert_null(s);
    assert_string_equal(e.text, text);
}

static void test_errors_name_the_position(void **state)
{
    (void)state;
    expect_set_error("", "position 1: an address, a block, 'any' or '[' is missing");
    expect_set_error("[]", "position 2: an address, a block, 'any' or '[' is missing");
    expect_set_error("[10.0.0.0/8,]", "position 13: an address, a block, 'any' or '[' is missing");
    expect_set_error("[10.0.0.0/33]", "position 2: no address or CIDR block: '10.0.0.0/33'");
    expect_set_error("[1.1.1.1,[2.2.2.2,bad]]", "position 19: no address or CIDR block: 'bad'");
    expect_set_error("[1.1.1.1", "position 9: ']' is missing");
    expect_set_error("1.1.1.1]", "position 8: ']' without '['");
    expect_set_error("[1.1.1.1 2.2.2.2]", "position 10: ',' is missing");
    expect_set_error("!!1.1.1.1", "position 2: '!' twice");
    expect_set_error("[1.1.1.1,!any]", "position 11: '!any' holds nothing");
    expect_set_error("[1.1.1.1,$NONE]", "position 10: unknown variable '$NONE'");
    expect_set_error("[1.1.1.1,$BAD]", "in $BAD: position 10: no address or CIDR block: 'nonsense'");
    expect_set_error("$LOOP", "in $LOOP: position 1: nested deeper than 16 levels; does a variable name itself?");
    expect_set_error("[[[[[[[[[[[[[[[[1.1.1.1]]]]]]]]]]]]]]]]",
                     "position 16: nested deeper than 16 levels; does a variable name itself?");
}

static void test_variables_cannot_multiply_without_bound(void **state)
{
    (void)state;
    struct error e = {""};
    assert_null(addr_set_parse("$M1", lookup, NULL, &e)); /* 4^10 groups */
    assert_non_null(strstr(e.text, "more than 65536 parts"));
    struct addr_set *s = addr_set_parse("[[[[[[[[[[[[[[[1.1.1.1]]]]]]]]]]]]]]]", NULL, NULL, &e);
    assert_non_null(s);
    assert_int_equal(addr_set_count(s), 1);
    addr_set_free(s);
}

static void test_count_is_parts_without_groups(void **state)
{
    (void)state;
    struct addr_set *s = addr_set_parse("[1.1.1.1,[2.2.2.2,!3.3.3.3],$HOME_NET]", lookup, NULL, NULL);
    assert_non_null(s);
    assert_int_equal(addr_set_count(s), 6);
    addr_set_free(s);
    addr_set_free(NULL);
}

/* Any prefix of a good text and any text of its alphabet either parses or is refused; nothing else happens. */
static void test_any_text_is_survived(void **state)
{
    (void)state;
    static const char alphabet[] = "[]!,$ any10.:/HOMENT_x";
    srandom(16);
    for (int round = 0; round < 50000; round++) {
        char text[48];
        size_t size = (size_t)random() % (sizeof text - 1);
        for (size_t i = 0; i < size; i++)
            text[i] = alphabet[(size_t)random() % (sizeof alphabet - 1)];
        text[size] = '\0';
        struct error e = {""};
        struct addr_set *s = addr_set_parse(text, lookup, NULL, &e);
        assert_true((s == NULL) == (e.text[0] != '\0'));
        addr_set_free(s);
    }
}

/* The rule of addr.h asked block by block: some block holds it, or all blocks are negated, and no negated one does. */
static bool expected_in(const char (*parts)[24], size_t count, const struct address *a)
{
    bool any_positive = false, held = false, excluded = false;
    for (size_t i = 0; i < count; i++) {
        bool negated = parts[i][0] == '!';
        struct prefix p;
        assert_true(prefix_parse(parts[i] + negated, &p));
        bool holds = prefix_holds(&p, a);
        any_positive |= !negated;
        held |= !negated && holds;
        excluded |= negated && holds;
    }
    return (held || !any_positive) && !excluded;
}

/* Wide and narrow blocks within 10.0.0.0/12 and up to the last address, in any mixture. */
static void test_answers_by_the_first_bits_are_those_of_the_parts(void **state)
{
    (void)state;
    srandom(4632);
    for (int round = 0; round < 300; round++) {
        char parts[8][24], text[8 * 24 + 3] = "";
        size_t used = 0;
        size_t count = 1 + (size_t)random() % 8;
        for (size_t i = 0; i < count; i++) {
            unsigned first = random() % 4 == 0 ? 255 : 10, second = (unsigned)random() % 16 + (first == 255 ? 240 : 0);
            snprintf(parts[i], sizeof parts[i], "%s%u.%u.%u.%u/%ld", random() % 3 == 0 ? "!" : "", first, second,
                     (unsigned)random() % 256, (unsigned)random() % 256, random() % 33);
            used += (size_t)snprintf(text + used, sizeof text - used, "%c%s", i > 0 ? ',' : '[', parts[i]);
        }
        struct error e = {""};
        snprintf(text + used, sizeof text - used, "]");
        struct addr_set *s = addr_set_parse(text, lookup, NULL, &e);
        assert_non_null(s);
        for (int i = 0; i < 400; i++) {
            uint32_t at = (random() % 4 == 0 ? 0xfff00000u : 0x0a000000u) + ((uint32_t)random() & 0xfffff) -
                          (random() % 9 == 0 ? 0x100000 : 0);
            struct address a =
                addr_from_v4((const uint8_t[]){(uint8_t)(at >> 24), (uint8_t)(at >> 16), (uint8_t)(at >> 8), (uint8_t)at});
            if (addr_set_holds(s, &a) != expected_in((const char(*)[24])parts, count, &a))
                fail_msg("%s: wrong about %08x", text, at);
        }
        addr_set_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_is_rfc5952),
        cmocka_unit_test(test_text_parses_back_to_the_same_address),
        cmocka_unit_test(test_parse_refuses_what_is_no_address),
        cmocka_unit_test(test_prefix_holds_its_block_only),
        cmocka_unit_test(test_families_do_not_mix),
        cmocka_unit_test(test_prefix_refuses_bad_lengths),
        cmocka_unit_test(test_set_of_one),
        cmocka_unit_test(test_negated_parts_are_taken_out),
        cmocka_unit_test(test_nested_groups_are_sets_of_their_own),
        cmocka_unit_test(test_variables_resolve),
        cmocka_unit_test(test_errors_name_the_position),
        cmocka_unit_test(test_variables_cannot_multiply_without_bound),
        cmocka_unit_test(test_count_is_parts_without_groups),
        cmocka_unit_test(test_any_text_is_survived),
        cmocka_unit_test(test_answers_by_the_first_bits_are_those_of_the_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
