/* Pulse: see pulse.h. A beat that is not answered, or refused, is followed by the next one; nothing depends on it. */
#include "actors/classroom/pulse.h"

#include "actors/databases.h"
#include "store/statements.h"

#include <stdlib.h>

static const uint64_t beat_ns = UINT64_C(10) * 1000 * 1000 * 1000;

struct pulse {
    struct worker *worker;
    int64_t started_at;
    int32_t run; /* 0: not written yet */
    bool open, asking;
};

static void on_begun(void *arg, const struct db_result *r)
{
    struct pulse *p = arg;
    p->asking = false;
    if (r->status == DB_OK && r->rows)
        p->run = (int32_t)db_int(r, 0, CLASSROOM_RUN_BEGIN_RUN_ID);
}

static void on_beaten(void *arg, const struct db_result *r)
{
    ((struct pulse *)arg)->asking = false;
}

static void beat(void *arg)
{
    struct pulse *p = arg;
    struct db_params params = { 0 };
    if (!p->open || p->asking)
        return;
    if (p->run)
        db_param_int4(&params, p->run);
    db_param_timestamp(&params, p->run ? worker_wall(p->worker) : p->started_at);
    p->asking = db_query(db_reading(p->worker), p->run ? &CLASSROOM_RUN_ALIVE : &CLASSROOM_RUN_BEGIN, &params,
                         p->run ? on_beaten : on_begun, p);
}

struct pulse *pulse_create(struct worker *w, int64_t started_at)
{
    struct pulse *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->worker = w;
    p->started_at = started_at;
    worker_every(w, beat_ns, beat, p);
    return p;
}

void pulse_destroy(struct pulse *p)
{
    free(p);
}

void pulse_open(struct pulse *p)
{
    p->open = true;
    beat(p);
}

void pulse_close(struct pulse *p)
{
    beat(p);
    p->open = false;
}

bool pulse_idle(const struct pulse *p)
{
    return !p->asking;
}

/* ---- the part of a worker: of the first one ---- */

static struct pulse *of(const struct worker *w)
{
    return worker_service(w, SERVICE_PULSE);
}

static bool part_open(struct worker *w, const struct setup *s)
{
    struct pulse *p = worker_index(w) ? NULL : pulse_create(w, s->started_at);
    worker_set_service(w, SERVICE_PULSE, p);
    return p || worker_index(w);
}

static void part_start(struct worker *w)
{
    if (of(w))
        pulse_open(of(w));
}

static void part_drain(struct worker *w)
{
    if (of(w))
        pulse_close(of(w));
}

static bool part_drained(struct worker *w)
{
    return !of(w) || pulse_idle(of(w));
}

static void part_close(struct worker *w)
{
    pulse_destroy(of(w));
}

const struct part pulse_part = {
    .name = "pulse",
    .open = part_open,
    .start = part_start,
    .drain = part_drain,
    .drained = part_drained,
    .close = part_close,
};
