/* SPDX-License-Identifier: Apache-2.0 */
/* A scrape: every line has a form, every series a HELP and a TYPE before it and stands there once, names from outside stay in quotes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/metrics.h"

static struct board_view *view; /* large */
static char *text;

static int set_up(void **state)
{
    (void)state;
    view = calloc(1, sizeof *view);
    return view ? 0 : -1;
}

static int clean_up(void **state)
{
    (void)state;
    free(view);
    free(text);
    text = NULL;
    return 0;
}

static void scrape(const struct board_view *from)
{
    size_t size = 0;
    free(text);
    text = metrics_text(&(struct metrics_source){.view = from, .proc = -1}, &size);
    assert_non_null(text);
    assert_int_equal(strlen(text), size);
    assert_int_equal(text[size - 1], '\n');
}

static void says(const char *line)
{
    char whole[256];
    snprintf(whole, sizeof whole, "\n%s\n", line);
    if (!strstr(text, whole))
        fail_msg("no line '%s'", line);
}

/* The name that a line is about: of a comment the third word, else what stands before labels and value. */
static size_t name_of(const char *line, char out[128])
{
    if (*line == '#')
        line += strlen("# HELP ");
    size_t size = strcspn(line, " {\n");
    assert_true(size > 0 && size < 128);
    memcpy(out, line, size);
    out[size] = '\0';
    return size;
}

static unsigned count_lines_beginning(const char *with)
{
    unsigned n = 0;
    for (const char *at = text; at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
        n += strncmp(at, with, strlen(with)) == 0;
    return n;
}

/* A line that follows its HELP and TYPE; a sample ends in a number. */
static void check_line(const char *line, char family[128])
{
    char name[128], end[128], start[160];
    name_of(line, name);
    if (strncmp(line, "# HELP ", 7) == 0) {
        snprintf(start, sizeof start, "# HELP %s ", name);
        assert_int_equal(count_lines_beginning(start), 1);
        strcpy(family, name);
        return;
    }
    assert_string_equal(name, family);
    const char *last = memrchr(line, ' ', strcspn(line, "\n"));
    snprintf(end, sizeof end, "%.*s", (int)strcspn(last + 1, "\n"), last + 1);
    if (*line == '#')
        assert_true(strcmp(end, "counter") == 0 || strcmp(end, "gauge") == 0);
    else
        assert_int_equal(strspn(end, "0123456789."), strlen(end));
}

static void check_form(void)
{
    char family[128] = "";
    for (const char *at = text; *at; at = strchr(at, '\n') + 1)
        check_line(at, family);
}

static void test_before_the_first_counters_the_program_tells_of_itself(void **state)
{
    (void)state;
    scrape(NULL);
    check_form();
    assert_non_null(strstr(text, "haetae_build_info{version=\""));
    assert_non_null(strstr(text, "process_cpu_seconds_total "));
    assert_null(strstr(text, "haetae_uptime_seconds"));
}

static void test_counters_of_the_board_are_told(void **state)
{
    (void)state;
    view->stats.uptime_s = 61;
    view->stats.total.capture.received = 123456789012345;
    view->stats.total.capture.kernel_dropped = 5;
    scrape(view);
    check_form();
    says("haetae_uptime_seconds 61");
    says("haetae_capture_packets_total 123456789012345");
    says("haetae_capture_kernel_dropped_packets_total 5");
    says("# TYPE haetae_capture_packets_total counter");
}

static void test_each_output_has_its_account_by_reason(void **state)
{
    (void)state;
    view->stats.output_count = 2;
    view->stats.output[0] = (struct output_counters){.name = "eve-log", .produced = 10, .written = 7, .dropped = 3};
    view->stats.output[0].dropped_by[DROP_QUEUE_FULL] = 3;
    view->stats.output[1] = (struct output_counters){.name = "eve-log-2", .produced = 10, .spooled = 4, .queued = 6};
    scrape(view);
    check_form();
    says("haetae_output_produced_lines_total{output=\"eve-log\"} 10");
    says("haetae_output_written_lines_total{output=\"eve-log\"} 7");
    says("haetae_output_dropped_lines_total{output=\"eve-log\",reason=\"queue_full\"} 3");
    says("haetae_output_dropped_lines_total{output=\"eve-log-2\",reason=\"queue_full\"} 0");
    says("haetae_output_spooled_lines{output=\"eve-log-2\"} 4");
    says("haetae_output_queued_lines{output=\"eve-log-2\"} 6");
    assert_int_equal(count_lines_beginning("haetae_output_dropped_lines_total{"), 2 * DROP_REASON_COUNT);
}

static void test_a_name_cannot_leave_its_quotes(void **state)
{
    (void)state;
    view->stats.output_count = 1;
    view->stats.output[0] = (struct output_counters){.name = "a\"} 1\nevil 2\\"};
    scrape(view);
    check_form();
    says("haetae_output_written_lines_total{output=\"a\\\"} 1\\nevil 2\\\\\"} 0");
    assert_int_equal(count_lines_beginning("evil"), 0);
}

static void test_lists_of_one_name_are_one_series(void **state)
{
    (void)state;
    view->stats.list_count = 3;
    view->stats.list[0] = (struct list_facts){.name = "feed", .rows = 4};
    view->stats.list[1] = (struct list_facts){.name = "feed", .rows = 9};
    view->stats.list[2] = (struct list_facts){.name = "other", .rows = 5};
    scrape(view);
    check_form();
    says("haetae_list_rows{list=\"feed\"} 4");
    says("haetae_list_rows{list=\"other\"} 5");
    assert_int_equal(count_lines_beginning("haetae_list_rows{"), 2);
}

static void test_one_state_of_health_holds(void **state)
{
    (void)state;
    unsigned ones = 0;
    scrape(view);
    for (const char *at = text; (at = strstr(at, "haetae_health{state=")); at++)
        ones += strncmp(strchr(at, '}'), "} 1\n", 4) == 0;
    assert_int_equal(ones, 1);
    assert_int_equal(count_lines_beginning("haetae_health{"), 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, clean_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_before_the_first_counters_the_program_tells_of_itself),
        TEST(test_counters_of_the_board_are_told),
        TEST(test_each_output_has_its_account_by_reason),
        TEST(test_a_name_cannot_leave_its_quotes),
        TEST(test_lists_of_one_name_are_one_series),
        TEST(test_one_state_of_health_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
