/* Parts: see parts.h. The place where the layers meet. */
#include "transport/parts.h"

#include "actors/classroom/pulse.h"
#include "actors/notifier/part.h"
#include "actors/room/ids.h"
#include "actors/room/persistence.h"
#include "actors/room/recent.h"
#include "actors/room_kinds.h"
#include "transport/admin/audit.h"
#include "transport/api/api.h"
#include "transport/api/coaching/jobs.h"
#include "transport/api/courses/courses.h"
#include "transport/api/practice/system_events.h"
#include "transport/api/service/page_folder.h"
#include "transport/asks.h"
#include "transport/budgets/budgets.h"
#include "transport/console/console.h"
#include "transport/health.h"
#include "transport/identity/identity.h"
#include "transport/ingress.h"
#include "transport/intake.h"
#include "transport/metrics/desk.h"
#include "transport/outbound/part.h"
#include "transport/people/people.h"
#include "transport/services/fcm/pushes.h"
#include "transport/services/google/keys.h"
#include "transport/services/kafka/kafka.h"
#include "transport/services/openai/openai.h"
#include "transport/services/sendgrid/sendgrid.h"
#include "transport/services/voice/voice.h"
#include "transport/streams/streams.h"
#include "transport/transport.h"
#include "transport/ws/part.h"

#include <stdlib.h>

#define LISTED(kind) , &kind##_part

/* What a job was for asks the databases next, so they end last; who is heard ends first. */
const struct part *const parts[] = {
    &databases_part,
    &ingress_part,
    &asks_part,
    &budgets_part,
    &health_part,
    &identity_part,
    &sockets_part,
    &streams_part,
    &desk_part,
    &uploads_part,
    &outbound_part,
    &notifier_part,
    &google_part,
    &openai_part,
    &voice_part,
    &pushes_part,
    &sendgrid_part,
    &kafka_part,
    &pulse_part,
    &recent_part,
    &ids_part,
    &persistence_part ROOM_PARTS(LISTED),
    &rooms_part,
    &courses_part,
    &pages_part,
    &audit_part,
    &console_part,
    &system_events_part,
    &coaching_jobs_part,
    &api_part,
    NULL,
};

enum { PARTS = sizeof parts / sizeof *parts - 1 };

const struct parameter_row *parts_parameter(size_t at)
{
    for (int i = 0; i < PARTS; i++)
        for (const struct parameter_row *row = parts[i]->parameters; row && row->check; row++)
            if (row->at == at)
                return row;
    return NULL;
}

int64_t parts_descriptors(int64_t workers)
{
    int64_t n = 0;
    for (int i = 0; i < PARTS; i++)
        n += parts[i]->descriptors ? parts[i]->descriptors(workers) : 0;
    return n;
}

bool parts_prepare(const struct setup *s)
{
    for (int i = 0; i < PARTS; i++)
        if (parts[i]->prepare && !parts[i]->prepare(s))
            return false;
    return true;
}

void parts_finish(void)
{
    for (int i = PARTS; i-- > 0;)
        if (parts[i]->finish)
            parts[i]->finish();
}

bool parts_check(const struct setup *s, struct buf *why)
{
    for (int i = 0; i < PARTS; i++)
        if (parts[i]->check && !parts[i]->check(s, why))
            return false;
    return true;
}

bool parts_open(struct worker *w, void *setup)
{
    const struct setup *s = setup;
    struct transport *t = calloc(1, sizeof *t);
    if (!t)
        return false;
    t->worker = w;
    t->version = s->version;
    worker_set_service(w, SERVICE_TRANSPORT, t);
    for (int i = 0; i < PARTS; i++)
        if (parts[i]->open && !parts[i]->open(w, s))
            return false;
    return true;
}

bool parts_ready(struct worker *w)
{
    for (int i = 0; i < PARTS; i++)
        if (parts[i]->ready && !parts[i]->ready(w))
            return false;
    return true;
}

void parts_start(struct worker *w)
{
    struct transport *t = transport_of(w);
    if (t->open)
        return;
    t->open = true;
    for (int i = 0; i < PARTS; i++)
        if (parts[i]->start)
            parts[i]->start(w);
}

void parts_drain(struct worker *w)
{
    struct transport *t = transport_of(w);
    if (t->draining)
        return;
    t->draining = true;
    for (int i = PARTS; i-- > 0;)
        if (parts[i]->drain)
            parts[i]->drain(w);
}

bool parts_drained(struct worker *w)
{
    for (int i = PARTS; i-- > 0;)
        if (parts[i]->drained && !parts[i]->drained(w))
            return false;
    return true;
}

static bool ended(struct worker *w)
{
    for (int i = 0; i < PARTS; i++)
        if (parts[i]->ended && !parts[i]->ended(w))
            return false;
    return true;
}

void parts_end(struct worker *w, void *setup)
{
    struct transport *t = transport_of(w);
    if (!t)
        return;
    for (int i = PARTS; i-- > 0;)
        if (parts[i]->end)
            parts[i]->end(w);
    while (!ended(w))
        uv_run(worker_loop(w), UV_RUN_ONCE);
    for (int i = PARTS; i-- > 0;)
        if (parts[i]->close)
            parts[i]->close(w);
    free(t);
}

void parts_describe(struct worker *w, struct json *out)
{
    for (int i = 0; i < PARTS; i++)
        if (parts[i]->describe)
            parts[i]->describe(w, out);
}
