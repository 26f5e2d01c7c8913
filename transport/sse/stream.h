/* Stream: one listener's connection and how far it is. Private to transport/sse. Own worker's thread. */
#pragma once

#include "transport/sse/sse.h"

struct channel;

enum stream_phase {
    STREAM_CATCHING, /* still being told what it missed; live events are held back */
    STREAM_LIVE,
    STREAM_ENDING, /* told its last; its connection is about to close */
    STREAM_GONE,   /* its connection has closed; it waits for a query to come back */
};

struct stream {
    struct sse *sse;
    struct connection *connection;
    struct channel *channel;
    uint64_t id;
    uint64_t last_sent; /* worker_now() of the last write for itself alone; see also channel->flushed */
    int32_t participant;
    uint32_t at;   /* place in channel->streams */
    uint32_t skip; /* bytes of channel->out that were there before it came and are not for it */
    uint8_t phase;
    bool asking;               /* somebody will look at it again: a page of the log is being read, say */
    bool leaving;              /* its room knows that it ends */
    struct catch_up *catching; /* NULL once live */
};

struct channel {
    struct room_key room;
    struct sse *sse;
    struct stream **streams;
    uint32_t n, cap;
    int64_t seq;      /* of the last event that came */
    uint64_t flushed; /* worker_now() of the last flush */
    struct buf out;   /* frames of this turn */
    struct channel *next_dirty;
    bool dirty, busy;
};

/* A chunk of HTTP's chunked coding around these bytes (not none). NULL without memory. */
struct chunk *stream_chunk(struct text body);

/* Sends to this stream alone. False: it has been cut and may be freed. */
bool stream_write(struct stream *s, struct chunk *c);

/* Ends it after what it has been sent, and after `last` (may be empty; left out while it catches up). The stream may be
 * gone afterwards. */
void stream_stop(struct stream *s, struct text last, enum close_reason why);

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

/* ---- sse.c ---- */

/* Frees a stream whose query has come back after its connection had gone. */
void stream_release(struct stream *s);
struct worker *sse_worker(const struct sse *s);
