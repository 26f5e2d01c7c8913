/* Model: who writes a tutor's replies, as its rooms see it. Each worker has one, set at start by whoever speaks to the
 * outside service; without one the tutor has canned sentences (tutor.h). Own thread only. */
#pragma once

#include "actors/runtime/worker.h"
#include "proto/base/text.h"

/* Something that was said. */
struct model_line {
    bool reply; /* by the model itself; else by the student */
    struct text text;
};

/* What a reply is wanted to: how to be, then what has been said, oldest first. */
struct model_question {
    struct text instructions;
    const struct model_line *lines;
    int n;
};

/* How a question can end: X(symbol, what it means, in words for a log). */
#define MODEL_ENDS(X)                                                                                                  \
    X(REPLIED, "replied")                                                                                              \
    X(BUSY, "too many questions are waiting")                                                                          \
    X(RESTING, "the service is left alone after repeated failures")                                                    \
    X(TIMEOUT, "no reply in time")                                                                                     \
    X(FAILED, "no reply")                                                                                              \
    X(STOPPED, "the server is stopping")

enum model_end {
#define MODEL_SYMBOL(symbol, words) MODEL_##symbol,
    MODEL_ENDS(MODEL_SYMBOL)
#undef MODEL_SYMBOL
        MODEL_END_COUNT
};

/* Who asks. `text` is valid during the call only. */
struct model_asker {
    void *arg;
    /* A piece of the reply, as it comes; a reply may come without any. It may send messages, and must not ask or cancel. */
    void (*piece)(void *arg, struct text text);
    /* Once, later, never from inside ask or cancel; text: the whole reply, empty unless REPLIED. It may ask. */
    void (*done)(void *arg, enum model_end end, struct text text);
};

struct model_call;

struct model {
    /* The question is borrowed for the call only; the reply is in UTF-8 without NUL, and not blank. NULL: not even begun,
     * *ret_why says why, and done is not called. The result is valid until done or cancel. */
    struct model_call *(*ask)(struct model *m, const struct model_question *q, const struct model_asker *asker,
                              enum model_end *ret_why);
    /* Ends a question without its done. */
    void (*cancel)(struct model_call *call);
};

/* NULL: there is none. */
static inline struct model *worker_model(const struct worker *w)
{
    return worker_service(w, SERVICE_MODEL);
}
