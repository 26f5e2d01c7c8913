/* Part: what the WebSockets of a worker share, and what they count. Own thread only. */
#pragma once

#include "actors/part.h"

struct frame_reader;
struct sockets;

struct sockets_measures {
    uint64_t opened;
    uint64_t messages; /* that came whole */
    uint64_t broken;   /* closed for what their client did against the protocol */
};

extern const struct part sockets_part;

struct sockets *sockets_create(void); /* NULL without memory */
void sockets_destroy(struct sockets *s);

/* To count with. */
struct sockets_measures *sockets_measures(struct sockets *s);

/* A reader to be used; NULL without memory. */
struct frame_reader *sockets_take_reader(struct sockets *s);
/* Gives one back that is idle: one is kept for the next. */
void sockets_give_reader(struct sockets *s, struct frame_reader *r);
