/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error.c - the reason of a failed set-up step. Text is built aside first, so a reason may quote the one it replaces.
 */
#include "base/error.h"

#include <stdio.h>
#include <string.h>

bool error_set(struct error *e, const char *format, ...)
{
    if (e == NULL)
        return false;
    char text[ERROR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    if (vsnprintf(text, sizeof text, format, args) < 0)
        text[0] = '\0';
    va_end(args);
    memcpy(e->text, text, sizeof text);
    return false;
}

bool error_prefix(struct error *e, const char *format, ...)
{
    if (e == NULL)
        return false;
    char text[ERROR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t used = wanted < 0 ? 0 : (size_t)wanted;
    if (used >= sizeof text)
        used = sizeof text - 1;
    size_t left = sizeof text - used;
    if (snprintf(text + used, left, ": %s", e->text) >= (int)left)
        text[sizeof text - 1] = '\0';
    memcpy(e->text, text, sizeof text);
    return false;
}
