/* Connection state: the inside of a connection. Private to transport/http. An idle connection or stream is this struct
 * and what the kernel has, nothing else. */
#pragma once

#include "transport/http/chunked.h"
#include "transport/http/connection.h"
#include "transport/http/parser.h"
#include "transport/wire/close_reason.h"
#include "transport/wire/deadline.h"

struct http;
struct request;
struct peer;
struct backlog; /* output.c */

/* The states, and which may follow:
 *   HEAD    waits for a request or its head    -> BODY, BUSY
 *   BODY    receives a body                    -> BUSY
 *   BUSY    a handler is at work               -> HEAD, LINGER (respond_*), ANSWER (body_*), STREAM
 *                                                 (request_take_connection)
 *   ANSWER  an answer goes out piece by piece  -> HEAD, LINGER (body.c)
 *   STREAM  belongs to transport/sse           -> ENDING
 *   ENDING  writes what is left, then closes   -> CLOSED
 *   LINGER  has written an answer after which the framing is unsure; reads and drops until the client closes
 *   CLOSED  uv_close was called; freed in its callback
 * Every state may end in CLOSED. */
enum connection_state {
    CONNECTION_HEAD,
    CONNECTION_BODY,
    CONNECTION_BUSY,
    CONNECTION_ANSWER,
    CONNECTION_STREAM,
    CONNECTION_ENDING,
    CONNECTION_LINGER,
    CONNECTION_CLOSED
};

enum { CONNECTION_TAG = 0x434f4e4e };

struct connection {
    uv_tcp_t tcp; /* first: a handle is its connection */
    uint32_t tag;
    int fd;
    struct http *http;
    struct deadline_link link;
    struct peer *peer;
    struct peer *client;     /* who a trusted proxy said its last request came from; NULL: nobody, or the peer itself */
    struct request *rq;      /* in BODY, BUSY and ANSWER */
    struct backlog *backlog; /* NULL unless the socket took less than we had */

    char *pending; /* bytes that came too early or are half a head; NULL if none */
    uint32_t pending_at, pending_n, pending_cap;
    uint32_t share; /* bytes of bodies that may still be sent in this turn */

    /* for who looks (look.h) */
    uint64_t serial;
    uint64_t opened, touched;  /* loop milliseconds; touched: something came or went */
    uint64_t received, sent;   /* bytes */
    const struct route *route; /* of its last request; NULL: there was none, or it led nowhere */
    uint32_t requests;
    int32_t user;  /* who asked last; 0: not known */
    uint16_t port; /* of the peer, as it comes on the wire */

    uint8_t state;
    uint8_t why;      /* enum close_reason, in ENDING and LINGER, and if refused: why it is going to close */
    uint8_t class;    /* enum deadline it is listed under */
    bool reading : 1; /* uv_read_start is in force */
    bool feeding : 1; /* connection_feed is on the stack */
    bool ended : 1;   /* the peer has shut down its side */
    bool late : 1;    /* came when we were out of service */
    bool refused : 1; /* over a cap: counted in http->refusals, gets one answer */
    bool fresh : 1;   /* has had an answer since its deadline was last set */
    bool shut : 1;    /* our side is shut down */
    bool watched : 1; /* in the set of writable.c */
    bool waits : 1;   /* ... and to be told when the socket takes more */
    bool proxied : 1; /* its peer is a trusted proxy */
    bool counted : 1; /* among the connections of its client: while a request or a stream of theirs is under way */
    bool bare : 1;    /* STREAM, ENDING: of HTTP/1.0: chunks go without their coding */

    union {
        struct head_scan scan; /* HEAD */
        struct {               /* BODY */
            struct chunked chunked;
            uint64_t left;
        } body;
        struct { /* STREAM, ENDING */
            const struct stream_ops *ops;
            void *arg;
            struct room_key room;
        } stream;
        struct { /* LINGER */
            uint32_t dropped, most;
        } linger;
    };
};

static inline struct connection *connection_of(void *handle)
{
    struct connection *c = handle;
    return c->tag == CONNECTION_TAG ? c : NULL;
}

/* Makes a connection of an accepted socket and starts reading. Takes fd in every case. `refuse`: over a cap, whatever
 * it asks for within the lingering time gets 503 (an event stream as respond.c says). */
void connection_accept(struct http *h, int fd, const struct sockaddr *peer, bool refuse);

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

/* In BODY: answers instead of reading on. */
void connection_refuse_body(struct connection *c, enum error why);

/* In BODY: goes on after a pause of the upload. */
void connection_resume(struct connection *c);

/* The backlog has gone to zero. */
void connection_drained(struct connection *c);

/* The socket takes more again: the answer to writable_wait. */
void connection_writable(struct connection *c);

/* Chooses what it waits for by its state; after a change that did not come from its peer. */
void connection_settle(struct connection *c);

/* Drops what has come and was not used. */
void connection_drop_pending(struct connection *c);

/* Cuts it now; output not taken is lost. The stream's `closed` is called from here. */
void connection_close(struct connection *c, enum close_reason why);

/* Its deadline has come. */
void connection_expire(struct connection *c);

/* Moves it to another deadline class, or sets the same one anew. */
void connection_deadline(struct connection *c, enum deadline class);

/* Reading on or off; nothing when it is so already. */
void connection_read(struct connection *c, bool on);

/* ---- output.c ---- */

/* The socket has taken so many bytes. */
void output_count(struct connection *c, uint64_t n);

/* Where to append what is to be sent next; output_done sends it: at the end of the turn while the connection is being
 * read, else at once. What the socket does not take is kept. False: the connection has been closed. */
struct buf *output_buf(struct connection *c);
bool output_done(struct connection *c);
/* Ends the gathering. False: the connection has been closed. */
bool output_flush(struct connection *c);
/* The same when more will be sent in this very turn by other means: the kernel may wait for it with the packet. */
bool output_flush_more(struct connection *c);
/* Begins gathering outside of a read. False: somebody gathers already; else output_uncork sends and ends it. */
bool output_cork(struct connection *c);
void output_uncork(struct connection *c);
/* Sends a chunk; keeps a reference to what the socket does not take. False: the connection has been closed. */
bool output_chunk(struct connection *c, struct chunk *chunk);
size_t output_backlog(const struct connection *c);
/* Bytes of memory behind it: a chunk that several hold counts in parts. Judged by a few of its chunks. */
uint64_t output_memory(const struct connection *c);
/* True if the peer has acknowledged something since the last call. */
bool output_progress(struct connection *c);
/* Bytes that the socket has taken and the peer not acknowledged. A socket takes megabytes ahead, so only these tell
 * whether a slow peer is alive. */
uint64_t output_unacknowledged(const struct connection *c);
void output_free(struct connection *c);

/* ---- body.c ---- */

/* The peer has taken what it was given. */
void body_go_on(struct request *rq);
/* The connection has been closed: the request may be freed here. */
void body_left(struct request *rq);
/* True if the peer has acknowledged something since the last call. */
bool body_progress(struct request *rq);

/* ---- stream.c ---- */

void stream_drained(struct connection *c);
void stream_closed(struct connection *c);
