/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allow.c - reads and asks the allow list. IPv4 is held in its mapped form, so one comparison serves both.
 */
#include "allow.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct exchange_network {
    struct address base;
    unsigned bits;    /* 0..128 of the mapped form */
    char slug[64];    /* "" for every exchange */
    uint64_t over_ns; /* first moment it does not hold any more */
};

/* Reads the number after the slash. */
static bool read_bits(const char *text, bool v4, unsigned *bits)
{
    char *end = NULL;
    unsigned long n = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || n > (v4 ? 32u : 128u))
        return false;
    *bits = (unsigned)n + (v4 ? 96u : 0u);
    return true;
}

/* Reads "2027-03-31" as the end of that day, UTC. */
static bool read_day(const char *text, uint64_t *over_ns)
{
    struct tm tm = {0};
    const char *end = strptime(text, "%Y-%m-%d", &tm);
    int day = tm.tm_mday;
    time_t start = timegm(&tm); /* makes 2 March of 30 February */
    if (tm.tm_mday != day || strlen(text) != 10 || end == NULL || *end != '\0' || start < 0)
        return false;
    *over_ns = ((uint64_t)start + 86400) * 1000000000;
    return true;
}

/* Cuts what follows `mark` off; NULL when there is none. */
static char *cut(char *text, char mark)
{
    char *at = strchr(text, mark);
    if (at != NULL)
        *at++ = '\0';
    return at;
}

/* Reads "192.0.2.1", "192.0.2.0/24" or the same in IPv6, with "=exchange" and "@day". Bits beyond the prefix are ignored. */
static bool read_network(const char *text, struct exchange_network *out)
{
    char copy[INET6_ADDRSTRLEN + 96];
    if (strlen(text) >= sizeof copy)
        return false;
    memcpy(copy, text, strlen(text) + 1);
    *out = (struct exchange_network){.base = {.bytes = {[10] = 0xff, [11] = 0xff}}, .bits = 128, .over_ns = UINT64_MAX};
    const char *day = cut(copy, '@'), *slug = cut(copy, '='), *bits = cut(copy, '/');
    bool v4 = strchr(copy, ':') == NULL;
    if (inet_pton(v4 ? AF_INET : AF_INET6, copy, out->base.bytes + (v4 ? 12 : 0)) != 1)
        return false;
    if (slug != NULL && (*slug == '\0' || strlen(slug) >= sizeof out->slug))
        return false;
    if (slug != NULL)
        memcpy(out->slug, slug, strlen(slug) + 1);
    return (day == NULL || read_day(day, &out->over_ns)) && (bits == NULL || read_bits(bits, v4, &out->bits));
}

static bool is_inside(const struct exchange_network *n, const struct address *a)
{
    unsigned whole = n->bits / 8, rest = n->bits % 8;
    if (memcmp(n->base.bytes, a->bytes, whole) != 0)
        return false;
    return rest == 0 || ((n->base.bytes[whole] ^ a->bytes[whole]) >> (8 - rest)) == 0;
}

bool exchange_allow_read(struct exchange_allow *set, const struct sensor_host *host, const struct sensor_options *options,
                         char *error, size_t error_size)
{
    size_t count = host->option_count(options, "allow");
    if (count == 0)
        return true;
    set->network = calloc(count, sizeof *set->network);
    if (set->network == NULL) {
        snprintf(error, error_size, "exchange: out of memory");
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const char *text = host->option_item(options, "allow", i);
        if (!read_network(text, &set->network[i])) {
            snprintf(error, error_size, "exchange: allow: '%s' is neither an address nor a network such as 10.1.2.0/24, with or "
                     "without =exchange and @2027-03-31",
                     text);
            return false;
        }
        set->count++;
    }
    return true;
}

bool exchange_allow_has(const struct exchange_allow *set, const struct address *a, const char *slug, uint64_t now_ns)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct exchange_network *n = &set->network[i];
        if (is_inside(n, a) && now_ns < n->over_ns && (n->slug[0] == '\0' || strcmp(n->slug, slug) == 0))
            return true;
    }
    return false;
}

void exchange_allow_free(struct exchange_allow *set)
{
    free(set->network);
    *set = (struct exchange_allow){.network = NULL};
}
