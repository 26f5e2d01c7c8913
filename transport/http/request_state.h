/* Request state: the inside of a request. Private to transport/http. */
#pragma once

#include "transport/http/arena.h"
#include "transport/http/connection_state.h"
#include "transport/http/http_state.h"
#include "transport/http/parser.h"
#include "transport/http/percent.h"
#include "transport/http/request.h"

enum { REQUEST_TAG = 0x52455155 };

/* Seconds for Retry-After where it is not known when it would help; and for saying nothing. */
#define RETRY_USUAL   1
#define RETRY_UNKNOWN UINT32_MAX

/* Where a body goes that is not kept as it comes. */
struct body_sink {
    /* A piece. ERROR_OK, or what to answer instead of reading on. */
    enum error (*push)(struct request *rq, struct text piece);
    /* The request is about to be freed. */
    void (*fini)(struct request *rq);
};

struct request {
    uint32_t tag;
    struct arena arena; /* also holds this struct */
    struct http *http;
    struct connection *connection; /* NULL when the client has gone */
    struct head head;              /* borrows from the arena */
    const struct area *area;
    const struct area *scope;                    /* that the mount or the host names; NULL: every area */
    bool mounted;                                /* by the mount */
    const struct route *route;                   /* NULL: there is none, `refusal` says why */
    const struct route *const *const *by_method; /* all routes of the path; NULL: there is no such path */
    enum error refusal;
    uint8_t allow; /* bit per method of the path */
    bool close;    /* close the connection after the answer */
    bool linger;   /* ... and the client may still be sending */
    uint8_t why;   /* enum close_reason, with linger: why it closes */
    bool preflight;
    bool answered; /* catches a second answer */
    bool identifying;
    bool open; /* nobody is asked who they are */

    struct text path;
    struct text params[PATH_PARAMS_MOST];
    struct pairs query;
    bool query_bad;

    struct buf body; /* grows as it comes; unused when the body arrived whole (body_text then lies in the arena) */
    struct text body_text;
    uint64_t body_n; /* bytes received, kept or not */
    struct json_t *json;
    struct pairs form;

    struct sockaddr_storage peer; /* a copy: the request may outlive its connection */

    const struct body_sink *sink; /* NULL: its body is kept */
    struct upload *upload;        /* its form is read as it comes (upload.c) */
    struct body *out;             /* its answer goes out piece by piece (body.c) */

    struct { /* of a request within a socket (inner.h); done NULL: it is none, or nobody waits for it */
        void (*done)(void *arg, struct request *rq, int status, struct text body);
        void *arg;
    } inner;

    struct {
        uint64_t bodies, all_bodies, requests, uploads;
    } spent; /* of budgets, to be given back */

    struct caller caller;
    struct value *values; /* path, query, body */
    void *data;
    void (*db_done)(struct request *rq, const struct db_result *r);
    const struct statement *asked; /* the last statement, for the log */
    uint64_t began;                /* worker_now() */
    uint64_t asked_at;             /* likewise: when the last statement was */
    uint64_t waited_ns;            /* for statements and rooms, together */
    uint32_t number;               /* names it to operators, with its worker */
    uint32_t retry_s;              /* what Retry-After says; 0: RETRY_USUAL */
};

/* Makes a request of a complete head p[0..n), which is copied. NULL: *ret_why is what to answer before closing. */
struct request *request_create(struct http *h, struct connection *c, const char *p, size_t n, enum error *ret_why);
/* The same without one: it has no connection, and what a head says is to be filled in (inner.c). NULL without memory. */
struct request *request_alone(const struct connection *from);
void request_free(struct request *rq);

/* Its caller is known and counted; likewise, n of a budget of theirs are spent. ERROR_OK, or what to answer. */
enum error request_known(struct request *rq);
enum error request_cost(struct request *rq, enum budget b, uint64_t n);
enum error request_uploading(struct request *rq); /* an upload of theirs is under way until it is freed: likewise */

/* The most bytes its body may have. */
uint64_t request_body_limit(const struct request *rq);

/* Its body is read only when its caller is known (upload.h). */
bool request_uploads(const struct request *rq);

/* Takes a piece of the body; `whole`: it is all of it. ERROR_OK, or what to answer instead of reading on. */
enum error request_body(struct request *rq, struct text piece, bool whole);

/* Its answer is the last one, for this reason: its body may still be coming. */
void request_give_up_body(struct request *rq, enum close_reason why);

/* ---- checks.c ---- */

/* The whole request is here: checks it and hands it to its handler. It may be answered and freed on return. */
void request_begin(struct request *rq);

/* Goes on with rank and fields: who is calling is known. */
void request_checked(struct request *rq);

/* Goes on after the checks (validate.c): the handler or the statement. */
void request_handle(struct request *rq);

/* ---- validate.c ---- */

/* True: the body is JSON (or there is none and that is for the fields to say). False: it has been answered. */
bool validate_json(struct request *rq);
/* Fills rq->values from path, query and body. False: it has been answered. */
bool validate_fields(struct request *rq);
/* True if no field of the form that has come so far is faulty; one that is missing may still come. */
bool validate_given(struct request *rq);

/* ---- upload.c ---- */

/* The caller is known and may: reads the body, or answers. */
void upload_open(struct request *rq);
void upload_answer(struct request *rq, enum error why);
/* The body is complete. */
void upload_complete(struct request *rq);
bool upload_paused(const struct request *rq);
/* True if enough has come since this was last true to set the deadline anew. */
bool upload_progress(struct request *rq);

/* ---- respond.c ---- */

struct body_head;
/* Status line and header lines of an answer, complete with the blank line. */
void respond_put_head(const struct request *rq, const struct body_head *head, enum after after, struct buf *out);
/* What is to become of the connection after an answer that begins now. */
enum after respond_after(const struct request *rq);
/* Why it ends then, if it does. */
enum close_reason respond_ends_for(const struct request *rq);
/* Counts an answer, which begins now, and the time it took; notes it if it is traced, or was slow. */
void respond_count(const struct request *rq, int status);
/* One line of the log, if requests are logged. */
void respond_log(const struct request *rq, int status, uint64_t n);

/* What a HEAD request is told of an event stream. */
void respond_stream_head(struct request *rq);

/* Answers a connection that has no request, because its head cannot be used; the connection lingers and closes. */
void respond_bare(struct connection *c, enum error why, enum close_reason ends_for);
/* The header line Allow of a path's methods. */
void respond_put_allow(struct buf *out, uint8_t methods);

/* ---- preflight.c ---- */

/* Answers an OPTIONS request. */
void cors_options(struct request *rq);

/* ---- statement.c ---- */

/* Asks the statement of its endpoint and answers with its columns `status` and `body`. */
void bind_run(struct request *rq);
