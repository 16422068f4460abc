/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_intel_iprep.c - any bytes as a list in format iprep; see fuzz_intel.h. */
#include "fuzz_intel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size <= FUZZ_INTEL_MAX)
        fuzz_intel_read(INTEL_IPREP, data, size);
    return 0;
}
