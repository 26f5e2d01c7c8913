/* Notifier part: see part.h. */
#include "actors/notifier/part.h"

#include "actors/notifier/job.h"
#include "proto/config/config.h"
#include "store/statements.h"

#include <stdlib.h>

/* What the notifier's home has. The couriers of others are theirs. */
struct desk {
    struct couriers couriers; /* first: worker_couriers() is cast back to it */
    struct courier *jobs[COURIERS_MOST];
    uint32_t njobs;
};

static bool part_prepare(const struct setup *s)
{
    const struct notifier_options o = { .attempts = (int32_t)config.outbox_attempts,
                                        .backoff_ms = (uint32_t)config.outbox_backoff,
                                        .max_age_s = (int32_t)config.outbox_max_age,
                                        .keep_days = (int32_t)config.outbox_keep };
    notifier_setup(&o);
    return system_add_kind(s->system, notifier_kind());
}

static bool is_home(const struct worker *w)
{
    return system_home(worker_system(w), notifier_address()) == w;
}

static bool add_job(struct desk *d, struct worker *w, const struct job_row *row)
{
    struct courier *c = job_courier_create(w, row);
    if (c && couriers_add(&d->couriers, c)) {
        d->jobs[d->njobs++] = c;
        return true;
    }
    job_courier_destroy(c);
    return false;
}

static bool part_open(struct worker *w, const struct setup *s)
{
    if (!is_home(w))
        return true;
    struct desk *d = calloc(1, sizeof *d);
    worker_set_service(w, SERVICE_COURIERS, d);
    for (int i = 0; d && s->parts[i]; i++)
        for (const struct job_row *row = s->parts[i]->jobs; row && row->kind; row++)
            if (!add_job(d, w, row))
                return false;
    return d;
}

static void part_close(struct worker *w)
{
    struct desk *d = (struct desk *)worker_couriers(w);
    for (uint32_t i = 0; d && i < d->njobs; i++)
        job_courier_destroy(d->jobs[i]);
    free(d);
    worker_set_service(w, SERVICE_COURIERS, NULL);
}

/* ---- the run ---- */

/* Whichever worker this is, the notifier is told by its home only. */
static void wake(struct worker *w)
{
    if (is_home(w))
        notifier_wake(worker_system(w), false);
}

static void part_database(struct worker *w, bool up)
{
    wake(w);
}

static void part_writing(struct worker *w, bool up)
{
    if (worker_couriers(w))
        worker_couriers(w)->writing = up;
}

static void part_notified(struct worker *w, const char *payload)
{
    wake(w);
}

static void part_drain(struct worker *w)
{
    if (is_home(w))
        notifier_wake(worker_system(w), true);
}

static bool part_drained(struct worker *w)
{
    const struct couriers *c = worker_couriers(w);
    return !c || !c->under_way;
}

/* ---- for operators ---- */

enum { DEAD_MOST = 10000 }; /* OUTBOX_TIDY keeps to it */

static int64_t rows(const struct couriers *c, bool dead)
{
    int64_t n = dead ? c->unknown.dead : c->unknown.waiting;
    for (uint32_t i = 0; i < c->n; i++)
        n += dead ? c->list[i]->counts.dead : c->list[i]->counts.waiting;
    return n;
}

/* The notifier lives on one worker; the others know nothing of the outbox. */
static void read_outbox(struct worker *w, struct queue_numbers *ret)
{
    const struct couriers *c = worker_couriers(w);
    if (c)
        *ret = (struct queue_numbers){ OUTBOX_MOST, rows(c, false), -1, -1 };
}

static void read_couriers(struct worker *w, struct queue_numbers *ret)
{
    const struct couriers *c = worker_couriers(w);
    int64_t most = 0;
    for (uint32_t i = 0; c && i < c->n; i++)
        most += c->list[i]->most;
    if (c)
        *ret = (struct queue_numbers){ most, c->under_way, c->highest, -1 };
}

static void read_dead(struct worker *w, struct queue_numbers *ret)
{
    const struct couriers *c = worker_couriers(w);
    if (c)
        *ret = (struct queue_numbers){ DEAD_MOST, rows(c, true), -1, -1 };
}

static const struct queue_row queues[] = {
    { "outbox", "messages of the outbox", "100000 rows that wait",
      "what would be added is not; the invite goes through, the log says so",
      "whoever invites or nudges, `budget-invites` each; a session's invitation is one push for each device",
      read_outbox },
    { "couriers", "messages under way to their couriers", "of each kind its own: 32 pushes, 8 mails, 16 reports",
      "the others stay in the table, `outbox-max-age` at most, then they are dead",
      "whoever fills the outbox; each kind has its own", read_couriers },
    { "dead", "dead messages", "10000, `outbox-keep` days", "the oldest are forgotten",
      "whoever's devices or addresses take nothing", read_dead },
    { 0 },
};

const struct part notifier_part = {
    .name = "notifier",
    .prepare = part_prepare,
    .open = part_open,
    .start = wake,
    .drain = part_drain,
    .drained = part_drained,
    .close = part_close,
    .database = part_database,
    .writing = part_writing,
    .listen = &OUTBOX_LISTEN,
    .channel = "outbox_added",
    .notified = part_notified,
    .queues = queues,
};
