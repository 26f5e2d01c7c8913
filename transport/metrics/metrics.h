/* Metrics: each number of a part as a row that stands beside its owner (actors/part.h). /metrics shows them behind those
 * that every worker has (exposition.h). Rows never change.
 */
#pragma once

#include "actors/part.h"

enum { METRICS_MOST = 64 };

/* Whose rows they are; without, there are none. At start, before anything reads them. Main thread. */
void metrics_use(const struct part *const *parts);

/* The row of that number, from 0; NULL behind the last. Any thread. */
const struct metric_row *metric_at(int i);

/* Reads every row; ret has METRICS_MOST places, zeroed. Worker's thread. */
void metrics_read(struct worker *w, uint64_t *ret);
