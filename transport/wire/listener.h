/* Listener: accepts the wires of one worker. Private to transport/wire. */
#pragma once

#include "transport/wire/wire.h"

/* Listens on a bound socket, which it takes over in any case; 0 or a negative errno. */
int listener_open(struct wires *ws, int bound);
/* Listens on a socket of others. */
int listener_share(struct wires *ws, int fd);
/* Takes what waits; stops polling when descriptors are short. */
void listener_accept(struct wires *ws);
/* Tries again after a shortage. */
void listener_retry(struct wires *ws);
void listener_close(struct wires *ws);
