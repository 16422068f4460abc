/* SPDX-License-Identifier: Apache-2.0 */
/* version.h - what this program is and what it runs on. */
#ifndef RUN_VERSION_H
#define RUN_VERSION_H

#include "flow/classify.h"

/* "haetae 0.1.0" */
const char *version_text(void);
/* Versions of this program and its libraries, on standard output. */
void version_print(const struct classify_names *names);

#endif
