/* SPDX-License-Identifier: Apache-2.0 */
/* thread.h - threads with a name, as top and ps show them, that take no signals: those are the main thread's. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>

/* As pthread_create: 0, or an error number. `name` has at most 15 bytes. */
int thread_start(pthread_t *thread, const char *name, void *(*body)(void *), void *arg);

#endif
