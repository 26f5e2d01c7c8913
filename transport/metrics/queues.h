/* Queues: each queue of the system as a row that stands beside its owner (actors/part.h). `lectern admin queues`,
 * /metrics and the manual show these rows. Rows never change. */
#pragma once

#include "actors/part.h"

enum { QUEUES_MOST = 96 };

/* Whose rows they are; without, there are none. At start, before anything reads them. Main thread. */
void queues_use(const struct part *const *parts);

/* The row of that number, from 0; NULL behind the last. Any thread. */
const struct queue_row *queue_at(int i);

/* Reads every row; ret has QUEUES_MOST places. Worker's thread. */
void queues_read(struct worker *w, struct queue_numbers *ret);
