/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_intel_stix.c - any bytes as a list in format stix; see fuzz_intel.h. */
#include "fuzz_intel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size <= FUZZ_INTEL_MAX)
        fuzz_intel_read(INTEL_STIX, data, size);
    return 0;
}
