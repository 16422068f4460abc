/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_geo.c - country and AS from every database layout users have, from the database geo/build makes, and from damaged
 * files. The fixtures are written at the start by tests/unit/geo_fixture with MaxMind's own writer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/addr.h"
#include "geo/geo.h"

static char folder[] = "/tmp/haetae-geo-XXXXXX";

static int make_fixtures(void **state)
{
    (void)state;
    char command[512];
    if (!mkdtemp(folder))
        return -1;
    snprintf(command, sizeof command, "%s/tests/unit/geo_fixture %s", SOURCE_DIR, folder);
    return system(command);
}

static int remove_fixtures(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static const char *fixture(const char *name)
{
    static char paths[4][96];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static struct geo *open_fixtures(const char *first, const char *second)
{
    const char *paths[2] = {fixture(first), second ? fixture(second) : NULL};
    struct error warnings[2];
    struct geo *g = geo_open(paths, second ? 2 : 1, warnings);
    assert_non_null(g);
    assert_int_equal(geo_count(g), second ? 2 : 1);
    assert_string_equal(warnings[0].text, "");
    return g;
}

static bool lookup(struct geo *g, const char *text, struct sensor_geo *out)
{
    struct address a;
    assert_true(addr_parse(text, &a));
    memset(out, 'x', sizeof *out);
    return geo_lookup(g, &a, out);
}

static void assert_known(struct geo *g, const char *text, const struct sensor_geo *expected)
{
    struct sensor_geo found;
    assert_true(lookup(g, text, &found));
    assert_string_equal(found.country_iso, expected->country_iso);
    assert_string_equal(found.country, expected->country);
    assert_int_equal(found.asn, expected->asn);
    assert_string_equal(found.organization, expected->organization);
}

static void assert_unknown(struct geo *g, const char *text)
{
    struct sensor_geo found;
    assert_false(lookup(g, text, &found));
    assert_string_equal(found.country_iso, "");
    assert_string_equal(found.country, "");
    assert_int_equal(found.asn, 0);
    assert_string_equal(found.organization, "");
}

/* ------------------------------------------------------------- layouts */

static void test_every_layout_gives_country_and_as(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        struct sensor_geo expected;
    } cases[] = {
        {"country.mmdb", {"KP", "North Korea", 0, ""}},
        {"city.mmdb", {"FR", "France", 0, ""}},
        {"asn.mmdb", {"", "", 64500, "Example Networks"}},
        {"enterprise.mmdb", {"JP", "Japan", 64501, "Traits Org"}},
        {"ipinfo_lite.mmdb", {"KR", "South Korea", 64502, "Info Networks"}},
        {"ipinfo_old.mmdb", {"US", "United States", 64503, "Old Networks"}},
        {"ipv4_only.mmdb", {"KP", "North Korea", 0, ""}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct geo *g = open_fixtures(cases[i].file, NULL);
        assert_known(g, "192.0.2.77", &cases[i].expected);
        assert_known(g, "192.0.2.77", &cases[i].expected); /* from the cache */
        assert_unknown(g, "10.0.0.1");
        geo_free(g);
    }
}

static void test_what_is_no_code_and_no_number_is_nothing(void **state)
{
    (void)state;
    struct geo *g = open_fixtures("ipinfo_old.mmdb", "country.mmdb");
    assert_unknown(g, "198.51.100.1");
    geo_free(g);
}

static void test_long_organization_is_cut_between_characters(void **state)
{
    (void)state;
    struct geo *g = open_fixtures("asn.mmdb", NULL);
    struct sensor_geo found;
    assert_true(lookup(g, "203.0.113.9", &found));
    assert_true(found.asn == 4200000000u);
    assert_int_equal(strlen(found.organization), 1 + 31 * 3); /* 95 bytes would split the 32nd character */
    geo_free(g);
}

static void test_first_database_that_knows_wins(void **state)
{
    (void)state;
    struct geo *g = open_fixtures("country.mmdb", "enterprise.mmdb");
    assert_known(g, "192.0.2.1", &(struct sensor_geo){"KP", "North Korea", 64501, "Traits Org"});
    geo_free(g);
    g = open_fixtures("enterprise.mmdb", "country.mmdb");
    assert_known(g, "192.0.2.1", &(struct sensor_geo){"JP", "Japan", 64501, "Traits Org"});
    assert_known(g, "2001:db8::1", &(struct sensor_geo){"DE", "Germany", 0, ""});
    geo_free(g);
}

static void test_ipv4_inside_ipv6_is_looked_up_as_ipv4(void **state)
{
    (void)state;
    static const char *const inside[] = {"::ffff:192.0.2.5", "64:ff9b::192.0.2.5", "2002:c000:205::1", "192.0.2.5"};
    struct geo *g = open_fixtures("ipv4_only.mmdb", NULL);
    for (size_t i = 0; i < 4; i++)
        assert_known(g, inside[i], &(struct sensor_geo){"KP", "North Korea", 0, ""});
    assert_unknown(g, "2001:db8::1"); /* an IPv4 database knows no IPv6 */
    assert_unknown(g, "64:ff9b:0:1::192.0.2.5");
    geo_free(g);
}

static void test_cache_never_mixes_addresses_up(void **state)
{
    (void)state;
    struct geo *g = open_fixtures("country.mmdb", "asn.mmdb");
    struct sensor_geo found;
    for (int round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 30000; i++) { /* more than the cache holds */
            const uint8_t v4[4] = {192, 0, (uint8_t)(i % 3), (uint8_t)(i / 3)};
            struct address a = addr_from_v4(v4);
            assert_int_equal(geo_lookup(g, &a, &found), i % 3 == 2);
            assert_int_equal(found.asn, i % 3 == 2 ? 64500 : 0);
        }
    }
    geo_free(g);
}

static void test_describe_names_type_date_and_path(void **state)
{
    (void)state;
    struct geo *g = open_fixtures("country.mmdb", "city.mmdb");
    struct geo_database d;
    assert_true(geo_describe(g, 1, &d));
    assert_string_equal(d.type, "DBIP-City-Lite");
    assert_string_equal(d.built, "2025-12-31");
    assert_int_equal(d.build_s, 1767139200);
    assert_string_equal(d.path, fixture("city.mmdb"));
    struct stat st;
    assert_int_equal(stat(d.path, &st), 0);
    assert_int_equal(d.size, st.st_size);
    assert_false(geo_describe(g, 2, &d));
    geo_free(g);
}

/* ------------------------------------------------------------- files that change, are missing or damaged */

static size_t read_file(const char *name, uint8_t *out, size_t size)
{
    FILE *f = fopen(fixture(name), "rb");
    assert_non_null(f);
    size_t n = fread(out, 1, size, f);
    fclose(f);
    assert_true(n > 0 && n < size);
    return n;
}

static void write_file(const char *name, const void *data, size_t size)
{
    FILE *f = fopen(fixture(name), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
}

static void test_truncating_or_overwriting_an_open_file_changes_nothing(void **state)
{
    (void)state;
    static uint8_t bytes[65536];
    size_t size = read_file("country.mmdb", bytes, sizeof bytes);
    write_file("victim.mmdb", bytes, size);
    struct geo *g = open_fixtures("victim.mmdb", NULL);
    assert_int_equal(truncate(fixture("victim.mmdb"), 0), 0);
    assert_known(g, "192.0.2.1", &(struct sensor_geo){"KP", "North Korea", 0, ""});
    write_file("victim.mmdb", "not a database at all", 21);
    assert_known(g, "2001:db8::1", &(struct sensor_geo){"DE", "Germany", 0, ""});
    assert_int_equal(rename(fixture("city.mmdb"), fixture("victim.mmdb")), 0);
    assert_known(g, "192.0.2.2", &(struct sensor_geo){"KP", "North Korea", 0, ""});
    geo_free(g);
    assert_int_equal(rename(fixture("victim.mmdb"), fixture("city.mmdb")), 0);
}

static void test_bad_files_are_warnings_and_the_others_work(void **state)
{
    (void)state;
    static const char *const words[] = {"No such file",          "not a regular file", "the file is empty",
                                        "not a MaxMind DB file", "not a regular file", ""};
    char paths[6][96];
    const char *list[6];
    static const char *const names[] = {"missing.mmdb", ".", "empty.mmdb", "text.mmdb", "fifo.mmdb", "country.mmdb"};
    for (size_t i = 0; i < 6; i++) {
        strcpy(paths[i], fixture(names[i]));
        list[i] = paths[i];
    }
    write_file("empty.mmdb", "", 0);
    write_file("text.mmdb", "hello", 5);
    assert_int_equal(mkfifo(paths[4], 0600), 0);
    struct error warnings[6];
    memset(warnings, 'x', sizeof warnings);
    struct geo *g = geo_open(list, 6, warnings);
    assert_non_null(g);
    for (size_t i = 0; i < 6; i++) {
        assert_non_null(strstr(warnings[i].text, words[i]));
        assert_int_equal(strncmp(warnings[i].text, paths[i], strlen(paths[i])) == 0, i < 5);
    }
    assert_string_equal(warnings[5].text, "");
    assert_int_equal(geo_count(g), 1);
    assert_known(g, "192.0.2.1", &(struct sensor_geo){"KP", "North Korea", 0, ""});
    geo_free(g);
    geo_free(NULL);
}

static void test_no_database_at_all_knows_nothing(void **state)
{
    (void)state;
    struct geo *g = geo_open(NULL, 0, NULL);
    assert_non_null(g);
    assert_unknown(g, "192.0.2.1");
    geo_free(g);
}

/* Opens the bytes as a database, if they are one, and asks for every network there is. In memory: a disk would be slow. */
static void try_damaged(const uint8_t *bytes, size_t size)
{
    char name[32];
    const char *path = name;
    int fd = memfd_create("damaged", 0);
    assert_int_equal(pwrite(fd, bytes, size, 0), size);
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    struct geo *g = geo_open(&path, 1, NULL);
    struct sensor_geo found;
    assert_non_null(g);
    lookup(g, "192.0.2.1", &found);
    lookup(g, "198.51.100.1", &found);
    lookup(g, "2001:db8::1", &found);
    assert_true(memchr(found.country, 0, sizeof found.country) && memchr(found.organization, 0, sizeof found.organization));
    geo_free(g);
    close(fd);
}

static void test_every_cut_of_a_database_is_survived(void **state)
{
    (void)state;
    static uint8_t bytes[65536];
    size_t size = read_file("ipinfo_old.mmdb", bytes, sizeof bytes);
    for (size_t cut = 0; cut < size; cut++)
        try_damaged(bytes, cut);
}

static void test_every_flipped_byte_of_a_database_is_survived(void **state)
{
    (void)state;
    static const char *const files[] = {"country.mmdb", "city.mmdb"};
    static uint8_t bytes[65536];
    for (size_t i = 0; i < 2; i++) {
        size_t size = read_file(files[i], bytes, sizeof bytes);
        for (size_t at = 0; at < size; at++) {
            uint8_t old = bytes[at];
            bytes[at] = (uint8_t)(old ^ (1u << (at % 8)));
            try_damaged(bytes, size);
            bytes[at] = (uint8_t)~old;
            try_damaged(bytes, size);
            bytes[at] = old;
        }
    }
}

/* ------------------------------------------------------------- the database of the Internet */

static void test_built_database_knows_well_known_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *address, *country;
        uint32_t asn;
    } cases[] = {
        {"175.45.176.1", "KP", 131279}, {"175.45.179.255", "KP", 131279},      {"64:ff9b::175.45.178.3", "KP", 131279},
        {"8.8.8.8", "US", 15169},       {"2001:4860:4860::8888", "US", 15169}, {"9.9.9.9", "US", 19281},
        {"193.0.6.139", "NL", 3333},    {"2001:67c:2e8::1", "NL", 3333},       {"210.130.1.1", "JP", 2497},
        {"202.12.27.33", "JP", 7500},   {"2001:200::1", "JP", 2500},           {"140.82.112.3", "US", 36459},
        {"192.33.4.12", "US", 2149},    {"195.113.144.194", "CZ", 2852},       {"130.59.1.1", "CH", 559},
        {"134.102.0.1", "DE", 680},     {"130.237.0.1", "SE", 1653},           {"147.8.1.1", "HK", 4528},
        {"140.112.1.1", "TW", 1659},    {"143.248.1.1", "KR", 1781},
    };
    char command[512];
    snprintf(command, sizeof command, "%s/geo/build -o %s/build/geo/haetae.mmdb >/dev/null", SOURCE_DIR, SOURCE_DIR);
    assert_int_equal(system(command), 0);
    struct error warning;
    const char *path = SOURCE_DIR "/build/geo/haetae.mmdb";
    struct geo *g = geo_open(&path, 1, &warning);
    assert_non_null(g);
    assert_string_equal(warning.text, "");
    struct sensor_geo found;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(lookup(g, cases[i].address, &found));
        assert_string_equal(found.country_iso, cases[i].country);
        assert_int_equal(found.asn, cases[i].asn);
    }
    assert_true(lookup(g, "175.45.176.1", &found));
    assert_string_equal(found.country, "North Korea");
    assert_string_equal(found.organization, "Star Joint Venture Co. Ltd.");
    assert_unknown(g, "10.1.2.3");
    assert_unknown(g, "192.0.2.1");
    assert_unknown(g, "fe80::1");
    struct geo_database d;
    assert_true(geo_describe(g, 0, &d));
    assert_string_equal(d.type, "haetae-Country-ASN");
    geo_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_layout_gives_country_and_as),
        cmocka_unit_test(test_what_is_no_code_and_no_number_is_nothing),
        cmocka_unit_test(test_long_organization_is_cut_between_characters),
        cmocka_unit_test(test_first_database_that_knows_wins),
        cmocka_unit_test(test_ipv4_inside_ipv6_is_looked_up_as_ipv4),
        cmocka_unit_test(test_cache_never_mixes_addresses_up),
        cmocka_unit_test(test_describe_names_type_date_and_path),
        cmocka_unit_test(test_truncating_or_overwriting_an_open_file_changes_nothing),
        cmocka_unit_test(test_bad_files_are_warnings_and_the_others_work),
        cmocka_unit_test(test_no_database_at_all_knows_nothing),
        cmocka_unit_test(test_every_cut_of_a_database_is_survived),
        cmocka_unit_test(test_every_flipped_byte_of_a_database_is_survived),
        cmocka_unit_test(test_built_database_knows_well_known_addresses),
    };
    return cmocka_run_group_tests(tests, make_fixtures, remove_fixtures);
}
