/* Writable: wires that wait until their socket takes more of what is not in a buffer of ours (files). */
#pragma once

#include "transport/wire/wire.h"

/* Its user's `writable` will be called, in a later turn of the loop, once the socket takes more (or is broken). False
 * without memory. */
bool writable_wait(struct wire *w);

/* ---- for wires.c ---- */

/* 0 or a negative errno. */
int writable_open(struct wires *ws);
void writable_close(struct wires *ws);
