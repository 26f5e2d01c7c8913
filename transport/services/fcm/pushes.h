/* Pushes: what delivers the outbox: the service account, read at start, and the courier on the notifier's home worker.
 */
#pragma once

#include "actors/part.h"

extern const struct part pushes_part;
