/* SPDX-License-Identifier: Apache-2.0 */
/* Roles of hosts: from the configuration to the question whether an address has one today. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "config_text.h"
#include "run/settings.h"

static const char text[] = "vars: {address-groups: {LAB: \"10.7.0.0/16\"}}\n"
                           "hosts:\n"
                           "  - address: [10.0.0.7, 10.1.0.0/16]\n"
                           "    roles: [trading, developer]\n"
                           "    until: 2027-03-31\n"
                           "    reason: ticket 4711\n"
                           "  - address: 10.1.2.3\n"
                           "    roles: server\n"
                           "  - address: $LAB\n"
                           "    roles: lab\n";

static uint64_t day(const char *iso)
{
    uint64_t ns = 0;
    assert_true(clock_day(iso, &ns));
    return ns;
}

static struct address addr(const char *s)
{
    struct address a;
    assert_true(addr_parse(s, &a));
    return a;
}

static void test_roles_follow_the_configuration(void **state)
{
    (void)state;
    struct error e = {""};
    struct config *c = parsed(text);
    struct roles *r = settings_roles(c, &e);
    struct sensor_role role;
    struct address both = addr("10.1.2.3"), lab = addr("10.7.1.1"), none = addr("10.2.0.1");
    uint64_t now = day("2027-01-01");
    if (!r)
        fail_msg("%s", e.text);
    assert_true(roles_have(r, &both, now, "trading", &role));
    assert_string_equal(role.where, "haetae.yaml:3");
    assert_string_equal(role.reason, "ticket 4711");
    assert_string_equal(role.until, "2027-03-31");
    assert_true(roles_of(r, &both, now, 2, &role));
    assert_string_equal(role.role, "server");
    assert_string_equal(role.until, "");
    assert_false(roles_of(r, &both, now, 3, &role));
    assert_true(roles_have(r, &lab, now, "lab", NULL));
    assert_false(roles_of(r, &none, now, 0, &role));
    assert_false(roles_of(NULL, &both, now, 0, &role));
    roles_free(r);
    config_free(c);
}

static void test_a_role_ends_with_its_last_day(void **state)
{
    (void)state;
    struct error e = {""};
    struct config *c = parsed(text);
    struct roles *r = settings_roles(c, &e);
    struct address a = addr("10.0.0.7");
    uint64_t over = day("2027-04-01");
    assert_true(roles_have(r, &a, over - 1, "trading", NULL));
    assert_false(roles_have(r, &a, over, "trading", NULL));
    roles_free(r);
    config_free(c);
}

static void expect_refusal(const char *yaml, const char *message)
{
    struct error e = {""};
    struct config *c = parsed(yaml);
    assert_null(settings_roles(c, &e));
    assert_string_equal(e.text, message);
    config_free(c);
}

static void test_errors_name_the_line(void **state)
{
    (void)state;
    expect_refusal("hosts:\n  - address: 10.0.0.1\n    roles: [trading]\n    until: 2027-02-30\n",
                   "haetae.yaml:2:5: hosts: until: '2027-02-30' is no day; write it like 2027-03-31");
    expect_refusal("hosts:\n  - address: 10.0.0.1\n    roles: [Trading]\n",
                   "haetae.yaml:2:5: hosts: roles: 'Trading': a role is made of a-z, 0-9, _ and -, at most 31");
    expect_refusal("hosts:\n  - address: 10.0.0.1\n    roles: []\n",
                   "haetae.yaml:2:5: hosts: roles: name one to 32 roles, like [trading]");
}

static void test_days(void **state)
{
    (void)state;
    uint64_t ns;
    assert_int_equal(day("1970-01-01"), 0);
    assert_int_equal(day("2024-02-29"), 1709164800 * NS_PER_S);
    assert_int_equal(day("2027-03-31"), 1806451200 * NS_PER_S);
    assert_false(clock_day("2023-02-29", &ns));
    assert_false(clock_day("2023-13-01", &ns));
    assert_false(clock_day("2023-1-01", &ns));
    assert_false(clock_day("1969-12-31", &ns));
    assert_false(clock_day("", &ns));
    assert_false(clock_day("2023-01-0x", &ns));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roles_follow_the_configuration),
        cmocka_unit_test(test_a_role_ends_with_its_last_day),
        cmocka_unit_test(test_errors_name_the_line),
        cmocka_unit_test(test_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
