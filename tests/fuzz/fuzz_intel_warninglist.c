/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_intel_warninglist.c - any bytes as a list in format warninglist; see fuzz_intel.h. */
#include "fuzz_intel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size <= FUZZ_INTEL_MAX)
        fuzz_intel_read(INTEL_WARNINGLIST, data, size);
    return 0;
}
