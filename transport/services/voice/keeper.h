/* Keeper: looks after the embedder's process, on its home's loop: begins it, hands it one sound at a time, ends it when it
 * takes too long or says what makes no sense, begins it again. Private to transport/services/voice; the loop's thread. */
#pragma once

#include "transport/services/voice/embedder.h"

enum keeper_state {
    KEEPER_BEGINS, /* it has not greeted yet: questions may wait for it */
    KEEPER_READY,
    KEEPER_AWAY, /* it has ended, and is begun again later */
};

/* Called from the loop; `arg` is keeper_create's. */
struct keeper_ops {
    int16_t *(*next)(void *arg,
                     size_t *ret_n); /* the sound to ask for next, which the keeper frees; NULL: none waits */
    void (*answered)(void *arg, enum embedder_end how,
                     const float *floats);      /* the last one given; floats if EMBEDDED */
    void (*expire)(void *arg, uint64_t now_ms); /* now and then; by uv_hrtime */
    void (*changed)(void *arg, enum keeper_state state);
};

struct keeper;

/* Begins the process soon. Options and table are borrowed for life. NULL without memory or a handle. */
struct keeper *keeper_create(uv_loop_t *loop, const struct embedder_options *o, const struct keeper_ops *ops,
                             void *arg);

/* A question waits, perhaps. */
void keeper_look(struct keeper *k);

/* Ends the process; nothing is called any more. All three are fine with NULL. */
void keeper_end(struct keeper *k);
bool keeper_ended(const struct keeper *k); /* are the process and the handles gone? */
void keeper_destroy(struct keeper *k);     /* after that */
