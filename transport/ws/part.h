/* Part: what the WebSockets of a worker share, and what they count. */
#pragma once

#include "actors/part.h"

struct ws_measures {
    uint64_t opened;
    uint64_t messages, bytes; /* that came whole; bytes: of their payload */
    uint64_t said;            /* to one of them alone, answers to pings left out */
    uint64_t pings, pongs;    /* pings sent; pings answered */
    uint64_t asked;           /* what endpoints were asked over them */
    uint64_t broke;           /* that were closed for what their client did against the protocol */
    uint32_t open, highest;   /* highest: of open */
    uint32_t readers;         /* sockets with something half here */
};

extern const struct part sockets_part;

/* The worker's. */
struct sockets;
struct ws_measures ws_measures(const struct sockets *s);
