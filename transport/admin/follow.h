/* Follow: commands whose rows are entries of a ring (proto/base/ring.h) that each worker keeps: the newest of them, or with
 * --follow one answer after the other, each going on behind what the one before has shown. Nobody but the client
 * remembers where a follower is, so one that goes away costs nothing. A follower has so many rows, so many a second,
 * for so long. What was overwritten before it was shown is told in a row of its own. It begins with the newest ten, or
 * with --oldest with all that are there; --after goes on behind an answer, for so long again if --for says so.
 *
 * Rows of one worker keep their order; those of several are put in that of their times, as far as they are there. */
#pragma once

#include "proto/base/ring.h"
#include "transport/admin/ask.h"

/* The options, for a row's usage. */
#define FOLLOW_USAGE "[--follow] [--oldest] [--count N] [--rate R] [--for SECONDS] [--after PLACE]"

/* What a worker is asked: the first member of the command's question. */
struct follow_from {
    uint32_t most;                /* rows */
    uint64_t after[WORKERS_MOST]; /* number of the last entry that was seen, or FOLLOW_NEWEST */
};
#define FOLLOW_NEWEST UINT64_MAX

struct follow {
    bool follows;
    int64_t count, rate; /* rows still to be shown; a second */
    int64_t until_ms;    /* monotonic */
    struct follow_from from;
};

struct follow_ops {
    int64_t (*at)(const void *entry);                       /* microseconds since 1970 */
    bool (*wants)(const void *entry, const void *question); /* is it to be shown? */
    /* Writes the members of a row. Without an entry: of one that says that `missed` entries of this worker were
     * overwritten; with the same keys, so that tables keep their columns. */
    void (*put)(struct worker *w, const void *entry, int64_t missed, const void *question, struct json *out);
};

/* Reads the options. False with a sentence in why. Thread of the admin, as all but follow_see. */
bool follow_read(const struct admin_call *call, struct follow *ret, struct buf *why);

/* For the `see` of a command: answers from this worker's ring. question begins with the struct follow_from. */
void follow_see(struct worker *w, const struct ring *ring, const struct follow_ops *ops, const void *question,
                struct buf *answer);

/* Asks all workers and writes the rows as one array; says how to go on if there is to be more. `question` begins with
 * a copy of f->from. */
void follow_answer(const struct admin_call *call, struct follow *f, survey_see *see, const void *question, size_t size,
                   struct json *data);
