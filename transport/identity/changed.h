/* Changed: what a worker does when the database has something new about a person (tokens revoked, a role, a name), and
 * seeing to it that every worker has done so before an answer says it. The database tells all workers too (NOTIFY), a
 * little later; what other programs change is only heard that way. Own thread only.
 * Queue: CHANGED_MOST tellings that not every worker has answered, full: 503; no request waits longer than half a
 * second.
 */
#pragma once

#include "proto/identity/token.h"
#include "transport/http/request.h"

struct changed;

enum { CHANGED_WAIT_MS = 500, CHANGED_MOST = 1024 };

struct changed *changed_create(struct worker *w); /* NULL without memory */
void changed_destroy(struct changed *c);          /* whoever still waits is told */

/* Forgets what this worker knew of the person, and ends their streams whose token counts no more. */
void changed_here(struct worker *w, int32_t user_id);

/* What every worker is to do. */
struct change {
    int32_t user_id;      /* as changed_here does; 0: nothing */
    struct token renewed; /* before that: streams of its sign-in go on with it; user_id 0: none do */
};

/* Has every worker do it, then calls done once, later, also when one is silent. False without memory, or with
 * CHANGED_MOST under way: done is not called. */
bool changed_everywhere(struct request *rq, const struct change *what, void (*done)(struct request *rq));
