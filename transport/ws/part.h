/* Part: what the WebSockets of a worker share. */
#pragma once

#include "actors/part.h"

extern const struct part sockets_part;

struct frame_reader;
struct sockets;

/* A reader to be used; NULL without memory. */
struct frame_reader *sockets_take_reader(struct worker *w);
/* Gives one back that is idle: one is kept for the next. */
void sockets_give_reader(struct worker *w, struct frame_reader *r);
