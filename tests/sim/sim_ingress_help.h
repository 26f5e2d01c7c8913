/* Sim ingress: the simulated transport of each worker: it keeps what is answered and heard, and checks as it arrives
 * that nothing is heard before it is on disk, twice, or with a gap. Private to the simulation's helpers. One thread. */
#pragma once

#include "sim_help.h"

const struct actor_kind *sim_ingress_kind(uint32_t mailbox);

/* Notes the first law that is broken. */
void sim_break(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A number in a frame's data, by its key; NaN: there is none. */
bool sim_has_key(struct text data, const char *key);
double sim_real_after(struct text data, const char *key);

/* What the client shows of somebody; valid until the next call. */
struct sim_shown *sim_shown_of(struct sim_client *c, int32_t participant);

/* The connection ends; `tell`: its room does not know yet. */
void sim_stream_close(struct sim *sim, struct sim_stream *s, bool tell);

/* Tells the room that the stream has ended; notes it as owed when there is no place for that. */
void sim_stream_leave(struct sim *sim, struct sim_stream *s);

/* The process is gone: whatever the connection holds is dropped. */
void sim_stream_forget(struct sim_stream *s);
