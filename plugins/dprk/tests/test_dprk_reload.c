/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of a million indicators is read aside while observations go by. From the one on before which it is shown, every alert is byte
 * for byte that of a run that had the new list from there on; before it, that of one that had the old list.
 */
#include "dprk_test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { OBSERVATIONS = 12000, AFTER_SWAP = 3000, NAMES = 400, BULK = 1000000 };

static char path[] = "/tmp/haetae-dprk-list-XXXXXX", bulk_path[] = "/tmp/haetae-dprk-bulk-XXXXXX";

/* Names of one generation: the old list has the even ones, the new list those that three divides. */
static void write_list(const char *to, unsigned step, const char *actor)
{
    FILE *f = fopen(to, "w");
    fputs("value,type,match,actor,campaign,category,first_seen,last_seen,confidence,source,reference\n", f);
    for (unsigned i = 0; i < NAMES; i += step)
        fprintf(f, "n%u.load.example,domain,suffix,%s,,actor_c2,2026-07,2026-07,80,Test,https://example.com/r\n", i, actor);
    fclose(f);
}

static void write_bulk(unsigned count)
{
    FILE *f = fopen(bulk_path, "w");
    for (unsigned i = 0; i < count; i++)
        fprintf(f, "b%u.bulk.example\n", i);
    fclose(f);
}

/* The n-th observation of the stream: a name out of NAMES. What it raised, as one number. */
static uint64_t observe(void *state, unsigned n)
{
    char name[64];
    uint64_t sum = UINT64_C(14695981039346656037);
    fake_reset();
    snprintf(name, sizeof name, "www.n%u.load.example", n * 7919u % NAMES);
    feed_sni(state, name);
    for (size_t i = 0; i < fake.raised_count; i++) {
        const struct fake_raised *r = &fake.raised[i];
        const char *const texts[] = {r->signature, r->facts, r->why, r->tags};
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
            for (const char *c = texts[k]; *c != '\0'; c++)
                sum = (sum ^ (uint8_t)*c) * UINT64_C(1099511628211);
    }
    return fake.raised_count == 0 ? 0 : sum;
}

static atomic_int built;

static void *build(void *arg)
{
    struct error error = {{0}};
    size_t count;
    (void)arg;
    atomic_store(&built, lists_build(&count, &error) && count == 1 ? 1 : -1);
    return NULL;
}

static void test_the_stream_is_judged_by_one_list_or_the_other_never_by_both(void **unused)
{
    static uint64_t seen[OBSERVATIONS];
    pthread_t builder;
    (void)unused;
    char fresh[80], lists[160];
    close(mkstemp(path));
    close(mkstemp(bulk_path));
    snprintf(lists, sizeof lists, "%s,%s", path, bulk_path);
    write_list(path, 2, "Kimsuky");
    write_bulk(1);
    void *state = open_with("lists", lists);
    write_bulk(BULK);
    snprintf(fresh, sizeof fresh, "%s.new", path);
    write_list(fresh, 3, "Andariel");
    assert_int_equal(rename(fresh, path), 0);
    pthread_create(&builder, NULL, build, NULL);
    unsigned n = 0, swapped = OBSERVATIONS;
    for (; n < OBSERVATIONS && n < swapped + AFTER_SWAP; n++) {
        if (swapped == OBSERVATIONS && (n == OBSERVATIONS - AFTER_SWAP || lists_state() == LISTS_BUILT)) {
            pthread_join(builder, NULL);
            swapped = n;
        }
        lists_swap();
        seen[n] = observe(state, n);
    }
    assert_int_equal(atomic_load(&built), 1);
    assert_int_equal(lists_state(), LISTS_SWAPPED);
    lists_settle();
    sensor_plugin_dprk.detector.close(state);

    void *with_new = open_with("lists", lists);
    write_list(fresh, 2, "Kimsuky");
    void *with_old = open_with("lists", fresh);
    unsigned told = 0;
    for (unsigned i = 0; i < n; i++) {
        uint64_t old = observe(with_old, i), new = observe(with_new, i);
        /* the alerts name their list by its path, which is all that differs */
        assert_int_equal(seen[i] != 0, (i < swapped ? old : new) != 0);
        if (i >= swapped)
            assert_true(seen[i] == new);
        told += seen[i] != 0;
    }
    assert_true(swapped > 0 && told > 1000);
    sensor_plugin_dprk.detector.close(with_old);
    sensor_plugin_dprk.detector.close(with_new);
    unlink(path);
    unlink(bulk_path);
    unlink(fresh);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_stream_is_judged_by_one_list_or_the_other_never_by_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
