/* Stream: one listener's wire and how far it is, and the channel of its room. Private to transport/sse. Own worker's
 * thread. */
#pragma once

#include "proto/base/buf.h"
#include "proto/room.h"
#include "transport/http/chunked.h"
#include "transport/wire/output.h"

struct channel;

enum stream_phase {
    STREAM_CATCHING, /* still being told what it missed; live events are held back */
    STREAM_LIVE,
    STREAM_ENDING, /* told its last; its connection is about to close */
    STREAM_GONE,   /* its connection has closed; it waits for a query to come back */
};

struct stream {
    struct sse *sse;
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
    bool asking;               /* somebody will look at it again: a page of the log is being read, say */
    bool leaving;              /* its room knows that it ends */
    struct catch_up *catching; /* NULL once live */
};

struct channel {
    struct room_key room;
    struct sse *sse;
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

/* Sends to this stream alone. False: it has been cut and may be freed. */
bool stream_write(struct stream *s, struct chunk *c);

/* Ends it after what it has been sent, and after `last` (may be empty; left out while it catches up). The stream may be
 * gone afterwards. */
void stream_stop(struct stream *s, struct text last, enum close_reason why);

/* A live event for this stream alone, or held back while it catches up. */
void stream_tell(struct stream *s, struct chunk *chunk);
/* The same of a frame, while its channel is in use. */
void stream_say(struct stream *s, struct text frame);

/* Frees a stream whose query has come back after its connection had gone. */
void stream_release(struct stream *s);

/* The same as stream_stop at once: its room hears that it has left before the client has taken its last. */
void stream_part(struct stream *s, struct text last, enum close_reason why);

/* ---- tokens.c ---- */

/* A stream has come: when its token is next to be looked at, and whether it still counts. The stream may be gone
 * afterwards. */
void tokens_watch(struct stream *s);

/* Says of tokens that are about to end that they are, and ends the streams of those that have. */
void tokens_sweep(struct sse *s);

/* ---- catch_up.c ---- */

/* Begins to tell what the room has answered; takes copies and references of what it needs. False without memory. */
bool catch_up_begin(struct stream *s, const struct room_joined *j);
/* Goes on until the socket is full, a page must be read, or all is told: then the stream is live. The stream may be
 * gone afterwards. */
void catch_up_pump(struct stream *s);
/* A live event while catching up: held back. False: too many, cut it. */
bool catch_up_hold(struct stream *s, struct chunk *c);
void catch_up_free(struct catch_up *c);
uint64_t catch_up_memory(const struct catch_up *c); /* bytes that it holds; shared frames are the room's */

/* ---- channels ---- */

/* The channel of a room, NULL if it has no listeners here. */
struct channel *channel_find(struct sse *s, struct room_key room);
/* An empty one, which has been told what came up to seq. NULL without memory. */
struct channel *channel_create(struct sse *s, struct room_key room, int64_t seq);
void channel_destroy(struct channel *c);
/* False without memory. */
bool channel_add(struct channel *c, struct stream *s, int32_t user);
/* The stream's place is taken by the last; an empty channel goes when nobody uses it. */
void channel_remove(struct stream *s);
/* Sends the frames of this turn. The channel may be gone afterwards, unless it is in use. */
void channel_flush(struct channel *c);
/* Around what may end its streams; sends first what waits to be sent. */
void channel_use(struct channel *c);
void channel_done(struct channel *c);

/* The channels, from 0. One that is used and left empty goes when it is done with, and the last takes its place. */
uint32_t sse_channels(const struct sse *s);
struct channel *sse_channel(const struct sse *s, uint32_t k);
struct worker *sse_worker(const struct sse *s);

/* Tells a room that a stream of its has ended; what its mailbox has no place for is owed, and told by leave_pay. */
void leave_tell(struct sse *s, struct room_key room, struct room_leave leave);
void leave_pay(struct sse *s);
