/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_ftp_data.c - control and data connections of FTP become one observation, whichever is over first, and what else does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis/ftp_data.h"
#include "fake_host.h"

enum { MOST = 64 };

static struct ftp_data *joins;

static int set_up(void **unused)
{
    (void)unused;
    joins = ftp_data_new(MOST);
    return joins ? 0 : -1;
}

static int tear_down(void **unused)
{
    (void)unused;
    ftp_data_free(joins);
    return 0;
}

static const struct observation_ftp_data *seen(const union fake_observation *o)
{
    return (const struct observation_ftp_data *)(const void *)ftp_data_see(joins, &o->head);
}

static const struct observation_ftp_data *command(const char *name, const char *data, uint16_t port, enum ftp_mode mode, uint16_t code)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_FTP);
    o.head.flow_id = 21;
    o.head.server_port = 21;
    o.ftp.command = fake_text(&o, name);
    o.ftp.data = fake_text(&o, data);
    o.ftp.user = fake_text(&o, "anders");
    o.ftp.dynamic_port = port;
    o.ftp.mode = (uint8_t)mode;
    o.ftp.codes[0] = code;
    o.ftp.code_count = 1;
    return seen(&o);
}

static const struct observation_ftp_data *ended(uint16_t port, enum ftp_mode mode)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_ENDED);
    o.head.flow_id = 20;
    o.head.server_port = port;
    o.head.bytes[TO_SERVER] = 100;
    o.head.bytes[TO_CLIENT] = 7;
    if (mode == FTP_ACTIVE) {
        struct address client = o.head.client;
        o.head.client = o.head.server;
        o.head.server = client;
    }
    return seen(&o);
}

static void expect(const struct observation_ftp_data *o, const char *name, uint64_t bytes)
{
    assert_non_null(o);
    struct slice told = observation_text(&o->head, o->name), user = observation_text(&o->head, o->user);
    assert_int_equal(o->head.kind, OBSERVE_FTP_DATA);
    assert_int_equal(o->head.flow_id, 20);
    assert_int_equal(o->control_flow_id, 21);
    assert_int_equal(o->bytes, bytes);
    assert_int_equal(told.size, strlen(name));
    assert_memory_equal(told.at, name, told.size);
    assert_memory_equal(user.at, "anders", 6);
    assert_int_equal(o->head.size % 8, 0);
}

static void test_in_either_order(void **unused)
{
    (void)unused;
    assert_null(command("PASV", "", 40000, FTP_PASSIVE, 227));
    assert_null(ended(40000, FTP_PASSIVE));
    expect(command("STOR", "a.zip", 40000, FTP_PASSIVE, 226), "a.zip", 100);
    assert_null(command("STOR", "a.zip", 40000, FTP_PASSIVE, 226)); /* once */
    assert_null(command("EPSV", "", 40001, FTP_PASSIVE, 229));
    assert_null(command("RETR", "b", 40001, FTP_PASSIVE, 226));
    expect(ended(40001, FTP_PASSIVE), "b", 7);
    assert_null(ended(40001, FTP_PASSIVE));
}

static void test_active_mode_goes_the_other_way(void **unused)
{
    (void)unused;
    assert_null(command("PORT", "", 50000, FTP_ACTIVE, 200));
    assert_null(command("STOR", "a", 50000, FTP_ACTIVE, 226));
    assert_null(ended(50000, FTP_PASSIVE)); /* another host's port */
    expect(ended(50000, FTP_ACTIVE), "a", 7);
    assert_null(command("EPRT", "", 50000, FTP_ACTIVE, 200));
    assert_null(command("RETR", "a", 50000, FTP_ACTIVE, 226));
    expect(ended(50000, FTP_ACTIVE), "a", 100);
}

static void test_what_is_no_file(void **unused)
{
    (void)unused;
    assert_null(ended(40000, FTP_PASSIVE)); /* not announced */
    command("PASV", "", 40000, FTP_PASSIVE, 227);
    assert_null(command("LIST", "", 40000, FTP_PASSIVE, 226));
    assert_null(ended(40000, FTP_PASSIVE));
    command("PASV", "", 40000, FTP_PASSIVE, 227);
    assert_null(command("STOR", "a", 40000, FTP_PASSIVE, 550));
    assert_null(ended(40000, FTP_PASSIVE));
    assert_null(command("STOR", "a", 0, FTP_NO_DATA, 226));
}

static void test_a_long_name_is_cut(void **unused)
{
    (void)unused;
    char name[2000];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    command("PASV", "", 40000, FTP_PASSIVE, 227);
    command("STOR", name, 40000, FTP_PASSIVE, 226);
    name[512] = '\0';
    expect(ended(40000, FTP_PASSIVE), name, 100);
}

static void test_the_table_is_bounded_and_counts(void **unused)
{
    (void)unused;
    for (uint16_t port = 1; port <= MOST + 3; port++)
        command("PASV", "", port, FTP_PASSIVE, 227);
    assert_int_equal(ftp_data_lost(joins), 3);
    assert_null(command("STOR", "a", 3, FTP_PASSIVE, 226));
    assert_null(ended(3, FTP_PASSIVE));
    assert_null(command("STOR", "a", 4, FTP_PASSIVE, 226));
    expect(ended(4, FTP_PASSIVE), "a", 100);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_in_either_order),    TEST(test_active_mode_goes_the_other_way),  TEST(test_what_is_no_file),
        TEST(test_a_long_name_is_cut), TEST(test_the_table_is_bounded_and_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
