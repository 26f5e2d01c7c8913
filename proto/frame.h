/* Frames of server-sent events (WHATWG HTML, "Server-sent events"), and the ids they carry. Pure functions, any thread.
 * An id is <epoch>-<seq>: the life of the room's numbering, and the event's place in it. */
#pragma once

#include "proto/base/buf.h"

/* Bytes of a frame: what it says came in a body, and none can be configured as large (max-body). */
enum { FRAME_MOST = 32 << 20 };

/* One event as its pieces, of which every spelling is made. */
struct frame_parts {
    struct text id; /* absent: it has no place */
    struct text name, data;
};

/* Where the pieces of one frame stand in the text that has it. */
struct frame_mark {
    const char *name; /* static; NULL: there is no frame */
    uint32_t id_at, id_n;
    uint32_t data_at, data_n;
};

/* Appends "id: …\nevent: …\ndata: …\n\n"; seq 0 leaves the id out. data is one line of JSON. */
struct frame_mark frame_put(struct buf *out, int32_t epoch, int64_t seq, const char *event, struct text data);
/* The same of an event. */
void frame_put_parts(struct buf *out, const struct frame_parts *e);

/* The event of a frame; borrows from the text. */
struct frame_parts frame_parts(struct text frames, const struct frame_mark *mark);

/* Appends "<epoch>-<seq>", an id. */
void frame_put_id(struct buf *out, int32_t epoch, int64_t seq);

enum last_id { LAST_ID_NONE, LAST_ID_GOOD, LAST_ID_BAD };

/* Reads a Last-Event-ID. Absent or empty text is LAST_ID_NONE; what is not <epoch>-<seq> is LAST_ID_BAD. */
enum last_id frame_read_id(struct text id, int32_t *ret_epoch, int64_t *ret_seq);
