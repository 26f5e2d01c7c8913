/* Pushes: what delivers the outbox: the service account, read at start, and the couriers of the notifier's home worker.
 */
#pragma once

#include "actors/runtime/bus.h"

struct outbound;

/* Main thread, before the workers start: reads the service account and says once whether pushes are on. False without
 * memory for the notifier's kind. */
bool pushes_prepare(struct system *s);
void pushes_finish(void); /* main thread, after the workers have ended */

/* Is there a courier for pushes? Any thread, once prepared. */
bool pushes_on(void);

/* On each worker: only the notifier's home makes something. Needs the database's services. False without memory. */
bool pushes_open(struct worker *w, struct outbound *o);

/* Every worker is ready, the database has come back, or the outbox has grown: whichever worker this is, the notifier
 * is told by its home only. */
void pushes_wake(struct worker *w);

/* The graceful stop: nothing more is taken from the outbox. Is nothing under way? */
void pushes_drain(struct worker *w);
bool pushes_drained(const struct worker *w);

void pushes_close(struct worker *w); /* after outbound and the databases have closed */
