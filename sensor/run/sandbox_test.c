/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_test.c - `haetae --selftest-sandbox`: what the kernel says of each thread, and what happens when the forbidden is tried. It
 * enters the sandbox by the two steps of a run, and like a run has threads from before the second step and from after it.
 */
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/thread.h"
#include "run/sandbox.h"

#define STATUS_TEXT_MAX 8192

/* One row of the table: `good` makes it ok. */
static bool tell(bool good, const char *what, const char *result)
{
    printf("%-7s %-44s %s\n", good ? "ok" : "FAILED", what, result);
    return good;
}

/* ----------------------------------------------------------------- threads */

/* The value of "Name:" in a status file; "" when it is not there. */
static const char *field(const char *status, const char *name, char *out, size_t size)
{
    const char *at = strstr(status, name);
    at = at ? at + strlen(name) : "";
    at += strspn(at, " \t");
    snprintf(out, size, "%.*s", (int)strcspn(at, "\n"), at);
    return out;
}

static bool all_equal(const char *status, const char *name, const char *least, const char *most)
{
    char text[128], *at = field(status, name, text, sizeof text) ? text : text, *save = NULL;
    for (char *word = strtok_r(at, " \t", &save); word; word = strtok_r(NULL, " \t", &save))
        if (strcmp(word, least) != 0 && strcmp(word, most) != 0)
            return false;
    return *text != '\0';
}

/* Uid and Gid: none of the four is 0. */
static bool is_nobody_special(const char *status, const char *name)
{
    char text[128], *save = NULL;
    field(status, name, text, sizeof text);
    for (char *word = strtok_r(text, " \t", &save); word; word = strtok_r(NULL, " \t", &save))
        if (strcmp(word, "0") == 0)
            return false;
    return *text != '\0';
}

static bool check_status(const char *thread, const char *status)
{
    static const char *const sets[] = {"CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"};
    char name[32], line[128], what[80];
    snprintf(what, sizeof what, "thread %.16s %.32s", thread, field(status, "Name:", name, sizeof name));
    bool user = is_nobody_special(status, "\nUid:") && is_nobody_special(status, "\nGid:"), capabilities = true;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        capabilities &= all_equal(status, sets[i], "0000000000000000", "0");
    bool locked = all_equal(status, "\nNoNewPrivs:", "1", "1"), filtered = all_equal(status, "\nSeccomp:", "2", "2");
    snprintf(line, sizeof line, "user %s, capabilities %s, no-new-privileges %s, seccomp %s", user ? "not root" : "ROOT",
             capabilities ? "none" : "SOME", locked ? "yes" : "NO", filtered ? "yes" : "NO");
    return tell(user && capabilities && locked && filtered, what, line);
}

static bool check_threads(void)
{
    char path[64], status[STATUS_TEXT_MAX];
    DIR *all = opendir("/proc/self/task");
    const struct dirent *entry;
    bool good = all != NULL;
    size_t count = 0;
    while (all && (entry = readdir(all)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/self/task/%.20s/status", entry->d_name);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t size = fd >= 0 ? read(fd, status, sizeof status - 1) : -1;
        if (fd >= 0)
            close(fd);
        status[size > 0 ? size : 0] = '\0';
        good &= check_status(entry->d_name, status);
        count++;
    }
    if (all)
        closedir(all);
    return good && count >= 3;
}

/* ---------------------------------------------------------------- attempts */

/* Each returns 0 when it succeeded, else errno. */
static int result_of(long result)
{
    return result < 0 ? errno : 0;
}

static int try_open(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600), failed = result_of(fd);
    if (fd >= 0)
        close(fd);
    if (fd >= 0 && (flags & O_CREAT))
        unlink(path);
    return failed;
}

static int try_shadow(void)
{
    return try_open("/etc/shadow", O_RDONLY);
}

static int try_password_list(void)
{
    return try_open("/etc/passwd", O_RDONLY);
}

static int try_write_tmp(void)
{
    return try_open("/tmp/haetae-selftest", O_WRONLY | O_CREAT | O_EXCL);
}

static int try_write_run(void)
{
    return try_open("/run/haetae-selftest", O_WRONLY | O_CREAT | O_EXCL);
}

static int try_execute(void)
{
    char *const words[] = {"false", NULL};
    return result_of(execve("/bin/false", words, NULL));
}

static int try_fork(void)
{
    long child = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
    if (child == 0)
        _exit(0);
    return result_of(child);
}

static int try_trace(void)
{
    return result_of(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL));
}

static int try_kill(void)
{
    return result_of(kill(getppid(), 0));
}

static int try_root(void)
{
    return result_of(syscall(SYS_setresuid, 0, 0, 0));
}

static int try_socket(int family, int type)
{
    int fd = socket(family, type, 0), failed = result_of(fd);
    if (fd >= 0)
        close(fd);
    return failed;
}

static int try_packets(void)
{
    return try_socket(AF_PACKET, SOCK_RAW);
}

static int try_tcp(void)
{
    return try_socket(AF_INET, SOCK_STREAM);
}

static int try_connect(void)
{
    const struct sockaddr_un nowhere = {.sun_family = AF_UNIX, .sun_path = "/nonexistent"};
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0)
        return errno;
    int failed = result_of(connect(pair[0], (const struct sockaddr *)&nowhere, sizeof nowhere));
    close(pair[0]);
    close(pair[1]);
    return failed;
}

static int try_namespace(void)
{
    return result_of(unshare(CLONE_NEWUSER));
}

static int try_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? errno : 0;
}

static int try_bpf(void)
{
    return result_of(syscall(SYS_bpf, 0, NULL, 0));
}

enum unless { NEVER, WITH_SINK, WITH_LOCAL_SINK };

static const struct attempt {
    const char *what;
    int (*run)(void);
    enum unless allowed;
} attempts[] = {
    {"read /etc/shadow", try_shadow, NEVER},
    {"read /etc/passwd", try_password_list, NEVER},
    {"make a file in /tmp", try_write_tmp, NEVER},
    {"make a file in /run", try_write_run, NEVER},
    {"execve", try_execute, NEVER},
    {"fork", try_fork, NEVER},
    {"ptrace", try_trace, NEVER},
    {"signal another process", try_kill, NEVER},
    {"become root", try_root, NEVER},
    {"a packet socket", try_packets, NEVER},
    {"a TCP socket", try_tcp, WITH_SINK},
    {"connect", try_connect, WITH_LOCAL_SINK},
    {"a new user namespace", try_namespace, NEVER},
    {"memory to write and run", try_code, NEVER},
    {"bpf", try_bpf, NEVER},
};

/* Refused means refused: no file that is not there, no address that is wrong. */
static bool check_attempt(const struct sandbox *b, const char *who, const struct attempt *a)
{
    char what[80], result[80];
    bool needed = (a->allowed != NEVER && b->seccomp.connects) || (a->allowed == WITH_LOCAL_SINK && b->seccomp.connects_local);
    int failed = a->run();
    bool refused = failed == EPERM || failed == EACCES;
    snprintf(what, sizeof what, "%s: %s", who, a->what);
    snprintf(result, sizeof result, "%s", needed ? "allowed: a sink needs it" : refused ? strerror(failed) : failed ? strerror(failed) : "SUCCEEDED");
    return tell(refused || needed, what, result);
}

static bool check_attempts(const struct sandbox *b, const char *who)
{
    bool good = true;
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++)
        good &= check_attempt(b, who, &attempts[i]);
    return good;
}

/* What a run must be able to do is tried, too: a log is made anew after a rotation. */
static bool check_logs(const struct sandbox *b)
{
    char directory[PATH_MAX], path[PATH_MAX + 32];
    bool good = true;
    for (uint32_t i = 0; i < b->settings->log_count; i++) {
        const struct settings_log *log = &b->settings->log[i];
        if (strcmp(log->plugin->name, "file") != 0 || !strchr(log->path, '/'))
            continue;
        snprintf(path, sizeof path, "%s/haetae-selftest", sandbox_directory(log->path, directory, sizeof directory));
        int failed = try_open(path, O_WRONLY | O_CREAT | O_EXCL);
        good &= tell(failed == 0, "make a file where the log is", failed ? strerror(failed) : "works");
    }
    return good;
}

/* ------------------------------------------------------------------- whole */

struct other {
    const struct sandbox *sandbox;
    sem_t begin, done;
    bool good;
};

static void *other_thread(void *arg)
{
    struct other *o = arg;
    sem_wait(&o->begin);
    o->good = check_attempts(o->sandbox, "thread");
    sem_post(&o->done);
    sem_wait(&o->begin);
    return NULL;
}

static bool start(pthread_t *thread, struct other *o, const char *name)
{
    sem_init(&o->begin, 0, 0);
    sem_init(&o->done, 0, 0);
    return thread_start(thread, name, other_thread, o) == 0;
}

static bool check_all(const struct sandbox *b, struct other *early)
{
    bool good = check_threads();
    good &= check_attempts(b, "main");
    sem_post(&early->begin);
    sem_wait(&early->done);
    return good & early->good & check_logs(b);
}

bool sandbox_test(struct sandbox *b)
{
    struct other early = {.sandbox = b}, late = {.sandbox = b};
    pthread_t early_thread, late_thread;
    struct error error = {{0}};
    char words[512];
    if (b->seccomp.mode == SECCOMP_END)
        b->seccomp.mode = SECCOMP_REFUSE; /* or the first attempt would be the last */
    if (!sandbox_enter(b, &error) || !start(&early_thread, &early, "before") || !sandbox_seal(b, &error) ||
        !start(&late_thread, &late, "after")) {
        log_error("%s", *error.text ? error.text : "cannot start a thread");
        return false;
    }
    printf("sandbox: %s\n", sandbox_describe(b, words, sizeof words));
    bool good = check_all(b, &early);
    sem_post(&early.begin);
    sem_post(&late.begin); /* its turn to try */
    sem_wait(&late.done);
    sem_post(&late.begin);
    pthread_join(early_thread, NULL);
    pthread_join(late_thread, NULL);
    good &= late.good;
    puts(good ? "sandbox: holds" : "sandbox: DOES NOT HOLD");
    return good;
}
