/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervise.c - see supervise.h. One loop: signals come through a descriptor, and ten times a second it looks whether the sensor lives.
 */
#include "run/supervise.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/blackbox.h"
#include "base/clock.h"
#include "base/heartbeat.h"
#include "base/log.h"
#include "run/notify.h"
#include "run/supervise_tell.h"

#define MEMORY_VARIABLE "HAETAE_SUPERVISOR" /* the descriptor of the shared memory */
#define LOOK_MS         100
#define CALM_NS         (300 * NS_PER_S) /* without a crash for so long: the next one is the first again */
#define PAUSE_MOST_NS   (60 * NS_PER_S)
#define STOP_NS         (20 * NS_PER_S) /* asked to end, and still there: killed */
#define ABORT_NS        (2 * NS_PER_S)  /* the same for one that hung and was told to crash */
#define STARTS_MAX      10              /* in a row that never got to reading packets */
#define STATUS_DAMAGED  3               /* the sensor's: capture failed, say because the interface was made anew */

struct supervisor {
    const struct supervise_options *options;
    int memory_fd, signal_fd;
    sigset_t old_signals;
    pid_t child;           /* 0: none */
    bool asked;            /* to end */
    bool was_ready;        /* this life reads packets */
    bool hangs;            /* it was told to crash */
    uint64_t end_ns;       /* monotonic, as all below: killed when it is still there then, 0: no */
    uint64_t start_ns;     /* the next life; 0: none waits */
    uint64_t crashed_ns;   /* the latest crash */
    uint64_t gone_ns;      /* and since when nothing is watched: it took a moment to die */
    uint64_t pause_ns;     /* before the start after the next crash */
    uint64_t alive_ns, alive_every_ns;
    uint32_t idle_starts;  /* lives in a row that were never ready */
    uint64_t looked_ns;    /* at the beats */
    uint64_t trust_ns;     /* until then nobody hangs */
    uint32_t crashes;      /* in blackbox->crash, from crash_count on not yet complete */
    uint64_t frames_at_crash; /* of the interfaces */
    int status;
};

/* ------------------------------------------------------------- opening */

bool supervise_attach(struct error *error)
{
    const char *text = getenv(MEMORY_VARIABLE);
    bool good = blackbox_open(text ? (int)strtol(text, NULL, 10) : -1, error);
    unsetenv(MEMORY_VARIABLE);
    if (text)
        (void)prctl(PR_SET_NAME, "haetae", 0, 0, 0); /* it was started as "exe" */
    return good;
}

static bool open_memory(struct supervisor *s)
{
    s->memory_fd = memfd_create("haetae", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (s->memory_fd < 0 || ftruncate(s->memory_fd, sizeof *blackbox) != 0 ||
        fcntl(s->memory_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) /* or a sensor taken over could end us by cutting it */
        return false;
    void *memory = mmap(NULL, sizeof *blackbox, PROT_READ | PROT_WRITE, MAP_SHARED, s->memory_fd, 0);
    if (memory == MAP_FAILED)
        return false;
    blackbox = memory;
    blackbox->watched = 1;
    return true;
}

static bool open_signals(struct supervisor *s)
{
    static const int numbers[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGUSR2};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaddset(&set, numbers[i]);
    sigprocmask(SIG_BLOCK, &set, &s->old_signals);
    s->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return s->signal_fd >= 0;
}

/* What the sensor needs until it has dropped it itself, and to send it signals. A user's capabilities are handed on as ambient ones. */
static void drop(void)
{
    static const unsigned needed[] = {CAP_NET_RAW, CAP_NET_ADMIN, CAP_SETUID,       CAP_SETGID,          CAP_SETPCAP,  CAP_CHOWN,
                                      CAP_FOWNER,  CAP_KILL,      CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_SYS_NICE, CAP_IPC_LOCK,
                                      CAP_BPF};
    enum { COUNT = sizeof needed / sizeof *needed };
    bool have[COUNT], is_root = geteuid() == 0;
    capng_get_caps_process();
    bool can_bound = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
    for (size_t i = 0; i < COUNT; i++)
        have[i] = capng_have_capability(CAPNG_PERMITTED, needed[i]);
    capng_clear(CAPNG_SELECT_ALL);
    for (size_t i = 0; i < COUNT; i++)
        if (have[i])
            capng_update(CAPNG_ADD, (capng_type_t)(CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET | (is_root ? 0 : CAPNG_INHERITABLE)), needed[i]);
    if ((can_bound && capng_apply(CAPNG_SELECT_BOUNDS) != 0) || capng_apply(CAPNG_SELECT_CAPS) != 0)
        log_warning("supervisor: cannot give up capabilities");
    for (size_t i = 0; i < COUNT && !is_root; i++)
        if (have[i])
            (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, needed[i], 0, 0); /* a program with capabilities of its own needs none */
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* ------------------------------------------------------------- starting */

static void become_sensor(const struct supervisor *s, pid_t parent)
{
    char number[16];
    fcntl(s->memory_fd, F_SETFD, 0);
    snprintf(number, sizeof number, "%d", s->memory_fd);
    setenv(MEMORY_VARIABLE, number, 1);
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    sigprocmask(SIG_SETMASK, &s->old_signals, NULL);
    setpgid(0, 0); /* Ctrl-C comes by way of the supervisor, once */
    prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    if (getppid() == parent)
        execv("/proc/self/exe", s->options->words);
    _exit(1);
}

/* A clean page for a new life; what is known over all lives stays. */
static void clear_page(void)
{
    memset(blackbox->slot, 0, sizeof blackbox->slot);
    atomic_store(&blackbox->ready, 0);
    atomic_store(&blackbox->signal, 0);
    blackbox->crashed = -1;
    blackbox->loss = (struct blackbox_loss){0};
    blackbox->frames = 0;
}

static void start(struct supervisor *s)
{
    pid_t self = getpid();
    clear_page();
    s->start_ns = s->end_ns = 0;
    s->was_ready = s->hangs = false;
    s->child = fork();
    if (s->child == 0)
        become_sensor(s, self);
    if (s->child > 0)
        return;
    log_error("supervisor: cannot start the sensor: %s", strerror(errno));
    s->child = 0;
    s->start_ns = clock_monotonic_ns() + PAUSE_MOST_NS;
}

/* ----------------------------------------------------------------- ending */

/* At once the first time, then after 1, 2, 4 ... 60 s. */
static void start_later(struct supervisor *s)
{
    uint64_t now = clock_monotonic_ns();
    if (!s->crashed_ns || now - s->crashed_ns > CALM_NS)
        s->pause_ns = 0;
    s->crashed_ns = now;
    s->gone_ns = blackbox->signal && blackbox->crashed_ns < now ? blackbox->crashed_ns : now;
    s->start_ns = now + s->pause_ns;
    if (s->pause_ns)
        log_notice("supervisor: the sensor is started again in %llu s", (unsigned long long)(s->pause_ns / NS_PER_S));
    s->pause_ns = s->pause_ns ? s->pause_ns * 2 : NS_PER_S;
    s->pause_ns = s->pause_ns < PAUSE_MOST_NS ? s->pause_ns : PAUSE_MOST_NS;
}

/* A flow that nDPI, a dissector or a detector died of is not shown to it again; the oldest is forgiven when there are too many. */
static bool shut_flow(const struct blackbox_crash *crash)
{
    uint8_t stage = atomic_load(&crash->slot.stage);
    if (!crash->slot.flow.proto || (stage != STAGE_CLASSIFY && stage != STAGE_DISSECT && stage != STAGE_DETECTOR))
        return false;
    struct blackbox_shut *shut = &blackbox->shut[blackbox->shut_count++ % BLACKBOX_SHUT_MAX];
    shut->flow = crash->slot.flow;
    memcpy(shut->plugin, crash->plugin, sizeof shut->plugin);
    return true;
}

static void add_up(const struct blackbox_loss *loss)
{
    blackbox->total.packets += loss->packets;
    blackbox->total.flows += loss->flows;
    blackbox->total.observations += loss->observations;
    blackbox->total.lines += loss->lines;
}

/* The page was written by who may have been taken over: read as what it is, figures and texts with bounds. */
static void examine(const struct supervisor *s, int number, struct blackbox_crash *out)
{
    uint64_t now = clock_monotonic_ns(), then = blackbox->signal ? blackbox->crashed_ns : now;
    *out = (struct blackbox_crash){.signal = number, .hung = s->hangs, .loss = blackbox->loss, .place = "an unknown place"};
    out->wall_ns = clock_wall_ns() - (then < now && now - then < CALM_NS ? now - then : 0);
    int32_t crashed = blackbox->crashed;
    if (crashed < 0 || crashed >= BLACKBOX_SLOTS)
        return;
    out->slot = blackbox->slot[crashed];
    blackbox_place_text(blackbox, &out->slot, out->place, sizeof out->place);
    snprintf(out->plugin, sizeof out->plugin, "%.*s", BLACKBOX_NAME_MAX - 1, blackbox_plugin(blackbox, &out->slot));
    out->shut = s->options->quarantine && shut_flow(out);
}

static void account(struct supervisor *s, int number)
{
    struct blackbox_crash *crash = &blackbox->crash[s->crashes++ % BLACKBOX_CRASH_MAX];
    examine(s, number, crash);
    supervise_tell_crash(crash);
    add_up(&crash->loss);
    blackbox->restarts++;
    s->frames_at_crash = blackbox->frames ? blackbox->frames : supervise_frames();
}

static void end(struct supervisor *s, int status)
{
    s->status = status;
    s->start_ns = 0;
    s->asked = true;
}

/* It ended by itself. Status 3 of a watch that nobody asked to end: the interface went away and cannot be opened without privileges. */
static void on_exit_status(struct supervisor *s, int status)
{
    bool failed = s->was_ready && status == STATUS_DAMAGED;
    bool never_ready = !s->was_ready && blackbox->restarts > 0 && ++s->idle_starts < STARTS_MAX;
    if (s->asked || !(failed || never_ready)) {
        end(s, status);
        return;
    }
    log_warning("supervisor: the sensor ended with status %d and is started again", status);
    blackbox->restarts++;
    s->frames_at_crash = s->was_ready ? supervise_frames() : s->frames_at_crash;
    start_later(s);
}

static void on_signal_death(struct supervisor *s, int number)
{
    account(s, number);
    if (s->asked) {
        log_error("supervisor: the sensor was ended by signal %d (%s)", number, sigabbrev_np(number));
        end(s, 128 + number);
        return;
    }
    if (!s->was_ready && ++s->idle_starts >= STARTS_MAX) {
        log_error("supervisor: the sensor crashed %d times before it read a packet: given up", STARTS_MAX);
        end(s, 128 + number);
        return;
    }
    start_later(s);
}

static void reap(struct supervisor *s)
{
    int status;
    if (s->child == 0 || waitpid(s->child, &status, WNOHANG) != s->child)
        return;
    s->child = 0;
    if (WIFEXITED(status))
        on_exit_status(s, WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        on_signal_death(s, WTERMSIG(status));
}

/* ---------------------------------------------------------------- watching */

static void ask_to_end(struct supervisor *s)
{
    if (!s->asked)
        notify_stopping();
    s->asked = true;
    s->start_ns = 0;
    if (!s->end_ns)
        s->end_ns = clock_monotonic_ns() + STOP_NS;
}

static void take_signals(struct supervisor *s)
{
    struct signalfd_siginfo info;
    while (read(s->signal_fd, &info, sizeof info) == sizeof info) {
        int number = (int)info.ssi_signo;
        if (number == SIGCHLD)
            continue;
        if (number == SIGTERM || number == SIGINT)
            ask_to_end(s);
        if (s->child)
            kill(s->child, number);
    }
}

/* This life may tell what the ones before died of; the latest stands for all between which no packet was read. */
static void complete_crashes(struct supervisor *s, uint64_t blind_ns, uint64_t unseen)
{
    if (s->crashes == atomic_load(&blackbox->crash_count))
        return;
    struct blackbox_crash *last = &blackbox->crash[(s->crashes - 1) % BLACKBOX_CRASH_MAX];
    last->blind_ns = blind_ns;
    last->loss.unseen = unseen;
    atomic_store_explicit(&blackbox->crash_count, s->crashes, memory_order_release); /* pairs with the analysis */
}

/* The life has come to reading packets. */
static void look_ready(struct supervisor *s)
{
    if (s->was_ready || !s->child || !atomic_load(&blackbox->ready))
        return;
    s->was_ready = true;
    s->idle_starts = 0;
    if (blackbox->restarts == 0) {
        notify_ready("watching");
        return;
    }
    uint64_t frames = supervise_frames(), unseen = frames > s->frames_at_crash ? frames - s->frames_at_crash : 0;
    blackbox->total.unseen += unseen;
    uint64_t blind_ns = clock_monotonic_ns() - s->gone_ns;
    supervise_tell_restart(blind_ns, unseen);
    complete_crashes(s, blind_ns, unseen);
    notify_status("watching again after a crash; see the log");
}

/* It does not move: it shall crash, so that it says itself where it is. */
static void end_hang(struct supervisor *s, const struct blackbox_slot *slot)
{
    supervise_tell_hang(slot, s->options->hang_s);
    s->hangs = true;
    s->end_ns = clock_monotonic_ns() + ABORT_NS;
    syscall(SYS_tgkill, s->child, slot->tid, SIGABRT);
}

/* Packet threads and the analysis come around ten times a second at least. Who was held up itself, with the whole machine say, knows
 * nothing about others yet. */
static void look_beats(struct supervisor *s)
{
    uint64_t now = clock_monotonic_ns(), hang_ns = s->options->hang_s * NS_PER_S;
    if (now - s->looked_ns > NS_PER_S)
        s->trust_ns = now + hang_ns;
    s->looked_ns = now;
    for (size_t i = 0; now > s->trust_ns && i < BLACKBOX_SLOTS; i++) {
        const struct blackbox_slot *slot = &blackbox->slot[i];
        bool counts = slot->role == ROLE_WORKER || slot->role == ROLE_ANALYST;
        if (counts && heartbeat_silence(slot) > hang_ns) {
            end_hang(s, slot);
            return;
        }
    }
}

static void look(struct supervisor *s)
{
    uint64_t now = clock_monotonic_ns();
    look_ready(s);
    if (s->child && s->was_ready && !s->asked && !s->hangs && s->options->hang_s && !atomic_load(&blackbox->signal))
        look_beats(s);
    if (s->child && s->end_ns && now > s->end_ns) {
        kill(s->child, SIGKILL);
        s->end_ns = 0;
    }
    if (s->alive_every_ns && now - s->alive_ns >= s->alive_every_ns) {
        s->alive_ns = now;
        notify_alive();
    }
    if (!s->child && s->start_ns && now >= s->start_ns)
        start(s);
}

int supervise(const struct supervise_options *options)
{
    struct supervisor s = {.options = options, .alive_every_ns = notify_interval_ms() * NS_PER_MS, .pause_ns = 0};
    (void)close_range(3, ~0u, CLOSE_RANGE_CLOEXEC); /* whatever started us left open is no business of the sensor's */
    if (!open_memory(&s) || !open_signals(&s)) {
        log_error("supervisor: %s", strerror(errno));
        return 1;
    }
    if (options->drops)
        drop();
    start(&s);
    while (s.child || s.start_ns) {
        struct pollfd signals = {.fd = s.signal_fd, .events = POLLIN};
        (void)poll(&signals, 1, s.was_ready ? LOOK_MS : LOOK_MS / 10);
        take_signals(&s);
        reap(&s);
        look(&s);
    }
    return s.status;
}
