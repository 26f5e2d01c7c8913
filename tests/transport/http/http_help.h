/* Http help: a worker with an HTTP side and a few endpoints on a port of its own, and a client of raw bytes. Every wait
 * of the client has a deadline; the worker is reached by calls that wait for their end. */
#pragma once

#include "proto/config/config.h"
#include "tests/test.h"
#include "transport/http/http.h"
#include "transport/http/http_state.h"
#include "transport/http/request.h"

#include <stdio.h>

/* ---- the server ---- */

/* Fills `config` with the defaults that http reads. */
void server_defaults(void);

/* Starts one worker with these areas (NULL: test_areas). Fails the test when it cannot. */
void server_start(const struct area *const *areas);
/* Closes and checks that nothing is left: no request, no block of an arena. */
void server_stop(void);

/* The reading connection of the next server; NULL: it has none. */
extern struct db *server_db;

/* What else the next server consists of; any may be NULL. `prepare` runs before its worker starts, the others on the
 * worker: before the listener opens, and after the connections have been cut. Forgotten when the server stops. */
struct server_more {
    bool (*prepare)(struct system *s);
    bool (*begin)(struct worker *w);
    void (*end)(struct worker *w);
};
extern struct server_more server_more;

/* Runs fn on the worker's thread and waits for its end. */
void server_call(void (*fn)(struct http *h, void *arg), void *arg);
struct http_stats server_stats(void);
/* Why the last connection has ended; also after server_stop. */
enum close_reason server_last_end(void);
uint16_t server_port(void);

/* The handler /later waits until this: answers the request that waits with 200 "later". False: none waits. */
bool server_answer_later(void);
/* Waits until a request waits in /later. */
void server_await_later(void);
/* Waits until the condition on the statistics holds; fails the test after five seconds. */
void server_await(bool (*holds)(const struct http_stats *s));

/* GET /hello, /later, /text/{word:text}, /int/{id:int32}, /big, /stream; POST /echo (JSON), /form, /maybe (JSON
 * optional), /ignore (no body), /json-first; area "second" shares POST /form with JSON, repeats what was
 * sent in its faults, and has POST /values and GET /wide/{id:int64}. See http_help.c. */
extern const struct area *const test_areas[];

/* ---- streams (GET /stream) ---- */

/* The stream that was opened last. Worker's thread (server_call). */
extern struct wire *stream_wire;

/* Calls of the streams' ops so far. */
struct stream_calls {
    int closed, drained;
};
struct stream_calls server_stream_calls(void);

/* ---- the client ---- */

struct client {
    int fd;
    char bytes[1 << 20]; /* [at, at + n) has come and was not taken */
    size_t at, n;
    char answer[1 << 20]; /* the last answer, ended by NUL */
    const char *body;
    int status;
};

struct client *client_open(void);
struct client *client_connect(int fd); /* with a socket of the caller's */
void client_close(struct client *c);
void client_send(struct client *c, const char *p, size_t n);
void client_puts(struct client *c, const char *s);
/* Reads one answer by its Content-Length. Returns its status; 0: the server closed instead. */
int client_read(struct client *c);
/* The same for the answer to a HEAD request. */
int client_read_head(struct client *c);
/* True if the server closes without another byte. */
bool client_at_end(struct client *c);
/* Opens, sends, reads one answer, closes. The status; the answer's text in ret (if not NULL). */
int client_once(const char *request, char *ret, size_t size);
/* True if the answer has that header line (whole line, without its end). */
bool client_has(const struct client *c, const char *line);
/* Reads n raw bytes into c->answer. */
void client_read_raw(struct client *c, size_t n);
