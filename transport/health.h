/* Health: does the database answer now? One question at a time per worker, own thread only; whoever asks meanwhile
 * waits for the same answer, HEALTH_WAIT_MS at most. */
#pragma once

#include "actors/part.h"
#include "transport/http/request.h"

struct health;

extern const struct part health_part;

enum { HEALTH_WAIT_MS = 1000 };

struct health *health_create(struct worker *w); /* needs the worker's databases; NULL without memory */
void health_destroy(struct health *h);          /* after the database connection has closed */

/* The last step of the schema, as of the last answer; 0: not known. */
int health_schema(const struct health *h);

/* Calls done once, perhaps at once: whether the database has answered. */
typedef void health_done(struct request *rq, bool alive);
void health_ask(struct health *h, struct request *rq, health_done *done);
