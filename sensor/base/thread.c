/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thread.c - see thread.h. A new thread takes over the name of the one that starts it: naming another thread means writing below /proc,
 * which a sandbox may forbid.
 */
#include "base/thread.h"

#include <sys/prctl.h>

int thread_start(pthread_t *thread, const char *name, void *(*body)(void *), void *arg)
{
    char own[16] = "";
    (void)prctl(PR_GET_NAME, own, 0, 0, 0);
    (void)prctl(PR_SET_NAME, name, 0, 0, 0);
    int failed = pthread_create(thread, NULL, body, arg);
    (void)prctl(PR_SET_NAME, own, 0, 0, 0);
    return failed;
}
