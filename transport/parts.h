/* Parts: what a worker of `lectern serve` consists of, and how all of it starts and stops. The one list; whoever wants
 * something of every part (a start, a stop, the queues) walks it. */
#pragma once

#include "actors/part.h"

extern const struct part *const parts[]; /* ended by NULL; opened in this order, ended and closed against it */

/* Main thread, when the configuration has been read: the row of the parameter at this offset of struct config, NULL if
 * no part has one; how many descriptors all parts may have open at once. */
const struct parameter_row *parts_parameter(size_t at);
int64_t parts_descriptors(int64_t workers);

/* Main thread: before the workers start, and after they have ended. */
bool parts_prepare(const struct setup *s);
void parts_finish(void);

/* Main thread, when the schema is there. False, with a sentence. */
bool parts_check(const struct setup *s, struct buf *why);

/* On each worker's own thread; `setup` is the struct setup. None of these blocks. */
bool parts_open(struct worker *w, void *setup); /* first; false: the server does not start */
void parts_end(struct worker *w, void *setup);  /* last; cuts what is left */

/* Is all of the worker there? Asked until every worker says yes. */
bool parts_ready(struct worker *w);
/* Every worker was ready: /readyz answers 200 from now on. */
void parts_start(struct worker *w);
/* The graceful stop: no more connections, requests are finished, streams told to come back, everything committed. */
void parts_drain(struct worker *w);
/* Is nothing left to wait for? Asked after parts_drain until every worker says yes or the time is over. */
bool parts_drained(struct worker *w);

/* Adds the worker's numbers as members of an open JSON object, for `lectern admin workers`. */
void parts_describe(struct worker *w, struct json *out);
