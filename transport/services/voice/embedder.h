/* Embedder: what knows voices by their sound, as a process of its own (README.md). One for the whole server, looked after
 * by one worker, its home: begun, asked one sound at a time, ended when it hangs or says what makes no sense, and begun
 * again after a pause that doubles as long as it does not answer. Whoever asks gets an embedding or the reason why there
 * is none; no end of the process harms anybody. What workers share is behind one short lock, held across nothing else.
 *
 * Queue: options.waiting sounds wait; full: embedder_ask says so. */
#pragma once

#include "transport/services/voice/launch.h"
#include "transport/services/voice/voice_frame.h"

#include <uv.h>

/* How asking can end: X(symbol, in words for a log). */
#define EMBEDDER_ENDS(X)                                                                                               \
    X(EMBEDDED, "embedded")                                                                                            \
    X(NOTHING, "the embedder finds no voice in it")                                                                    \
    X(AWAY, "the embedder does not run")                                                                               \
    X(FAILED, "the embedder failed")                                                                                   \
    X(TIMEOUT, "not in time")                                                                                          \
    X(STOPPED, "the server is stopping")

enum embedder_end {
#define EMBEDDER_SYMBOL(symbol, words) EMBEDDER_##symbol,
    EMBEDDER_ENDS(EMBEDDER_SYMBOL)
#undef EMBEDDER_SYMBOL
        EMBEDDER_END_COUNT
};

struct embedder;

struct embedder_options {
    struct launch launch;                /* texts borrowed for life */
    uint32_t waiting;                    /* sounds */
    uint32_t begin_ms;                   /* until its greeting */
    uint32_t answer_ms;                  /* for one sound; waiting for the others before it comes on top */
    uint32_t wait_ms;                    /* for its turn */
    uint32_t pause_ms, pause_longest_ms; /* before it is begun again */
};

struct embedder *embedder_create(const struct embedder_options *o); /* NULL without memory */
void embedder_destroy(struct embedder *e);                          /* when no desk is left; NULL is fine */

/* ---- one worker's side of it; own thread only ---- */

struct embedder_desk;

/* The home's begins the process. NULL without memory or handles. */
struct embedder_desk *embedder_desk_create(struct embedder *e, uv_loop_t *loop, bool home);

/* Called once, later, never from inside embedder_ask; floats are borrowed, NULL unless EMBEDDED. It may ask again. */
typedef void embedder_done(void *arg, enum embedder_end how, const float *floats);

/* Asks for the embedding of so many samples (one channel, 16 kHz; copied). False: too many wait, there is no memory, or the
 * desk has ended; done is not called. */
bool embedder_ask(struct embedder_desk *d, const int16_t *samples, size_t n, embedder_done *done, void *arg);

/* Ends what this worker has asked with STOPPED before it returns, and the process if this is its home. NULL is fine. */
void embedder_desk_end(struct embedder_desk *d);
/* Have the loop's handles closed, and is the process gone? */
bool embedder_desk_ended(const struct embedder_desk *d);
void embedder_desk_destroy(struct embedder_desk *d); /* after that; NULL is fine */

/* Numbers for operators: of this worker's questions, and of the process as all see it. */
struct embedder_stats {
    uint32_t asked;                     /* and not ended */
    uint64_t ended[EMBEDDER_END_COUNT]; /* ever */
    uint64_t full;
    uint32_t waiting, highest, limit; /* of all workers */
    uint64_t begun;                   /* how often the process was */
    bool ready;                       /* it is */
};
struct embedder_stats embedder_stats(struct embedder_desk *d); /* all zero of NULL */
