/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allow.c - reads and asks the allow list. IPv4 is held in its mapped form, so one comparison serves both.
 */
#include "allow.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct exchange_network {
    struct address base;
    unsigned bits; /* 0..128 of the mapped form */
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

/* Reads "192.0.2.1", "192.0.2.0/24" or the same in IPv6. Bits beyond the prefix are ignored. */
static bool read_network(const char *text, struct exchange_network *out)
{
    char copy[INET6_ADDRSTRLEN + 4];
    if (strlen(text) >= sizeof copy)
        return false;
    memcpy(copy, text, strlen(text) + 1);
    char *slash = strchr(copy, '/');
    if (slash != NULL)
        *slash++ = '\0';
    bool v4 = strchr(copy, ':') == NULL;
    *out = (struct exchange_network){.base = {.bytes = {[10] = 0xff, [11] = 0xff}}, .bits = 128};
    if (inet_pton(v4 ? AF_INET : AF_INET6, copy, out->base.bytes + (v4 ? 12 : 0)) != 1)
        return false;
    return slash == NULL || read_bits(slash, v4, &out->bits);
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
            snprintf(error, error_size, "exchange: allow: '%s' is neither an address nor a network such as 10.1.2.0/24", text);
            return false;
        }
        set->count++;
    }
    return true;
}

bool exchange_allow_has(const struct exchange_allow *set, const struct address *a)
{
    for (size_t i = 0; i < set->count; i++)
        if (is_inside(&set->network[i], a))
            return true;
    return false;
}

void exchange_allow_free(struct exchange_allow *set)
{
    free(set->network);
    *set = (struct exchange_allow){.network = NULL};
}
