/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rita.h - how regular are the connections of one pair? The beacon score of RITA version 5 (Active Countermeasures), a pure
 * function of start times and sizes, so that a number of ours means what a number of theirs means.
 */
#ifndef BEHAVIOUR_RITA_H
#define BEHAVIOUR_RITA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RITA_BINS_MAX = 42 };

/* What was seen in a window of time. rita_score() sorts and overwrites both arrays. */
struct rita_input {
    uint32_t *start_s;    /* when connections began, seconds since the epoch, any order */
    uint32_t *bytes;      /* from the client, one for each connection, any order */
    size_t count;         /* of both arrays; may be fewer than the bins hold */
    const uint32_t *bin;  /* connections in equal parts of the window */
    unsigned bin_count;   /* 24 for a day; at most RITA_BINS_MAX */
    uint32_t from_s, to_s;    /* the window */
    uint32_t first_s, last_s; /* the first and the last connection in it */
};

/* One set of numbers: how it lies around its middle. */
struct rita_spread {
    double median;
    double madm;  /* median absolute deviation from the median */
    double skew;  /* Bowley's, -1 to 1 */
    double score; /* 0 to 1: 1 has no spread and leans to no side */
};

struct rita_score {
    struct rita_spread interval; /* between connections, seconds; those of 0 are left out */
    struct rita_spread size;     /* bytes from the client */
    double histogram;            /* 0 to 1: is each bin alike, or are there two kinds? */
    double duration;             /* 0 to 1: share of the window, or longest run of bins */
    double score;                /* the mean of the four, rounded to 0.001 */
    unsigned bars;               /* bins that are not empty */
};

/* The two parts that need the bins alone: cheap, and most pairs fail by them. */
void rita_score_bins(const struct rita_input *, struct rita_score *out);

/* All of it. False when there are fewer than three intervals above 0. */
bool rita_score(struct rita_input *, struct rita_score *out);

#endif
