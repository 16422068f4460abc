/* SPDX-License-Identifier: Apache-2.0 */
/* control_server.c - see control_server.h. One poll over the listener and all clients; nothing blocks. */
#include "run/control_server.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/heartbeat.h"
#include "base/log.h"
#include "base/thread.h"

#define ANSWER_MAX    ((size_t)4 * 1024 * 1024)
#define TICK_MS       500
#define LATER_MS      50                 /* how soon a command that answers later is asked again */
#define PATIENCE_NS   (5 * NS_PER_S)     /* for a greeting, for the rest of a request, for an answer to be taken */
#define FAREWELL_NS   (NS_PER_S / 5)     /* for answers on their way when the program ends */
#define ROUNDS_MAX    8                  /* requests of one client, and new clients, before the others have their turn */

struct client {
    int fd;           /* -1: free */
    int version;      /* 1 or 2, as greeted; 0 before */
    char *in;         /* CONTROL_MESSAGE_MAX + 1 */
    size_t used;
    struct json out;  /* the answer being sent */
    size_t sent;
    bool closing;     /* once the answer is out */
    uint64_t ticket;  /* of a command that answers later */
    bool waits;       /* for that */
    uint64_t heard_ns; /* monotonic: when it was last moved by */
    uint64_t until_ns; /* when patience ends; 0: it owes nothing */
};

struct control_server {
    struct control_socket socket;
    control_answer answer;
    void *arg;
    struct client client[CONTROL_CLIENTS_MAX];
    int stop; /* eventfd */
    pthread_t thread;
    bool started;
};

/* ------------------------------------------------------------------- clients */

static void drop(struct client *c)
{
    close(c->fd);
    free(c->in);
    json_free(&c->out);
    *c = (struct client){.fd = -1};
}

/* A free place, if need be that of the client that has been silent longest. */
static struct client *find_place(struct control_server *s)
{
    struct client *oldest = &s->client[0];
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        if (s->client[i].fd < 0)
            return &s->client[i];
        if (s->client[i].heard_ns < oldest->heard_ns)
            oldest = &s->client[i];
    }
    log_info("control: more than %d clients, the one that was silent longest goes", CONTROL_CLIENTS_MAX);
    drop(oldest);
    return oldest;
}

/* False when nobody else waits. */
static bool welcome(struct control_server *s, uint64_t now_ns)
{
    int fd = accept4(s->socket.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    char *in = fd >= 0 ? malloc(CONTROL_MESSAGE_MAX + 1) : NULL;
    if (!in) {
        if (fd >= 0)
            close(fd);
        else if (errno != EAGAIN)
            (void)poll(NULL, 0, LATER_MS); /* no descriptors left: the next try is the same */
        return false;
    }
    struct client *c = find_place(s);
    *c = (struct client){.fd = fd, .in = in, .heard_ns = now_ns, .until_ns = now_ns + PATIENCE_NS};
    json_init(&c->out, ANSWER_MAX);
    return true;
}

/* ------------------------------------------------------------------- answers */

static void finish_answer(struct client *c, bool good, uint64_t now_ns)
{
    struct json *j = &c->out;
    json_text(j, "return", good ? "OK" : "NOK");
    json_close(j);
    if (c->version != 1)
        json_end_line(j);
    if (j->failed) {
        json_reset(j);
        json_open(j, NULL);
        json_text(j, "message", "the answer is too large");
        json_text(j, "return", "NOK");
        json_close(j);
        json_end_line(j);
    }
    c->sent = 0;
    c->until_ns = now_ns + PATIENCE_NS;
}

static void refuse(struct client *c, const char *why, uint64_t now_ns)
{
    json_reset(&c->out);
    json_open(&c->out, NULL);
    json_text(&c->out, "message", why);
    finish_answer(c, false, now_ns);
    c->closing = true;
}

static void greet(struct client *c, const struct control_request *r, uint64_t now_ns)
{
    const char *version = r->version ? r->version : "";
    c->version = strcmp(version, "0.1") == 0 ? 1 : strcmp(version, "0.2") == 0 ? 2 : 0;
    if (!c->version) {
        refuse(c, "say {\"version\": \"0.2\"} first", now_ns);
        return;
    }
    json_open(&c->out, NULL);
    finish_answer(c, true, now_ns);
}

static void obey(struct control_server *s, struct client *c, const struct control_request *r, uint64_t now_ns)
{
    json_open(&c->out, NULL);
    enum control_result result = s->answer(s->arg, r, &c->ticket, &c->out);
    c->waits = result == CONTROL_LATER;
    if (c->waits) {
        json_reset(&c->out);
        c->until_ns = 0;
        return;
    }
    c->ticket = 0;
    finish_answer(c, result == CONTROL_OK, now_ns);
}

/* Answers the first message at hand; false when there is none. */
static bool take_message(struct control_server *s, struct client *c, uint64_t now_ns)
{
    size_t begin, end;
    struct control_request request;
    struct error error = {{0}};
    enum control_frame frame = control_frame(c->in, c->used, &begin, &end);
    if (frame == FRAME_PARTIAL) {
        if (begin == c->used)
            c->used = 0; /* white space */
        c->until_ns = c->used || !c->version ? (c->until_ns ? c->until_ns : now_ns + PATIENCE_NS) : 0;
        return false;
    }
    if (frame == FRAME_BAD || !control_parse(c->in + begin, end - begin, &request, &error)) {
        refuse(c, frame == FRAME_BAD ? "no JSON object, too long or nested too deep" : error.text, now_ns);
        return true;
    }
    if (!c->version)
        greet(c, &request, now_ns);
    else if (!request.command)
        refuse(c, "no command", now_ns);
    else
        obey(s, c, &request, now_ns);
    control_request_free(&request);
    if (!c->waits) { /* else the same message is looked at again */
        c->used -= end;
        memmove(c->in, c->in + end, c->used);
    }
    return !c->waits;
}

/* --------------------------------------------------------------------- bytes */

/* Sends what it can; false when the client is gone. */
static bool send_answer(struct client *c, uint64_t now_ns)
{
    while (c->sent < c->out.size) {
        ssize_t n = send(c->fd, c->out.at + c->sent, c->out.size - c->sent, MSG_NOSIGNAL);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        c->sent += (size_t)n;
        c->heard_ns = now_ns;
    }
    json_reset(&c->out);
    c->sent = 0;
    c->until_ns = 0;
    return !c->closing;
}

static bool read_more(struct client *c, uint64_t now_ns)
{
    ssize_t n = recv(c->fd, c->in + c->used, CONTROL_MESSAGE_MAX + 1 - c->used, 0);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    c->used += (size_t)n;
    c->heard_ns = now_ns;
    return n > 0;
}

/* What a client said is answered message by message; the next only when the answer before is out. */
static void serve(struct control_server *s, struct client *c, short events, uint64_t now_ns)
{
    bool good = !(events & (POLLERR | POLLNVAL));
    if (good && (events & (POLLIN | POLLHUP)) && !c->waits && c->out.size == 0)
        good = read_more(c, now_ns);
    for (unsigned i = 0; good && i < ROUNDS_MAX && (c->out.size > 0 || take_message(s, c, now_ns)); i++)
        good = send_answer(c, now_ns);
    if (!good || (c->waits && (events & POLLHUP)))
        drop(c);
}

/* A request that was not finished is told so; who does not take its answer hears no more. */
static void lose_patience(struct client *c, uint64_t now_ns)
{
    bool owes_request = c->out.size == 0 && !c->closing;
    if (owes_request)
        refuse(c, "no whole request came in time", now_ns);
    if (!owes_request || !send_answer(c, now_ns))
        drop(c);
}

/* -------------------------------------------------------------------- thread */

static short interest(const struct client *c)
{
    return c->out.size > 0 ? POLLOUT : c->waits ? 0 : POLLIN;
}

/* The listener, the stop descriptor, then all places; how long to wait at most. */
static int prepare(const struct control_server *s, struct pollfd *fds)
{
    int wait_ms = TICK_MS;
    fds[0] = (struct pollfd){.fd = s->socket.fd, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = s->stop, .events = POLLIN};
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        fds[2 + i] = (struct pollfd){.fd = s->client[i].fd, .events = s->client[i].fd >= 0 ? interest(&s->client[i]) : 0};
        if (s->client[i].fd >= 0 && s->client[i].waits)
            wait_ms = LATER_MS;
        else if (s->client[i].fd >= 0 && s->client[i].used > 0 && s->client[i].out.size == 0 && !s->client[i].until_ns)
            wait_ms = 0; /* its rounds were up, it has said more */
    }
    return wait_ms;
}

static void turn(struct control_server *s)
{
    struct pollfd fds[2 + CONTROL_CLIENTS_MAX];
    int wait_ms = prepare(s, fds);
    (void)poll(fds, sizeof fds / sizeof *fds, wait_ms); /* an error is as if the time were up */
    uint64_t now_ns = clock_monotonic_ns();
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        struct client *c = &s->client[i];
        if (c->fd < 0)
            continue;
        if (fds[2 + i].revents || c->waits || c->used > 0)
            serve(s, c, fds[2 + i].revents, now_ns);
        if (c->fd >= 0 && c->until_ns && now_ns > c->until_ns)
            lose_patience(c, now_ns);
    }
    for (unsigned i = 0; i < ROUNDS_MAX && (fds[0].revents & POLLIN); i++)
        if (!welcome(s, now_ns))
            break;
}

/* Answers that wait to be sent get out, if that is quick. */
static void say_farewell(struct control_server *s)
{
    uint64_t until_ns = clock_monotonic_ns() + FAREWELL_NS;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        struct client *c = &s->client[i];
        struct pollfd fd = {.fd = c->fd, .events = POLLOUT};
        while (c->fd >= 0 && c->out.size > 0 && clock_monotonic_ns() < until_ns)
            if (poll(&fd, 1, 20) > 0 && !send_answer(c, 0))
                break;
        if (c->fd >= 0)
            drop(c);
    }
}

static void *run(void *arg)
{
    struct control_server *s = arg;
    uint64_t stopped = 0;
    heartbeat_begin(ROLE_OTHER, 0, "control");
    while (read(s->stop, &stopped, sizeof stopped) != sizeof stopped) {
        turn(s);
        heartbeat_beat();
        heartbeat_look(); /* the main thread looks as well; one of the two may be who stands still */
    }
    say_farewell(s);
    heartbeat_end();
    return NULL;
}

/* ---------------------------------------------------------------- life cycle */

struct control_server *control_server_new(const struct control_socket *socket, control_answer answer, void *arg, struct error *error)
{
    struct control_server *s = calloc(1, sizeof *s);
    int stop = s ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
    if (stop < 0) {
        error_set(error, "control socket: %s", strerror(errno));
        free(s);
        return NULL;
    }
    s->socket = *socket;
    s->answer = answer;
    s->arg = arg;
    s->stop = stop;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        s->client[i].fd = -1;
    return s;
}

bool control_server_start(struct control_server *s, struct error *error)
{
    int failed = thread_start(&s->thread, "haetae-control", run, s);
    if (failed)
        return error_set(error, "cannot start a thread: %s", strerror(failed));
    s->started = true;
    return true;
}

void control_server_free(struct control_server *s)
{
    if (!s)
        return;
    uint64_t one = 1;
    if (s->started && write(s->stop, &one, sizeof one) == sizeof one)
        pthread_join(s->thread, NULL);
    control_socket_close(&s->socket);
    close(s->stop);
    free(s);
}

const struct control_socket *control_server_socket(const struct control_server *s)
{
    return &s->socket;
}
