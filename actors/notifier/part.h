/* Notifier: the part of a worker. On the notifier's home it has the couriers: those of the parts' jobs from the
 * beginning; services add their own when they open, and are listed behind it. */
#pragma once

#include "actors/part.h"

extern const struct part notifier_part;
