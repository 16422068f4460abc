/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_rita.c - the score against published figures: a day of made-up connections of each kind, 20 seeds each, mean, least and
 * most to the third digit. The figures were made with Python's generator, so that is rebuilt here: MT19937 (Matsumoto, Nishimura
 * 1998) with the seeding and the distributions of CPython's `random`.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "rita.c"

/* --------------------------------------------------------- Python's random */

enum { STATE = 624 };
static struct generator {
    uint32_t word[STATE];
    unsigned next;
} generator;

static void seed_word(uint32_t s)
{
    generator.word[0] = s;
    for (uint32_t i = 1; i < STATE; i++)
        generator.word[i] = 1812433253u * (generator.word[i - 1] ^ generator.word[i - 1] >> 30) + i;
}

/* init_by_array of the one-word key that Random(n) makes of a small number. */
static void seed(uint32_t n)
{
    uint32_t *w = generator.word, i = 1;
    seed_word(19650218);
    for (unsigned k = 0; k < STATE; k++) {
        w[i] = (w[i] ^ (w[i - 1] ^ w[i - 1] >> 30) * 1664525u) + n;
        if (++i >= STATE)
            w[0] = w[STATE - 1], i = 1;
    }
    for (unsigned k = 0; k < STATE - 1; k++) {
        w[i] = (w[i] ^ (w[i - 1] ^ w[i - 1] >> 30) * 1566083941u) - i;
        if (++i >= STATE)
            w[0] = w[STATE - 1], i = 1;
    }
    w[0] = 0x80000000u;
    generator.next = STATE;
}

static uint32_t bits32(void)
{
    uint32_t *w = generator.word;
    for (unsigned i = 0; generator.next == STATE && i < STATE; i++) {
        uint32_t y = (w[i] & 0x80000000u) | (w[(i + 1) % STATE] & 0x7fffffffu);
        w[i] = w[(i + 397) % STATE] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
    }
    generator.next %= STATE;
    uint32_t y = w[generator.next++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}

static double unit(void)
{
    uint32_t a = bits32() >> 5, b = bits32() >> 6;
    return (a * 67108864.0 + b) / 9007199254740992.0;
}

static double uniform(double low, double high)
{
    return low + (high - low) * unit();
}

static double exponential(double mean)
{
    return -log(1 - unit()) / (1 / mean);
}

static double log_normal(double mu, double sigma)
{
    static const double magic = 1.7155277699214135; /* 4 exp(-0.5) / sqrt(2) */
    double z;
    for (;;) {
        double a = unit(), b = 1 - unit();
        z = magic * (a - 0.5) / b;
        if (z * z / 4 <= -log(b))
            return exp(mu + z * sigma);
    }
}

static unsigned one_to_five(void)
{
    uint32_t r;
    do
        r = bits32() >> 29;
    while (r >= 5);
    return r + 1;
}

/* ------------------------------------------------------------- a made-up day */

enum kind { BEACON, POISSON, OFFICE, BURST };
enum { DAY = 86400, MOST = 4096, SEEDS = 20 };

static struct day {
    uint32_t start[MOST], bytes[MOST];
    size_t count;
} day;

struct figures {
    enum kind kind;
    double every_s, jitter, size_jitter;
    double mean, least, most;
};

static void connect_at(double t, double bytes)
{
    assert_true(day.count < MOST);
    day.start[day.count] = (uint32_t)t;
    day.bytes[day.count++] = (uint32_t)bytes;
}

static double burst(double t)
{
    for (unsigned left = one_to_five(); left > 0; left--) {
        connect_at(t, log_normal(7, 1.2));
        t += exponential(2);
    }
    return t;
}

static double office(double t, double every_s)
{
    uint32_t at = (uint32_t)t;
    double next = t + (t > 32400 && t < 64800 ? exponential(every_s) : 3600 * unit() * 3);
    connect_at(at, log_normal(7, 1.5));
    return next;
}

static double one_more(const struct figures *f, double t)
{
    double at = t;
    switch (f->kind) {
    case BEACON:
        t += f->every_s * (1 + uniform(-f->jitter, f->jitter));
        connect_at(at, 500 * (1 + uniform(-f->size_jitter, f->size_jitter)));
        return t;
    case POISSON:
        t += exponential(f->every_s);
        connect_at(at, log_normal(7, 1.2));
        return t;
    case OFFICE: return office(t, f->every_s);
    default: return burst(t);
    }
}

/* A burst's own connection is noted before the others, its size and those left out at the end are 300 bytes. */
static void make_day(const struct figures *f, uint32_t n)
{
    day.count = 0;
    seed(n);
    for (double t = unit() * 60; t < DAY;) {
        if (f->kind == BURST)
            connect_at(t, 300);
        t = one_more(f, t);
        if (f->kind == BURST)
            t += exponential(f->every_s);
    }
}

static double score_day(void)
{
    uint32_t bin[24] = {0}, first = UINT32_MAX, last = 0;
    struct rita_score score;
    for (size_t i = 0; i < day.count; i++) {
        uint32_t s = day.start[i];
        bin[s / 3600 < 24 ? s / 3600 : 23]++;
        first = s < first ? s : first;
        last = s > last ? s : last;
    }
    struct rita_input in = {day.start, day.bytes, day.count, bin, 24, 0, DAY, first, last};
    assert_true(rita_score(&in, &score));
    return score.score;
}

static const struct figures published[] = {
    {BEACON, 60, 0, 0, 1.000, 1.000, 1.000},       {BEACON, 60, 0.1, 0, 0.994, 0.994, 0.994},
    {BEACON, 60, 0.3, 0.2, 0.963, 0.952, 0.969},   {BEACON, 60, 0.2, 0.1, 0.976, 0.958, 0.981},
    {BEACON, 60, 0.5, 0.5, 0.925, 0.913, 0.935},   {BEACON, 60, 0.9, 0.9, 0.865, 0.855, 0.873},
    {BEACON, 600, 0.2, 0.1, 0.952, 0.931, 0.977},  {BEACON, 3600, 0.2, 0.1, 0.939, 0.896, 0.969},
    {BEACON, 14400, 0.1, 0, 0.691, 0.616, 0.739},  {POISSON, 60, 0, 0, 0.715, 0.704, 0.737},
    {POISSON, 600, 0, 0, 0.655, 0.610, 0.722},     {OFFICE, 60, 0, 0, 0.647, 0.608, 0.690},
    {OFFICE, 300, 0, 0, 0.613, 0.563, 0.682},          {BURST, 300, 0, 0, 0.576, 0.557, 0.595},
};

static void test_scores_are_the_published_ones(void **state)
{
    (void)state;
    for (size_t c = 0; c < sizeof published / sizeof *published; c++) {
        const struct figures *f = &published[c];
        double sum = 0, least = 2, most = 0;
        for (uint32_t n = 0; n < SEEDS; n++) {
            make_day(f, n);
            double score = score_day();
            sum += score;
            least = fmin(least, score);
            most = fmax(most, score);
        }
        double mean = sum / SEEDS;
        bool same = fabs(mean - f->mean) < 0.00051 && fabs(least - f->least) < 0.00051 && fabs(most - f->most) < 0.00051;
        if (!same)
            fail_msg("case %zu: %.4f (%.4f to %.4f) is not %.3f (%.3f to %.3f)", c, mean, least, most, f->mean, f->least, f->most);
    }
}

/* --------------------------------------------------------------- its parts */

static void test_spread_of_known_numbers(void **state)
{
    uint32_t v[] = {30, 10, 20, 90, 40};
    (void)state;
    struct rita_spread s = spread_of(v, 5, 1);
    assert_true(s.median == 30 && s.madm == 10);
    assert_true(fabs(s.skew - (15 + 65 - 60) / 50.0) < 1e-9);
    assert_true(fabs(s.score - 0.633) < 1e-9);
    uint32_t zero[] = {0, 0, 0, 0};
    assert_true(spread_of(zero, 4, 0).score == 0.5); /* sizes: a median below one says nothing */
}

static void test_three_intervals_are_needed(void **state)
{
    uint32_t start[] = {10, 20, 30, 30, 30}, bytes[] = {1, 1, 1, 1, 1}, bin[24] = {5};
    struct rita_score score;
    struct rita_input in = {start, bytes, 5, bin, 24, 0, DAY, 10, 30};
    (void)state;
    assert_false(rita_score(&in, &score));
}

static void test_an_empty_window_is_no_beacon(void **state)
{
    uint32_t bin[24] = {0};
    struct rita_score score;
    struct rita_input in = {.bin = bin, .bin_count = 24, .to_s = DAY};
    (void)state;
    assert_false(rita_score(&in, &score));
    assert_true(score.histogram == 0 && score.duration == 0 && score.bars == 0);
}

static void test_runs_go_over_midnight(void **state)
{
    uint32_t bin[24] = {[0] = 1, [1] = 1, [2] = 1, [21] = 1, [22] = 1, [23] = 1};
    struct rita_input in = {.bin = bin, .bin_count = 24, .to_s = DAY};
    (void)state;
    assert_int_equal(longest_run(&in), 6);
    assert_true(lasting(&in, 6) == 0.5);
    assert_true(lasting(&in, 5) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scores_are_the_published_ones), cmocka_unit_test(test_spread_of_known_numbers),
        cmocka_unit_test(test_three_intervals_are_needed),    cmocka_unit_test(test_an_empty_window_is_no_beacon),
        cmocka_unit_test(test_runs_go_over_midnight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
