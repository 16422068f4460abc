/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health.h - is the sensor fit to see something now? A word and its reasons, so that a sensor that is blind or falls behind is never
 * green. Judged anew from what is on the board whenever somebody asks.
 */
#ifndef RUN_HEALTH_H
#define RUN_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "run/board.h"

#define HEALTH_REASONS_MAX 24
#define HEALTH_REASON_SIZE 144

enum health_state {
    HEALTH_GREEN,
    HEALTH_YELLOW, /* works, and something was lost or is not as it should be */
    HEALTH_RED     /* does not see or does not tell what it should */
};

struct health {
    enum health_state state;
    uint32_t reason_count;
    char reason[HEALTH_REASONS_MAX][HEALTH_REASON_SIZE];
};

const char *health_text(enum health_state state); /* "green", "yellow", "red" */

/* `view` NULL: nothing was counted yet. `list_age_max_s`: lists written longer ago make it red, 0 never; `now_s` since the epoch. */
void health_judge(const struct board_view *view, int64_t list_age_max_s, int64_t now_s, struct health *out);

#endif
