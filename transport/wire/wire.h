/* Wire: one TCP connection on its worker: what it is timed by, what is to be sent on it, and why it ends. What is said
 * on it is its user's, whom it knows only by the calls of struct wire_user. A wire may pass from one user to another
 * (wire_use). Worker's thread only. An idle wire is its struct and what the kernel has: reading uses one buffer of all.
 */
#pragma once

#include "proto/base/buf.h"
#include "proto/base/state.h"
#include "transport/wire/chunk.h"
#include "transport/wire/close_reason.h"
#include "transport/wire/deadline.h"
#include "transport/wire/peers.h"

#include <assert.h>
#include <uv.h>

struct wire;
struct wires;
struct backlog; /* output.c */

enum { WIRE_READ_MOST = 65536 }; /* bytes that come at once */

/* What a wire calls, with itself. Any may be NULL but closed. A call may close the wire; its memory outlives the call.
 */
struct wire_user {
    /* These bytes have come, borrowed. NULL: whatever comes is dropped. */
    void (*bytes)(struct wire *w, const char *p, size_t n);
    /* The most bytes that it takes now. NULL: WIRE_READ_MOST. */
    size_t (*room)(const struct wire *w);
    /* All that the socket had not taken at once has been sent. */
    void (*drained)(struct wire *w);
    /* The socket takes more: the answer to writable_wait. */
    void (*writable)(struct wire *w);
    /* The peer will send no more; there is nothing to be read. True: there is something left to be said to it, and the
     * user ends the wire. NULL, or false: the wire is closed. */
    bool (*ended)(struct wire *w);
    /* Its deadline has come. True: the user has seen to it. NULL, or false: see wire_expire. */
    bool (*expired)(struct wire *w);
    /* It has been closed: the last call. */
    void (*closed)(struct wire *w);
};

/* The states; wire.c has the table of what may follow:
 *   OPEN    its user's
 *   ENDING  sends what is left, then closes; lingers when the peer has sent what nobody has read
 *   LINGER  has been given its last; then our side is shut down, and what comes is dropped until the peer closes
 *   CLOSED  uv_close was called; freed in its callback
 */
enum wire_state { WIRE_OPEN, WIRE_ENDING, WIRE_LINGER, WIRE_CLOSED };

extern const struct state_row wire_states[]; /* by enum wire_state */

enum { WIRE_TAG = 0x57495245 };

/* Begins the struct of whoever owns it (struct wires_owner). Users read it; only transport/wire writes to it, but for
 * what says otherwise. */
struct wire {
    uv_tcp_t tcp; /* first: a handle is its wire */
    uint32_t tag;
    int fd;
    struct wires *wires;
    const struct wire_user *user;
    union {
        void *arg;      /* of wire_use */
        uint32_t drops; /* LINGER: so many more bytes are dropped */
    };
    struct deadline_link link;
    struct peer *peer;       /* NULL for want of memory */
    struct backlog *backlog; /* NULL unless the socket took less than we had */

    /* for who looks */
    uint64_t serial;          /* from 1, never used again; unique among its wires */
    uint64_t opened, touched; /* loop milliseconds; touched: something came or went */
    uint64_t received, sent;  /* bytes */
    uint16_t port;            /* of the peer, as it comes from the network */

    uint8_t state;
    uint8_t why;      /* enum close_reason, in ENDING and LINGER: why it is going to close; its user's before */
    uint8_t class;    /* enum deadline it is listed under */
    bool reading : 1; /* uv_read_start is in force */
    bool ended : 1;   /* the peer has shut down its side */
    bool shut : 1;    /* our side is shut down */
    bool watched : 1; /* in the set of writable.c */
    bool waits : 1;   /* ... and to be told when the socket takes more */
    bool bare : 1;    /* its user's: chunks go without their framing */
    bool unread : 1;  /* its user's: the peer has sent what nobody will read; to close over it would reset away what
                         is on its way */
};

static inline struct wire *wire_of(void *handle)
{
    struct wire *w = handle;
    assert(w->tag == WIRE_TAG);
    return w;
}

/* ---- the wires of one listener ---- */

/* Whose they are. */
struct wires_owner {
    size_t size;                                            /* of what begins with a struct wire; made zeroed */
    const struct wire_user *user;                           /* of a wire that has come */
    void (*accepted)(struct wire *w, bool over);            /* it has come, and is read; over: there are too many */
    void (*closing)(struct wire *w, enum close_reason why); /* it is as it was in its last moment */
    void (*fini)(struct wire *w);                           /* its memory is about to be freed */
    void (*tick)(struct wires *ws, bool idle); /* now and then (TICK_MS); idle: the last time until wires_watch */
    void (*released)(struct wires *ws);        /* wires_closed may have become true */
};

struct wires_stats {
    uint64_t accepted, cut_slow;
    uint64_t received, sent;       /* bytes */
    uint32_t connections, highest; /* highest: of connections */
};

/* What they share. Embedded in what owns them; read by it, written by transport/wire but for `most`. */
struct wires {
    const struct wires_owner *owner;
    uv_loop_t *loop;
    void (*watch)(struct wires *ws);   /* wires.c's, for what it stands on: starts the timer if it does not run */
    void (*release)(struct wires *ws); /* likewise: one of them or of the handles is gone */

    uv_poll_t listener;
    uv_timer_t timer; /* deadlines; retries accepting */
    uv_poll_t writable;
    int listen_fd;   /* -1 once closed */
    int writable_fd; /* writable.c; -1 once closed */
    uint32_t most;   /* connections; 0: as configured */
    uint8_t handles; /* listener, timer and writable not closed yet */
    bool shared;     /* others accept from the same socket, also when we are gone */
    bool accepting;  /* the listener is being polled; false while descriptors are short */
    bool draining, closing, timer_on;
    uint64_t serial;     /* of the wire that came last */
    uint64_t complained; /* loop milliseconds of the last word about a pause; 0: none yet */

    struct deadlines deadlines;
    struct peers peers;
    struct wires_stats stats;

    char *read_buffer;
    struct buf out;      /* what is gathered for one of them */
    struct wire *corked; /* that one */
    struct buf scratch;  /* one piece for any other */
};

/* ---- what users call ---- */

/* From now on it calls this user, who finds arg in it. False: it has been closed, and the user's `closed` was called. */
bool wire_use(struct wire *w, const struct wire_user *user, void *arg);

/* Reading on or off; nothing when it is so already. */
void wire_read(struct wire *w, bool on);

/* Moves it to another deadline class, or sets the same one anew. */
void wire_deadline(struct wire *w, enum deadline class);

/* Notices a peer that is gone without a word, within half_open_timeout: TCP_USER_TIMEOUT, keep-alive probes. */
void wire_watch_peer(struct wire *w);

/* The kernel takes so many bytes that it has not sent, and no more (TCP_NOTSENT_LOWAT); 0: as many as it likes. Without
 * that a client that reads nothing holds megabytes of its memory. */
void wire_limit_unsent(struct wire *w, uint32_t bytes);

/* Its user has said its last: the wire sends what is left and closes for this reason. Takes effect by wire_settle, which
 * the user calls when it no longer gathers. */
void wire_finish(struct wire *w, enum close_reason why);
/* The same, but our side is shut down and what the peer still sends is dropped until it closes: up to 1 MiB for 2
 * seconds; `swallow`: 64 MiB for 15 seconds. Its user finds no arg in it any more. */
void wire_linger(struct wire *w, bool swallow, enum close_reason why);
/* Goes on with a wire that ends; nothing while it is its user's. */
void wire_settle(struct wire *w);

/* Cuts it now; output not taken is lost. Its user's `closed` is called from here. Nothing when it is closed. */
void wire_close(struct wire *w, enum close_reason why);
/* The same by a reset, so that no peer takes what it has for the whole. */
void wire_reset(struct wire *w, enum close_reason why);

/* Its deadline has come: its user's `expired`; else it is cut, unless it is being sent something and its peer goes on
 * taking it. */
void wire_expire(struct wire *w);
/* Cuts it because its deadline has come. */
void wire_time_out(struct wire *w);

/* ---- for listener.c ---- */

/* Makes a wire of an accepted socket and starts reading. Takes fd in every case. `over`: see struct wires_owner. */
void wire_accept(struct wires *ws, int fd, const struct sockaddr *peer, bool over);
