/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_config.c - any bytes as haetae.yaml. What loads must dump to something that loads to the same dump, and --set of the first
 * line must neither crash nor leak.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/config.h"

#define TEXT_MAX 4096 /* bytes tried; longer files only cost time */

static char *dump(const struct config *c, size_t *size)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    assert(out != NULL && config_dump(c, out));
    fclose(out);
    return text;
}

static void check_round_trip(const struct config *c)
{
    size_t first_size, second_size;
    struct error error = {""};
    char *first = dump(c, &first_size);
    struct config *again = config_parse("dump", first, first_size, &error);
    if (again == NULL) {
        fputs(error.text, stderr);
        abort();
    }
    char *second = dump(again, &second_size);
    assert(first_size == second_size && memcmp(first, second, first_size) == 0);
    free(second);
    config_free(again);
    free(first);
}

/* The first line, as an assignment. */
static void set_first_line(struct config *c, const uint8_t *data, size_t size)
{
    char line[256];
    size_t length = 0;
    while (length < size && length < sizeof line - 1 && data[length] != '\n' && data[length] != '\0')
        length++;
    memcpy(line, data, length);
    line[length] = '\0';
    struct error error = {""};
    if (config_set(c, line, &error))
        check_round_trip(c);
    else
        assert(error.text[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error = {""};
    if (size > TEXT_MAX)
        return 0;
    struct config *c = config_parse("fuzz", (const char *)data, size, &error);
    assert((c == NULL) == (error.text[0] != '\0'));
    if (c != NULL)
        check_round_trip(c);
    else
        c = config_load(NULL, &error);
    set_first_line(c, data, size);
    config_free(c);
    return 0;
}
