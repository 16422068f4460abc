/* SPDX-License-Identifier: Apache-2.0 */
/*
 * writer.h - the inside of an output: what the producer (output.c) and the writer thread (writer.c, outage.c) share. Inside output/
 * only.
 */
#ifndef OUTPUT_WRITER_H
#define OUTPUT_WRITER_H

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>

#include "base/json.h"
#include "base/ring.h"
#include "output/backlog.h"
#include "output/gap.h"
#include "output/output.h"

#define BATCH_LINES_MAX BACKLOG_PASSED_MAX /* no event has more */
#define IDLE_MS         200  /* how late a wish to reopen may be noticed */

/* What the ring holds: lines; a record for the encoder; a struct gap, what the producer lost just before; or the mark of settling. */
enum item_kind { ITEM_LINES, ITEM_RECORD, ITEM_GAP, ITEM_MARK };

struct item {
    struct line_facts facts;
    struct address host;
    bool has_host;
    uint8_t kind; /* enum item_kind */
    alignas(8) char bytes[];
};

/* Lines on their way to the sink. Those before `first` are done with. */
struct batch {
    char *text;
    size_t used, capacity; /* bytes */
    size_t least;          /* to be allocated */
    uint32_t first, count;
    bool tells_gap;  /* line 0 is a gap record: of `told` */
    bool is_spooled; /* the others are the oldest of the spool, too */
    struct sensor_line line[BATCH_LINES_MAX];
    struct line_facts facts[BATCH_LINES_MAX];
};

/* The lines of a ring item, to be walked. */
struct item_lines {
    const struct item *item;
    const char *at;
    size_t size;
    uint32_t next, count;
};

struct output {
    /* Never changed after output_open. */
    struct output_options options;
    struct gap_author author;
    const struct sensor_output *sink;
    void *state;
    struct ring *ring;
    pthread_t thread;
    uint64_t recovered; /* lines that were in the spool at the start */

    /* Producer's own. */
    struct gap refused;   /* not yet put into the ring */
    size_t common_needs;  /* room that must be there for a line that is no alert, beside its own */

    /* Producer's counter, added to with relaxed order: readers take it last (output_count). */
    _Atomic uint64_t produced;
    /* The writer's, and dropped_* of both. Added to with release after the ring's acquire: who reads them also sees `produced`. */
    _Atomic uint64_t written, spooled, dropped_by[DROP_REASON_COUNT], dropped_alerts, gaps, bytes, failures, outages;

    _Atomic bool reopen;        /* wish; set by any thread */
    _Atomic uint64_t ending_ns; /* monotonic time of output_wind_down, 0 before */
    _Atomic uint64_t drain_ns;  /* its patience; stored before ending_ns */

    pthread_mutex_t lock;     /* of `why` and `settled`, and for the conditions */
    pthread_cond_t wake;      /* cuts a back-off short */
    pthread_cond_t passed;    /* the writer has met a mark */
    bool settled;             /* it has, since output_settle began */
    char why[ERROR_TEXT_MAX]; /* latest failure, "" when the sink works */

    output_encoder *encode; /* set while the ring is empty; the ring's order carries it to the writer */
    void *encode_arg;

    /* Writer's own. */
    struct batch batch;
    struct backlog *backlog; /* NULL: no spool */
    bool spool_failed;       /* and it was said */
    struct json made; /* lines of the record at the ring's front, once made */
    uint32_t made_count;
    bool is_made;
    struct gap lost;      /* not yet told */
    struct gap told;      /* by line 0 of the batch */
    struct json gap_line;
    bool gap_refused;     /* the sink lost a gap record: none is offered until it takes something */
    bool one_line;        /* the last offer was turned away: go on line by line */
    bool failing;         /* `why` is not empty */
    bool dead;            /* given up: everything is dropped */
    uint64_t pause_ms;    /* the next back-off */
    uint64_t progress_ns; /* monotonic time of the last success, or since when something waits */
    uint64_t reopen_ns;   /* not before this */
};

/* writer.c: the thread; arg is the struct output. */
void *writer_run(void *arg);
/* Counts lines as dropped, and remembers them in a gap that the calling thread owns. */
void writer_count_dropped(struct output *o, struct gap *gap, const struct line_facts *facts, enum drop_reason reason);
/* The next `count` lines of the batch are lost. */
void writer_drop(struct output *o, uint32_t count, enum drop_reason reason);
/* Is the end near? */
bool writer_is_ending(const struct output *o);

/* batch.c: the front of the ring. Its lines, none for a gap or a mark, which are dealt with; false when it is empty. */
bool ring_lines(struct output *o, struct item_lines *out);
/* Takes the item of the last ring_lines out of the ring. */
void ring_pass(struct output *o);
/* The next line of an item; false past the last. */
bool item_next_line(struct item_lines *l, struct backlog_line *out);
/* Fills the empty batch: a gap record if one is due, then what was spooled, else what the ring holds. */
void batch_refill(struct output *o);
bool batch_is_empty(const struct batch *b);
/* Is there a gap to be told, to a sink that may take it? */
bool batch_gap_is_due(const struct output *o);

/* spooling.c: what does not reach the sink goes to the disk. All do nothing without a spool. */
/* To be called now and then: keeps the ring from filling while the sink is away or slow. */
void spooling_tend(struct output *o);
/* Sleeps like outage_sleep, and goes on spooling. */
void spooling_sleep(struct output *o, uint64_t ms);
/* The sink was given up: the batch and the ring go into the spool; what finds no room there is lost. */
void spooling_give_up(struct output *o);

/* outage.c: failures, back-off, reopening. Writer thread, but for the last. */
/* Remembers why the sink fails, and says so when it is news. */
void outage_note(struct output *o, const char *what, const char *why);
/* The sink works. */
void outage_over(struct output *o);
/* The plugin's words, "" for none. */
const char *outage_words(const struct output *o);
/* After the sink turned a single line away: waits a while, or gives the sink up (o->dead). */
void outage_wait(struct output *o);
/* Gives the sink up when it has been silent for longer than whoever waits for it allows. */
void outage_judge(struct output *o);
/* Sleeps, unless the output is being closed or reopened. */
void outage_sleep(struct output *o, uint64_t ms);
/* Fulfils a wish to reopen. A sink that cannot goes on as it was and is asked again. */
void outage_reopen(struct output *o);
/* Ends a wait early; any thread. */
void outage_wake(struct output *o);

#endif
