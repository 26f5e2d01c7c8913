/* Tally sim help: the second kind of room in the simulation: the smallest example of what a kind brings. */
#pragma once

#include "tests/sim/sim_help.h"

extern const struct sim_kind sim_tally;
