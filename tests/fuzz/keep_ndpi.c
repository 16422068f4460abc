/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keep_ndpi.c - for LD_PRELOAD: nDPI's modules are kept and given out again, because building one costs more than most damaged
 * captures do. haetae reads each capture of a folder with a new module; what a module remembers it empties itself.
 *
 * Only for tests/fuzz/mutate. The real functions are found behind this library.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

#include <ndpi_api.h>

#define KEPT_MAX 64

typedef struct ndpi_detection_module_struct ndpi_module;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static ndpi_module *kept[KEPT_MAX];
static int kept_count;
static _Thread_local bool is_old; /* the module this thread sets up was kept: it is finished already */

/* POSIX lets dlsym's result become a function pointer; ISO C does not, hence the copy. */
#define REAL(name)                                                                                                                     \
    __typeof__(&name) real;                                                                                                             \
    void *symbol = dlsym(RTLD_NEXT, #name);                                                                                             \
    __builtin_memcpy(&real, &symbol, sizeof real)

ndpi_module *ndpi_init_detection_module(ndpi_init_prefs prefs)
{
    REAL(ndpi_init_detection_module);
    pthread_mutex_lock(&lock);
    ndpi_module *module = kept_count > 0 ? kept[--kept_count] : NULL;
    pthread_mutex_unlock(&lock);
    is_old = module != NULL;
    return module ? module : real(prefs);
}

void ndpi_set_protocol_detection_bitmask2(ndpi_module *module, const NDPI_PROTOCOL_BITMASK *bits)
{
    REAL(ndpi_set_protocol_detection_bitmask2);
    if (!is_old)
        real(module, bits);
}

void ndpi_finalize_initialization(ndpi_module *module)
{
    REAL(ndpi_finalize_initialization);
    if (!is_old)
        real(module);
}

void ndpi_exit_detection_module(ndpi_module *module)
{
    REAL(ndpi_exit_detection_module);
    pthread_mutex_lock(&lock);
    bool has_room = kept_count < KEPT_MAX;
    if (has_room)
        kept[kept_count++] = module;
    pthread_mutex_unlock(&lock);
    if (!has_room)
        real(module);
}
