/* SPDX-License-Identifier: Apache-2.0 */
/* The store against the plainest search there is, and its file: written, mapped, refused when anything about it is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/addr.h"
#include "intel/store.h"

enum { ROWS = 400, ASKED = 3000, MATCHES = 64 };

static uint64_t seed = 88172645463325252u;

static unsigned draw(unsigned below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed % below);
}

/* Rows of one round, as given to the store. */
static struct row_text {
    char value[128], type[16];
    enum indicator_match match;
} rows[ROWS];

static struct slice slice_of(const char *text)
{
    return (struct slice){(const uint8_t *)text, strlen(text)};
}

static struct store *store_of(unsigned count)
{
    static const char *const columns[] = {"actor", "list"};
    struct error error = {{0}};
    struct store *s = store_new(columns, 2, &error);
    for (unsigned i = 0; i < count; i++) {
        const char *column[] = {i % 3 ? "Lazarus Group" : "Kimsuky", "test"};
        struct store_item item = {.value = rows[i].value, .type = rows[i].type, .match = rows[i].match, .ports = "80|443",
                                  .note = "", .line = i + 1, .confidence_pct = 50, .last_seen = 1000 + i, .column = column};
        if (!store_add(s, &item, &error))
            fail_msg("%s", error.text);
    }
    if (!store_finish(s, NULL, &error))
        fail_msg("%s", error.text);
    return s;
}

/* Few labels and few letters, so that everything meets. */
static void draw_name(char *out)
{
    unsigned labels = 1 + draw(4);
    *out = '\0';
    for (unsigned i = 0; i < labels; i++)
        sprintf(out + strlen(out), "%s%c%s", i ? "." : "", (char)('a' + draw(3)), draw(2) ? "x" : "");
}

static void draw_prefix(char *out, unsigned *bits)
{
    unsigned v4 = draw(2);
    *bits = v4 ? draw(33) : draw(129);
    if (v4)
        sprintf(out, "%u.%u.%u.%u", draw(3) * 100, draw(2), draw(2), draw(4));
    else
        sprintf(out, "2001:db8:%x::%x:%x", draw(3), draw(2), draw(4));
}

static void draw_url(char *out)
{
    sprintf(out, "http://%c.ex/", (char)('a' + draw(3)));
    for (unsigned i = draw(6); i > 0; i--)
        sprintf(out + strlen(out), "%c", "ab/?="[draw(5)]);
}

static void draw_row(struct row_text *r)
{
    static const char *const types[] = {"domain", "tls_name", "address", "cidr", "url", "ja3", "ja4"};
    const char *type = types[draw(7)];
    unsigned bits = 128;
    r->match = MATCH_EXACT;
    strcpy(r->type, type);
    if (!strcmp(type, "domain") || !strcmp(type, "tls_name")) {
        draw_name(r->value);
        r->match = draw(2) ? MATCH_SUFFIX : MATCH_EXACT;
    } else if (!strcmp(type, "address")) {
        draw_prefix(r->value, &bits);
        strcpy(r->type, strchr(r->value, ':') ? "ipv6" : "ipv4");
    } else if (!strcmp(type, "cidr")) {
        char text[80];
        struct prefix p;
        draw_prefix(text, &bits);
        sprintf(text + strlen(text), "/%u", bits);
        assert_true(prefix_parse(text, &p));
        addr_text(&p.base, r->value);
        sprintf(r->value + strlen(r->value), "/%u", bits);
    } else if (!strcmp(type, "url")) {
        draw_url(r->value);
        r->match = draw(2) ? MATCH_PREFIX : MATCH_EXACT;
    } else {
        sprintf(r->value, "%u", draw(40));
    }
}

/* --------------------------------------------------------- the plain search */

static bool name_fits(const struct row_text *r, const char *asked)
{
    size_t size = strlen(r->value), all = strlen(asked);
    if (strcmp(r->value, asked) == 0)
        return true;
    return r->match == MATCH_SUFFIX && all > size && asked[all - size - 1] == '.' && strcmp(asked + all - size, r->value) == 0;
}

static bool fits(const struct row_text *r, const char *type, const char *asked)
{
    if (!strcmp(type, "address")) {
        struct prefix p;
        struct address a;
        bool is = !strcmp(r->type, "ipv4") || !strcmp(r->type, "ipv6") || !strcmp(r->type, "cidr");
        return is && prefix_parse(r->value, &p) && addr_parse(asked, &a) && prefix_holds(&p, &a);
    }
    if (strcmp(r->type, type) != 0)
        return false;
    if (!strcmp(type, "domain") || !strcmp(type, "tls_name"))
        return name_fits(r, asked);
    return r->match == MATCH_PREFIX ? strncmp(asked, r->value, strlen(r->value)) == 0 : strcmp(asked, r->value) == 0;
}

/* How narrow a row is: what must come first. */
static int narrowness(const struct row_text *r, const char *type)
{
    struct prefix p;
    if (!strcmp(type, "address"))
        return prefix_parse(r->value, &p) ? p.bits * 2 + (strncmp(r->type, "ip", 2) == 0) : 0;
    return (int)strlen(r->value) * 2 + (r->match == MATCH_EXACT && strcmp(type, "url") != 0);
}

static bool ask(const struct store *s, const char *type, const char *asked, struct address *a, struct store_match *m)
{
    if (!strcmp(type, "domain"))
        return store_find_name(s, slice_of(asked), m);
    if (!strcmp(type, "tls_name"))
        return store_find_certificate_name(s, slice_of(asked), m);
    if (!strcmp(type, "url"))
        return store_find_url(s, slice_of(asked), m);
    if (!strcmp(type, "address"))
        return addr_parse(asked, a) && store_find_address(s, a, m);
    return store_find_value(s, type, slice_of(asked), m);
}

/* Every row that fits is told once, narrowest first, and no other. */
static void check_one(const struct store *s, unsigned count, const char *type, const char *asked)
{
    bool told[ROWS] = {false};
    struct store_match m;
    struct address a;
    int last = 1 << 20;
    for (bool more = ask(s, type, asked, &a, &m); more; more = store_next(s, &m)) {
        if (told[m.row] || !fits(&rows[m.row], type, asked))
            fail_msg("%s %s: row %s (%s) %s", type, asked, rows[m.row].value, rows[m.row].type, told[m.row] ? "twice" : "wrongly");
        int now = narrowness(&rows[m.row], type);
        if (now > last)
            fail_msg("%s %s: row %s after a wider one", type, asked, rows[m.row].value);
        last = now;
        told[m.row] = true;
    }
    for (unsigned i = 0; i < count; i++)
        if (!told[i] && fits(&rows[i], type, asked))
            fail_msg("%s %s: row %s (%s) not told", type, asked, rows[i].value, rows[i].type);
}

static void ask_many(const struct store *s, unsigned count)
{
    static const char *const types[] = {"domain", "tls_name", "address", "url", "ja3", "ja4"};
    for (unsigned i = 0; i < ASKED; i++) {
        const char *type = types[draw(6)];
        char asked[128];
        unsigned bits;
        if (!strcmp(type, "domain") || !strcmp(type, "tls_name"))
            draw_name(asked);
        else if (!strcmp(type, "address"))
            draw_prefix(asked, &bits);
        else if (!strcmp(type, "url"))
            draw_url(asked);
        else
            sprintf(asked, "%u", draw(50));
        check_one(s, count, type, asked);
    }
}

static void test_every_row_that_fits_is_found_narrowest_first(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 30; round++) {
        unsigned count = 1 + draw(round % 3 ? ROWS - 1 : 12);
        for (unsigned i = 0; i < count; i++)
            draw_row(&rows[i]);
        struct store *s = store_of(count);
        assert_int_equal(store_count(s), count);
        ask_many(s, count);
        store_free(s);
    }
}

/* More prefixes than are searched without an index, in both families and around their edges. */
static void test_many_prefixes_are_found_through_their_index(void **state)
{
    (void)state;
    static const char *const columns[] = {"actor"};
    const char *column[] = {""};
    struct error error = {{0}};
    struct store *s = store_new(columns, 1, &error);
    char value[64];
    for (unsigned i = 0; i < 20000; i++) {
        if (i % 2)
            sprintf(value, "%u.%u.%u.0/24", 1 + i % 220, i / 220 % 250, i % 7);
        else
            sprintf(value, "2a%02x:%x::/32", i % 200, i);
        assert_true(store_add(s, &(struct store_item){.value = value, .type = "cidr", .ports = "", .note = "", .column = column}, &error));
    }
    assert_true(store_add(s, &(struct store_item){.value = "::/0", .type = "cidr", .ports = "", .note = "", .column = column}, &error));
    assert_true(store_add(s, &(struct store_item){.value = "64.0.0.0/2", .type = "cidr", .ports = "", .note = "", .column = column}, &error));
    assert_true(store_finish(s, NULL, &error));
    struct address a;
    struct store_match m;
    for (unsigned i = 0; i < 20000; i++) {
        if (i % 2)
            sprintf(value, "%u.%u.%u.77", 1 + i % 220, i / 220 % 250, i % 7);
        else
            sprintf(value, "2a%02x:%x::1", i % 200, i);
        assert_true(addr_parse(value, &a) && store_find_address(s, &a, &m));
        assert_true(m.row < 20000);
    }
    assert_true(addr_parse("100.99.99.99", &a) && store_find_address(s, &a, &m));
    assert_string_equal(store_text(s, m.row, "value"), "64.0.0.0/2");
    assert_false(store_next(s, &m)); /* ::/0 holds no IPv4 */
    assert_true(addr_parse("fe80::1", &a) && store_find_address(s, &a, &m));
    assert_string_equal(store_text(s, m.row, "value"), "::/0");
    assert_true(addr_parse("240.0.0.1", &a));
    assert_false(store_find_address(s, &a, &m));
    store_free(s);
}

static void test_a_row_keeps_what_it_was_given(void **state)
{
    (void)state;
    static const char *const columns[] = {"actor", "list", "source"};
    const char *column[] = {"Lazarus Group", "isac", "a report"};
    struct error error = {{0}};
    struct indicator out;
    struct store *s = store_new(columns, 3, &error);
    struct store_item item = {.value = "198.51.100.7", .type = "ipv4", .ports = "1224|443", .note = "level=info", .line = 7,
                              .confidence_pct = 61, .months = INDICATOR_LAST_MONTH, .first_seen = 1600000000, .last_seen = 1700000000, .valid_from = 1, .valid_until = INT64_MAX,
                              .column = column};
    assert_true(store_add(s, &item, &error) && store_finish(s, NULL, &error));
    store_indicator(s, 0, &out);
    assert_int_equal(out.type, INDICATOR_IPV4);
    assert_string_equal(out.value, "198.51.100.7");
    assert_int_equal(out.port_count, 2);
    assert_int_equal(out.ports[0], 1224);
    assert_int_equal(out.ports[1], 443);
    assert_string_equal(out.note, "level=info");
    assert_string_equal(out.actor, "Lazarus Group");
    assert_string_equal(out.list, "isac");
    assert_string_equal(out.source, "a report");
    assert_string_equal(out.campaign, "");
    assert_int_equal(out.line, 7);
    assert_int_equal(out.confidence_pct, 61);
    assert_int_equal(out.months, INDICATOR_LAST_MONTH);
    assert_true(out.first_seen == 1600000000 && out.last_seen == 1700000000 && out.valid_from == 1);
    assert_true(out.valid_until == UINT32_MAX);
    store_free(s);
}

static void test_an_empty_store_finds_nothing(void **state)
{
    (void)state;
    struct store *s = store_of(0);
    struct store_match m;
    struct address a = {{0}};
    assert_false(store_find_name(s, slice_of("a.example"), &m));
    assert_false(store_find_address(s, &a, &m));
    assert_false(store_find_url(s, slice_of("http://a/"), &m));
    assert_false(store_find_value(s, "ja3", slice_of("x"), &m));
    store_free(s);
}

/* --------------------------------------------------------------------- file */

static char path[64];

static void write_some(unsigned count)
{
    struct error error = {{0}};
    for (unsigned i = 0; i < count; i++)
        draw_row(&rows[i]);
    struct store *s = store_of(count);
    sprintf(path, "/tmp/test_store.%ld", (long)getpid());
    if (!store_write(s, 42, path, &error))
        fail_msg("%s", error.text);
    store_free(s);
}

static void refuses(uint64_t key, const char *expected)
{
    struct error error = {{0}};
    struct store *s = store_map(path, key, &error);
    assert_null(s);
    if (!strstr(error.text, expected))
        fail_msg("'%s' lacks '%s'", error.text, expected);
}

static void test_a_mapped_store_answers_as_the_one_it_was(void **state)
{
    (void)state;
    struct error error = {{0}};
    write_some(ROWS);
    struct store *s = store_map(path, 42, &error);
    if (!s)
        fail_msg("%s", error.text);
    ask_many(s, ROWS);
    assert_string_equal(store_text(s, 1, "actor"), "Lazarus Group");
    store_free(s);
    unlink(path);
}

static void test_a_file_made_of_something_else_is_refused(void **state)
{
    (void)state;
    write_some(20);
    refuses(43, "from other lists");
    unlink(path);
    refuses(42, "No such file");
}

static void test_a_file_that_others_may_touch_is_refused(void **state)
{
    (void)state;
    write_some(20);
    assert_int_equal(chmod(path, 0644), 0);
    refuses(42, "of this user alone");
    unlink(path);
    char elsewhere[80];
    write_some(20);
    sprintf(elsewhere, "%s.moved", path);
    assert_int_equal(rename(path, elsewhere) | symlink(elsewhere, path), 0);
    refuses(42, "");
    unlink(path);
    unlink(elsewhere);
}

/* Any byte may have changed, and the file may end anywhere. */
static void test_a_damaged_file_is_refused(void **state)
{
    (void)state;
    struct error error;
    struct stat st;
    write_some(12);
    assert_int_equal(stat(path, &st), 0);
    int fd = open(path, O_RDWR);
    for (off_t at = 0; at < st.st_size; at += 1 + (off_t)draw(7)) {
        uint8_t was, now;
        assert_int_equal(pread(fd, &was, 1, at), 1);
        now = was ^ (uint8_t)(1 + draw(255));
        assert_int_equal(pwrite(fd, &now, 1, at), 1);
        struct store *s = store_map(path, 42, &error);
        store_free(s);
        if (s)
            assert_int_equal(was, 0); /* in the unused zeros between two arrays */
        assert_int_equal(pwrite(fd, &was, 1, at), 1);
    }
    for (off_t size = 0; size < st.st_size; size += 1 + (off_t)draw(40)) {
        char cut[100];
        sprintf(cut, "%s.cut", path);
        int out = open(cut, O_RDWR | O_CREAT | O_TRUNC, 0600);
        uint8_t *bytes = malloc((size_t)st.st_size);
        assert_int_equal(pread(fd, bytes, (size_t)size, 0), size);
        assert_int_equal(write(out, bytes, (size_t)size), size);
        free(bytes);
        close(out);
        assert_null(store_map(cut, 42, &error));
        unlink(cut);
    }
    close(fd);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_that_fits_is_found_narrowest_first),
        cmocka_unit_test(test_many_prefixes_are_found_through_their_index),
        cmocka_unit_test(test_a_row_keeps_what_it_was_given),
        cmocka_unit_test(test_an_empty_store_finds_nothing),
        cmocka_unit_test(test_a_mapped_store_answers_as_the_one_it_was),
        cmocka_unit_test(test_a_file_made_of_something_else_is_refused),
        cmocka_unit_test(test_a_file_that_others_may_touch_is_refused),
        cmocka_unit_test(test_a_damaged_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
