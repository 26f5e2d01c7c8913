/* Config live: parameters that change while the server runs (CONFIG_CHANGEABLE). `config` stays what start gave and is
 * never written again. The values in force are one struct under one lock, and every thread that serves has a view of
 * its own, which nobody else touches: a change goes into force first, then each thread takes it over at a moment of its
 * own between two pieces of work. So reading costs no lock, one piece of work sees one value, and no two threads ever
 * share a word. Threads that never take over (libuv's pool) see what start gave. */
#pragma once

#include "proto/base/buf.h"
#include "proto/config/config.h"

/* The calling thread's view; until it has taken over a change, `config` itself. Valid until config_take_over. */
const struct config *config_here(void);

/* Copies the values in force into the calling thread's view, its log level (log.h) too. Takes a lock for the time of a
 * copy. */
void config_take_over(void);

/* Puts one value in force, by flag or environment name. False with a sentence in why: there is no such parameter, it is
 * not changeable, or the value is out of range. Threads see it when they take over. Any thread after start. */
bool config_change(const char *name, const char *value, struct buf *why);

/* The values in force. */
void config_in_force(struct config *ret);
