/* OpenAI: who writes the tutor's replies: the chat-completions API of OpenAI, or of who speaks like it (practice contract,
 * section 7.7), asked by the worker's own calls to others and streamed. A question is tried three times at most, and
 * never again once a piece of its reply has been handed on. What all workers share is behind a gate (gate.h). The key
 * goes into one header and nowhere else. */
#pragma once

#include "actors/chat/model.h"
#include "actors/part.h"
#include "transport/outbound/outbound.h"
#include "transport/services/openai/gate.h"

extern const struct part openai_part;

/* ---- shared by all workers ---- */

struct openai;

struct openai_options {
    const char *key, *base_url, *model; /* borrowed for life; a slash at the end of the address counts for nothing */
    uint32_t timeout_ms;                /* for a question, its waiting and all its tries included */
    struct gate_options gate;
};

struct openai *openai_create(const struct openai_options *o); /* NULL without memory */
void openai_destroy(struct openai *o);                        /* when no desk is left; NULL is fine */

/* ---- one worker's side of it; own thread only ---- */

struct openai_desk;

/* How it calls others; `outbound` is what both are called with. A seam: production calls outbound_send, outbound_cancel. */
struct openai_line {
    struct outbound *outbound;
    struct outbound_call *(*send)(struct outbound *o, const struct outbound_request *rq, outbound_done *done, void *arg,
                                  enum outbound_end *ret_why);
    void (*cancel)(struct outbound_call *c);
};

struct openai_desk *openai_desk_create(struct openai *o, struct worker *w, struct openai_line line);

struct model *openai_desk_model(struct openai_desk *d);

/* That of a worker; NULL: there is no key. */
struct openai_desk *openai_desk(const struct worker *w);

/* What is wrong with the model: a question without a reply, the first since the last reply and one a minute at most, and
 * that the model is left alone, once as long as it is. */
struct openai_trouble {
    bool left_alone;
    const char *why; /* in words, of no answer's own; static */
    int status;      /* of HTTP; 0: there was no answer */
};

/* Who is told of it, on the desk's worker; may not ask or cancel. NULL: nobody, as at first. */
void openai_desk_tell(struct openai_desk *d, void (*told)(struct worker *w, const struct openai_trouble *t));

/* No question begins any more: they end with MODEL_STOPPED, those that wait for a place too. */
void openai_desk_drain(struct openai_desk *d);

/* Ends what is left with MODEL_STOPPED. NULL is fine. */
void openai_desk_destroy(struct openai_desk *d);

/* Numbers of this worker's questions, for operators. */
struct openai_stats {
    uint32_t asked;                  /* and not ended; those that wait for a place are a part of them */
    uint64_t ended[MODEL_END_COUNT]; /* ever, those refused at once included */
    uint64_t retries;
    struct gate_stats gate; /* of all workers together */
};

/* All zero without a desk. */
struct openai_stats openai_stats(const struct openai_desk *d);
