/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blackbox.c - see blackbox.h. The signal handler runs on a stack of its own in the thread that crashed, and lets nothing of that thread
 * go on; it calls only what a signal handler may (signal-safety(7)).
 */
#include "base/blackbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define SETTLE_CALLS 40 /* at most, */
#define SETTLE_MS    10 /* so long between two */

static struct blackbox own;         /* until blackbox_open */
static struct blackbox_slot nobody; /* of threads without a slot */
struct blackbox *blackbox = &own;
_Thread_local struct blackbox_slot *blackbox_here = &nobody;
static _Thread_local bool crashing;

static bool (*settle_all)(void *arg, uint32_t call);
static void *settle_arg;

/* ---------------------------------------------------------- fault injection */

uint8_t blackbox_trap;
static uint16_t trap_port;
static char trap_kind[8];

static const char *const stage_words[] = {"other",    "capture",  "decode",   "flow", "classify",
                                          "dissect", "analysis", "detector", "write"};

/* HAETAE_TEST_CRASH="classify 7777 segv": when that port is at hand in that stage. */
static void set_trap(void)
{
    char stage[16];
    unsigned port;
    const char *text = getenv("HAETAE_TEST_CRASH");
    if (!text || sscanf(text, "%15s %u %7s", stage, &port, trap_kind) != 3)
        return;
    trap_port = (uint16_t)port;
    for (uint8_t i = 0; i < sizeof stage_words / sizeof *stage_words; i++)
        if (strcmp(stage_words[i], stage) == 0)
            blackbox_trap = i;
}

void blackbox_spring(enum blackbox_stage stage)
{
    const struct blackbox_flow *f = &blackbox_here->flow;
    bool is_plugin = stage == STAGE_DETECTOR || stage == STAGE_WRITE; /* of which there are many: the first one, once */
    if ((is_plugin && blackbox->restarts > 0) || (stage != STAGE_WRITE && f->port[0] != trap_port && f->port[1] != trap_port))
        return;
    if (strcmp(trap_kind, "abort") == 0)
        abort();
    while (strcmp(trap_kind, "hang") == 0)
        atomic_signal_fence(memory_order_seq_cst);
    raise(strcmp(trap_kind, "kill") == 0 ? SIGKILL : SIGSEGV);
}

/* -------------------------------------------------------------------- words */

static const char *end_text(const uint8_t *address, char *out, size_t size)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    bool is_4 = memcmp(address, mapped, sizeof mapped) == 0;
    const char *text = inet_ntop(is_4 ? AF_INET : AF_INET6, is_4 ? address + 12 : address, out, (socklen_t)size);
    return text ? text : "?";
}

char *blackbox_flow_text(const struct blackbox_flow *flow, char *out, size_t size)
{
    char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN];
    if (flow->proto == 0)
        snprintf(out, size, "no flow");
    else
        snprintf(out, size, "%s port %u -> %s port %u protocol %u", end_text(flow->address[0], from, sizeof from), flow->port[0],
                 end_text(flow->address[1], to, sizeof to), flow->port[1], flow->proto);
    return out;
}

char *blackbox_place_text(const struct blackbox *b, const struct blackbox_slot *slot, char *out, size_t size)
{
    static const char *const roles[] = {"thread ", "packet thread ", "the analysis", "the writer of "};
    static const char *const stages[] = {"", " while reading", " while decoding", " in the flow table", " in nDPI", " in a dissector",
                                         "", " in detector ", " in output "};
    uint8_t role = slot->role <= ROLE_WRITER ? slot->role : ROLE_OTHER;
    uint8_t stage = atomic_load_explicit(&slot->stage, memory_order_relaxed);
    stage = stage <= STAGE_WRITE ? stage : STAGE_OTHER;
    char number[16];
    snprintf(number, sizeof number, "%u", slot->index + 1u);
    snprintf(out, size, "%s%.*s%s%.*s", roles[role], BLACKBOX_NAME_MAX - 1,
             role == ROLE_WORKER ? number : role == ROLE_ANALYST ? "" : slot->name, stages[stage], BLACKBOX_NAME_MAX - 1,
             blackbox_plugin(b, slot));
    return out;
}

const char *blackbox_plugin(const struct blackbox *b, const struct blackbox_slot *slot)
{
    uint8_t stage = atomic_load_explicit(&slot->stage, memory_order_relaxed);
    return stage == STAGE_DETECTOR ? b->plugin[slot->detail % BLACKBOX_PLUGINS] : stage == STAGE_WRITE ? slot->plugin : "";
}

/* -------------------------------------------------------------- quarantine */

static bool is_end(const struct blackbox_flow *a, int end, const struct blackbox_flow *b, int other)
{
    return a->port[end] == b->port[other] && memcmp(a->address[end], b->address[other], sizeof a->address[end]) == 0;
}

static bool is_same(const struct blackbox_flow *a, const struct blackbox_flow *b)
{
    return a->proto == b->proto && ((is_end(a, 0, b, 0) && is_end(a, 1, b, 1)) || (is_end(a, 0, b, 1) && is_end(a, 1, b, 0)));
}

bool blackbox_is_shut(const char *plugin)
{
    for (uint32_t i = 0; i < blackbox->shut_count && i < BLACKBOX_SHUT_MAX; i++)
        if (strncmp(blackbox->shut[i].plugin, plugin ? plugin : "", BLACKBOX_NAME_MAX - 1) == 0 &&
            is_same(&blackbox->shut[i].flow, &blackbox_here->flow))
            return true;
    return false;
}

/* ------------------------------------------------------------------ dying */

/* By the signal itself, so that who waits for this process sees what it was. */
static void die(int number)
{
    sigset_t one;
    signal(number, SIG_DFL);
    sigemptyset(&one);
    sigaddset(&one, number);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    raise(number);
    _exit(128 + number);
}

static void say_last_words(int number)
{
    char flow[160], place[128], line[512];
    int n = snprintf(line, sizeof line, "error: crashed (%s) in %s, packet %llu, %s; what was written before is whole\n",
                     sigabbrev_np(number), blackbox_place_text(blackbox, blackbox_here, place, sizeof place),
                     (unsigned long long)blackbox_here->packet, blackbox_flow_text(&blackbox_here->flow, flow, sizeof flow));
    if (n > 0 && write(STDERR_FILENO, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1) < 0) {
        /* nobody reads it */
    }
}

static void wait_for_others(void)
{
    const struct timespec pause = {.tv_nsec = SETTLE_MS * 1000000};
    for (uint32_t call = 0; settle_all && call < SETTLE_CALLS && !settle_all(settle_arg, call); call++)
        nanosleep(&pause, NULL);
}

/* A thread that has not said who it is, say of a library: what the kernel calls it. */
static void introduce(void)
{
    struct blackbox_slot *s = &blackbox->slot[BLACKBOX_STRANGER];
    (void)prctl(PR_GET_NAME, s->name, 0, 0, 0);
    blackbox_here = s;
}

static void on_crash(int number)
{
    int32_t none = 0;
    if (crashing)
        die(number);
    crashing = true;
    if (!atomic_compare_exchange_strong(&blackbox->signal, &none, number)) /* another one was first, and ends all of us */
        for (;;)
            pause();
    blackbox->crashed_ns = clock_monotonic_ns();
    if (blackbox_here == &nobody)
        introduce();
    blackbox->crashed = (int32_t)(blackbox_here - blackbox->slot);
    wait_for_others();
    if (!blackbox->watched)
        say_last_words(number);
    die(number);
}

void blackbox_on_crash(bool (*settle)(void *arg, uint32_t call), void *arg)
{
    settle_arg = arg;
    settle_all = settle;
}

/* ------------------------------------------------------------------- opening */

static void catch_signals(void)
{
#ifndef HAETAE_INSTRUMENTED /* sanitizers report crashes themselves */
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    struct sigaction action = {.sa_handler = on_crash, .sa_flags = SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, NULL);
#else
    (void)on_crash;
#endif
}

bool blackbox_open(int fd, struct error *error)
{
    struct stat st;
    if (fd >= 0) {
        bool fits = fstat(fd, &st) == 0 && st.st_size == (off_t)sizeof *blackbox;
        void *memory = fits ? mmap(NULL, sizeof *blackbox, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
        close(fd);
        if (memory == MAP_FAILED)
            return error_set(error, "descriptor %d is no supervisor's memory", fd);
        blackbox = memory;
    }
    set_trap();
    catch_signals();
    return true;
}

void blackbox_leave(void)
{
    blackbox_here = &nobody;
}
