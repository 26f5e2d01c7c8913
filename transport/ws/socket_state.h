/* Socket state: the inside of a WebSocket. Private to transport/ws. Own worker's thread. An idle one is this struct, its
 * connection, and what the kernel has. */
#pragma once

#include "transport/streams/stream.h"
#include "transport/ws/ws.h"

/* What is under way for one (ask.c): begins with how it is told that nobody waits any more. */
struct under_way {
    void (*forget)(struct under_way *u);
};

/* Messages that wait for ws_resume. */
struct held {
    struct held *next;
    size_t n;
    uint8_t kind;
    char p[];
};

struct socket {
    struct stream stream; /* first */
    const struct socket_ops *ops;
    void *arg;
    struct frame_reader *reader; /* NULL unless something is half here, or waits */
    struct held *first, **last;
    struct chunk *pong;          /* the answer to the last ping, as long as the wire is behind */
    struct under_way *under_way; /* NULL: nothing */
    const char *reason;          /* of ws_close */
    uint32_t heard, pinged;      /* seconds of the worker's clock */
    uint16_t code;               /* of ws_close; 0: as the reason of the end says */
    uint8_t nheld;
    bool paused : 1;   /* by ws_pause */
    bool crowded : 1;  /* for as long as so much is under way that no more may be */
    bool resting : 1;  /* its person has sent too much lately: not read until the next sweep */
    bool reading : 1;  /* its reader is in use up the stack */
    bool answered : 1; /* the client has closed: its own code is said back */
};

static inline struct socket *socket_of(struct stream *s)
{
    return (struct socket *)s;
}

/* Gives it what waits, unless it is paused. The socket may have ended afterwards, and be gone unless it is kept. */
void ws_go_on(struct socket *s);
