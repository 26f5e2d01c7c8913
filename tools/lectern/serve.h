/* Serve: what the main thread of `lectern serve` holds. Private to serve.c and claim.c; main thread only. */
#pragma once

#include "store/private_pg.h"
#include "tools/lectern/manager.h"
#include "tools/lectern/tidy.h"
#include "transport/admin/admin.h"
#include "transport/admin/round.h"
#include "transport/admin/survey.h"
#include "transport/parts.h"

#include <uv.h>

enum { SERVE_SIGNALS = 2 };
enum serve_phase { STARTING, SERVING, DRAINING, STOPPED };

struct serve {
    struct setup state;
    char address[64]; /* listened on, as text */
    char console[64]; /* likewise; empty: none */
    uv_loop_t loop;
    uv_timer_t timer;                /* a step of starting or draining */
    uv_async_t wishes[ADMIN_WISHES]; /* of operators */
    uv_timer_t alive;                /* signs of life for the service manager */
    struct round round;
    struct tidy tidy;
    uv_signal_t signals[SERVE_SIGNALS];
    struct private_pg *pg;
    struct admin *admin;
    enum serve_phase phase;
    uint64_t phase_began;    /* by the loop's clock, milliseconds */
    int lock;                /* the data folder's */
    int bound[WORKERS_MOST]; /* a socket for each worker, until it takes it over; -1: none, the manager has them */
    int console_bound;       /* likewise */
    bool prepared, started;
    int code; /* of the exit */
};

/* How many workers there will be: configured, or one per core this process may use. */
int serve_workers(void);

/* Takes what only one server can have: the data folder and the listen address. Raises limits, sets up signals and the
 * blocking pool's size. Root is the user who serves afterwards. Before any thread. False with a sentence in why. */
bool serve_claim(struct serve *s, struct buf *why);
void serve_release(struct serve *s);
