/* Spelling: how the events of rooms are told to one sort of client, and the protocol in which that is done: how a stream
 * begins and ends, what its wire does meanwhile. A room's streams of one spelling share a channel, so an event is spelt
 * once for all of them. Own worker's thread.
 *
 * transport/sse/ and transport/ws/ are the protocols; an area may have a spelling of its own for its sockets. */
#pragma once

#include "actors/runtime/shared.h"
#include "proto/room.h"
#include "transport/http/request.h"
#include "transport/wire/wire.h"

struct channel;
struct spelling;
struct stream;

enum { STREAMS_SWEEP_NS = 500 * 1000 * 1000 }; /* between two sweeps */

struct protocol {
    /* ---- opening ---- */

    size_t size; /* of what begins with a struct stream; made zeroed */
    /* Takes from the request what is needed of it. False: no memory. NULL: nothing is needed. */
    bool (*init)(struct stream *s, struct request *rq);
    /* Appends the head of the answer; no body follows but what is said. */
    void (*head)(struct request *rq, struct buf *out);
    /* Its wire's, whose `arg` the stream is. `closed` and `drained` come to stream_on_closed and stream_on_drained. */
    const struct wire_user *user;
    /* It has its wire now, and may be spoken to. It may be gone afterwards. NULL: nothing is to be done. */
    void (*begun)(struct stream *s);
    /* Answers a request that the room does not let in: it is told j->hello and no more. */
    void (*turn_away)(struct request *rq, const struct room_joined *j);

    /* ---- what is said ---- */

    bool kept; /* an event is written as rooms keep it (proto/frame.h): frames are copied whole */
    bool cut;  /* a long text may be sent in pieces, cut anywhere */
    /* Appends an event; nothing where its clients are not told of it. */
    void (*put)(const struct spelling *sp, const struct frame_parts *event, struct buf *out);
    /* Appends what comes before all else; `retry`: milliseconds after which its client should come back. NULL: nothing. */
    void (*put_first)(struct buf *out, int64_t retry);
    /* What is sent of a text that has been spelt. NULL without memory. */
    struct chunk *(*chunk)(struct text spelt);

    /* ---- its life ---- */

    /* Twice a second, of each channel, by worker_now. Streams may end meanwhile: go through them backwards. */
    void (*sweep)(struct channel *c, uint64_t now);
    /* Says this last text, which has been spelt and may be empty, and ends it. Absent: it is still being told what it
     * missed, perhaps in the middle of a text that may be cut. It may be gone afterwards. */
    void (*end)(struct stream *s, struct text last, enum close_reason why);
    /* It would be behind by more than `sse-backlog`: ends it. False: it is for the wire to cut. NULL: false. */
    bool (*behind)(struct stream *s);
    /* Bytes that it owns besides its struct. NULL: none. */
    uint64_t (*memory)(const struct stream *s);
    /* It has no wire any more, and what it owns besides is to be freed. NULL: nothing. */
    void (*gone)(struct stream *s);
};

/* A static row; which one it is tells channels apart. */
struct spelling {
    const struct protocol *protocol;
    /* Appends the text of an event; nothing where its clients are not told of it. NULL: the protocol knows. */
    void (*text)(const struct frame_parts *event, struct buf *out);
};
