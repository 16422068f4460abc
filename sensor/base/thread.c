/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thread.c - see thread.h. A new thread takes over the name of the one that starts it: naming another thread means writing below /proc,
 * which a sandbox may forbid.
 */
#include "base/thread.h"

#include <signal.h>
#include <sys/prctl.h>

/* A fault that comes while its signal is blocked ends the process, and nobody says why. */
static void block_signals(sigset_t *old)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    sigset_t set;
    sigfillset(&set);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&set, faults[i]);
    pthread_sigmask(SIG_SETMASK, &set, old);
}

int thread_start(pthread_t *thread, const char *name, void *(*body)(void *), void *arg)
{
    char own[16] = "";
    sigset_t old;
    block_signals(&old);
    (void)prctl(PR_GET_NAME, own, 0, 0, 0);
    (void)prctl(PR_SET_NAME, name, 0, 0, 0);
    int failed = pthread_create(thread, NULL, body, arg);
    (void)prctl(PR_SET_NAME, own, 0, 0, 0);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return failed;
}
