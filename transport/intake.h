/* Intake: one file on its way from a client to the disk. Bytes are gathered and written by the blocking pool, one job
 * at a time; when the disk is behind, the giver is told to wait. Worker's thread only. An intake outlives whoever fills
 * it: an abandoned one removes its file by itself. */
#pragma once

#include "actors/part.h"
#include "store/files.h"

enum {
    INTAKE_UNIT = 128 * 1024, /* bytes gathered before they are written */
    INTAKE_MOST = 256 * 1024, /* bytes gathered before the giver has to wait */
};

extern const struct part uploads_part;

/* ---- all of one worker ---- */

struct intakes;

/* `running`: jobs on the pool at once; `most`: intakes alive at once. `files` must outlive the last intake. NULL
 * without memory. */
struct intakes *intakes_create(struct worker *w, const struct files *files, unsigned running, unsigned most);
/* The worker is stopping: what is under way ends with -ECANCELED and is removed. NULL is fine. */
void intakes_close(struct intakes *s);
unsigned intakes_alive(const struct intakes *s);

/* Numbers for operators. `refused`: files for which there was no place; `bytes`: that have been taken. */
struct intakes_stats {
    unsigned alive, highest, limit;
    uint64_t refused, bytes;
};
struct intakes_stats intakes_stats(const struct intakes *s);

/* ---- one ---- */

struct intake;

/* Called later, never from inside a call of intake_*, and never after intake_abandon. Both may abandon the intake. */
struct intake_ops {
    void (*room)(void *arg);            /* after intake_put said false: give on */
    void (*failed)(void *arg, int why); /* -errno; once. Abandon it */
};

/* How a step ended: 0 or -errno. */
typedef void intake_done(void *arg, int why);

/* `ending` of the file's name. NULL without memory or chance, or when there are too many. */
struct intake *intake_create(struct intakes *s, const char *ending, const struct intake_ops *ops, void *arg);

/* Is there more room on the disk than has to stay free (`storage-floor`)? As it was within the last second. */
bool intakes_room(struct intakes *s);

const char *intake_name(const struct intake *in);

/* Takes bytes (copied). False: wait for `room` before giving more; what was given is taken all the same. */
bool intake_put(struct intake *in, struct text bytes);

/* No more bytes: brings all of it to the disk, then `done`. On a failure abandon it. */
void intake_finish(struct intake *in, intake_done *done);

/* After intake_finish, on the pool: a descriptor of the file for reading only, which the caller closes, or a negative
 * errno. The intake must not end meanwhile. */
int intake_reopen(const struct intake *in);

/* After intake_finish, and the row has committed: gives the file its name, ends the intake, then `done`. */
void intake_keep(struct intake *in, intake_done *done);

/* The file is not wanted; at any time but during intake_keep. NULL is fine. */
void intake_abandon(struct intake *in);

/* After intake_finish, and nobody knows whether the row has committed: leaves the unfinished file for the next start to
 * decide. */
void intake_leave(struct intake *in);
