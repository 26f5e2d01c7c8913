/* Catching up: what a new stream is told before it is live. Private to transport/streams. Own worker's thread. */
#pragma once

#include "proto/room.h"
#include "transport/wire/chunk.h"

struct catch_up;
struct spelling;
struct stream;

/* Begins to tell what the room has answered; takes copies and references of what it needs. False without memory. */
bool catch_up_begin(struct stream *s, const struct spelling *sp, const struct room_joined *j);
/* Goes on until the socket is full, a page must be read, or all is told: then the stream is live. The stream may be
 * gone afterwards. */
void catch_up_pump(struct stream *s);
/* A live event while catching up: held back. False: too many, cut it. */
bool catch_up_hold(struct stream *s, struct chunk *c);
size_t catch_up_held(const struct stream *s); /* bytes of them */
void catch_up_free(struct catch_up *c);
uint64_t catch_up_memory(const struct catch_up *c); /* bytes that it holds; shared frames are the room's */
