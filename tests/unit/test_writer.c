/* SPDX-License-Identifier: Apache-2.0 */
/* Writers: what is written and read again is the same, for made-up lists of every type and for our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "intel/writer.h"
#include "intel_watch.h"

#define LISTS      40
#define ROWS       25
#define SORTED_MAX 4096

/* ---------------------------------------------------------- conversion by file */

struct conversion {
    struct intel_writer *writer;
    char complaints[WATCH_TEXT_MAX];
};

static bool put(void *arg, const struct indicator *i)
{
    struct conversion *c = arg;
    return intel_writer_put(c->writer, i);
}

static void complain(void *arg, const char *text)
{
    struct conversion *c = arg;
    watch_append(c->complaints, "%s\n", text);
}

/* Reads `from` and writes it to `to` as `format`; how many rows it had. */
static uint64_t convert(const char *from, const char *to, enum intel_format format)
{
    static struct conversion c;
    struct error error = {{0}};
    struct intel_read_result result;
    FILE *file = fopen(to, "we");
    assert_non_null(file);
    *c.complaints = '\0';
    c.writer = intel_writer_open(file, format, &error);
    assert_non_null(c.writer);
    struct intel_read_options options = {
        .defaults = {.list = "x", .actor = "", .category = "", .source = "", .reference = "", .tlp = ""},
        .complaints_max = 100,
        .take = put,
        .complain = complain,
        .arg = &c};
    bool good = intel_read(from, &options, &result, &error);
    if (!good || result.bad || result.refused)
        fail_msg("%s: %s %s", from, error.text, c.complaints);
    assert_true(intel_writer_close(c.writer, NULL, &error));
    fclose(file);
    return result.taken;
}

static char *content(const char *path, size_t *size)
{
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(*size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, *size, file), *size);
    text[*size] = '\0';
    fclose(file);
    return text;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines in order: MISP keeps addresses with several ports at its end. */
static char **sorted_lines(char *text, size_t *count)
{
    char **lines = calloc(SORTED_MAX, sizeof *lines);
    assert_non_null(lines);
    *count = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        assert_true(*count < SORTED_MAX);
        lines[(*count)++] = line;
    }
    qsort(lines, *count, sizeof *lines, by_text);
    return lines;
}

static void same_rows(const char *a_path, const char *b_path)
{
    size_t size, a_count, b_count;
    char *a = content(a_path, &size), *b = content(b_path, &size);
    char **a_lines = sorted_lines(a, &a_count), **b_lines = sorted_lines(b, &b_count);
    for (size_t i = 0; i < a_count && i < b_count; i++)
        assert_string_equal(a_lines[i], b_lines[i]);
    assert_int_equal(a_count, b_count);
    free(a_lines);
    free(b_lines);
    free(a);
    free(b);
}

/* csv -> csv -> format -> csv: the two CSVs have the same rows. */
static void round_trip(const char *path, enum intel_format format)
{
    char first[64], there[64], back[64];
    scratch_file(first, "");
    scratch_file(there, "");
    scratch_file(back, "");
    uint64_t rows = convert(path, first, INTEL_CSV);
    assert_true(rows > 0);
    assert_int_equal(convert(first, there, format), rows);
    assert_int_equal(convert(there, back, INTEL_CSV), rows);
    same_rows(first, back);
    unlink(first);
    unlink(there);
    unlink(back);
}

/* ------------------------------------------------------------------ made-up lists */

static uint32_t seed = 1;

static uint32_t number(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static const char *one_of(const char *const *texts, uint32_t count)
{
    return texts[number(count)];
}

static void value(FILE *file, uint32_t n)
{
    static const char *const kinds[] = {
        "198.51.%u.7,ipv4,exact",
        "2001:db8::%x,ipv6,",
        "203.%u.112.0/20,cidr,cidr",
        "n%u.bad.example,domain,exact",
        "n%u.bad.example,domain,suffix",
        "http://n%u.bad.example:8080/a?b='c\\d%%,url,exact",
        "http://n%u.bad.example/a,url,prefix",
        "d41d8cd98f00b204e9800998ecf8%04x,ja3,exact",
        "d41d8cd98f00b204e9800998ecf8%04x,ja3s,",
        "t13d1516h2_8daaf6152771_02713d6a%04x,ja4,",
        "da39a3ee5e6b4b0d3255bfef95601890afd8%04x,tls_sha1,",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852%04x,tls_sha256,",
        "n%u o'neil.example,tls_name,suffix",
        "1BoatSLRHtKNngkdXEeobR76b53LET%u,wallet,",
    };
    fprintf(file, one_of(kinds, sizeof kinds / sizeof *kinds), n);
}

/* Rows whose texts hold what formats quote and escape. */
static void made_up_list(char *path)
{
    static const char *const texts[] = {"",
                                        "Lazarus Group",
                                        "\"say \"\"it\"\"\"",
                                        "\"a, b; c\"",
                                        "it's \\ back\\x41",
                                        "\"two\nlines\"",
                                        "\xed\x95\x9c\xea\xb8\x80",
                                        "\"=\"\" tag\"",
                                        "# no comment",
                                        "a=b"};
    static const char *const times[] = {"", "2026-02", "2026-02-03", "2024-02-29T23:59:59Z", "2026-01-01T00:00:00+02:00"};
    static const char *const ports[] = {"", "443", "1224|1244", "1|65535|80"};
    static const char *const tlps[] = {"", "clear", "amber+strict", "red"};
    scratch_file(path, "");
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs("value,type,match,actor,campaign,malware,category,first_seen,last_seen,valid_from,valid_until,confidence,ports,hosted,"
          "status,tlp,source,reference,note\n",
          file);
    for (uint32_t i = 0; i < ROWS; i++) {
        value(file, number(100) + 100 * (i % 2) + i);
        for (int k = 0; k < 4; k++)
            fprintf(file, ",%s", one_of(texts, 8));
        for (int k = 0; k < 4; k++)
            fprintf(file, ",%s", one_of(times, 5));
        fprintf(file, ",%u,%s,%s,%s,%s", number(101), one_of(ports, 4), one_of(texts, 4), one_of(texts, 4), one_of(tlps, 4));
        for (int k = 0; k < 3; k++)
            fprintf(file, ",%s", one_of(texts, 10));
        fputs("\n", file);
    }
    fclose(file);
}

static void round_trips(enum intel_format format)
{
    for (seed = 1; seed <= LISTS; seed++) {
        char path[64];
        uint32_t kept = seed;
        made_up_list(path);
        round_trip(path, format);
        unlink(path);
        seed = kept;
    }
}

static void test_csv_round_trip(void **state)
{
    (void)state;
    round_trips(INTEL_CSV);
}

static void test_stix_round_trip(void **state)
{
    (void)state;
    round_trips(INTEL_STIX);
}

static void test_misp_round_trip(void **state)
{
    (void)state;
    round_trips(INTEL_MISP);
}

static void test_our_own_list_round_trips(void **state)
{
    (void)state;
    round_trip(SOURCE_DIR "/plugins/dprk/indicators.csv", INTEL_STIX);
    round_trip(SOURCE_DIR "/plugins/dprk/indicators.csv", INTEL_MISP);
}

static void test_the_same_list_gives_the_same_file(void **state)
{
    (void)state;
    static const enum intel_format formats[] = {INTEL_CSV, INTEL_PLAIN, INTEL_STIX, INTEL_MISP};
    char a_path[64], b_path[64];
    scratch_file(a_path, "");
    scratch_file(b_path, "");
    for (size_t i = 0; i < 4; i++) {
        size_t a_size, b_size;
        convert(SOURCE_DIR "/plugins/dprk/indicators.csv", a_path, formats[i]);
        convert(SOURCE_DIR "/plugins/dprk/indicators.csv", b_path, formats[i]);
        char *a = content(a_path, &a_size), *b = content(b_path, &b_size);
        assert_int_equal(a_size, b_size);
        assert_memory_equal(a, b, a_size);
        free(a);
        free(b);
    }
    unlink(a_path);
    unlink(b_path);
}

static void test_a_format_that_is_not_written(void **state)
{
    (void)state;
    struct error error = {{0}};
    assert_null(intel_writer_open(stdout, INTEL_IPREP, &error));
    assert_string_equal(error.text, "iprep cannot be written; say csv, plain, stix or misp");
}

static void test_a_full_disk_is_told(void **state)
{
    (void)state;
    struct error error = {{0}};
    FILE *full = fopen("/dev/full", "we");
    assert_non_null(full);
    struct intel_writer *w = intel_writer_open(full, INTEL_CSV, &error);
    assert_non_null(w);
    assert_false(intel_writer_close(w, NULL, &error));
    assert_non_null(strstr(error.text, "could not be written"));
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv_round_trip),
        cmocka_unit_test(test_stix_round_trip),
        cmocka_unit_test(test_misp_round_trip),
        cmocka_unit_test(test_our_own_list_round_trips),
        cmocka_unit_test(test_the_same_list_gives_the_same_file),
        cmocka_unit_test(test_a_format_that_is_not_written),
        cmocka_unit_test(test_a_full_disk_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
