/* SPDX-License-Identifier: Apache-2.0 */
/* builtin.h - the plugins linked into this program; the build writes the table from the folders of plugins/. */
#ifndef RUN_BUILTIN_H
#define RUN_BUILTIN_H

#include "sensor_plugin.h"

extern const struct sensor_plugin *const builtin_plugins[]; /* ends with NULL */

#endif
