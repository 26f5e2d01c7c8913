/* Event stream: reads server-sent events as they come (WHATWG HTML, "Server-sent events"), whatever way the bytes are
 * cut. Only what they say is of interest: names, ids and comments are passed over. Pure; one owner. */
#pragma once

#include "proto/base/buf.h"

enum { EVENT_STREAM_MOST = 64 << 10 }; /* bytes of one line, and of what one event says */

/* Begins zeroed. */
struct event_stream {
    struct buf line, data;
    bool any;      /* the event under way has data */
    bool after_cr; /* a line feed belongs to the end of the last line */
    bool past_mark;
    bool broken; /* over the limit, or no memory: nothing is read any more */
};

void event_stream_fini(struct event_stream *s);

/* Is called with what an event says, borrowed. */
typedef void event_stream_said(void *arg, struct text data);

/* Reads on. False: broken. */
bool event_stream_feed(struct event_stream *s, struct text bytes, event_stream_said *said, void *arg);

/* The bytes have ended. The standard drops an event that no empty line has ended; here it counts, since some servers save
 * that of their last one. False: broken. */
bool event_stream_end(struct event_stream *s, event_stream_said *said, void *arg);
