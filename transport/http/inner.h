/* Inner: a request that comes by no head of its own but by what a client says on its socket (transport/ws/). Rank, fields
 * and handler are those of its endpoint; it is counted, traced and noted as slow like any; its answer goes to whoever
 * asked. For endpoints whose answer is one text: no stream, file, upload or socket. Worker's thread. */
#pragma once

#include "transport/http/request.h"

/* The answer: its status and body, as HTTP would have it; borrowed. Nothing may be asked of rq but inner_member. */
typedef void inner_done(void *arg, struct request *rq, int status, struct text body);

/* Makes one: path parameters in their order as text, ended by an absent one; the body is kept. Of the client of this
 * wire, whose endpoint is of the same area. NULL without memory. */
struct request *inner_create(struct wire *w, const struct endpoint *e, const struct text *params, struct text body,
                             inner_done *done, void *arg);

/* Checks it and hands it to its handler, in the name of this caller, of whom it keeps a copy. `done` may be called from
 * here, and the request is freed then. */
void inner_begin(struct request *rq, const struct caller *who);
/* Refuses it instead. */
void inner_refuse(struct request *rq, enum error why);

/* Nobody waits for its answer any more: `done` is not called. */
void inner_forget(struct request *rq);

/* The JSON text of a member of its body, once it has begun; absent: there is none. */
struct text inner_member(const struct request *rq, const char *name);
