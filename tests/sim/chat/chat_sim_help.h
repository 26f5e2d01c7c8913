/* Chat sim help: conversations in the simulation, with a model that takes its time. */
#pragma once

#include "tests/sim/sim_help.h"

extern const struct sim_kind sim_chat;
