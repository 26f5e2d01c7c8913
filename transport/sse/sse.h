/* Sse: listening to a room by server-sent events (HTML standard, "Server-sent events"). Own worker's thread. */
#pragma once

#include "actors/runtime/actor.h"
#include "transport/http/request.h"

/* Opens a stream of a room for the caller of the request, from where its client was (transport/streams/last_id.h);
 * answers the request in every case. Its endpoint is an `event_stream`. */
void sse_open(struct request *rq, struct address room);
