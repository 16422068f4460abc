/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host.h - the services of sensor_plugin.h, as this program offers them.
 *
 * They come as plain function pointers, so what stands behind them is one per process: the directories where lists are looked
 * for and the names of the running nDPI. Set up once by the main thread, before any plugin opens; read only after.
 */
#ifndef ANALYSIS_HOST_H
#define ANALYSIS_HOST_H

#include "flow/classify.h"
#include "sensor_plugin.h"

/* How the analysis serves the calls that need to know the observation. */
struct host_context_services {
    bool (*raise)(struct sensor_context *, const struct sighting *);
    void (*label)(struct sensor_context *, const char *id, const char *label);
    void (*count)(struct sensor_context *, const char *name);
    void (*set)(struct sensor_context *, const char *name, uint64_t value);
    bool (*geo)(struct sensor_context *, const struct address *, struct sensor_geo *out);
    bool (*name_of)(struct sensor_context *, size_t i, struct sensor_name *out);
    bool (*has_role)(struct sensor_context *, const struct address *, const char *role, struct sensor_role *out);
    bool (*role_of)(struct sensor_context *, const struct address *, size_t i, struct sensor_role *out);
    bool (*raise_on)(struct sensor_context *, const struct observation *head, const struct sighting *);
    bool (*is_ending)(const struct sensor_context *);
};

/* Fills everything but the option getters, which belong to the configuration. `data_directories` (NULL-terminated) and `names` must
 * live as long as plugins do. */
void host_init(struct sensor_host *host, const char *const *data_directories, const struct classify_names *names);
/* Where state_load and state_save keep files; "" or NULL: nowhere. Must live as long as plugins do. */
void host_keep_state(const char *directory);
bool host_keeps_state(void);
void host_serve_context(struct sensor_host *host, const struct host_context_services *services);

#endif
