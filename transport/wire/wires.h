/* Wires: those of one listener: opening, draining, closing, and the timer of their deadlines. Worker's thread only. */
#pragma once

#include "transport/wire/wire.h"

enum { WIRES_TICK_MS = 200 };

/* Before anything else; nothing is opened yet. False without memory. */
bool wires_init(struct wires *ws, uv_loop_t *loop, const struct wires_owner *owner);
/* Once wires_closed, or when nothing has been opened. */
void wires_fini(struct wires *ws);

/* Listens on a bound socket, which is ours from then on. 0, or a negative errno: then wires_close. */
int wires_listen(struct wires *ws, int bound);
/* The same on a socket that listens already and others listen on too; it stays the caller's. */
int wires_share(struct wires *ws, int fd);

/* Stops accepting: who waits in a socket of others is left to those. Who is idle has the lingering time. */
void wires_drain(struct wires *ws);
/* Cuts what is left; `released` is called as it goes. */
void wires_close(struct wires *ws);
/* Was it closed, and is nothing left of it in the loop? */
bool wires_closed(const struct wires *ws);

/* The port it listens on; 0 once it has stopped accepting. */
uint16_t wires_port(const struct wires *ws);

/* Has the owner's `tick` called from now on, and deadlines looked at. */
void wires_watch(struct wires *ws);

/* Calls for every wire that is not closed; none may be closed meanwhile. */
void wires_each(const struct wires *ws, void (*see)(const struct wire *w, void *arg), void *arg);
