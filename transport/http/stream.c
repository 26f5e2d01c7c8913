/* Stream: see stream.h. */
#include "transport/http/stream.h"

#include "transport/http/connection_state.h"
#include "transport/http/http.h"

#include <assert.h>

void stream_begin(struct wire *w, struct room_key room, struct text head, const struct wire_user *user, void *arg)
{
    struct connection *c = connection_of(w);
    assert(c->state == CONNECTION_BUSY);
    if (!wire_use(w, user, arg)) /* it broke between the takeover and now */
        return;
    c->state = CONNECTION_STREAM;
    c->room = room;
    http_of(c)->stats.streams++;
    connection_drop_pending(c);
    wire_deadline(w, DEADLINE_NONE);
    wire_read(w, true);
    wire_watch_peer(w);
    buf_text(output_buf(w), head);
    (void)output_done(w); /* a failure has called closed */
}
