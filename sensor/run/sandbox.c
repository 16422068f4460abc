/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox.c - see sandbox.h. */
#include "run/sandbox.h"

#include <dlfcn.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/blackbox.h"
#include "base/log.h"
#include "run/sandbox_landlock.h"

/* Sanitizers and coverage look at the process, and write, in ways that a sensor must not. */
#ifdef HAETAE_INSTRUMENTED
#define IS_INSTRUMENTED true
#else
#define IS_INSTRUMENTED false
#endif

/* ---------------------------------------------------------------- settings */

static enum seccomp_mode read_mode(const struct config *c)
{
    const char *word = config_text(c, "security.seccomp");
    if (IS_INSTRUMENTED || strcmp(word, "off") == 0)
        return SECCOMP_OFF;
    return strcmp(word, "log") == 0 ? SECCOMP_NOTE : strcmp(word, "kill") == 0 ? SECCOMP_END : SECCOMP_REFUSE;
}

/* What sinks connect to: nothing, a local socket, or for all but ours perhaps a network. */
static void read_sinks(struct sandbox *b)
{
    for (uint32_t i = 0; i < b->settings->log_count; i++) {
        const char *plugin = b->settings->log[i].plugin->name;
        bool local = strcmp(plugin, "unix") == 0;
        b->seccomp.connects_local |= local;
        b->seccomp.connects |= !local && strcmp(plugin, "file") != 0;
    }
}

bool sandbox_init(struct sandbox *b, const struct settings *s, const struct command_line *line, struct error *error)
{
    const struct config *c = s->config;
    const char *user = line->user ? line->user : config_text(c, "run-as.user");
    const char *group = line->group ? line->group : config_text(c, "run-as.group");
    *b = (struct sandbox){.settings = s, .line = line, .live = command_line_is_live(line) || line->job == JOB_SELFTEST, .landlock_missing = ""};
    b->privilege.drops_capabilities = strcmp(config_text(c, "security.capabilities"), "drop") == 0;
    b->privilege.no_new_privileges = config_bool(c, "security.no-new-privileges");
    b->privilege.reads_all = !b->live;
    b->landlock = config_bool(c, "security.landlock.enabled") && !IS_INSTRUMENTED;
    b->seccomp.mode = read_mode(c);
    b->seccomp.accepts = *s->control_path || config_bool(c, "metrics.enabled");
    b->seccomp.forks = !config_bool(c, "security.limit-noproc");
    read_sinks(b);
    return privilege_choose(&b->privilege, user, group, b->live, error);
}

/* ------------------------------------------------------------------- files */

char *sandbox_directory(const char *path, char *out, size_t size)
{
    snprintf(out, size, "%s", path);
    out[strcspn(out, "%")] = '\0';
    char *slash = strrchr(out, '/');
    if (!slash)
        snprintf(out, size, ".");
    else
        slash[slash == out] = '\0';
    return out;
}

/* Each returns false when the user to become could not open something again; then it is said, and root opens it now. */
static bool prepare_logs(const struct sandbox *b)
{
    char directory[PATH_MAX];
    bool good = true;
    for (uint32_t i = 0; i < b->settings->log_count; i++) {
        const struct settings_log *log = &b->settings->log[i];
        if (strcmp(log->plugin->name, "file") != 0 || !strchr(log->path, '/'))
            continue;
        sandbox_directory(log->path, directory, sizeof directory);
        if (privilege_may(&b->privilege, directory, W_OK | X_OK)) {
            privilege_give(&b->privilege, log->path);
            continue;
        }
        log_warning("%s: user %s cannot write to %s: root opens the log now, after a rotation nobody can; chown the directory",
                    log->name, b->privilege.user, directory);
        good = false;
    }
    return good;
}

static bool prepare_lists(const struct sandbox *b)
{
    char path[PATH_MAX];
    if (!sandbox_unreadable(b, path, sizeof path))
        return true;
    log_warning("user %s cannot read %s: root reads it now, a reload will fail; chmod it and the directories above", b->privilege.user, path);
    return false;
}

static bool prepare_state(const struct sandbox *b)
{
    const char *directory = config_text(b->settings->config, "state-directory");
    if (!*directory)
        return true;
    if (privilege_may(&b->privilege, directory, R_OK | W_OK | X_OK)) {
        privilege_give(&b->privilege, directory);
        return true;
    }
    log_warning("state-directory: user %s cannot write to %s: nothing will be kept; chown it", b->privilege.user, directory);
    return false;
}

static bool prepare(const struct sandbox *b)
{
    if (!b->privilege.changes_user)
        return true;
    bool logs = prepare_logs(b), lists = prepare_lists(b), state = prepare_state(b);
    return logs && lists && state;
}

static bool restrict_files(struct sandbox *b, struct error *error)
{
    if (!b->landlock)
        return true;
    if (!b->privilege.no_new_privileges) {
        b->landlock_missing = "needs no-new-privileges";
        return true;
    }
    struct landlock *l = landlock_new(!b->seccomp.connects);
    if (!l) {
        b->landlock_missing = "this kernel has none";
        return true;
    }
    sandbox_allow_files(b, l);
    bool good = landlock_enforce(l, error);
    b->landlock_version = good ? landlock_version(l) : 0;
    landlock_free(l);
    return good;
}

/* ------------------------------------------------------------------- steps */

bool sandbox_enter(struct sandbox *b, struct error *error)
{
    (void)dlopen("libgcc_s.so.1", RTLD_NOW); /* the C library loads it when a thread is cancelled, and then it would be too late */
    return privilege_drop(&b->privilege, !prepare(b), error) && restrict_files(b, error);
}

bool sandbox_seal(struct sandbox *b, struct error *error)
{
    char words[512];
    if (!privilege_drop_rest(&b->privilege, error))
        return false;
    if (blackbox->watched)
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0); /* the change of the user has made the kernel forget it */
    if (b->seccomp.mode != SECCOMP_OFF && !seccomp_enforce(&b->seccomp, &b->calls, error)) {
        if (b->live)
            return false;
        log_warning("%s: captures are read without it", error->text); /* say under valgrind */
        b->seccomp.mode = SECCOMP_OFF;
        b->calls = 0;
    }
    log_write(b->live ? SENSOR_NOTICE : SENSOR_INFO, "sandbox: %s", sandbox_describe(b, words, sizeof words));
    return true;
}

/* ------------------------------------------------------------------ report */

static const char *describe_landlock(const struct sandbox *b, char *out, size_t size)
{
    if (b->landlock_version)
        snprintf(out, size, "Landlock (ABI %d)", b->landlock_version);
    else
        snprintf(out, size, "no Landlock%s%s", *b->landlock_missing ? ": " : "", b->landlock_missing);
    return out;
}

static const char *describe_seccomp(const struct sandbox *b, char *out, size_t size)
{
    static const char *const words[] = {[SECCOMP_NOTE] = "noted", [SECCOMP_REFUSE] = "refused", [SECCOMP_END] = "the end"};
    if (b->seccomp.mode == SECCOMP_OFF)
        snprintf(out, size, "no seccomp%s", IS_INSTRUMENTED ? ": this build is instrumented" : "");
    else
        snprintf(out, size, "seccomp (%zu rules, others are %s)", b->calls, words[b->seccomp.mode]);
    return out;
}

char *sandbox_describe(const struct sandbox *b, char *out, size_t size)
{
    const struct privilege *p = &b->privilege;
    char landlock[80], seccomp[80];
    const char *capabilities = !p->drops_capabilities             ? "capabilities kept"
                               : p->reads_all && p->uid == 0      ? "capabilities to read and write files only"
                               : p->bounded                       ? "no capabilities"
                                                                  : "no capabilities, bounding set kept";
    snprintf(out, size, "user %s (%u:%u)%s; %s; %s; %s; %s", p->user, p->uid, p->gid, p->uid == 0 ? " STILL ROOT" : "", capabilities,
             p->no_new_privileges || b->calls ? "no new privileges" : "new privileges possible",
             describe_seccomp(b, seccomp, sizeof seccomp), describe_landlock(b, landlock, sizeof landlock));
    return out;
}
