/* Watch: what the operators' commands say, once a second and only while somebody looks: one thread of its own runs them
 * as a viewer would and hands the text to a worker, which never waits for it. */
#pragma once

#include "transport/admin/admin.h"

struct watch;

struct watch *watch_create(void);    /* NULL without memory. Main thread, like all but the next two groups */
void watch_destroy(struct watch *w); /* not started, or stopped. NULL is fine */

/* Starts the thread; whenever there is news it calls `news` on that worker's thread. False: no thread. */
bool watch_start(struct watch *w, struct admin *a, struct worker *to, void (*news)(struct worker *w, void *watch));
/* Waits for the command under way, which is bounded; before admin_close. Fine if not started. */
void watch_stop(struct watch *w);

/* As many look. The first one is told at once. Any thread. */
void watch_lookers(struct watch *w, uint32_t n);

/* Takes the newest text, a JSON object on one line: {"type": "answers", "at_ms": since 1970, "took_ms": N, "answers":
 * {"info": the answer as the admin socket gives it, ...}}. False: it has been taken. Any thread; the caller frees. */
bool watch_take(struct watch *w, struct buf *ret);
