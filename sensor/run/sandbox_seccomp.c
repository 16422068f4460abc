/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_seccomp.c - see sandbox_seccomp.h. A list of what is needed; names that this architecture does not have are passed over.
 *
 * Not on it, whatever the configuration: running a program, tracing, other processes' memory, users and capabilities, mounting,
 * modules, BPF, io_uring, keys, new namespaces, raw sockets, memory that is both written and run.
 */
#include "run/sandbox_seccomp.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const always[] = {
    /* memory, threads, time */
    "brk", "munmap", "mremap", "madvise", "msync", "mincore", "membarrier", "mlock", "munlock", "memfd_create", "futex",
    "futex_waitv", "set_robust_list", "get_robust_list", "rseq", "set_tid_address", "arch_prctl", "exit", "exit_group",
    "restart_syscall", "sched_yield", "sched_getaffinity", "sched_setaffinity", "sched_getparam", "sched_getscheduler",
    "sched_get_priority_max", "sched_get_priority_min", "sched_setscheduler", "setpriority", "getpriority", "getcpu",
    "nanosleep", "clock_nanosleep", "clock_gettime", "clock_getres", "gettimeofday", "time", "times", "getrusage",
    "timerfd_create", "timerfd_settime", "timerfd_gettime",
    /* signals */
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait", "rt_sigpending", "rt_sigsuspend", "sigaltstack",
    "signalfd4", "pause", "alarm", "setitimer",
    /* who and where */
    "getpid", "getppid", "gettid", "getpgrp", "getpgid", "getsid", "getuid", "geteuid", "getgid", "getegid", "getresuid",
    "getresgid", "getgroups", "capget", "uname", "sysinfo", "getrandom", "getcwd", "getrlimit", "umask",
    /* files: Landlock and the user say which */
    "open", "openat", "openat2", "creat", "close", "close_range", "read", "write", "readv", "writev", "pread64", "pwrite64",
    "preadv", "pwritev", "preadv2", "pwritev2", "lseek", "_llseek", "stat", "fstat", "lstat", "newfstatat", "fstatat64", "statx",
    "statfs", "fstatfs", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getdents", "getdents64", "fsync",
    "fdatasync", "sync_file_range", "syncfs", "ftruncate", "truncate", "fallocate", "fadvise64", "readahead", "flock", "rename",
    "renameat", "renameat2", "unlink", "unlinkat", "link", "linkat", "mkdir", "mkdirat", "rmdir", "chmod", "fchmod", "fchmodat",
    "fchown", "utimensat", "futimesat", "copy_file_range", "sendfile", "splice", "tee", "dup", "dup2", "dup3", "fcntl", "pipe",
    "pipe2", "inotify_init1", "inotify_add_watch", "inotify_rm_watch", "eventfd", "eventfd2",
    /* waiting, and sockets that are open already */
    "poll", "ppoll", "select", "pselect6", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait",
    "epoll_pwait2", "recvfrom", "recvmsg", "recvmmsg", "sendto", "sendmsg", "sendmmsg", "getsockopt", "setsockopt",
    "getsockname", "getpeername", "shutdown", "socketpair",
};

static const char *const connecting[] = {"connect"};
static const char *const accepting[] = {"accept", "accept4"};
static const char *const forking[] = {"fork", "vfork", "clone", "clone3", "wait4", "waitid"};

struct filter {
    scmp_filter_ctx context;
    size_t allowed;
    int failed; /* the first error, negative errno */
};

static void note(struct filter *f, int result)
{
    f->allowed += result == 0;
    if (result < 0 && !f->failed)
        f->failed = result;
}

static void allow(struct filter *f, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int number = seccomp_syscall_resolve_name(names[i]);
        if (number >= 0)
            note(f, seccomp_rule_add(f->context, SCMP_ACT_ALLOW, number, 0));
    }
}

/* A call when one argument, masked, has this value. */
static void allow_when(struct filter *f, int number, unsigned argument, uint64_t mask, uint64_t value)
{
    const struct scmp_arg_cmp is = SCMP_CMP64(argument, SCMP_CMP_MASKED_EQ, mask, value);
    if (number >= 0)
        note(f, seccomp_rule_add_array(f->context, SCMP_ACT_ALLOW, number, 1, &is));
}

/* Memory is never made to be run: nothing is loaded any more. */
static void allow_memory(struct filter *f)
{
    allow_when(f, SCMP_SYS(mmap), 2, PROT_EXEC, 0);
    allow_when(f, SCMP_SYS(mprotect), 2, PROT_EXEC, 0);
}

/* Threads of this process, and no other new ones. clone3 hides its flags behind a pointer: "there is none" makes glibc use clone. */
static void allow_threads(struct filter *f, bool forks)
{
    if (forks) {
        allow(f, forking, sizeof forking / sizeof *forking);
        return;
    }
    allow_when(f, SCMP_SYS(clone), 0, CLONE_THREAD, CLONE_THREAD);
    note(f, seccomp_rule_add(f->context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0));
}

/* Signals to itself, limits of itself, and what a thread may say about itself. */
static void allow_self(struct filter *f)
{
    static const int words[] = {PR_SET_NAME, PR_GET_NAME, PR_SET_PDEATHSIG, PR_GET_DUMPABLE, PR_CAPBSET_READ, PR_GET_NO_NEW_PRIVS,
                                PR_GET_SECCOMP, PR_SET_TIMERSLACK};
    uint64_t self = (uint64_t)getpid();
    allow_when(f, SCMP_SYS(kill), 0, UINT32_MAX, self);
    allow_when(f, SCMP_SYS(tgkill), 0, UINT32_MAX, self);
    allow_when(f, SCMP_SYS(rt_sigqueueinfo), 0, UINT32_MAX, self);
    allow_when(f, SCMP_SYS(rt_tgsigqueueinfo), 0, UINT32_MAX, self);
    allow_when(f, SCMP_SYS(prlimit64), 0, UINT32_MAX, 0);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        allow_when(f, SCMP_SYS(prctl), 0, UINT32_MAX, (uint64_t)words[i]);
}

/* What terminals and sockets are asked. Not TIOCSTI, which types into the terminal. */
static void allow_ioctl(struct filter *f)
{
    static const unsigned long requests[] = {TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIOCLEX, SIOCGIFINDEX, SIOCGIFNAME,
                                             SIOCGIFFLAGS, SIOCGIFMTU, SIOCGIFHWADDR};
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
        allow_when(f, SCMP_SYS(ioctl), 1, UINT32_MAX, requests[i]);
}

static void allow_sockets(struct filter *f, const struct seccomp_options *o)
{
    static const int network[] = {AF_INET, AF_INET6, AF_NETLINK}; /* netlink: the C library asks which addresses there are */
    if (o->connects_local || o->connects) {
        allow(f, connecting, sizeof connecting / sizeof *connecting);
        allow_when(f, SCMP_SYS(socket), 0, UINT32_MAX, AF_UNIX);
    }
    for (size_t i = 0; o->connects && i < sizeof network / sizeof *network; i++)
        allow_when(f, SCMP_SYS(socket), 0, UINT32_MAX, (uint64_t)network[i]);
    if (o->connects)
        allow_when(f, SCMP_SYS(bind), 2, UINT32_MAX, 12); /* of a netlink address: 12 bytes; no other has that size */
    allow_when(f, SCMP_SYS(bind), 2, UINT32_MAX, sizeof(struct sockaddr_ll)); /* a packet socket that is open, to an interface made anew */
    if (o->accepts)
        allow(f, accepting, sizeof accepting / sizeof *accepting);
}

static uint32_t default_action(enum seccomp_mode mode)
{
    return mode == SECCOMP_NOTE ? SCMP_ACT_LOG : mode == SECCOMP_END ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(EPERM);
}

static int load(struct filter *f, const struct seccomp_options *options)
{
    int failed = seccomp_attr_set(f->context, SCMP_FLTATR_CTL_TSYNC, 1);
    (void)seccomp_attr_set(f->context, SCMP_FLTATR_CTL_LOG, 1);      /* Linux 4.14 */
    (void)seccomp_attr_set(f->context, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree: the cost does not grow with the list */
    allow(f, always, sizeof always / sizeof *always);
    allow_memory(f);
    allow_threads(f, options->forks);
    allow_self(f);
    allow_ioctl(f);
    allow_sockets(f, options);
    return failed ? failed : f->failed ? f->failed : seccomp_load(f->context);
}

bool seccomp_enforce(const struct seccomp_options *options, size_t *allowed, struct error *error)
{
    struct filter f = {.context = seccomp_init(default_action(options->mode))};
    *allowed = 0;
    if (!f.context)
        return error_set(error, "seccomp: out of memory");
    int failed = load(&f, options);
    *allowed = f.allowed;
    seccomp_release(f.context);
    return failed == 0 || error_set(error, "seccomp: %s", strerror(-failed));
}
