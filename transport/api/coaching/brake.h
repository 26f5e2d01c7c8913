/* Brake: how often something may be done in a minute, counted by a key. Worker's thread. */
#pragma once

#include "transport/http/request.h"

/* May what the key names be done, of which no more than `most` are in a minute? False: it has been answered with `why`
 * (429) and when it may. */
bool brake_lets(struct request *rq, struct text key, int64_t most, enum error why);

/* It has been done. */
void brake_count(const struct request *rq, struct text key);
