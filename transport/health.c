/* Health: see health.h. Who waits is linked through its request's memory. */
#include "transport/health.h"

#include "actors/databases.h"
#include "store/statements.h"
#include "transport/transport.h"

#include <stdlib.h>

struct waiter {
    struct waiter *next;
    struct request *rq;
    health_done *done;
};

struct health {
    struct timer timer; /* runs while a question is under way and not late */
    struct worker *worker;
    struct waiter *waiting;
    bool asked; /* a question is under way */
    bool late;  /* ... and has taken too long */
    int schema;
};

static void tell(struct health *h, bool alive)
{
    struct waiter *w = h->waiting;
    h->waiting = NULL;
    for (struct waiter *next; w; w = next) {
        next = w->next; /* done ends the request and w with it */
        w->done(w->rq, alive);
    }
}

static void on_late(struct timer *t)
{
    struct health *h = (struct health *)t;
    h->late = true;
    tell(h, false);
}

static void on_answer(void *arg, const struct db_result *r)
{
    struct health *h = arg;
    worker_timer_stop(h->worker, &h->timer);
    h->asked = h->late = false;
    h->schema = r->status == DB_OK && r->rows ? (int)db_int(r, 0, ACCOUNT_ALIVE_STEP) : 0;
    tell(h, r->status == DB_OK);
}

struct health *health_create(struct worker *w)
{
    struct health *h = calloc(1, sizeof *h);
    if (!h)
        return NULL;
    h->worker = w;
    h->timer.fire = on_late;
    return h;
}

void health_destroy(struct health *h)
{
    free(h);
}

static bool ask(struct health *h)
{
    const struct db_params none = { 0 };
    h->asked = db_query(db_reading(h->worker), &ACCOUNT_ALIVE, &none, on_answer, h);
    if (h->asked)
        worker_timer_start(h->worker, &h->timer, (uint64_t)HEALTH_WAIT_MS * 1000000);
    return h->asked;
}

void health_ask(struct health *h, struct request *rq, health_done *done)
{
    struct waiter *w = request_alloc(rq, sizeof *w);
    bool hopeless = !w || h->late || !db_up(db_reading(h->worker));
    if (hopeless || (!h->asked && !ask(h))) {
        done(rq, false);
        return;
    }
    *w = (struct waiter){ h->waiting, rq, done };
    h->waiting = w;
}

int health_schema(const struct health *h)
{
    return h->schema;
}

/* ---- the part of a worker ---- */

static bool part_open(struct worker *w, const struct setup *s)
{
    return (transport_of(w)->health = health_create(w));
}

static void part_close(struct worker *w)
{
    health_destroy(transport_of(w)->health);
}

static const struct queue_row queues[] = {
    { "health", "requests that wait for the database's health", "one second", "503",
      "anybody; one question is asked for all who wait", NULL },
    { 0 },
};

const struct part health_part = { .name = "health", .open = part_open, .close = part_close, .queues = queues };
