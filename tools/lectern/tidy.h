/* Tidy: gives free memory back when the server is quiet. Main thread; a worker that allocates meanwhile waits for the
 * few milliseconds at most that the C library's lock of its heap is held. */
#pragma once

#include <stddef.h>
#include <uv.h>

struct tidy {
    uv_timer_t timer;
    size_t last, trimmed; /* bytes free at the last look, and at the last trim */
};

/* Runs until its loop's handles are closed. */
void tidy_start(struct tidy *t, uv_loop_t *loop);
