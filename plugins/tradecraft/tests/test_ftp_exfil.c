/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_ftp_exfil.c - D32: which files and how many bytes by FTP raise, in passive and active mode, and which do not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shipped.h"

static int set_up(void **unused)
{
    (void)unused;
    return open_shipped(&fake_host);
}

static size_t command(const char *name, const char *data, uint16_t port, enum ftp_mode mode, uint16_t code)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_FTP);
    o.head.server_port = 21;
    o.ftp.command = fake_text(&o, name);
    o.ftp.data = fake_text(&o, data);
    o.ftp.user = fake_text(&o, "anders");
    o.ftp.dynamic_port = port;
    o.ftp.mode = (uint8_t)mode;
    o.ftp.codes[0] = code;
    o.ftp.code_count = code != 0;
    fake.raised_count = 0;
    sensor_plugin_tradecraft.detector.observe(state, &o.head, NULL);
    return fake.raised_count;
}

/* A file went, by a data connection of its own. */
static size_t data_ended(const char *name, enum ftp_mode mode, uint64_t bytes)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_FTP_DATA);
    o.head.flow_id = 78;
    o.ftp_data.mode = (uint8_t)mode;
    o.ftp_data.bytes = bytes;
    o.ftp_data.is_upload = strcmp(name, "STOR") == 0;
    o.ftp_data.command = fake_text(&o, name);
    if (mode == FTP_ACTIVE) {
        struct address inside = o.head.client;
        o.head.client = o.head.server, o.head.client_internal = 0;
        o.head.server = inside, o.head.server_internal = 1;
    }
    fake.raised_count = 0;
    sensor_plugin_tradecraft.detector.observe(state, &o.head, NULL);
    return fake.raised_count;
}

static void expect(size_t count, uint32_t sid, const char *fact)
{
    assert_int_equal(count, 1);
    assert_int_equal(fake.raised[0].sid, sid);
    if (strstr(fake.raised[0].facts, fact) == NULL)
        fail_msg("no %s in %s", fact, fake.raised[0].facts);
}

static void test_archives_and_wallets_are_told_at_once(void **unused)
{
    (void)unused;
    expect(command("STOR", "up-1.zip", 0, FTP_NO_DATA, 226), 1793200, "file=up-1.zip\n");
    expect(command("APPE", "/tmp/000003.LDB", 0, FTP_NO_DATA, 0), 1793202, "user=anders\n");
    assert_int_equal(command("STOR", "report.txt", 0, FTP_NO_DATA, 226), 0);
    assert_int_equal(command("STOR", "zip", 0, FTP_NO_DATA, 226), 0);
    assert_int_equal(command("STOR", "", 0, FTP_NO_DATA, 226), 0);
    assert_int_equal(command("RETR", "up-1.zip", 0, FTP_NO_DATA, 226), 0);
    assert_int_equal(command("STOR", "up-1.zip", 0, FTP_NO_DATA, 550), 0);
}

static void test_many_files(void **unused)
{
    (void)unused;
    for (int i = 0; i < 9; i++)
        assert_int_equal(command("STOR", "a.txt", 0, FTP_NO_DATA, 226), 0);
    expect(command("STOR", "a.txt", 0, FTP_NO_DATA, 226), 1793201, "files=10\n");
    assert_int_equal(command("STOR", "a.txt", 0, FTP_NO_DATA, 226), 0);
}

static void volume(enum ftp_mode mode)
{
    assert_int_equal(data_ended("STOR", mode, 9u << 20), 0); /* whose command was not seen */
    assert_int_equal(command("STOR", "a.bin", 40000, mode, 226), 0);
    assert_int_equal(data_ended("STOR", mode, 3u << 20), 0);
    assert_int_equal(command("STOR", "b.bin", 40002, mode, 226), 0);
    expect(data_ended("STOR", mode, 3u << 20), 1793201, "bytes_out=6291456\n");
    assert_int_equal(data_ended("STOR", mode, 3u << 20), 0);
}

static void test_volume_in_passive_mode(void **unused)
{
    (void)unused;
    volume(FTP_PASSIVE);
}

static void test_volume_in_active_mode(void **unused)
{
    (void)unused;
    volume(FTP_ACTIVE);
}

static void test_downloads_do_not_count(void **unused)
{
    (void)unused;
    command("STOR", "a.bin", 40000, FTP_PASSIVE, 226);
    assert_int_equal(data_ended("RETR", FTP_PASSIVE, 9u << 20), 0);
}

static size_t store_at(uint64_t day, const char *server)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_FTP);
    o.head.time_ns = o.head.time_ns + day * 86400 * UINT64_C(1000000000);
    o.head.server = fake_address(server);
    o.ftp.command = fake_text(&o, "STOR");
    o.ftp.data = fake_text(&o, "a.zip");
    fake.raised_count = 0;
    sensor_plugin_tradecraft.detector.observe(state, &o.head, NULL);
    return fake.raised_count;
}

static void test_a_server_that_nobody_used_weighs_more(void **unused)
{
    (void)unused;
    expect(store_at(0, "203.0.113.9"), 1793200, "file=a.zip\n");
    assert_null(strstr(fake.raised[0].facts, "server_known_days"));
    expect(store_at(8, "203.0.113.9"), 1793200, "server_known_days=8\n");
    assert_int_equal(fake.raised[0].confidence_pct, 45);
    expect(store_at(8, "203.0.113.10"), 1793200, "server_known_days=0\n");
    assert_int_equal(fake.raised[0].confidence_pct, 75);
    expect(store_at(16, "203.0.113.10"), 1793200, "learned_days=16\n");
    assert_int_equal(fake.raised[0].confidence_pct, 45);
}

static void test_partners_are_silent(void **unused)
{
    (void)unused;
    static const char *const role[] = {"203.0.113.9", "partner", NULL};
    fake.role = role;
    assert_int_equal(command("STOR", "orders.zip", 0, FTP_NO_DATA, 226), 0);
    assert_int_equal(fake_counted("ftp_allowed"), 1);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_archives_and_wallets_are_told_at_once), CASE(test_many_files),          CASE(test_volume_in_passive_mode),
        CASE(test_volume_in_active_mode),                 CASE(test_downloads_do_not_count), CASE(test_partners_are_silent),
        CASE(test_a_server_that_nobody_used_weighs_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
