/* SPDX-License-Identifier: Apache-2.0 */
/*
 * indicator.h - one thing that a report says of an actor, as every list format can say it.
 *
 * A reader (reader.h) makes indicators out of a file, a store makes them searchable, a writer says them in another format. All words
 * are CSV column names of our own lists too, so a row, an indicator and the fields of an alert read alike.
 */
#ifndef INTEL_INDICATOR_H
#define INTEL_INDICATOR_H

#include "sensor_plugin.h" /* struct indicator */

/* The word of our CSV's `type` column ("ipv4", "tls_sha1", ...), and back; INDICATOR_NONE when there is no such word. */
const char *indicator_type_name(enum indicator_type type);
enum indicator_type indicator_type_of(const char *name);

#endif
