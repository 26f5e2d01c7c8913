/* Wiring: what a worker of `lectern serve` consists of: database connections, persistence, HTTP, streams. The one place
 * where the layers meet. serve.c decides when; wiring.c decides what. */
#pragma once

#include "actors/runtime/bus.h"
#include "store/files.h"

#include <sys/socket.h>

/* What serving needs to know beside the configuration. Made by the main thread before the workers start; immutable
 * then. */
struct serve_state {
    struct system *system;
    const char *conninfo;            /* of the database */
    struct files audio;              /* the folder of audio files */
    struct sockaddr_storage address; /* listened on; the port is never 0 */
    struct sockaddr_storage console; /* likewise for the console, if it is configured */
    int *bound;                      /* to it, one for each worker, which takes it over and leaves -1 */
    int *console_bound;              /* likewise, for worker 0 */
    int sockets[64], nsockets;       /* held by the service manager: listened on instead, shared by the workers */
};

/* Main thread, before the workers start: kinds of actors, the ingress kind, hooks of message kinds. */
bool wiring_prepare(const struct serve_state *state);
/* Main thread, after the workers have ended: undoes wiring_prepare. */
void wiring_finish(const struct serve_state *state);

/* What operators change, from wiring_prepare to wiring_finish. */
struct audit *wiring_audit(void);

/* What looks for the console: from the opened admin socket, before the workers start, until before it is closed. Main
 * thread. */
struct admin;
bool wiring_watch(const struct serve_state *state, struct admin *admin);
void wiring_unwatch(void);

/* How many database connections so many workers hold. */
int wiring_connections(int workers);

/* On each worker's own thread. `arg` is the struct serve_state. None of these blocks. */
bool wiring_begin(struct worker *w, void *arg); /* first; false: the server does not start */
void wiring_end(struct worker *w, void *arg);   /* last; cuts what is left */

/* Is the worker's part there: database connections up, listener open? Asked until every worker says yes. */
bool wiring_ready(struct worker *w);
/* Every worker was ready: /readyz answers 200 from now on. */
void wiring_open(struct worker *w);
/* The graceful stop: no more connections, requests are finished, streams told to come back, everything committed. */
void wiring_drain(struct worker *w);
/* Is nothing left to wait for? Asked after wiring_drain until every worker says yes or the time is over. */
bool wiring_drained(struct worker *w);

/* Adds the worker's numbers as members of an open JSON object, for `lectern admin workers`. */
void wiring_describe(struct worker *w, struct json *out);
