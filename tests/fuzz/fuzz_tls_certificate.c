/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_tls_certificate.c - any bytes as a certificate: nothing beyond them is read, every text fits.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "dissect/tls_certificate.h"

/* Every comma that separates parts is followed by a blank, every other one is escaped. */
static void check_name(const char *text, size_t size)
{
    assert(size <= CERTIFICATE_NAME_MAX);
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\\')
            i++;
        else if (text[i] == ',')
            assert(i + 1 < size && text[i + 1] == ' ');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tls_certificate c;
    uint8_t *copy = malloc(size ? size : 1);
    assert(copy);
    if (size)
        memcpy(copy, data, size);
    if (tls_certificate_parse((struct slice){copy, size}, &c))
        assert(c.serial.at >= copy && c.serial.at + c.serial.size <= copy + size);
    check_name(c.subject, c.subject_size);
    check_name(c.issuer, c.issuer_size);
    assert(c.san_size <= CERTIFICATE_SAN_MAX);
    free(copy);
    return 0;
}
