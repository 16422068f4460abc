/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shipped.h - the detector on the lists as they are shipped, opened before each test and closed after it. After cmocka.h.
 */
#ifndef TRADECRAFT_SHIPPED_H
#define TRADECRAFT_SHIPPED_H

#include "fake_host.h"

extern const struct sensor_plugin sensor_plugin_tradecraft;

static void *state;

/* For the end of a set-up; `host` serves the detector and outlives the test. */
static inline int open_shipped(const struct sensor_host *host)
{
#define SHIPPED(path) SOURCE_DIR "/plugins/" path
    static const char *const option[] = {"tools", SHIPPED("tradecraft/tools.csv"), "contagious", SHIPPED("tradecraft/contagious.csv"),
                                         "services", SHIPPED("exchange/services.csv"), "wallets", SHIPPED("dprk/indicators.csv"), NULL};
#undef SHIPPED
    char error[256] = "";
    fake.role = NULL;
    fake.plugin = &sensor_plugin_tradecraft;
    fake.option = option;
    fake_reset();
    state = sensor_plugin_tradecraft.detector.open(host, NULL, error, sizeof error);
    if (state == NULL)
        fail_msg("open: %s", error);
    return 0;
}

static inline int tear_down(void **unused)
{
    (void)unused;
    sensor_plugin_tradecraft.detector.close(state);
    return 0;
}

#endif
