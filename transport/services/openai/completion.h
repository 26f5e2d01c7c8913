/* Completion: the texts of the chat-completions API of OpenAI and of those who speak like it (practice contract, section
 * 7.7): what is asked, and what an answer says, streamed or not. Pure; one owner. */
#pragma once

#include "actors/chat/model.h"
#include "transport/services/openai/event_stream.h"

/* Of a reply, and of an answer's body, in which each piece of a reply has an envelope of some hundred bytes. */
enum { COMPLETION_REPLY_MOST = 256 << 10, COMPLETION_ANSWER_MOST = 8 << 20 };

/* In which words a model is asked. Newer ones refuse max_tokens and a temperature that is not their own; some are
 * streamed to nobody who has not shown who they are. */
struct completion_spelling {
    bool newer, whole;
};

/* Writes "messages", an array. */
void completion_put_messages(const struct model_question *q, struct buf *out);

/* Writes the body of a request. */
void completion_put_request(const char *model, struct text messages, struct completion_spelling s, struct buf *out);

/* Does this answer refuse the spelling? Then *s is one that has not been refused yet. */
bool completion_refuses_spelling(int status, struct text body, struct completion_spelling *s);

/* How an answer with status 200 can be: X(symbol, in words for a log). */
#define COMPLETION_FAULTS(X)                                                                                           \
    X(NONE, "good")                                                                                                    \
    X(EMPTY, "the answer has no text")                                                                                 \
    X(CUT, "the answer was cut")                                                                                       \
    X(GARBAGE, "the answer is not of this API")                                                                        \
    X(ERROR, "the answer tells of an error")                                                                           \
    X(TOO_LARGE, "the answer was too large")                                                                           \
    X(NO_MEMORY, "no memory")

enum completion_fault {
#define COMPLETION_SYMBOL(symbol, words) COMPLETION_##symbol,
    COMPLETION_FAULTS(COMPLETION_SYMBOL)
#undef COMPLETION_SYMBOL
        COMPLETION_FAULT_COUNT
};

const char *completion_words(enum completion_fault fault);

/* An answer while it is read; begins zeroed. */
struct completion {
    struct buf reply; /* so far: what is added to it by a feed is a piece; meaningless after a fault */
    struct event_stream events;
    struct buf whole; /* of an answer that is not streamed */
    enum { COMPLETION_UNKNOWN, COMPLETION_STREAMED, COMPLETION_WHOLE } form;
    bool ended; /* it has said that it has */
    enum completion_fault fault;
};

void completion_fini(struct completion *c);
void completion_feed(struct completion *c, struct text bytes);
enum completion_fault completion_end(struct completion *c); /* the bytes have ended */
