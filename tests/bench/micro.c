/* SPDX-License-Identifier: Apache-2.0 */
/*
 * micro.c - the price of each step by itself, in ns, on packets of the bundled captures.
 *
 * A step is a function that does its work `times` times. Timed, it is repeated until a round takes 20 ms, and the median of nine
 * rounds is printed. With --fixed, under callgrind, each step runs a fixed number of times and its instructions are
 * dumped under its name (tests/bench/instructions prints them); the linker takes hash_key_random from here, so that tables
 * look the same in every run. Caches are warm in both: a full sensor pays more for what it touches seldom.
 *
 *     micro [--fixed] [--pcaps FOLDER] [--geo FILE] [NAME ...]
 */
#include "micro.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#define CALLGRIND_ZERO_STATS
#define CALLGRIND_DUMP_STATS_AT(name)
#endif

enum { ROUNDS = 9, ROUND_NS = 20000000, FIXED_TIMES = 20 };

const char *bench_pcaps = "pcaps", *bench_geo = "build/geo/haetae.mmdb";

struct error *no_error(void)
{
    static struct error error;
    return &error;
}

void *must(void *thing)
{
    if (!thing)
        give_up("%s", no_error()->text);
    return thing;
}

struct hash_key __wrap_hash_key_random(void);
struct hash_key __wrap_hash_key_random(void)
{
    return hash_key_fixed;
}

uint64_t number_of(uint64_t i)
{
    return hash_bytes(hash_key_fixed, &i, sizeof i);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* ns per unit: the median of the rounds. */
static double time_step(const struct step *s, struct bench *b)
{
    double ns[ROUNDS];
    uint64_t times = 1, began, took = 0;
    for (; took < ROUND_NS; times *= 2) {
        began = clock_monotonic_ns();
        s->run(b, times);
        took = clock_monotonic_ns() - began;
    }
    for (int i = 0; i < ROUNDS; i++) {
        began = clock_monotonic_ns();
        uint64_t units = s->run(b, times / 2);
        ns[i] = (double)(clock_monotonic_ns() - began) / (double)units;
    }
    qsort(ns, ROUNDS, sizeof *ns, compare_doubles);
    return ns[ROUNDS / 2];
}

/* Once to warm up, then the dump that tests/bench/instructions reads: name and units. */
static void count_step(const struct step *s, struct bench *b)
{
    char name[64];
    uint64_t units = s->run(b, FIXED_TIMES);
    snprintf(name, sizeof name, "%s %llu", s->name, (unsigned long long)units);
    CALLGRIND_START_INSTRUMENTATION;
    CALLGRIND_ZERO_STATS;
    s->run(b, FIXED_TIMES);
    CALLGRIND_DUMP_STATS_AT(name);
    CALLGRIND_STOP_INSTRUMENTATION;
}

/* What a step opened is left to the end of the process: nothing here runs long enough to mind. */
static void do_step(const struct step *s, bool fixed)
{
    struct bench *b = take(sizeof *b);
    s->open(b, s->argument);
    if (fixed)
        count_step(s, b);
    else
        printf("%-18s %10.1f ns / %s\n", s->name, time_step(s, b), s->unit);
    fflush(stdout);
}

static bool is_chosen(const char *name, char **chosen)
{
    bool any = *chosen != NULL;
    for (; *chosen; chosen++)
        if (strcmp(*chosen, name) == 0)
            return true;
    return !any;
}

static void do_steps(const struct step *s, bool fixed, char **chosen)
{
    for (; s->name; s++) {
        bool geo_missing = strncmp(s->name, "geo", 3) == 0 && access(bench_geo, R_OK) != 0;
        if (is_chosen(s->name, chosen) && !(fixed && s->timed_only) && !geo_missing)
            do_step(s, fixed);
    }
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"fixed", no_argument, NULL, 'f'}, {"pcaps", required_argument, NULL, 'p'}, {"geo", required_argument, NULL, 'g'}, {0}};
    bool fixed = false;
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (o == 'f')
            fixed = true;
        else if (o == 'p')
            bench_pcaps = optarg;
        else if (o == 'g')
            bench_geo = optarg;
        else
            return 2;
    }
    do_steps(packet_steps, fixed, argv + optind);
    do_steps(event_steps, fixed, argv + optind);
    return 0;
}
