/* What a session holds, shared by the files of this folder and by nobody else. Home worker's thread only. */
#pragma once

#include "actors/room/kind.h"
#include "proto/coaching.h"

/* Somebody who takes part. */
struct talker {
    int32_t person;
    struct text user, name; /* their id, as clients know it; owned */
    int64_t nudged_at;      /* the last nudge for a frame of theirs, microseconds since 1970; 0: none yet */
    int64_t nudged;         /* the same by worker_now: what a clock that is set does not change */
};

struct coaching {
    struct room base;
    struct text sid; /* as clients know it; owned */
    int32_t creator; /* a person; 0: they have gone */
    bool active;
    struct talker *talkers; /* owned, in the order in which they are told */
    uint32_t ntalkers;
};

static inline struct coaching *coaching_of(const struct room *room)
{
    return (struct coaching *)room;
}

/* ---- memory.c: what it knows ---- */

/* Reads the answer of COACHING_LOAD into an empty session. False: no memory. */
bool coaching_read(struct coaching *session, const struct db_result *r);

/* Releases everything the state owns but its room, and leaves it empty. */
void coaching_clear(struct coaching *session);

/* NULL: they do not take part. */
struct talker *coaching_talker(const struct coaching *session, int32_t person);

uint64_t coaching_bytes(const struct coaching *session);

/* ---- say.c: what it says and writes ---- */

/* A nudge for a frame of this talker's, to all, with its row. */
void coaching_say_nudge(struct coaching *session, struct turn *t, struct talker *of,
                        const struct coaching_nudge *nudge);

/* Who takes part, to all that listen when the turn is released. */
void coaching_say_state(struct coaching *session, struct turn *t);

/* The end, with the report that is wanted then. */
void coaching_say_end(struct coaching *session, struct turn *t, int32_t user);

/* The row of a frame: it may be written twice when a commit's answer is lost. */
void coaching_put_frame(const struct coaching *session, struct turn *t, const struct talker *of,
                        const struct coaching_frame *frame);

/* ---- rules.c: what may be asked of it ---- */

enum receive coaching_obey(struct coaching *session, struct message *m);
