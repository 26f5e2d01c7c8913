/* Frames of server-sent events (WHATWG HTML, "Server-sent events"), and the ids they carry. Pure functions, any thread.
 * An id is <epoch>-<seq>: the life of the room's numbering, and the event's place in it. */
#pragma once

#include "proto/base/buf.h"

/* Appends "id: …\nevent: …\ndata: …\n\n"; seq 0 leaves the id out. data is one line of JSON; returns where in `out` it
 * begins. */
size_t frame_put(struct buf *out, int32_t epoch, int64_t seq, const char *event, struct text data);

enum last_id { LAST_ID_NONE, LAST_ID_GOOD, LAST_ID_BAD };

/* Reads a Last-Event-ID. Absent or empty text is LAST_ID_NONE; what is not <epoch>-<seq> is LAST_ID_BAD. */
enum last_id frame_read_id(struct text id, int32_t *ret_epoch, int64_t *ret_seq);
