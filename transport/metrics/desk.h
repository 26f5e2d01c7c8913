/* Desk: asks every worker for its sample without waiting: whoever asks is told when all have said theirs, or after
 * DESK_WAIT_MS with what is there. Of a silent worker the last sample stands, so that sums never fall. One desk per
 * worker, own thread; the board behind them is shared, with a lock that is held to copy a sample and for nothing else.
 *
 * Queue: who asks while a question is under way waits for the next one, at most twice DESK_WAIT_MS; not counted. */
#pragma once

#include "transport/metrics/sample.h"

extern const struct part desk_part;

struct board; /* shared: each worker's last sample */
struct desk;

enum { DESK_WAIT_MS = 500 };

struct board *board_create(int workers); /* NULL without memory. Main thread */
void board_destroy(struct board *b);     /* when no worker runs */

struct desk *desk_create(struct board *b, struct worker *w); /* NULL without memory */
void desk_destroy(struct desk *d);                           /* who still waits is told what is there */

/* What the workers have said. Borrowed; during the call only. */
struct desk_news {
    const struct sample *samples; /* the last of each; zeroed: it has never answered */
    const bool *up;               /* has it answered this time? */
    int workers;
};

/* A question, in memory of whoever asks, valid until it is answered. */
struct desk_question {
    void (*done)(struct desk_question *q, const struct desk_news *news); /* once, later; never from inside desk_ask */
    struct desk_question *next;                                          /* private */
};

void desk_ask(struct desk *d, struct desk_question *q);

/* A sample of the desk's own worker whose histograms and busy time are of the last minute or two (sample_since). */
void desk_recent(struct desk *d, struct sample *ret);

/* Bytes that it holds, its worker's place on the board included. */
uint64_t desk_memory(const struct desk *d);
