/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rita.c - the score of RITA 5 (activecm/rita, analysis/beacons.go), bounds and rounding as there. Where RITA has 24 bins and
 * fixed numbers of them, these are shares of the bins here, which for 24 gives the same.
 */
#include "rita.h"

#include <math.h>
#include <stdlib.h>

enum { INTERVALS_LEAST = 3, SKEW_LEAST_RANGE = 10, BAR_KINDS = 21 };

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void sort(uint32_t *v, size_t n)
{
    if (n > 1) /* of none there may be no place either */
        qsort(v, n, sizeof *v, by_value);
}

static double median(const uint32_t *sorted, size_t n)
{
    if (n == 0)
        return 0;
    return n % 2 != 0 ? sorted[n / 2] : ((double)sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

static double thousandth(double x)
{
    return floor(x * 1000 + 0.5) / 1000;
}

/* Bowley's skewness from the medians of both halves; the middle one belongs to neither. */
static double skew_of(const uint32_t *sorted, size_t n)
{
    double low = median(sorted, n / 2), middle = median(sorted, n), high = median(sorted + (n + 1) / 2, n / 2);
    if (high - low < SKEW_LEAST_RANGE || middle == low || middle == high)
        return 0;
    return (low + high - 2 * middle) / (high - low);
}

/* Overwrites `v` with twice the distances from the median, for that may be half a number. */
static double madm_of(uint32_t *v, size_t n, double middle)
{
    for (size_t i = 0; i < n; i++)
        v[i] = (uint32_t)fmin(fabs(2.0 * v[i] - 2 * middle), UINT32_MAX);
    sort(v, n);
    return median(v, n) / 2;
}

/* `small` is the score of the deviation where the median is below 1. */
static struct rita_spread spread_of(uint32_t *v, size_t n, double small)
{
    struct rita_spread s;
    sort(v, n);
    s.skew = skew_of(v, n);
    s.median = median(v, n);
    s.madm = madm_of(v, n, s.median);
    double deviation = s.median >= 1 ? (s.median - s.madm) / s.median : small;
    s.score = thousandth((1 - fabs(s.skew) + fmax(deviation, 0)) / 2);
    return s;
}

/* Sorted starts become the intervals above 0; returns how many. */
static size_t to_intervals(uint32_t *start, size_t n)
{
    size_t count = 0;
    for (size_t i = 1; i < n; i++) {
        uint32_t interval = start[i] - start[i - 1];
        if (interval > 0)
            start[count++] = interval;
    }
    return count;
}

/* ---------------------------------------------------------------- the bins */

/* 1 when all bins hold the same, 0 when they differ by more than their mean. */
static double evenness(const struct rita_input *in)
{
    double mean = 0, variance = 0;
    for (unsigned i = 0; i < in->bin_count; i++)
        mean += in->bin[i];
    mean /= in->bin_count;
    for (unsigned i = 0; i < in->bin_count; i++)
        variance += (in->bin[i] - mean) * (in->bin[i] - mean);
    double cv = mean > 0 ? sqrt(variance / in->bin_count) / mean : 2;
    return cv > 1 ? 0 : thousandth(1 - cv);
}

/* The share of bars that are of the two commonest heights: a program with a day mode and a night mode. */
static double bimodality(const struct rita_input *in, unsigned bars)
{
    unsigned kind[BAR_KINDS] = {0}, first = 0, second = 0;
    uint32_t most = 0;
    if (bars < in->bin_count * 11 / 24)
        return 0;
    for (unsigned i = 0; i < in->bin_count; i++)
        most = in->bin[i] > most ? in->bin[i] : most;
    uint32_t step = (uint32_t)ceil(most * 0.05);
    for (unsigned i = 0; i < in->bin_count; i++)
        if (in->bin[i] > 0)
            kind[in->bin[i] / step]++;
    for (unsigned i = 0; i < BAR_KINDS; i++) {
        if (kind[i] > first) {
            second = first;
            first = kind[i];
        } else if (kind[i] > second) {
            second = kind[i];
        }
    }
    return fmin(1, thousandth((double)(first + second) / (bars > 2 ? bars - 1 : 1)));
}

/* The longest run of bins that are not empty, also over the end into the beginning: the window is a circle of days. */
static unsigned longest_run(const struct rita_input *in)
{
    unsigned run = 0, longest = 0;
    for (unsigned i = 0; i < 2 * in->bin_count; i++) {
        run = in->bin[i % in->bin_count] > 0 ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest < in->bin_count ? longest : in->bin_count;
}

static double lasting(const struct rita_input *in, unsigned bars)
{
    if (bars < in->bin_count / 4)
        return 0;
    double span = (double)(in->last_s - in->first_s) / (in->to_s - in->from_s);
    double run = longest_run(in) / (in->bin_count / 2.0);
    return fmin(1, fmax(ceil(span * 1000) / 1000, ceil(run * 1000) / 1000));
}

void rita_score_bins(const struct rita_input *in, struct rita_score *out)
{
    out->bars = 0;
    for (unsigned i = 0; i < in->bin_count; i++)
        out->bars += in->bin[i] > 0;
    out->histogram = fmax(evenness(in), bimodality(in, out->bars));
    out->duration = lasting(in, out->bars);
}

bool rita_score(struct rita_input *in, struct rita_score *out)
{
    rita_score_bins(in, out);
    sort(in->start_s, in->count);
    size_t intervals = to_intervals(in->start_s, in->count);
    if (intervals < INTERVALS_LEAST)
        return false;
    out->interval = spread_of(in->start_s, intervals, 1);
    out->size = spread_of(in->bytes, in->count, 0);
    out->score = thousandth((out->interval.score + out->size.score + out->histogram + out->duration) / 4);
    return true;
}
