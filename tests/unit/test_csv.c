/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_csv.c - RFC 4180 in all its corners, and the exact words for what is wrong.
 */
#include "base/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/test_csv_XXXXXX";

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    if (fd < 0)
        return -1;
    return close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void write_file(const char *text, size_t size)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, size, f), size);
    fclose(f);
}

static struct csv *open_text(const char *text)
{
    write_file(text, strlen(text));
    struct error e = {""};
    struct csv *c = csv_open(path, &e);
    if (c == NULL)
        fail_msg("%s", e.text);
    return c;
}

/* Next row is these two fields, begun on that line. */
static void expect_row(struct csv *c, uint32_t line, const char *first, const char *second)
{
    struct error e = {""};
    if (csv_next(c, &e) != CSV_ROW)
        fail_msg("no row: %s", e.text);
    assert_string_equal(csv_field(c, 0), first);
    assert_string_equal(csv_field(c, 1), second);
    assert_int_equal(csv_line(c), line);
}

static void expect_end(struct csv *c)
{
    assert_int_equal(csv_next(c, NULL), CSV_END);
    assert_int_equal(csv_next(c, NULL), CSV_END);
    csv_close(c);
}

/* Next row is bad for this reason; `rest` follows the path and ':'. */
static void expect_bad(struct csv *c, const char *rest)
{
    struct error e = {""};
    char text[600];
    assert_int_equal(csv_next(c, &e), CSV_BAD);
    snprintf(text, sizeof text, "%s:%s", path, rest);
    assert_string_equal(e.text, text);
}

static void test_plain_rows(void **state)
{
    (void)state;
    struct csv *c = open_text("value,note\na,1\nb,\n,\n");
    assert_int_equal(csv_column_count(c), 2);
    assert_string_equal(csv_column_name(c, 1), "note");
    assert_int_equal(csv_column(c, "note"), 1);
    assert_int_equal(csv_column(c, "none"), -1);
    expect_row(c, 2, "a", "1");
    expect_row(c, 3, "b", "");
    expect_row(c, 4, "", "");
    expect_end(c);
}

static void test_crlf_bom_and_no_final_newline(void **state)
{
    (void)state;
    struct csv *c = open_text("\xef\xbb\xbfvalue,note\r\na,1\r\nb,2");
    assert_int_equal(csv_column(c, "value"), 0);
    expect_row(c, 2, "a", "1");
    expect_row(c, 3, "b", "2");
    expect_end(c);
}

static void test_quotes_hold_commas_quotes_and_newlines(void **state)
{
    (void)state;
    struct csv *c = open_text("value,note\n\"a,b\",\"say \"\"hi\"\"\"\n\"two\r\nlines\",\"\"\n\"\"\"\",x\n");
    expect_row(c, 2, "a,b", "say \"hi\"");
    expect_row(c, 3, "two\r\nlines", "");
    expect_row(c, 5, "\"", "x");
    expect_end(c);
}

static void test_comments_and_blank_lines_are_skipped(void **state)
{
    (void)state;
    struct csv *c = open_text("# a list\n\nvalue,note\n# more, with a comma\r\n\r\na,1\n\n#end");
    expect_row(c, 6, "a", "1");
    expect_end(c);
}

static void test_a_quoted_hash_is_no_comment(void **state)
{
    (void)state;
    struct csv *c = open_text("value,note\n\"#a\",#b\n");
    expect_row(c, 2, "#a", "#b");
    expect_end(c);
}

static void test_bad_rows_are_named_and_passed(void **state)
{
    (void)state;
    struct csv *c = open_text("value,note\na\nb,1,2\nc\"d,1\n\"e\"f,1\n\xff,1\ng,1\n");
    expect_bad(c, "2: 1 fields where the header has 2");
    expect_bad(c, "3: 3 fields where the header has 2");
    expect_bad(c, "4: a quote inside an unquoted field; quote the whole field");
    expect_bad(c, "5: text after a closing quote; double the quotes inside a field");
    expect_bad(c, "6: not UTF-8; save the file as UTF-8");
    expect_row(c, 7, "g", "1");
    expect_end(c);
}

static void test_nul_is_bad(void **state)
{
    (void)state;
    struct error e;
    write_file("value,note\na\0b,1\nc,2\n", 20);
    struct csv *c = csv_open(path, &e);
    assert_non_null(c);
    expect_bad(c, "2: a NUL byte; is this a CSV file?");
    expect_row(c, 3, "c", "2");
    expect_end(c);
}

static void test_unclosed_quote_is_bad_where_it_begins(void **state)
{
    (void)state;
    struct csv *c = open_text("value,note\na,1\nb,\"2\nc,3\n");
    expect_row(c, 2, "a", "1");
    expect_bad(c, "3: a quote is opened and never closed");
    expect_end(c);
}

static void test_rows_have_a_longest_size(void **state)
{
    (void)state;
    static char text[CSV_ROW_MAX + 200], filler[CSV_ROW_MAX + 101];
    memset(filler, 'x', sizeof filler - 1);
    for (int quoted = 0; quoted < 2; quoted++) {
        snprintf(text, sizeof text, "value,note\n%s%s\nlast,1\n", quoted ? "\"" : "", filler);
        struct csv *c = open_text(text);
        expect_bad(c, "2: row longer than 65536 bytes; is a closing quote missing?");
        expect_row(c, 3, "last", "1");
        expect_end(c);
    }
    filler[CSV_ROW_MAX - 1] = '\0'; /* with its NUL no more bytes than allowed */
    snprintf(text, sizeof text, "value,note\n%s,\n", filler);
    struct csv *c = open_text(text);
    assert_int_equal(csv_next(c, NULL), CSV_ROW);
    assert_int_equal(strlen(csv_field(c, 0)), CSV_ROW_MAX - 1);
    expect_end(c);
}

static void test_more_than_64_fields_are_bad(void **state)
{
    (void)state;
    char text[400] = "value,note\n", commas[301] = "";
    memset(commas, ',', sizeof commas - 1);
    snprintf(text, sizeof text, "value,note\n%s\na,1\n", commas);
    struct csv *c = open_text(text);
    expect_bad(c, "2: more than 64 fields");
    expect_row(c, 3, "a", "1");
    expect_end(c);
}

static void expect_open_error(const char *text, const char *rest)
{
    struct error e = {""};
    char wanted[600];
    write_file(text, strlen(text));
    assert_null(csv_open(path, &e));
    snprintf(wanted, sizeof wanted, "%s:%s", path, rest);
    assert_string_equal(e.text, wanted);
}

static void test_open_explains_what_is_wrong(void **state)
{
    (void)state;
    struct error e = {""};
    assert_null(csv_open("/nowhere/list.csv", &e));
    assert_string_equal(e.text, "/nowhere/list.csv: No such file or directory; is the path right and readable?");
    assert_null(csv_open("/", &e));
    assert_string_equal(e.text, "/: is a directory; give a CSV file");
    expect_open_error("", " no header line; the first line must name the columns");
    expect_open_error("# only\n\n", " no header line; the first line must name the columns");
    expect_open_error("a,,c\n", "1: column 2 has no name");
    expect_open_error("a,b,a\n", "1: column 'a' is there twice");
    expect_open_error("a\"b\n", "1: a quote inside an unquoted field; quote the whole field");
}

/* Reads all there is; rows must be whole and reading must end. */
static void drain(const char *text, size_t size)
{
    write_file(text, size);
    struct csv *c = csv_open(path, NULL);
    if (c == NULL)
        return;
    size_t rows = 0;
    enum csv_result result;
    while ((result = csv_next(c, NULL)) != CSV_END) {
        for (size_t i = 0; result == CSV_ROW && i < csv_column_count(c); i++)
            assert_true(strlen(csv_field(c, i)) <= size);
        assert_true(++rows <= size);
    }
    csv_close(c);
}

static void test_cut_at_every_length(void **state)
{
    (void)state;
    static const char text[] = "\xef\xbb\xbfvalue,note\r\n\"a\"\"b\",\"c\r\nd\"\r\n# x\n\n\xed\x95\x9c,\"\xff\"\r\n\"e\"f,g\"h\n";
    for (size_t size = 0; size < sizeof text; size++)
        drain(text, size);
}

static void test_any_bytes_are_survived(void **state)
{
    (void)state;
    static const char alphabet[] = "a,\"\n\r#\xff\x00 b";
    srandom(4180);
    for (int round = 0; round < 2000; round++) {
        char text[256] = "v,n\n";
        size_t size = 4 + (size_t)random() % 200;
        for (size_t i = 4; i < size; i++)
            text[i] = alphabet[(size_t)random() % (sizeof alphabet - 1)];
        drain(text, size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_rows),
        cmocka_unit_test(test_crlf_bom_and_no_final_newline),
        cmocka_unit_test(test_quotes_hold_commas_quotes_and_newlines),
        cmocka_unit_test(test_comments_and_blank_lines_are_skipped),
        cmocka_unit_test(test_a_quoted_hash_is_no_comment),
        cmocka_unit_test(test_bad_rows_are_named_and_passed),
        cmocka_unit_test(test_nul_is_bad),
        cmocka_unit_test(test_unclosed_quote_is_bad_where_it_begins),
        cmocka_unit_test(test_rows_have_a_longest_size),
        cmocka_unit_test(test_more_than_64_fields_are_bad),
        cmocka_unit_test(test_open_explains_what_is_wrong),
        cmocka_unit_test(test_cut_at_every_length),
        cmocka_unit_test(test_any_bytes_are_survived),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
