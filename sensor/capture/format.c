/* SPDX-License-Identifier: Apache-2.0 */
/* format.c - see format.h: what both formats of capture files share. */
#include "capture/format.h"

#include <pcap/dlt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SECONDS_MAX  INT64_C(9223000000) /* year 2262 */
#define NS_IN_SECOND UINT64_C(1000000000)

int link_type_of_file(uint32_t link_type)
{
    static const struct {
        uint32_t file;
        int dlt;
    } other[] = {{100, DLT_ATM_RFC1483}, {101, DLT_RAW}, {102, DLT_SLIP_BSDOS}, {103, DLT_PPP_BSDOS}};
    link_type &= 0x03ffffffu; /* above stands the length of a frame check sequence */
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        if (other[i].file == link_type)
            return other[i].dlt;
    return (int)link_type;
}

uint64_t format_time(int64_t seconds, uint64_t ns)
{
    if (seconds < 0)
        seconds = 0;
    if (seconds > SECONDS_MAX)
        seconds = SECONDS_MAX;
    return (uint64_t)seconds * NS_IN_SECOND + (ns < NS_IN_SECOND ? ns : 0);
}

enum format_result format_damaged(const struct bytes *b, struct damage *damage, const char *format, ...)
{
    va_list words;
    damage->offset = bytes_offset(b);
    va_start(words, format);
    vsnprintf(damage->why, sizeof damage->why, format, words);
    va_end(words);
    return FORMAT_DAMAGED;
}

enum format_result format_stop(enum bytes_result result, struct bytes *b, const char *where, struct damage *damage)
{
    if (result == BYTES_END)
        return FORMAT_END;
    if (result == BYTES_NOT_YET)
        return FORMAT_NOT_YET;
    if (result == BYTES_FAILED)
        format_damaged(b, damage, "%s", bytes_problem(b));
    else
        format_damaged(b, damage, "truncated in %s: the rest of the file is missing, copy it again if there is more of it", where);
    damage->offset = b->end_offset;
    return FORMAT_DAMAGED;
}
