/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_hot.c - memory that every look-up touches at random: slots and filter. A hundred megabytes in pages of 4 KB cost a walk through
 * the page tables beside each cache miss, so large ones ask for huge pages. Without them everything works, slower.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "intel/store_parts.h"

#define HUGE_PAGE ((size_t)2 << 20)

void *hot_new(size_t size)
{
    if (size < HUGE_PAGE)
        return calloc(1, size);
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return NULL;
    madvise(at, size, MADV_HUGEPAGE); /* a wish: what it says changes nothing */
    return at;
}

void hot_free(void *at, size_t size)
{
    if (size < HUGE_PAGE)
        free(at);
    else if (at)
        munmap(at, size);
}
