/* Outbound: the part of a worker. */
#pragma once

#include "actors/part.h"

extern const struct part outbound_part;
