/* Worker on libuv: a thread with a loop for a worker. Main thread. */
#pragma once

#include "actors/runtime/core.h"

/* False when there is no thread, memory or descriptor for it. */
bool worker_uv_start(struct worker *w);

/* Waits until the system's `begin` has run there and says what it returned. */
bool worker_uv_begun(struct worker *w);

/* Waits for the end of the thread. */
void worker_uv_join(struct worker *w);
