/* Trace core: what a run tells a trace. Only while w->trace is not NULL, unless said otherwise. Own thread. */
#pragma once

#include "actors/runtime/core.h"
#include "actors/runtime/trace.h"

/* Puts the message that is about to be received into the trace, if it is wanted. Returns the entry's number, 0 if it
 * has none. trace_received says how long it took, or that it is put off: then it has none. */
uint64_t trace_receive(struct actor *a, const struct message *m);
void trace_received(struct worker *w, uint64_t number, bool later);

/* The actor's life ends: a trace of it alone ends too. Fine without a trace. */
void trace_actor_ends(const struct actor *a, enum trace_end why);

/* NULL is fine. */
void tracer_destroy(struct tracer *t);
