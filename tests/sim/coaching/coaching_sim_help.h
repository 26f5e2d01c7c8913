/* Coaching sim help: sessions in the simulation. */
#pragma once

#include "tests/sim/sim_help.h"

extern const struct sim_kind sim_coaching;
