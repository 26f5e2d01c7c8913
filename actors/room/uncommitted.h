/* Uncommitted: what rooms have said and is not committed. The turns of a room wait in its line, and lines with waiting turns
 * stand in the round. A batch is filled going round: each line gives its share and goes to the back. What a batch has
 * taken of a line is its `flying`. Lines that must be tried one by one are `suspect`, and stand at the front. Knows no
 * database. Home worker's thread. Private to actors/room. */
#pragma once

#include "actors/room/turn_state.h"
#include "store/journal.h"

enum { LINE_BUCKETS = 4096 };

struct turns {
    struct turn *head, **end;
    uint32_t n;
};

struct line {
    struct actor *actor;
    struct turns flying, waiting; /* flying: of the batch under way, whose lines `next_flying` links */
    struct line *before, *after;  /* in the round, if anything waits */
    struct line *next_flying, *next_of_bucket;
    uint64_t rows; /* of all its turns */
    /* Batches committed, and one, when it last ran into the time limit; 0: not since it last committed. */
    uint64_t late;
    bool suspect;
};

struct uncommitted {
    struct line *by_actor[LINE_BUCKETS];
    struct line *first, *last; /* the round */
    struct line *flying, **flying_end;
    uint32_t n; /* of the round */
    uint32_t nwaiting, nflying;
    uint32_t suspects; /* so many lines at the front of the round are tried one by one */
};

void turns_init(struct turns *q);
void turns_push(struct turns *q, struct turn *t);
struct turn *turns_pop(struct turns *q); /* NULL: there is none */
uint64_t turns_memory(const struct turns *q);

void uncommitted_init(struct uncommitted *all); /* zeroed before */

/* A room's; NULL: nothing of it is here. */
struct line *uncommitted_of(const struct uncommitted *all, const struct actor *a);
struct line *uncommitted_add(struct uncommitted *all, struct actor *a); /* a new one; NULL without memory */
/* Frees a line of which nothing is left. */
void uncommitted_done(struct uncommitted *all, struct line *l);

/* The turn waits, behind what its room said before. */
void uncommitted_wait(struct uncommitted *all, struct line *l, struct turn *t);
/* The line in which most turns wait; NULL: none do. */
struct line *uncommitted_longest(const struct uncommitted *all);
/* Lets all others of the round go first. */
void uncommitted_let_go_first(struct uncommitted *all, struct line *l);

/* Moves what flies, or what waits, of a line to the end of `to`. */
void uncommitted_take_flying(struct uncommitted *all, struct line *l, struct turns *to);
void uncommitted_take_waiting(struct uncommitted *all, struct line *l, struct turns *to);

/* Of a batch, or of a line's share of one. */
struct amount {
    uint64_t turns, rows, bytes;
};

/* Fills a batch of so much at most: nothing flies, and something waits. A turn that is larger goes in one that begins
 * with it. False: there was no memory, and the batch is to be put back. */
bool uncommitted_fill(struct uncommitted *all, struct journal *journal, struct amount most);

/* Appends to `done` what may be said when the batch has committed: its turns, and what stands behind them without rows. */
void uncommitted_commit(struct uncommitted *all, struct turns *done);

/* Puts the batch back to the front. `suspect`: its rooms go one by one from now on, that with most rows last. */
void uncommitted_put_back(struct uncommitted *all, bool suspect);

uint64_t uncommitted_memory(const struct uncommitted *all);
