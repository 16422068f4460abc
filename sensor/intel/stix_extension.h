/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stix_extension.h - what our lists know and STIX has no property for, as a property extension of an indicator (STIX 2.1, 7.3):
 * category, first_seen, last_seen, hosted, status, ports, note and the like, under the names of our CSV columns.
 */
#ifndef INTEL_STIX_EXTENSION_H
#define INTEL_STIX_EXTENSION_H

#include <jansson.h>

#include "intel/indicator.h"

#define STIX_EXTENSION_ID "extension-definition--6f0a52a4-5f5e-4f0c-9d0c-7f6c1b6f2f55"

/* Takes over what the object's extension says. Texts live as long as `object`. */
void stix_extension_read(const json_t *object, struct indicator *i);

#endif
