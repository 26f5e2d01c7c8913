/* Bus core: what only the runtime asks of the bus. */
#pragma once

#include "actors/runtime/bus.h"

/* Refuses a message that was sent to `to`: tells whoever waits and destroys it. Any thread. */
void bus_refuse(struct system *s, struct address to, struct message *m, enum error why);
