/* Sim ingress: the simulated transport of each worker: it keeps what is answered and heard, and checks as it arrives
 * that nothing is heard before it is on disk, twice, or with a gap. Private to the simulation's helpers. One thread. */
#pragma once

#include "sim_help.h"

const struct actor_kind *sim_ingress_kind(uint32_t mailbox);

/* The connection ends; `tell`: its room does not know yet. */
void sim_stream_close(struct sim *sim, struct sim_stream *s, bool tell);

/* Tells the room that the stream has ended; notes it as owed when there is no place for that. */
void sim_stream_leave(struct sim *sim, struct sim_stream *s);

/* The process is gone: whatever the connection holds is dropped. */
void sim_stream_forget(struct sim_stream *s);
