/* Stream: a wire taken over from HTTP for an endless answer. It has a user of its own from then on (transport/wire/). */
#pragma once

#include "proto/base/text.h"
#include "proto/room.h"
#include "transport/wire/wire.h"

/* After request_take_wire, in the same callback (a wire without a user can vanish): writes the response head (status
 * line and headers, complete with the blank line) and hands the wire to this user: what the peer sends is read and
 * dropped unless it wants it, its end is noticed, also half open. `room`: that it listens to, for who looks; kind 0:
 * none. The user's `closed` may be called from here. */
void stream_begin(struct wire *w, struct room_key room, struct text head, const struct wire_user *user, void *arg);

/* Then, of a user that takes bytes: hands it those that have come already. The wire may be closed afterwards. */
void stream_take_early(struct wire *w);
