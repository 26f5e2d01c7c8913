/* System events: see system_events.h. Written by the publisher's home worker, so that a stop can let the last one leave. */
#include "transport/api/practice/system_events.h"

#include "actors/databases.h"
#include "actors/publisher/publisher.h"
#include "proto/base/log.h"
#include "store/statements.h"
#include "transport/services/openai/openai.h"
#include "transport/transport.h"

#include <stdlib.h>

static struct worker *home;      /* set by itself, when it opens */
static unsigned writing_of_home; /* statements under way; its own thread */

static bool part_open(struct worker *w, const struct setup *s)
{
    if (system_home(s->system, publisher_address()) == w) {
        home = w;
        writing_of_home = 0;
    }
    return true;
}

static void on_written(void *arg, const struct db_result *r)
{
    writing_of_home--;
    if (r->status == DB_OK)
        publisher_look_again(arg);
    else
        log_warn("a system event is not kept", F_STR("sqlstate", r->sqlstate));
}

/* What is written; texts that live for ever, but for the details. */
struct system_event {
    const char *event_type, *component, *severity;
    struct buf details;
};

/* Ends the event. Home's thread. */
static void write_event(struct worker *w, struct system_event *e)
{
    struct db_params p = { 0 };
    db_param_text(&p, text_of(e->event_type));
    db_param_text(&p, text_of(e->component));
    db_param_text(&p, text_of(e->severity));
    db_param_text(&p, e->details.failed || !e->details.n ? TEXT("{}") : buf_view(&e->details));
    if (db_query(db_reading(w), &PRACTICE_SYSTEM_EVENT, &p, on_written, w))
        writing_of_home++;
    else
        log_warn("a system event is not kept: the database is busy", F_STR("event_type", e->event_type));
    buf_fini(&e->details);
}

/* ---- the service ---- */

static void write_start(struct worker *w)
{
    struct system_event e = { "service_started", "lectern", "info", { 0 } };
    struct json j = json_into(&e.details);
    json_begin_object(&j, NULL);
    json_str(&j, "version", transport_of(w)->version);
    json_int(&j, "workers", system_workers(worker_system(w)));
    json_end_object(&j);
    write_event(w, &e);
}

/* ---- the tutor's model ---- */

static void write_at_home(struct worker *w, void *arg)
{
    write_event(w, arg);
    free(arg);
}

/* How often this is: openai.h. */
static void on_trouble(struct worker *w, const struct openai_trouble *t)
{
    struct system_event *e = calloc(1, sizeof *e);
    if (!e)
        return;
    *e = (struct system_event){ "model_error", "tutor", t->left_alone ? "error" : "warning", { 0 } };
    struct json j = json_into(&e->details);
    json_begin_object(&j, NULL);
    json_str(&j, "why", t->why);
    json_bool(&j, "left_alone", t->left_alone);
    if (t->status)
        json_int(&j, "status", t->status);
    json_end_object(&j);
    if (worker_call(home, write_at_home, e))
        return;
    buf_fini(&e->details);
    free(e);
}

/* ---- the part ---- */

static void part_start(struct worker *w)
{
    if (openai_desk(w))
        openai_desk_tell(openai_desk(w), on_trouble);
    if (w == home)
        write_start(w);
}

static void part_drain(struct worker *w)
{
    if (w == home)
        write_event(w, &(struct system_event){ "service_stopping", "lectern", "info", { 0 } });
}

static bool part_drained(struct worker *w)
{
    return w != home || !writing_of_home;
}

const struct part system_events_part = {
    .name = "system_events",
    .open = part_open,
    .start = part_start,
    .drain = part_drain,
    .drained = part_drained,
};
