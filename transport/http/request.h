/* Request: one HTTP request on its way to its answer. Created when its header is complete, freed when its answer is
 * handed to the connection; the memory of both comes from its arena. Home worker's thread only.
 *
 * The law of handlers: every chain of steps that begins in a handler ends in exactly one respond_* call, or one that
 * begins a body (body.h, file.h). A client that has gone makes it drop the answer; the request stays valid until then.
 */
#pragma once

#include "actors/runtime/worker.h"
#include "proto/base/buf.h"
#include "proto/budget.h"
#include "proto/endpoint.h"
#include "store/db.h"
#include "transport/wire/close_reason.h"

#include <netinet/in.h>

struct wire;

/* Zeroed memory that lives as long as the request. NULL without memory: answer ERROR_OVERLOADED. */
void *request_alloc(struct request *rq, size_t n);
/* A copy of a text in the request's memory. */
struct text request_keep(struct request *rq, struct text t);
/* The same, ended by NUL. NULL for an absent text, and without memory. */
const char *request_string(struct request *rq, struct text t);

struct worker *request_worker(const struct request *rq);
const struct endpoint *request_endpoint(const struct request *rq);
const struct area *request_area(const struct request *rq);
/* The area whose host name or mount ("/m/<area>/...") the request came by, NULL if none; was it the mount? */
const struct area *request_scope(const struct request *rq, bool *ret_mounted);
/* The path as it was sent, not decoded. */
struct text request_path(const struct request *rq);
struct caller *request_caller(struct request *rq);

/* Validated values by field name: path parameters, then query, then body or form. Asking for a name the table lacks is
 * a programmer's error (assert). Absent or null: has() is false, text absent, int 0. */
bool request_has(const struct request *rq, const char *name);
struct text request_text(const struct request *rq, const char *name);
struct text request_sent(const struct request *rq, const char *name); /* of a text: before it was trimmed */
int32_t request_int(const struct request *rq, const char *name);
bool request_bool(const struct request *rq, const char *name);
double request_real(const struct request *rq, const char *name);

/* The same, looking only in the body/form (a name may stand in the query too). */
bool request_body_has(const struct request *rq, const char *name);
int32_t request_body_int(const struct request *rq, const char *name);

/* Raw access for identification: the last value of a query parameter, decoded, before validation; absent if none. */
struct text request_query_last(struct request *rq, const char *name);
/* The same for any name of which `wanted` says yes; the last value that is not empty. */
struct text request_query_like(struct request *rq, bool (*wanted)(struct text name));
/* A parameter of the path, number i from 0, as raw. */
struct text request_path_param(const struct request *rq, int i);
/* A header's value by lower-case name; absent if none. Only those of parser.h's table are kept.
 */
struct text request_header(const struct request *rq, const char *name);
/* The client's address; behind trusted proxies the one that they name. The port may be 0. */
const struct sockaddr_storage *request_peer(const struct request *rq);

/* Spends n of a budget of the caller's, or of the client address where nobody is known or the row says so. False: it has
 * been answered, 429 and when. */
bool request_spend(struct request *rq, enum budget b, uint64_t n);
/* Gives back what has been spent of a RATE of the caller's, for something that has another budget. */
void request_return(struct request *rq, enum budget b, uint64_t n);

/* Identification came later (see struct area). ERROR_OK goes on to the rank check, validation, handler. */
void request_identified(struct request *rq, enum error why);

/* A handler's own data pointer, for its continuation steps. */
void request_set_data(struct request *rq, void *data);
void *request_data(const struct request *rq);

/* The answer. Exactly once. Bodies are copied. */
void respond_json(struct request *rq, int status, struct text body);
/* The same with JSON written into a buf, which it frees. One that found no memory answers 503. */
void respond_built(struct request *rq, int status, struct buf *body);
void respond_error(struct request *rq, enum error why); /* {"detail": text}; 503 with Retry-After, 401 with
                                                           WWW-Authenticate */
void respond_detail(struct request *rq, enum error why, struct text detail); /* the same with a text of its own */
/* An error of status 429 or 503 that is known to end in so many nanoseconds: Retry-After says when, rounded up. */
void respond_later(struct request *rq, enum error why, uint64_t ns);
/* 422 with the list form: loc is [where, name]; where is "body", "query" or "path". */
void respond_invalid(struct request *rq, const char *where, const char *name, const char *message, const char *type);
/* Any content type; extra is whole header lines "Name: value\r\n" or NULL. */
void respond_content(struct request *rq, int status, const char *content_type, const char *extra, struct text body);
void respond_db(struct request *rq, const struct db_result *r); /* a database failure: 503 or 500, logged once */

/* Asks a statement on one of the worker's reading connections, the slow one for a slow endpoint; a refused query
 * answers 503 and done is not called. */
void request_query(struct request *rq, const struct statement *st, const struct db_params *p,
                   void (*done)(struct request *rq, const struct db_result *r));

/* ---- turning the connection into an endless stream (an endpoint's `event_stream`) ---- */

/* Appends the head of its answer. */
void respond_put_stream(const struct request *rq, struct buf *out);

/* Ends the request without an answer and hands its wire to the caller, who begins a stream on it (stream.h). NULL when the client has gone. The request is freed either way. */
struct wire *request_take_wire(struct request *rq);

/* Answers, instead, with a stream that is told these frames and ends, and with it the connection. */
void respond_stream_over(struct request *rq, struct text frames, enum close_reason why);

/* ---- turning the connection into a socket (an endpoint's `socket`) ---- */

/* The same of a socket: status 101. */
void respond_put_switch(const struct request *rq, struct buf *out);

/* Adds the time since then (worker_now) to what the request has waited for others, which operators see. */
void request_waited(struct request *rq, uint64_t since);

/* When its head was complete, by worker_now. */
uint64_t request_began(const struct request *rq);

/* A HEAD request asks what a GET would say, and must change nothing: its connection cannot be taken. */
bool request_head_only(const struct request *rq);

/* Names the request on its worker, for traces; never 0. */
uint32_t request_number(const struct request *rq);

/* Who is calling, 0 as long as that is not known. */
int32_t request_user(const struct request *rq);

/* True while the client is still there. */
bool request_alive(const struct request *rq);
