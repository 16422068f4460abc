/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_geo.c - any bytes as a database file: opening and asking never crashes, hangs or leaks.
 *
 * Input is the file. Seeds: tests/unit/geo_fixture FOLDER writes one of every layout.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/addr.h"
#include "geo/database.h"
#include "geo/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct sensor_geo *g)
{
    assert(memchr(g->country_iso, 0, sizeof g->country_iso));
    assert(memchr(g->country, 0, sizeof g->country));
    assert(memchr(g->organization, 0, sizeof g->organization));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const asked[] = {"192.0.2.1", "198.51.100.7", "203.0.113.1", "2001:db8::1", "::1"};
    struct sensor_geo g = {.asn = 0};
    record_read((struct slice){data, size}, 0, &g);
    check(&g);

    char path[32];
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct error error = {{0}};
    struct database *d = database_open(path, &error);
    assert((d == NULL) == (error.text[0] != '\0'));
    for (size_t i = 0; d && i < sizeof asked / sizeof asked[0]; i++) {
        struct address a;
        assert(addr_parse(asked[i], &a));
        memset(&g, 0, sizeof g);
        database_find(d, &a, &g);
        check(&g);
    }
    database_close(d);
    close(fd);
    return 0;
}
