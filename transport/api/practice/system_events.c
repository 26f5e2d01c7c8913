/* System events: see system_events.h. Written by the publisher's home worker, so that a stop can let the last one leave. */
#include "transport/api/practice/system_events.h"

#include "actors/databases.h"
#include "actors/publisher/publisher.h"
#include "proto/base/log.h"
#include "store/statements.h"
#include "transport/transport.h"

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

static void write_event(struct worker *w, const char *event_type, struct text details)
{
    struct db_params p = { 0 };
    db_param_text(&p, text_of(event_type));
    db_param_text(&p, TEXT("lectern"));
    db_param_text(&p, TEXT("info"));
    db_param_text(&p, details);
    if (db_query(db_reading(w), &PRACTICE_SYSTEM_EVENT, &p, on_written, w))
        writing_of_home++;
    else
        log_warn("a system event is not kept: the database is busy", F_STR("event_type", event_type));
}

static void part_start(struct worker *w)
{
    struct buf details = { 0 };
    struct json j = json_into(&details);
    if (w != home)
        return;
    json_begin_object(&j, NULL);
    json_str(&j, "version", transport_of(w)->version);
    json_int(&j, "workers", system_workers(worker_system(w)));
    json_end_object(&j);
    write_event(w, "service_started", details.failed ? TEXT("{}") : buf_view(&details));
    buf_fini(&details);
}

static void part_drain(struct worker *w)
{
    if (w == home)
        write_event(w, "service_stopping", TEXT("{}"));
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
