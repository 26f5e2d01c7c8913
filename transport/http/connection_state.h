/* Connection state: the inside of a connection. Private to transport/http. An idle connection or stream is this struct
 * and what the kernel has, nothing else. */
#pragma once

#include "proto/base/state.h"
#include "proto/room.h"
#include "transport/http/chunked.h"
#include "transport/http/http_state.h"
#include "transport/http/parser.h"
#include "transport/wire/output.h"

#include <assert.h>

struct request;

/* The states, as long as the wire is open (transport/wire/wire.h):
 *   HEAD    waits for a request or its head
 *   BODY    receives a body
 *   BUSY    a handler is at work; ends by respond_*, body_*, stream_begin, or in BODY for a handler that wants it
 *   ANSWER  an answer goes out piece by piece (body.c)
 *   STREAM  has a user of its own
 *   OVER    has had its last answer: the wire ends by itself
 * connection.c has the table of what may follow. */
enum connection_state {
    CONNECTION_HEAD,
    CONNECTION_BODY,
    CONNECTION_BUSY,
    CONNECTION_ANSWER,
    CONNECTION_STREAM,
    CONNECTION_OVER
};

/* In these it has a request, in the others none. */
#define CONNECTION_WITH_REQUEST (STATE(CONNECTION_BODY) | STATE(CONNECTION_BUSY) | STATE(CONNECTION_ANSWER))

struct connection {
    struct wire wire;    /* first */
    struct peer *client; /* who a trusted proxy said its last request came from; NULL: nobody, or the peer itself */
    struct request *rq;  /* in CONNECTION_WITH_REQUEST */

    char *pending; /* bytes that came too early or are half a head; NULL if none */
    uint32_t pending_at, pending_n, pending_cap;

    uint32_t share : 21;  /* bytes of bodies that may still be sent in this turn */
    uint32_t state : 3;   /* enum connection_state */
    uint32_t feeding : 1; /* connection_feed is on the stack */
    uint32_t late : 1;    /* came when we were out of service */
    uint32_t refused : 1; /* over a cap: counted in http->refusals, gets one answer */
    uint32_t fresh : 1;   /* has had an answer since its deadline was last set */
    uint32_t proxied : 1; /* its peer is a trusted proxy */
    uint32_t counted : 1; /* among the connections of its client: while a request or a stream of theirs is under way */

    /* for who looks (look.h) */
    const struct route *route; /* of its last request; NULL: there was none, or it led nowhere */
    uint32_t requests;
    int32_t user; /* who asked last; 0: not known */

    union {
        struct head_scan scan; /* HEAD */
        union {                /* BODY, by its framing */
            struct chunked chunked;
            uint64_t left;
        } body;
        struct room_key room; /* STREAM */
    };
};

static inline struct connection *connection_of(struct wire *w)
{
    assert(w->tag == WIRE_TAG);
    return (struct connection *)w;
}

extern const struct state_row connection_states[];

static inline void connection_enter(struct connection *c, enum connection_state to)
{
    assert(!c->rq == !(STATE(to) & CONNECTION_WITH_REQUEST));
    c->state = state_next(connection_states, c->state, to) & 7;
}

static inline struct http *http_of(const struct connection *c)
{
    return (struct http *)c->wire.wires;
}

/* In STREAM: the number that it is one of. */
uint32_t *connection_counted_as(const struct connection *c);

/* What becomes of it after an answer. */
enum after {
    AFTER_NEXT,
    AFTER_CLOSE,
    AFTER_LINGER,  /* it is unsure where the next request would begin */
    AFTER_SWALLOW, /* ... and many clients read no answer before they have sent all of a large body: more of it is
                      dropped than otherwise before the connection is cut */
};

/* The answer is written (or gathered) and the request freed: goes on with what the peer has sent meanwhile, or ends,
 * and then `why` says for which reason. */
void connection_answered(struct connection *c, enum after after, enum close_reason why);

/* In BUSY: reads the body of the request now. */
void connection_receive(struct connection *c);
/* In BODY: goes on after a pause of the upload. */
void connection_resume(struct connection *c);

/* The parts of connection_receive: its state, and what a client may wait for. */
void connection_begin_body(struct connection *c);
void connection_say_continue(struct connection *c);

/* In BODY: stops reading it; the caller answers, and that is the last answer. */
void connection_give_up_body(struct connection *c, enum error why);
/* Why a connection ends after such an answer, to a body or to a head. */
enum close_reason connection_ends_for(enum error why, bool body);

/* In ANSWER: chooses its deadline. */
void connection_settle_answer(struct connection *c);

/* What its client has asked for is over. */
void connection_stop_counting(struct connection *c);
/* Drops what has come and was not used. */
void connection_drop_pending(struct connection *c);

/* ---- reader.c ---- */

/* The user of a wire that has come, and what it does then (struct wires_owner). */
extern const struct wire_user reader;
void reader_accepted(struct wire *w, bool over);

/* ---- body.c ---- */

/* The peer has taken what it was given. */
void body_go_on(struct request *rq);
/* The connection has been closed: the request may be freed here. */
void body_left(struct request *rq);
/* True if the peer has acknowledged something since the last call. */
bool body_progress(struct request *rq);
