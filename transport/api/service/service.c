/* Service: what concerns the server as a whole: is it alive, is it ready, what does it answer to. */
#include "transport/api/service/service.h"
#include "actors/databases.h"
#include "actors/room/persistence.h"
#include "proto/base/json.h"
#include "proto/config/config.h"
#include "proto/openapi/openapi.h"
#include "store/migrate.h"
#include "transport/health.h"
#include "transport/metrics/desk.h"
#include "transport/transport.h"

#define STUCK_NS UINT64_C(5000000000)

/* Each loop has a turn every 50 milliseconds at least. */
static bool turns(struct worker *w, uint64_t now)
{
    uint64_t beat = worker_beat(w);
    return beat >= now || now - beat < STUCK_NS;
}

static void livez(struct request *rq)
{
    struct system *s = worker_system(request_worker(rq));
    uint64_t now = worker_now(request_worker(rq));
    struct buf body = { 0 };
    struct json j = json_into(&body);
    int stuck = 0;
    json_begin_array(&j, NULL);
    for (int i = 0; i < system_workers(s); i++)
        if (!turns(system_worker(s, i), now)) {
            json_int(&j, NULL, i);
            stuck++;
        }
    json_end_array(&j);
    if (!stuck) {
        buf_fini(&body);
        respond_json(rq, 200, TEXT("{\"status\":\"alive\"}"));
        return;
    }
    struct buf answer = { 0 };
    buf_printf(&answer, "{\"status\":\"stuck\",\"workers\":%.*s}", (int)body.n, body.p);
    answer.failed |= body.failed;
    buf_fini(&body);
    respond_built(rq, error_status(ERROR_UNAVAILABLE), &answer);
}

/* ---- ready ---- */

/* What readiness takes. `commits` is the whole server's as far as its workers answer; the rest this worker sees itself.
 */
struct checks {
    bool started, database, migrations, commits, not_draining;
};

struct readiness {
    struct desk_question question; /* first */
    struct request *rq;
    struct checks checks;
};

static void put_readiness(struct request *rq, const struct checks *c)
{
    bool ready = c->started && c->database && c->migrations && c->commits && c->not_draining;
    struct buf body = { 0 };
    struct json j = json_into(&body);
    json_begin_object(&j, NULL);
    json_str(&j, "status", ready ? "ready" : "not ready");
    json_begin_object(&j, "checks");
    json_bool(&j, "started", c->started);
    json_bool(&j, "database", c->database);
    json_bool(&j, "migrations", c->migrations);
    json_bool(&j, "commits", c->commits);
    json_bool(&j, "not_draining", c->not_draining);
    json_end_object(&j);
    json_end_object(&j);
    respond_built(rq, error_status(ready ? ERROR_OK : ERROR_UNAVAILABLE), &body);
}

static void on_news(struct desk_question *q, const struct desk_news *news)
{
    struct readiness *r = (struct readiness *)q;
    for (int i = 0; i < news->workers; i++)
        r->checks.commits &= !news->samples[i].refusing;
    put_readiness(r->rq, &r->checks);
}

/* A schema that is ahead is a newer server's beside this one. */
static void on_alive(struct request *rq, bool alive)
{
    struct worker *w = request_worker(rq);
    const struct transport *t = transport_of(w);
    struct readiness *r = request_data(rq);
    r->checks = (struct checks){
        .started = t->open,
        .database = alive && db_up(db_writing(w)),
        .migrations = alive && health_schema(t->health) >= migrations[migration_count - 1].number,
        .commits = persistence_accepts(worker_persistence(w)),
        .not_draining = !t->draining && !t->aside,
    };
    if (t->desk)
        desk_ask(t->desk, &r->question);
    else
        put_readiness(rq, &r->checks);
}

static void readyz(struct request *rq)
{
    struct readiness *r = request_alloc(rq, sizeof *r);
    if (!r) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    *r = (struct readiness){ .question.done = on_news, .rq = rq };
    request_set_data(rq, r);
    health_ask(transport_of(request_worker(rq))->health, rq, on_alive);
}

static void put_service(struct json *j, const struct area *area, bool alive)
{
    const char *const by_name[] = { area->name, NULL };
    for (const char *const *name = area->services ? area->services : by_name; *name; name++)
        json_str(j, *name, alive ? "healthy" : "unhealthy");
}

void api_put_services(struct json *j, const struct area *area, bool alive)
{
    json_begin_object(j, "services");
    for (int i = 0; api_areas[i]; i++)
        if (area ? api_areas[i] == area : !api_areas[i]->everywhere)
            put_service(j, api_areas[i], alive);
    json_end_object(j);
}

static void on_service(struct request *rq, bool alive)
{
    struct buf body = { 0 };
    struct json j = json_into(&body);
    json_begin_object(&j, NULL);
    json_str(&j, "status", alive ? "healthy" : "unhealthy");
    json_str(&j, "service", request_data(rq));
    json_end_object(&j);
    respond_built(rq, error_status(alive ? ERROR_OK : ERROR_UNAVAILABLE), &body);
}

void api_service_health(struct request *rq, const char *name)
{
    request_set_data(rq, (void *)name);
    health_ask(transport_of(request_worker(rq))->health, rq, on_service);
}

static void on_health(struct request *rq, bool alive)
{
    struct buf body = { 0 };
    struct json j = json_into(&body);
    json_begin_object(&j, NULL);
    json_str(&j, "status", alive ? "healthy" : "unhealthy");
    for (int i = 0; api_areas[i]; i++)
        if (api_areas[i]->service)
            json_str(&j, "service", api_areas[i]->service);
    for (int i = 0; api_areas[i]; i++)
        if (api_areas[i]->app)
            json_str(&j, "app", api_areas[i]->app);
    json_str(&j, "gateway", "running");
    api_put_services(&j, NULL, alive);
    if (!alive)
        json_raw(&j, "failing", TEXT("[\"database\"]"));
    json_end_object(&j);
    respond_built(rq, error_status(alive ? ERROR_OK : ERROR_UNAVAILABLE), &body);
}

static void health(struct request *rq)
{
    health_ask(transport_of(request_worker(rq))->health, rq, on_health);
}

enum { AREAS_MOST = 15 };

/* The areas that answer under a mount or host name, the one named first, since its paths win; or all. */
static void areas_in(const struct area *scope, const struct area *ret[static AREAS_MOST + 1])
{
    int n = 0;
    if (scope)
        ret[n++] = scope;
    for (int i = 0; api_areas[i] && n < AREAS_MOST; i++)
        if (api_areas[i] != scope && (!scope || api_areas[i]->everywhere))
            ret[n++] = api_areas[i];
    ret[n] = NULL;
}

static void document(struct request *rq)
{
    const struct area *areas[AREAS_MOST + 1];
    struct buf text = { 0 };
    bool mounted;
    const struct area *scope = request_scope(rq, &mounted);
    struct openapi what = { .areas = areas,
                            .root_path = config.root_path,
                            .mount = mounted ? scope->name : NULL,
                            .title = scope && scope->title ? *scope->title : NULL,
                            .about = scope ? scope->about : NULL,
                            .legacy = !strcmp(config.identity, "legacy") };
    areas_in(scope, areas);
    if (openapi_put(&text, &what))
        respond_json(rq, 200, buf_view(&text));
    else
        respond_error(rq, ERROR_OVERLOADED);
    buf_fini(&text);
}

static const struct answer liveness[] = { { 200, "Alive" },
                                          { 503, "Workers whose loop does not turn", "{\"type\":\"object\"}" },
                                          {} };
static const struct answer readiness[] = { { 200, "Ready" },
                                           { 503, "Not ready: which check fails", "{\"type\":\"object\"}" },
                                           {} };
static const struct answer health_answers[] = { { 200, "Healthy" },
                                                { 503, "Unhealthy: what fails", "{\"type\":\"object\"}" },
                                                {} };

static const struct endpoint endpoints[] = {
    { GET, "/livez", ANYONE, .handle = livez, .summary = "The server runs: the loops of all its workers turn",
      .answers = liveness, .gives = "{\"status\":\"alive\"}" },
    { GET, "/readyz", ANYONE, .handle = readyz, .summary = "The server can do its work", .answers = readiness,
      .gives =
          "{\"status\":\"ready\",\"checks\":{\"started\":true,\"database\":true,\"migrations\":true,\"commits\":true,\"not_draining\":true}}" },
    { GET, "/health", ANYONE, .handle = health, .summary = "Health in one word", .answers = health_answers,
      .gives =
          "{\"status\":\"healthy\",\"service\":\"AIMS Attendance Backend\",\"app\":\"LearnFlow\",\"gateway\":\"running\",\"services\":{\"area*\":\"healthy\"}}" },
    { GET, "/openapi.json", ANYONE, .handle = document, .summary = "This document", .hidden = true },
    {},
};

const struct area service_area = {
    .name = "service",
    .about = "The server itself",
    .everywhere = true,
    .endpoints = { endpoints, pages_endpoints, metrics_endpoints },
    .cors = { .any_origin = true, .max_age = 600 },
};
