/* SPDX-License-Identifier: Apache-2.0 */
/* explain.h - `haetae explain`: what an alert means, what had to be seen for it, when it is wrong. All from the rules of plugins. */
#ifndef RUN_EXPLAIN_H
#define RUN_EXPLAIN_H

#include <stdbool.h>

#include "run/plugins.h"

/* Prints every rule that `word` names: a SID, a detector id (D05) or a rule name (ioc.tls_sni). False when there is none. */
bool explain(const struct plugins *plugins, const char *word);
/* One line for each rule. */
void explain_all(const struct plugins *plugins);
/* One line for each plugin: kind, name, version, where from, summary. */
void explain_plugins(const struct plugins *plugins);

#endif
