/* Pushes: the part that delivers them: the service account, read at start, and the courier on the notifier's home worker. */
#pragma once

#include "actors/part.h"

extern const struct part pushes_part;

/* Is there somebody to deliver them? Any thread while the workers run. */
bool pushes_on(void);
