/* Tidy: gives the heap's free pages back to the kernel once a burst is over. A crowd that enters leaves holes between
 * what its streams keep, and nothing else would return them. */
#include "tools/lectern/tidy.h"

#include <malloc.h>
#include <stdlib.h>

enum { TIDY_MS = 2000, QUIET = 256 << 10, WORTH = 1 << 20 };

static size_t apart(size_t a, size_t b)
{
    return a > b ? a - b : b - a;
}

/* Quiet: as much is free as two seconds ago. Worth it: not what the last trim has left. */
static void on_timer(uv_timer_t *timer)
{
    struct tidy *t = timer->data;
    size_t now = mallinfo2().fordblks;
    if (apart(now, t->last) < QUIET && apart(now, t->trimmed) > WORTH) {
        malloc_trim(0);
        t->trimmed = now;
    }
    t->last = now;
}

void tidy_start(struct tidy *t, uv_loop_t *loop)
{
    uv_timer_init(loop, &t->timer);
    t->timer.data = t;
    uv_timer_start(&t->timer, on_timer, TIDY_MS, TIDY_MS);
}
