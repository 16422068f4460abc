/* SPDX-License-Identifier: Apache-2.0 */
/*
 * printf.c - snprintf and its kin for the whole process, the libraries included: base/format.c, and the C library for what that does not
 * understand.
 *
 * Why: nDPI 4.2 builds the JA3 text of every TLS hello with one snprintf per number; that was 45 % of its instructions on a load of short
 * TLS flows. A symbol of the program comes before the C library's, so nothing else is needed. The output is the same byte for byte
 * (tests/unit/test_format.c). Not in builds with sanitizers, which watch these functions themselves.
 */
#undef _FORTIFY_SOURCE /* here the checked functions are defined, not used */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#endif

#ifdef SANITIZED
extern int nothing_here; /* an empty file is none to ISO C */
#else

/* What a compiler makes of snprintf under _FORTIFY_SOURCE (Linux Standard Base 5, __snprintf_chk): `have` is what it knows of the
 * buffer's size. */
int __snprintf_chk(char *out, size_t size, int flag, size_t have, const char *format, ...);
int __vsnprintf_chk(char *out, size_t size, int flag, size_t have, const char *format, va_list arguments);
int __vasprintf_chk(char **out, int flag, const char *format, va_list arguments);
_Noreturn void __chk_fail(void);

/* The C library's way, by a function of it that is not replaced. */
static int format_fully(char *out, size_t size, int flag, const char *format, va_list arguments)
{
    char *text;
    int length = __vasprintf_chk(&text, flag, format, arguments);
    if (length < 0)
        return length;
    if (size) {
        size_t fits = (size_t)length < size ? (size_t)length : size - 1;
        memcpy(out, text, fits);
        out[fits] = '\0';
    }
    free(text);
    return length;
}

static inline int format_any(char *out, size_t size, int flag, const char *format, va_list arguments)
{
    int length;
    return format_plain(out, size, &length, format, arguments) ? length : format_fully(out, size, flag, format, arguments);
}

int __vsnprintf_chk(char *out, size_t size, int flag, size_t have, const char *format, va_list arguments)
{
    if (have < size)
        __chk_fail();
    return format_any(out, size, flag, format, arguments);
}

int __snprintf_chk(char *out, size_t size, int flag, size_t have, const char *format, ...)
{
    if (have < size)
        __chk_fail();
    va_list arguments;
    va_start(arguments, format);
    int length = format_any(out, size, flag, format, arguments);
    va_end(arguments);
    return length;
}

int vsnprintf(char *out, size_t size, const char *format, va_list arguments)
{
    return format_any(out, size, 0, format, arguments);
}

int snprintf(char *out, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = format_any(out, size, 0, format, arguments);
    va_end(arguments);
    return length;
}

#endif
