/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: what is understood, and what each mistake is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/command_line.h"

/* Splits at blanks; the words live in a static buffer. */
static bool parse(const char *line, struct command_line *c, struct error *error)
{
    static char text[512];
    static char *argv[32];
    int argc = 0;
    snprintf(text, sizeof text, "haetae %s", line);
    for (char *save, *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save))
        argv[argc++] = word;
    argv[argc] = NULL;
    return command_line_parse(argc, argv, c, error);
}

static void test_captures_and_filter_words_mix_with_options(void **state)
{
    (void)state;
    struct command_line c;
    struct error error = {{0}};
    assert_true(parse("-r a.pcap tcp port -l out 443 -r b.pcap --set a.b=c --workers 3 -v", &c, &error));
    assert_int_equal(c.read_count, 2);
    assert_string_equal(c.reads[1], "b.pcap");
    assert_string_equal(c.bpf, "tcp port 443");
    assert_string_equal(c.log_directory, "out");
    assert_string_equal(c.sets[0], "a.b=c");
    assert_int_equal(c.workers, 3);
    assert_int_equal(c.verbosity, 1);
    command_line_free(&c);
}

static void test_each_mistake_has_its_message(void **state)
{
    (void)state;
    static const char *const mistakes[][2] = {
        {"", "nothing to do"},
        {"-r a -i b", "exclude each other"},
        {"-r", "-r: needs a value"},
        {"--set", "--set: needs a value"},
        {"-r a -x", "-x: unknown option"},
        {"-r a --nonsense", "--nonsense: unknown option"},
        {"-r a --workers 0", "from 1 to 64"},
        {"-r a --workers 2x", "from 1 to 64"},
        {"-r a --workers 65", "from 1 to 64"},
        {"-r a -k maybe", "say all or none"},
        {"-r a --fail-on alerts", "say hits, blind or hits,blind"},
        {"-r a --fail-on hits,blindness", "say hits, blind or hits,blind"},
        {"-r a -F /nonexistent/filter", "/nonexistent/filter"},
        {"-r / --follow", "--follow: / is a directory"},
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct command_line c;
        struct error error = {{0}};
        if (parse(mistakes[i][0], &c, &error))
            fail_msg("'%s' was understood", mistakes[i][0]);
        if (!strstr(error.text, mistakes[i][1]))
            fail_msg("'%s' says '%s', not '%s'", mistakes[i][0], error.text, mistakes[i][1]);
        command_line_free(&c);
    }
}

static void test_jobs_need_no_input(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum command_job job;
    } jobs[] = {{"-T", JOB_CHECK},
                {"-V", JOB_VERSION},
                {"--help", JOB_HELP},
                {"--dump-config", JOB_DUMP_CONFIG},
                {"--list-plugins", JOB_LIST_PLUGINS},
                {"--build-info", JOB_BUILD_INFO},
                {"explain D05 1790100", JOB_EXPLAIN}};
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        struct command_line c;
        struct error error = {{0}};
        assert_true(parse(jobs[i].line, &c, &error));
        assert_int_equal(c.job, jobs[i].job);
        if (jobs[i].job == JOB_EXPLAIN) {
            assert_int_equal(c.word_count, 2);
            assert_string_equal(c.words[0], "D05");
        }
        command_line_free(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_captures_and_filter_words_mix_with_options),
        cmocka_unit_test(test_each_mistake_has_its_message),
        cmocka_unit_test(test_jobs_need_no_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
