/* SPDX-License-Identifier: Apache-2.0 */
/*
 * app_proto.h - from the classifier's protocol names to EVE's application protocols. Private to flow/.
 */
#ifndef FLOW_APP_PROTO_H
#define FLOW_APP_PROTO_H

#include "sensor_plugin.h"

/* By name, because the ids mean other protocols in other releases of the library. Letter case is ignored, it has changed too.
 * APP_UNKNOWN when EVE has no word for it. */
enum app_proto app_proto_named(const char *name);

#endif
