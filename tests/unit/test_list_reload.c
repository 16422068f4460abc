/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of indicators from several files, and what a reload may and may not do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "intel/list.h"
#include "intel/list_load.h"
#include "scratch_file.h"

static char path[2][64];

static bool locate(const char *text, char *out, struct error *error)
{
    (void)error;
    snprintf(out, PATH_MAX, "%s", text);
    return true;
}

/* Puts a new file in the place of path[i], as a feed does. */
static void replace(int i, const char *text)
{
    char fresh[64];
    scratch_file(fresh, text);
    assert_int_equal(rename(fresh, path[i]), 0);
}

static struct sensor_list *open_two(const char *one, const char *other)
{
    char items[2][200];
    struct error error = {{0}};
    scratch_file(path[0], one);
    scratch_file(path[1], other);
    snprintf(items[0], sizeof items[0], "%s name=first confidence=70 actor=\"Lazarus Group\"", path[0]);
    snprintf(items[1], sizeof items[1], "%s name=second category=actor_phish tlp=green", path[1]);
    struct sensor_list *l = list_open_indicators((const char *const[]){items[0], items[1]}, 2, locate, &error);
    if (!l)
        fail_msg("%s", error.text);
    return l;
}

static void close_two(struct sensor_list *l)
{
    lists_drop();
    list_close(l);
    unlink(path[0]);
    unlink(path[1]);
}

static bool has(const struct sensor_list *l, const char *name)
{
    struct sensor_entry e;
    return list_find_name(l, (struct slice){(const uint8_t *)name, strlen(name)}, &e);
}

static size_t build(void)
{
    struct error error = {{0}};
    size_t built;
    if (!lists_build(&built, &error))
        fail_msg("%s", error.text);
    return built;
}

static void refuses(const char *expected)
{
    struct error error = {{0}};
    size_t built;
    assert_false(lists_build(&built, &error));
    if (!strstr(error.text, expected))
        fail_msg("'%s' lacks '%s'", error.text, expected);
    assert_int_equal(lists_state(), LISTS_SHOWN);
    lists_swap(); /* must not show anything */
}

static void test_a_value_of_two_lists_is_found_in_both(void **state)
{
    (void)state;
    struct sensor_list *l = open_two("bad.example\nworse.example\n", "bad.example\n198.51.100.7:1224\n");
    struct sensor_entry e;
    struct indicator one;
    assert_int_equal(list_count(l), 4);
    assert_true(list_find_name(l, (struct slice){(const uint8_t *)"bad.example", 11}, &e));
    list_indicator(&e, &one);
    assert_string_equal(one.list, "first");
    assert_string_equal(one.actor, "Lazarus Group");
    assert_int_equal(one.confidence_pct, 70);
    assert_true(list_next(&e));
    list_indicator(&e, &one);
    assert_string_equal(one.list, "second");
    assert_string_equal(one.category, "actor_phish");
    assert_string_equal(one.tlp, "green");
    assert_int_equal(one.confidence_pct, 50);
    assert_int_equal(one.line, 1);
    assert_false(list_next(&e));
    struct list_shown shown;
    assert_true(lists_describe(0, &shown) && shown.rows == 2 && strcmp(shown.name, "first") == 0);
    assert_true(lists_describe(1, &shown) && shown.rows == 2 && shown.reloads == 0);
    assert_false(lists_describe(2, &shown));
    close_two(l);
}

static void test_a_new_file_is_shown_by_the_swap_and_not_before(void **state)
{
    (void)state;
    struct sensor_list *l = open_two("a.example\nb.example\n", "c.example\n");
    struct list_shown before, after;
    assert_true(lists_describe(0, &before));
    assert_int_equal(lists_change(), 0);
    assert_int_equal(build(), 0);
    assert_int_equal(lists_state(), LISTS_SHOWN);
    replace(0, "a.example\nd.example\ne.example\n");
    assert_int_not_equal(lists_change(), 0);
    assert_int_equal(build(), 1);
    assert_true(has(l, "b.example") && !has(l, "d.example"));
    lists_swap();
    assert_true(!has(l, "b.example") && has(l, "d.example") && has(l, "c.example"));
    lists_settle();
    assert_int_equal(lists_state(), LISTS_SHOWN);
    assert_int_equal(lists_change(), 0);
    assert_true(lists_describe(0, &after));
    assert_true(after.digest != before.digest && after.rows == 3 && after.reloads == 1);
    close_two(l);
}

static void test_an_empty_missing_or_shrunken_list_keeps_the_old_ones(void **state)
{
    (void)state;
    struct sensor_list *l = open_two("a.example\nb.example\nc.example\nd.example\n", "e.example\nf.example\n");
    replace(1, "g.example\nh.example\n"); /* good, but must not be shown without the other */
    replace(0, "");
    refuses("no rows");
    replace(0, "# none today\n");
    refuses("no rows");
    replace(0, "a.example\n");
    refuses("1 rows where there were 4");
    unlink(path[0]);
    refuses("No such file");
    assert_true(has(l, "a.example") && has(l, "d.example") && has(l, "e.example") && !has(l, "g.example"));
    replace(0, "a.example\nb.example\n"); /* half is taken */
    assert_int_equal(build(), 1);
    lists_swap();
    lists_settle();
    assert_true(has(l, "a.example") && !has(l, "d.example") && has(l, "g.example"));
    close_two(l);
}

static void test_a_list_that_all_may_write_is_refused_and_the_old_one_holds(void **state)
{
    (void)state;
    struct sensor_list *l = open_two("a.example\n", "c.example\n");
    replace(0, "b.example\n");
    chmod(path[0], 0666);
    refuses("all users may write it");
    assert_true(has(l, "a.example") && !has(l, "b.example"));
    chmod(path[0], 0644);
    assert_true(build() > 0);
    lists_swap();
    assert_true(has(l, "b.example"));
    close_two(l);
}

static void test_what_a_list_may_say_and_what_it_may_not(void **state)
{
    (void)state;
    struct error error = {{0}};
    scratch_file(path[0], "a.example\n");
    static const char *const bad[][2] = {{"confidence=101", "no number from 0 to 100"}, {"colour=red", "unknown word 'colour'"},
                                         {"type=md5", "type 'md5' is not known"},       {"format=pdf", "format 'pdf' is not known"},
                                         {"strict=maybe", "neither yes nor no"},        {"words", "not of the form"},
                                         {"name=\"open", "quote that is not closed"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char item[160];
        snprintf(item, sizeof item, "%s %s", path[0], bad[i][0]);
        assert_null(list_open_indicators((const char *const[]){item}, 1, locate, &error));
        if (!strstr(error.text, bad[i][1]))
            fail_msg("%s: '%s' lacks '%s'", bad[i][0], error.text, bad[i][1]);
    }
    unlink(path[0]);
}

/* ----------------------------------------------------------- compiled copy */

static char big_path[64], directory[64];

static void write_big(unsigned from)
{
    FILE *f = fopen(big_path, "w");
    for (unsigned i = 0; i < LIST_CACHE_ROWS_MIN + 10; i++)
        fprintf(f, "n%u.example\n", from + i);
    fclose(f);
}

static struct sensor_list *open_big(void)
{
    struct error error = {{0}};
    const char *items[] = {big_path};
    struct sensor_list *l = list_open_indicators(items, 1, locate, &error);
    if (!l)
        fail_msg("%s", error.text);
    return l;
}

static bool compiled(char *out)
{
    char command[200];
    snprintf(command, sizeof command, "ls %s/lists-* 2>/dev/null", directory);
    FILE *p = popen(command, "r");
    bool any = fgets(out, 200, p) != NULL;
    pclose(p);
    out[strcspn(out, "\n")] = '\0';
    return any;
}

static void test_a_large_list_is_compiled_once_and_again_when_it_changed(void **state)
{
    (void)state;
    char file[200], command[200];
    struct stat first, second;
    strcpy(directory, "/tmp/haetae-cache-XXXXXX");
    assert_non_null(mkdtemp(directory));
    list_cache_set(directory);
    scratch_file(big_path, "");
    write_big(0);
    list_close(open_big());
    assert_true(compiled(file) && stat(file, &first) == 0 && (first.st_mode & 0777) == 0600);
    struct sensor_list *l = open_big();
    assert_true(has(l, "n7.example"));
    assert_int_equal(list_count(l), LIST_CACHE_ROWS_MIN + 10);
    assert_true(stat(file, &second) == 0 && first.st_ino == second.st_ino); /* mapped, not made again */
    struct list_shown shown;
    assert_true(lists_describe(0, &shown) && shown.rows == LIST_CACHE_ROWS_MIN + 10);
    list_close(l);
    write_big(1000000);
    l = open_big();
    assert_true(has(l, "n1000007.example") && !has(l, "n7.example"));
    assert_true(stat(file, &second) == 0 && first.st_ino != second.st_ino);
    list_close(l);
    FILE *f = fopen(file, "r+");
    fseek(f, second.st_size / 2, SEEK_SET);
    fputs("damage that is long enough to be no padding", f);
    fclose(f);
    l = open_big();
    assert_true(has(l, "n1000007.example"));
    list_close(l);
    assert_true(stat(file, &first) == 0 && first.st_ino != second.st_ino); /* refused, and made anew */
    list_cache_set("");
    unlink(big_path);
    snprintf(command, sizeof command, "rm -r %s", directory);
    assert_int_equal(system(command), 0);
}

/* ---------------------------------------------------------- swap under load */

/* The builder on a thread of its own, many times; the reader must always see one generation of both lists. */
static struct sensor_list *other_list;
static char pair_path[64];

static void *build_and_settle(void *arg)
{
    (void)arg;
    for (unsigned i = 1; i <= 40; i++) {
        char a[80], b[80], fresh[64];
        snprintf(a, sizeof a, "g%u.example\nx.example\n", i);
        snprintf(b, sizeof b, "g%u.example\ny.example\n", i);
        scratch_file(fresh, b);
        replace(0, a);
        assert_int_equal(rename(fresh, pair_path), 0);
        struct error error = {{0}};
        size_t built;
        if (!lists_build(&built, &error) || built == 0)
            return (void *)"build failed";
        while (lists_state() != LISTS_SWAPPED)
            sched_yield();
        lists_settle();
    }
    return NULL;
}

static unsigned generation(const struct sensor_list *l)
{
    char name[32];
    unsigned found = 0, count = 0;
    for (unsigned i = 0; i <= 40; i++) {
        snprintf(name, sizeof name, "g%u.example", i);
        if (has(l, name)) {
            found = i;
            count++;
        }
    }
    assert_int_equal(count, 1);
    return found;
}

static void test_all_lists_change_at_once_whenever_they_are_built(void **state)
{
    (void)state;
    struct sensor_list *l = open_two("g0.example\nx.example\n", "z.example\n");
    scratch_file(pair_path, "g0.example\ny.example\n");
    const char *items[] = {pair_path};
    struct error error = {{0}};
    other_list = list_open_indicators(items, 1, locate, &error);
    assert_non_null(other_list);
    pthread_t builder;
    pthread_create(&builder, NULL, build_and_settle, NULL);
    unsigned last = 0;
    while (last < 40) {
        lists_swap();
        unsigned one = generation(l), other = generation(other_list);
        assert_int_equal(one, other);
        assert_true(one >= last);
        last = one;
    }
    void *problem;
    pthread_join(builder, &problem);
    assert_null(problem);
    list_close(other_list);
    unlink(pair_path);
    close_two(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_value_of_two_lists_is_found_in_both),
        cmocka_unit_test(test_a_new_file_is_shown_by_the_swap_and_not_before),
        cmocka_unit_test(test_an_empty_missing_or_shrunken_list_keeps_the_old_ones),
        cmocka_unit_test(test_a_list_that_all_may_write_is_refused_and_the_old_one_holds),
        cmocka_unit_test(test_what_a_list_may_say_and_what_it_may_not),
        cmocka_unit_test(test_a_large_list_is_compiled_once_and_again_when_it_changed),
        cmocka_unit_test(test_all_lists_change_at_once_whenever_they_are_built),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
