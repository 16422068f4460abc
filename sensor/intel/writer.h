/* SPDX-License-Identifier: Apache-2.0 */
/*
 * writer.h - indicators as a list file: our CSV, a plain list, a STIX 2.1 bundle, a MISP event.
 *
 * CSV, STIX and MISP hold all that an indicator says, so that reading them back gives the same indicators; ids are made from content,
 * so the same list gives the same file. Suricata's files have a door of their own: write_suricata.h.
 */
#ifndef INTEL_WRITER_H
#define INTEL_WRITER_H

#include <stdio.h>

#include "intel/reader.h"

struct intel_writer;

/* Begins a file of INTEL_CSV, INTEL_PLAIN, INTEL_STIX or INTEL_MISP on `file`, which stays the caller's. NULL and `error` for other
 * formats or without memory. */
struct intel_writer *intel_writer_open(FILE *file, enum intel_format format, struct error *error);

/* Adds one. False when nothing more can be written (intel_writer_close says why). */
bool intel_writer_put(struct intel_writer *w, const struct indicator *i);

/* Ends the file. `left_out` counts what the format cannot say (may be NULL). False and `error` when it is not whole. */
bool intel_writer_close(struct intel_writer *w, uint64_t *left_out, struct error *error);

#endif
