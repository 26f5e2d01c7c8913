/* Sim fuzz: people do anything in any order while the database delays, refuses, breaks off and stays away, and the process
 * crashes. What they say is a kind's to choose (struct sim_kind.post), by the chance of the run. */
#pragma once

#include "sim_help.h"

struct sim_fuzz {
    struct sim *sim;
    uint64_t random;
    int said;        /* for what must be said once: counts up */
    uint64_t faults; /* of a thousand decisions about a transaction or statement */
};

uint64_t sim_draw(struct sim_fuzz *f, uint64_t below);
bool sim_chance(struct sim_fuzz *f, uint64_t in_thousand);
const char *sim_somebody(struct sim_fuzz *f); /* Ada, who teaches, Ben, Cem, Dan, Eva or Fay */

/* In the current room. */
void sim_open_stream(struct sim_fuzz *f);
void sim_end_stream(struct sim_fuzz *f);

/* A run of a seed, with rooms of these kinds in turn (ended by NULL). Every law is checked as things are heard and answered,
 * and once more at rest. Returns its digest. */
uint64_t sim_fuzz_run(uint64_t seed, const struct sim_kind *const *kinds);
