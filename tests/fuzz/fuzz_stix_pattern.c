/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_stix_pattern.c - any text as a STIX pattern: bounded, and every value has a type that packets can show. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "intel/stix_pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct stix_pattern p;
    const char *why = NULL;
    char *text = malloc(size + 1);
    assert(text);
    memcpy(text, data, size);
    text[size] = '\0';
    bool good = stix_pattern_parse(text, &p, &why);
    assert(good ? p.term_count <= STIX_TERMS_MAX && p.unsaid_count <= STIX_UNSAID_MAX && p.term_count + p.unsaid_count > 0
                : why && p.term_count == 0);
    for (size_t i = 0; i < p.term_count; i++)
        assert(p.terms[i].value && strlen(p.terms[i].value) <= size && p.terms[i].type < INDICATOR_TYPE_COUNT);
    stix_pattern_free(&p);
    free(text);
    return 0;
}
