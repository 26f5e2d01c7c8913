/* Job: see job.h. */
#include "actors/notifier/job.h"

#include "actors/databases.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { AGAIN_MS = 1000 };

struct job_courier {
    struct courier base;
    struct worker *worker;
    const struct job_row *row;
};

/* ---- the payload ---- */

static bool add_number(struct db_params *params, const json_t *member, bool wide)
{
    int64_t number = json_integer_value(member);
    if (!json_is_integer(member) || (!wide && number != (int32_t)number))
        return false;
    if (wide)
        db_param_int8(params, number);
    else
        db_param_int4(params, (int32_t)number);
    return true;
}

static bool add_member(struct db_params *params, const json_t *member, const char *type)
{
    if (!strcmp(type, "int4") || !strcmp(type, "int8"))
        return add_number(params, member, type[3] == '8');
    assert(!strcmp(type, "text")); /* the types that payloads have */
    if (!json_is_string(member))
        return false;
    db_param_text(params, (struct text){ json_string_value(member), json_string_length(member) });
    return true;
}

bool job_read(const struct statement *st, const struct json_t *payload, struct db_params *params,
              char why[static PARCEL_WHY_SIZE])
{
    for (int i = 0; i < st->nparams; i++) {
        const char *name = st->params[i].source + strlen("arg.");
        assert(!strncmp(st->params[i].source, "arg.", 4));
        if (add_member(params, json_object_get(payload, name), st->params[i].type))
            continue;
        snprintf(why, PARCEL_WHY_SIZE, "the payload's %s is missing or of another type", name);
        return false;
    }
    return true;
}

/* ---- the work ---- */

/* A database that is away, or whose refusal passes, says nothing of the work itself. */
static void fail(struct parcel *p, const struct db_result *r)
{
    char why[PARCEL_WHY_SIZE];
    bool passing = r->status == DB_AWAY || r->status == DB_RETRY;
    snprintf(why, sizeof why, "the database %s%s",
             r->status == DB_AWAY   ? "is away"
             : r->status == DB_LOST ? "was lost meanwhile"
                                    : "refused it: ",
             r->status == DB_AWAY || r->status == DB_LOST ? "" : r->sqlstate);
    notifier_settle(p, passing ? PARCEL_UNTRIED : PARCEL_POSTPONED, passing ? AGAIN_MS : 0, why);
}

static void on_done(void *arg, const struct db_result *r)
{
    struct parcel *p = arg;
    const struct job_courier *c = (struct job_courier *)p->courier;
    if (r->status != DB_OK)
        fail(p, r);
    else if (!c->row->then)
        notifier_settle(p, PARCEL_DELIVERED, 0, NULL);
    else if (r->rows)
        c->row->then(c->worker, p, r);
    else
        notifier_settle(p, PARCEL_DROPPED, 0, NULL);
}

static void deliver(struct courier *base, struct parcel *p)
{
    const struct job_courier *c = (struct job_courier *)base;
    char why[PARCEL_WHY_SIZE];
    struct db_params params = { 0 };
    json_t *payload = json_loads(p->payload, JSON_ALLOW_NUL, NULL);
    if (!job_read(c->row->statement, payload, &params, why))
        notifier_settle(p, PARCEL_DEAD, 0, why);
    else if (!db_query(db_reading(c->worker), c->row->statement, &params, on_done, p))
        notifier_settle(p, PARCEL_UNTRIED, AGAIN_MS, "the database is busy");
    json_decref(payload);
}

struct courier *job_courier_create(struct worker *w, const struct job_row *row)
{
    struct job_courier *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    *c = (struct job_courier){ .base = { .kind = row->kind, .most = row->most, .deliver = deliver },
                               .worker = w,
                               .row = row };
    return &c->base;
}

void job_courier_destroy(struct courier *c)
{
    free(c);
}
