/* SPDX-License-Identifier: Apache-2.0 */
/* Names that devices say: DHCP host names and multicast DNS addresses, whole, cut anywhere, and with bytes that lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/addr.h"
#include "dissect/device.h"
#include "watch.h"

/* pikvm.local A 10.0.0.9, then a PTR, then an AAAA of the same name (compressed). */
static const char mdns_hex[] =
    "0000 8400 0000 0003 0000 0000"
    "0570696b766d 056c6f63616c 00 0001 8001 00000078 0004 0a000009"
    "c00c 000c 0001 00000078 0002 c00c"
    "c00c 001c 0001 00000078 0010 fd000000000000000000000000000009";

/* Options of a request for 10.0.0.9 by "nanokvm", vendor "udhcp", with a pad in between. */
static const char dhcp_options_hex[] = "350103 00 3204 0a000009 0c07 6e616e6f6b766d 3c05 7564686370 ff";

static uint8_t buffer[1024];

static struct slice dhcp(const char *options)
{
    memset(buffer, 0, 240);
    buffer[0] = buffer[1] = 1;
    buffer[2] = 6;
    memcpy(buffer + 28, "\x02\0\0\0\0\x09", 6);
    memcpy(buffer + 236, "\x63\x82\x53\x63", 4);
    return (struct slice){buffer, 240 + watch_hex(options, buffer + 240, sizeof buffer - 240)};
}

static struct slice mdns(void)
{
    return (struct slice){buffer, watch_hex(mdns_hex, buffer, sizeof buffer)};
}

static void expect_text(const struct observation_device *o, struct text_ref ref, const char *text)
{
    struct slice s = observation_text(&o->head, ref);
    assert_int_equal(s.size, strlen(text));
    if (s.size > 0)
        assert_memory_equal(s.at, text, s.size);
}

static void expect_address(const struct observation_device *o, const char *text)
{
    char found[ADDR_TEXT_MAX];
    assert_string_equal(addr_text(&o->address, found), text);
}

static void test_dhcp_says_who_asks(void **state)
{
    (void)state;
    struct watch t;
    struct slice d = dhcp(dhcp_options_hex);
    watch_open(&t, 17);
    assert_true(device_is_dhcp(d));
    device_see_dhcp(&t.place, d);
    const struct observation_device *o = watch_take(&t, OBSERVE_DEVICE);
    assert_non_null(o);
    assert_int_equal(o->source, DEVICE_DHCP);
    expect_text(o, o->name, "nanokvm");
    expect_text(o, o->vendor, "udhcp");
    expect_address(o, "10.0.0.9");
    assert_true(o->has_mac);
    assert_int_equal(o->mac[5], 9);
    watch_close(&t);
}

static void test_a_full_name_and_silence(void **state)
{
    (void)state;
    struct watch t;
    watch_open(&t, 17);
    device_see_dhcp(&t.place, dhcp("350101 5109 000000 70696b766d2e ff")); /* FQDN "pikvm." */
    const struct observation_device *o = watch_take(&t, OBSERVE_DEVICE);
    assert_non_null(o);
    expect_text(o, o->name, "pikvm.");
    device_see_dhcp(&t.place, dhcp("350101 ff"));
    assert_null(watch_take(&t, OBSERVE_DEVICE));
    struct slice answer = dhcp(dhcp_options_hex);
    buffer[0] = 2; /* of a server */
    assert_false(device_is_dhcp(answer));
    watch_close(&t);
}

static void test_mdns_says_names_with_addresses(void **state)
{
    (void)state;
    struct watch t;
    watch_open(&t, 17);
    device_see_mdns(&t.place, mdns());
    const struct observation_device *o = watch_take(&t, OBSERVE_DEVICE);
    assert_non_null(o);
    assert_int_equal(o->source, DEVICE_MDNS);
    expect_text(o, o->name, "pikvm.local");
    expect_address(o, "10.0.0.9");
    o = watch_take(&t, OBSERVE_DEVICE);
    assert_non_null(o);
    expect_address(o, "fd00::9");
    assert_null(watch_take(&t, OBSERVE_DEVICE));
    struct slice question = mdns();
    buffer[2] = 0;
    device_see_mdns(&t.place, question);
    assert_null(watch_take(&t, OBSERVE_DEVICE));
    watch_close(&t);
}

/* In memory of exactly that size, so that the sanitizer sees one byte too far. */
static void see_copy(struct watch *t, struct slice d, bool is_mdns)
{
    uint8_t *copy = malloc(d.size + 1);
    memcpy(copy, d.at, d.size);
    uint8_t *exact = realloc(copy, d.size > 0 ? d.size : 1);
    const struct slice s = {exact, d.size};
    if (is_mdns)
        device_see_mdns(&t->place, s);
    else if (device_is_dhcp(s))
        device_see_dhcp(&t->place, s);
    free(exact);
}

static void test_cut_anywhere_nothing_breaks(void **state)
{
    (void)state;
    for (int is_mdns = 0; is_mdns < 2; is_mdns++) {
        struct slice d = is_mdns ? mdns() : dhcp(dhcp_options_hex);
        for (size_t size = 0; size <= d.size; size++) {
            struct watch t;
            watch_open(&t, 17);
            see_copy(&t, (struct slice){d.at, size}, is_mdns);
            assert_true(t.count <= (is_mdns ? 2 : 1));
            watch_close(&t);
        }
    }
}

static void test_any_byte_wrong_nothing_breaks(void **state)
{
    (void)state;
    for (int is_mdns = 0; is_mdns < 2; is_mdns++) {
        struct slice d = is_mdns ? mdns() : dhcp(dhcp_options_hex);
        for (size_t at = 0; at < d.size; at++) {
            struct watch t;
            watch_open(&t, 17);
            buffer[at] ^= 0xff;
            see_copy(&t, d, is_mdns);
            buffer[at] ^= 0xff;
            watch_close(&t);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dhcp_says_who_asks),
        cmocka_unit_test(test_a_full_name_and_silence),
        cmocka_unit_test(test_mdns_says_names_with_addresses),
        cmocka_unit_test(test_cut_anywhere_nothing_breaks),
        cmocka_unit_test(test_any_byte_wrong_nothing_breaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
