/* Stream: one listener's wire and how far it is, and the channel of its room. For transport/streams and the
 * protocols. Own worker's thread. */
#pragma once

#include "proto/base/buf.h"
#include "proto/room.h"
#include "transport/streams/spelling.h"
#include "transport/wire/output.h"

struct channel;
struct streams;

enum stream_phase {
    STREAM_CATCHING, /* still being told what it missed; live events are held back */
    STREAM_LIVE,
    STREAM_ENDING, /* told its last; its connection is about to close */
    STREAM_GONE,   /* it has no connection any more; it waits for a query to come back */
};

/* Begins the struct of its protocol (struct protocol.size). Only transport/streams writes to it. */
struct stream {
    struct streams *all;
    struct wire *wire;
    struct channel *channel;
    uint64_t id;
    uint64_t last_sent; /* worker_now() of the last write for itself alone; see also channel->flushed */
    uint64_t sign_in;   /* whose token it was opened with */
    uint32_t signed_in; /* when that was, seconds since 1970 */
    uint32_t expires;   /* when that token ends, likewise; 0: it was opened by a bare user_id */
    int32_t participant;
    uint32_t at;   /* place in channel->streams */
    uint32_t skip; /* bytes of channel->out that were there before it came and are not for it */
    uint8_t phase;
    bool warned;               /* has been told that its token is about to end */
    bool asking;               /* a page of the log is being read for it */
    bool held;                 /* somebody up the stack will look at it again */
    bool leaving;              /* its room knows that it ends */
    bool revoked;              /* its token counts no more */
    bool counted;              /* by its person's budget */
    bool judged_elsewhere;     /* opened by a sign-in of which only its area knows whether it counts */
    struct catch_up *catching; /* NULL once live */
};

/* What is of no room: no kind has that number. */
enum { NO_ROOM = UINT16_MAX, NO_ROOM_ID = 1 };

/* The streams of a room that have one spelling, or of no room. */
struct channel {
    struct room_key room;
    const struct spelling *spelling;
    struct streams *all;
    struct stream **streams;
    int32_t *users; /* whose they are: one person's are found among many without a look at each */
    uint32_t n, cap;
    uint32_t due;     /* seconds since 1970: before then nothing is to be said of a token; UINT32_MAX: ever */
    int64_t seq;      /* of the last event that came */
    uint64_t flushed; /* worker_now() of the last flush */
    struct buf out;   /* frames of this turn */
    struct channel *next_dirty;
    bool dirty, busy;
};

/* A time as a stream keeps it: seconds since 1970, of before the year 2106. */
static inline uint32_t stream_seconds(int64_t at)
{
    return at < UINT32_MAX ? (uint32_t)at : UINT32_MAX - 1;
}

static inline const struct spelling *stream_spelling(const struct stream *s)
{
    return s->channel->spelling;
}

/* The room that it listens to; kind 0: none. */
static inline struct room_key stream_room(const struct stream *s)
{
    return s->channel && s->channel->room.kind != NO_ROOM ? s->channel->room : (struct room_key){ 0 };
}

/* Whose it is. */
static inline int32_t stream_user(const struct stream *s)
{
    return s->channel->users[s->at];
}

struct worker *streams_worker(const struct streams *s);

/* ---- what its wire tells ---- */

/* The wire has closed, or is its no more: the room hears that it has left, unless it knows. The stream is freed, or is
 * when the query that is under way for it has come back. */
void stream_on_closed(struct wire *w);
void stream_gone(struct stream *s); /* the same by its own name */
/* All that the socket had not taken has been sent: it goes on to catch up. It may be gone afterwards. */
void stream_on_drained(struct wire *w);

/* For transport/streams: frees one whose query has come back after its connection had gone. */
void stream_release(struct stream *s);

/* ---- speaking to it alone ---- */

/* Sends now. False: it has ended or been cut, and may be gone. The caller keeps its reference. */
bool stream_write(struct stream *s, struct chunk *c);

/* May so many bytes more wait for its client, or would it be too far behind? */
bool stream_has_room(const struct stream *s, size_t n);

/* Ends it after what it has been sent, and after `last` (NULL: nothing; left out while it catches up). The stream may be
 * gone afterwards. */
void stream_stop(struct stream *s, const struct frame_parts *last, enum close_reason why);

/* A live event for it alone, held back while it catches up. It may be gone afterwards. */
void stream_say(struct stream *s, const struct frame_parts *event);
/* The same of one that has been spelt. */
void stream_tell(struct stream *s, struct chunk *chunk);
/* The same of one that may be lost: it is dropped, and counted, where it would have more than half of what may wait for
 * the client be waiting, so that it never ends the stream by what comes behind it. */
void stream_offer(struct stream *s, struct chunk *chunk);

/* The same as stream_stop at once: its room hears that it has left before the client has taken its last. */
void stream_part(struct stream *s, const struct frame_parts *last, enum close_reason why);

/* It stays valid from one to the other, whatever ends it; `kept` is what the first has returned. */
bool stream_keep(struct stream *s);
void stream_let_go(struct stream *s, bool kept);

/* Appends an event that a room keeps, as this spelling has it. */
void spelling_put(const struct spelling *sp, const struct shared *event, struct buf *out);
/* Appends what a stream is told by the room before all else. */
void spelling_put_hello(const struct spelling *sp, const struct room_joined *j, struct buf *out);
