/* Sim: a whole system in one thread, driven by a seed: fake clock, seeded order of ready actors, no libuv loop. The
 * same actors run here as in production. A seed reproduces a run exactly: sim_trace gives the same digest. Tests only.
 */
#pragma once

#include "actors/runtime/system.h"

/* Calls begin on every worker. */
bool sim_start(struct system *s, bool (*begin)(struct worker *w, void *arg), void *arg);

/* Runs one step: picks by seed one worker with something to do (a ready actor, or a due call) and lets it run one batch
 * and its end-of-turn hooks. False: nothing to do now (timers may be pending). */
bool sim_step(struct system *s);

/* Steps until nothing is to do. Returns the number of steps; stops at `most`. */
uint64_t sim_run(struct system *s, uint64_t most);

/* Moves the clock to the next timer (or by ns) and fires what is due. False: no timer is armed. */
bool sim_next_timer(struct system *s);
void sim_advance(struct system *s, uint64_t ns);

/* The wall clock, microseconds since 1970: it begins on a fixed day and runs with the clock. Setting it leaves the
 * clock alone: the next process goes on at the time at which the last one died; somebody sets it back. */
int64_t sim_wall(const struct system *s);
void sim_set_wall(struct system *s, int64_t us);

/* Digest of everything that has run: (worker, actor serial, message kind) in order. */
uint64_t sim_trace(const struct system *s);

/* The seed's random numbers, for fakes that delay and fail. */
uint64_t sim_random(struct system *s);
