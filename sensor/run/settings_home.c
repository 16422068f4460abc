/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings_home.c - the parts of HOME_NET, so that the summary can say of which of them no traffic came.
 */
#include <stdlib.h>
#include <string.h>

#include "run/settings.h"

static void add(struct settings *s, const char *text, size_t size)
{
    struct coverage_prefix *p = &s->home_prefix[s->home_prefix_count];
    p->text = strndup(text, size);
    p->set = p->text ? addr_set_parse(p->text, NULL, NULL, NULL) : NULL;
    if (p->set)
        s->home_prefix_count++;
    else
        free(p->text); /* a group, or what only a bracket around it makes sense of */
}

void settings_read_home(struct settings *s)
{
    const char *at = config_text(s->config, "vars.address-groups.HOME_NET");
    static const char between[] = " \t[],";
    while (*(at += strspn(at, between)) && s->home_prefix_count < COVERAGE_PREFIXES_MAX) {
        size_t size = strcspn(at, between);
        if (*at != '!' && *at != '$')
            add(s, at, size);
        at += size;
    }
}
