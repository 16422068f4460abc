/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files.c - many files as one stream, merged by packet time.
 *
 * A heap of open files, the one with the earliest frame on top. A file is opened when the stream has reached the time of its first frame,
 * so that files one after the other cost one descriptor. What orders a file's frames is the
 * latest stamp of the file: frames a little out of order stay as they are, and a single wild stamp does not send the rest of a file behind all others. A
 * stamp far ahead is wild when the frame after it is not; so there, and only there, a copy of the frame waits for the next one.
 *
 * The frame given out lies in its file's buffer. So the next one of that file is fetched when the caller comes back, not before.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "capture/filter.h"
#include "capture/handle.h"
#include "capture/inputs.h"
#include "capture/reader.h"

#define OPEN_MAX_FILES 256u
#define BUFFER_FEW     (512u * 1024u) /* of each file, when there are few of them */
#define BUFFER_MANY    (64u * 1024u)
#define FEW            4u
#define WAIT_MS        100
#define JUMP_NS        (60 * NS_PER_S) /* further ahead in one step is doubted, as in packet_clock.c */
#define LATE_NS        (5 * NS_PER_S)  /* further behind is no reordering */
#define COPY_END       64u

struct source {
    struct reader *reader;
    const struct input *input;
    struct frame frame;        /* the next one */
    uint64_t key_ns;           /* its place in time; 0 before the first one */
    struct frame after;        /* valid when has_after: the frame behind it, read early */
    uint8_t *copy;             /* the bytes of `frame` then; NULL: never needed */
    bool has_after, has_ended;
    enum read_result ended; /* valid when has_ended: what was read instead of the frame behind it */
};

struct files {
    struct inputs *inputs;
    bool owns_inputs;
    struct filter *filter; /* NULL: none */
    struct source *heap[OPEN_MAX_FILES];
    uint32_t count;
    struct source *fetch; /* whose next frame is wanted; not in the heap */
    uint32_t next, batch; /* of the files not opened yet */
    uint32_t renewals; /* following: new files under the same path */
    uint64_t finished; /* files that were read to their end */
    uint64_t late;        /* files opened late because too many were open */
    bool damaged, over;
    bool all_begun; /* no file will come after those begun: the inputs, and their lock, are not asked again for each frame */
    _Atomic uint64_t read; /* bytes from all files; other threads look at it for the progress */
};

/* ------------------------------------------------------------------ heap */

static bool comes_before(const struct source *a, const struct source *b)
{
    if (a->key_ns != b->key_ns)
        return a->key_ns < b->key_ns;
    return a->input->index < b->input->index;
}

static void heap_push(struct files *s, struct source *one)
{
    uint32_t at = s->count++;
    while (at > 0 && comes_before(one, s->heap[(at - 1) / 2])) {
        s->heap[at] = s->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    s->heap[at] = one;
}

static struct source *heap_pop(struct files *s)
{
    struct source *top = s->heap[0], *last = s->heap[--s->count];
    uint32_t at = 0;
    for (uint32_t child; (child = 2 * at + 1) < s->count; at = child) {
        if (child + 1 < s->count && comes_before(s->heap[child + 1], s->heap[child]))
            child++;
        if (!comes_before(s->heap[child], last))
            break;
        s->heap[at] = s->heap[child];
    }
    s->heap[at] = last;
    return top;
}

/* --------------------------------------------------------------- sources */

static void source_close(struct source *one)
{
    if (!one)
        return;
    reader_close(one->reader);
    free(one->copy);
    free(one);
}

/* It was read to its end, or to where it broke. */
static void source_finish(struct files *s, struct source *one)
{
    inputs_finish(s->inputs, one->input);
    s->finished++;
    source_close(one);
}

static void report(struct capture *c, const struct input *input, const char *problem)
{
    if (!c->files->damaged)
        snprintf(c->problem, sizeof c->problem, "%s", problem);
    c->files->damaged = true;
    inputs_report(c->files->inputs, input, problem);
}

static struct reader *open_reader(struct capture *c, const struct input *input, struct error *error)
{
    struct files *s = c->files;
    const struct inputs_options *o = inputs_options_of(s->inputs);
    const struct bytes_options options = {.buffer_size = inputs_count(s->inputs) <= FEW ? BUFFER_FEW : BUFFER_MANY,
                                          .wake_fd = c->wake_fd,
                                          .stop_fd = input->waits ? o->stop_fd : -1,
                                          .wait_ms = input->waits ? -1 : WAIT_MS,
                                          .follow = o->follow,
                                          .total_read = &s->read};
    return reader_open(input->path, input->origin, inputs_origins(s->inputs), &options, error);
}

/* Opens the file at s->next; NULL: it has gone, or memory is short, which is reported. */
static struct source *source_open(struct capture *c, const struct input *input)
{
    struct error why = {{0}};
    struct source *one = calloc(1, sizeof *one);
    if (one) {
        one->input = input;
        one->reader = open_reader(c, input, &why);
    } else {
        error_set(&why, "%s: out of memory", input->path);
    }
    if (one && one->reader)
        return one;
    report(c, input, why.text);
    inputs_finish(c->files->inputs, input);
    c->files->finished++;
    free(one);
    return NULL;
}

/* The next file if the stream has come to it. */
static struct source *open_due(struct capture *c)
{
    struct files *s = c->files;
    if (s->all_begun)
        return NULL;
    bool closed = inputs_closed(s->inputs); /* asked first: what is added before it closes is seen then */
    const struct input *input = inputs_at(s->inputs, s->next);
    s->all_begun = closed && !input;
    if (!input || (s->count > 0 && (input->batch != s->batch || input->first_ns > s->heap[0]->key_ns)))
        return NULL;
    if (s->count == OPEN_MAX_FILES) {
        if (s->late++ == 0)
            log_warning("more than %u files overlap in time: others are read when one of them ends", OPEN_MAX_FILES);
        return NULL;
    }
    s->batch = input->batch;
    s->next++;
    inputs_begin(s->inputs, input);
    return source_open(c, input);
}

/* Following: the path names a new file, or it was cut to nothing: begin it anew. */
static void begin_anew(struct capture *c, struct source *one)
{
    struct error why = {{0}};
    struct reader *fresh = open_reader(c, one->input, &why);
    if (!fresh)
        return; /* between two files; asked again soon */
    if (inputs_renew(c->files->inputs, ++c->files->renewals))
        log_notice("%s: is a new file; reading on there%s", one->input->path,
                   reader_is_between(one->reader) ? "" : " (the old one stopped in the middle of a frame)");
    reader_close(one->reader);
    one->reader = fresh;
}

/* -------------------------------------------------------------- the stream */

static enum read_result read_frame(struct source *one)
{
    if (one->has_after) {
        one->frame = one->after;
        one->has_after = false;
        return READ_FRAME;
    }
    if (one->has_ended) {
        one->has_ended = false;
        return one->ended;
    }
    return reader_next(one->reader, &one->frame);
}

/* A mirror port's copy, with its own tags in front perhaps. */
static bool is_copy(const struct frame *a, const struct frame *b)
{
    uint32_t size = a->cap_len < b->cap_len ? a->cap_len : b->cap_len;
    size = size < COPY_END ? size : COPY_END;
    return memcmp(a->bytes + a->cap_len - size, b->bytes + b->cap_len - size, size) == 0;
}

/* Whether the time of one->frame, far ahead, is what the file goes on with. */
static bool jump_is_real(struct source *one)
{
    if (!one->copy && !(one->copy = malloc(FRAME_BYTES_MAX)))
        return true;
    memcpy(one->copy, one->frame.bytes, one->frame.cap_len);
    one->frame.bytes = one->copy;
    one->ended = reader_next(one->reader, &one->after);
    one->has_after = one->ended == READ_FRAME;
    one->has_ended = !one->has_after && one->ended != READ_NOT_YET;
    return !one->has_after || (one->after.time_ns + JUMP_NS >= one->frame.time_ns && !is_copy(&one->frame, &one->after));
}

/* What keeps its place: a little behind the latest, or far ahead and wild. */
static void set_key(struct source *one)
{
    uint64_t time_ns = one->frame.time_ns, key_ns = one->key_ns;
    bool ahead = key_ns && time_ns > key_ns && time_ns - key_ns > JUMP_NS;
    bool late = time_ns <= key_ns && key_ns - time_ns <= LATE_NS;
    if (!late && (!ahead || jump_is_real(one)))
        one->key_ns = time_ns;
}

enum step { STEP_DONE, STEP_WAIT };

/* The next frame of s->fetch goes into the heap, or that file is over. */
static enum step fetch(struct capture *c)
{
    struct files *s = c->files;
    struct source *one = s->fetch;
    switch (read_frame(one)) {
    case READ_FRAME:
        set_key(one);
        heap_push(s, one);
        break;
    case READ_NOT_YET:
        if (inputs_options_of(s->inputs)->follow && reader_was_replaced(one->reader))
            begin_anew(c, one);
        return STEP_WAIT;
    case READ_DAMAGED:
    case READ_REFUSED: report(c, one->input, reader_problem(one->reader)); source_finish(s, one); break;
    case READ_END: source_finish(s, one); break;
    }
    s->fetch = NULL;
    return STEP_DONE;
}

/* Nothing to read just now: a followed file or a watched directory. */
static enum capture_result idle(struct capture *c)
{
    struct pollfd fds[1] = {{c->wake_fd, POLLIN, 0}};
    const struct files *s = c->files;
    if (!s->fetch || inputs_options_of(s->inputs)->follow) /* a pipe has waited already, and a long block is not waited for */
        (void)poll(fds, 1, WAIT_MS);
    return capture_is_stopping(c) ? CAPTURE_END : CAPTURE_IDLE;
}

static enum capture_result end_of_stream(struct capture *c)
{
    struct files *s = c->files;
    if (!inputs_closed(s->inputs))
        return idle(c);
    bool tell = s->damaged && !s->over;
    s->over = true;
    return tell ? CAPTURE_DAMAGED : CAPTURE_END;
}

static enum capture_result deliver(struct capture *c, const struct source *one, struct frame *frame)
{
    *frame = one->frame;
    frame->order = c->number;
    c->counters.received++;
    c->counters.bytes += frame->wire_len;
    return CAPTURE_FRAME;
}

enum capture_result files_next(struct capture *c, struct frame *frame)
{
    struct files *s = c->files;
    while (!capture_is_stopping(c)) {
        if (s->fetch && fetch(c) == STEP_WAIT)
            return idle(c);
        if ((s->fetch = open_due(c)))
            continue;
        if (s->count == 0) {
            if (inputs_at(s->inputs, s->next))
                continue; /* one that could not be opened */
            return end_of_stream(c);
        }
        s->fetch = heap_pop(s);
        c->number++;
        if (!s->filter || filter_passes(s->filter, &s->fetch->frame))
            return deliver(c, s->fetch, frame);
        c->counters.filtered++;
    }
    return CAPTURE_END;
}

uint64_t files_finished(const struct capture *c)
{
    return c->files->finished;
}

double files_progress(const struct capture *c)
{
    uint64_t size = inputs_size(c->files->inputs);
    if (size == 0)
        return -1;
    double part = (double)atomic_load_explicit(&c->files->read, memory_order_relaxed) / (double)size;
    return part < 1 ? part : 1;
}

/* ------------------------------------------------------------- life cycle */

void files_close(struct files *s)
{
    if (!s)
        return;
    source_close(s->fetch);
    while (s->count > 0)
        source_close(heap_pop(s));
    filter_free(s->filter);
    if (s->owns_inputs)
        inputs_free(s->inputs);
    free(s);
}

/* What is opened at once, so that what is wrong with it is said before anything starts. */
static bool open_now(struct capture *c, const struct input *input, struct error *error)
{
    struct files *s = c->files;
    struct source *one = calloc(1, sizeof *one);
    if (!one)
        return error_set(error, "%s: out of memory", input->path);
    one->input = input;
    s->fetch = one; /* the stream owns it */
    s->next = input->index + 1;
    s->batch = input->batch;
    inputs_begin(s->inputs, input);
    if (!(one->reader = open_reader(c, input, error)))
        return false;
    enum read_result result = reader_next(one->reader, &one->frame);
    reader_set_wait(one->reader, WAIT_MS);
    if (result == READ_NOT_YET && !input->waits)
        return true; /* followed, and not yet written to */
    if (result == READ_NOT_YET)
        return error_set(error, "%s: stopped before anything came", shown_path(input->path));
    if (result == READ_REFUSED)
        return error_set(error, "%s", reader_problem(one->reader));
    s->fetch = NULL;
    if (result == READ_FRAME) {
        set_key(one);
        heap_push(s, one);
        return true;
    }
    if (result == READ_DAMAGED)
        report(c, input, reader_problem(one->reader));
    source_finish(s, one);
    return true;
}

/* Pipes, which stand first, and the first file. */
static bool open_first(struct capture *c, struct error *error)
{
    const struct input *input;
    for (uint32_t n = 0; (input = inputs_at(c->files->inputs, n)) && (n == 0 || input->waits); n++) {
        if (c->files->count == OPEN_MAX_FILES)
            return error_set(error, "more than %u pipes", OPEN_MAX_FILES);
        if (!open_now(c, input, error))
            return false;
    }
    return true;
}

/* A filter that fits no file is a mistake; one that fits some of them leaves the others out, and that is said. */
static bool set_filter(struct capture *c, const char *bpf, struct error *error)
{
    struct files *s = c->files;
    const struct input *input;
    struct error why = {{0}};
    bool fits = false, misfits = false;
    if (!bpf || !*bpf)
        return true;
    if (!(s->filter = filter_new(bpf, error)))
        return false;
    for (uint32_t n = 0; (input = inputs_at(s->inputs, n)); n++) {
        if (input->link_type < 0)
            continue;
        if (filter_fits(s->filter, input->link_type, &why))
            fits = true;
        else
            misfits = true;
    }
    if (misfits && fits)
        log_warning("%s: frames of that link type are left out", why.text);
    return fits || !misfits || error_set(error, "%s: %s", c->name, why.text);
}

struct capture *capture_open_inputs(struct inputs *inputs, const char *bpf, struct error *error)
{
    const struct input *first = inputs_at(inputs, 0);
    struct capture *c = capture_new(first ? first->path : "no file yet", error);
    if (!c)
        return NULL;
    c->files = calloc(1, sizeof *c->files);
    if (c->files) {
        c->files->inputs = inputs;
        if (set_filter(c, bpf, error) && open_first(c, error))
            return c;
    } else {
        error_set(error, "out of memory");
    }
    capture_close(c);
    return NULL;
}

struct capture *capture_open_file(const char *path, const char *bpf, int stop_fd, struct error *error)
{
    const struct inputs_options options = {.stop_fd = stop_fd};
    struct inputs *inputs = inputs_new(&options, error);
    if (!inputs)
        return NULL;
    struct capture *c = NULL;
    if (inputs_add(inputs, path, error) == INPUT_TAKEN) {
        inputs_seal(inputs);
        inputs_close(inputs);
        c = capture_open_inputs(inputs, bpf, error);
    }
    if (c)
        c->files->owns_inputs = true;
    else
        inputs_free(inputs);
    return c;
}
