/* Service: what concerns the server as a whole: is it alive, is it ready, what does it answer to. */
#include "proto/config.h"
#include "proto/json.h"
#include "proto/openapi.h"
#include "transport/api/api.h"
#include "transport/health.h"
#include "transport/transport.h"

static void livez(struct request *rq)
{
    respond_json(rq, 200, TEXT("{\"status\":\"alive\"}"));
}

static void readyz(struct request *rq)
{
    struct worker *w = request_worker(rq);
    const struct transport *t = transport_of(w);
    bool database = db_up(worker_service(w, SERVICE_DB_READ)) && db_up(worker_service(w, SERVICE_DB_WRITE));
    bool ready = t->open && !t->draining && database;
    struct buf body = { 0 };
    struct json j = json_into(&body);
    json_begin_object(&j, NULL);
    json_str(&j, "status", ready ? "ready" : "not ready");
    json_begin_object(&j, "checks");
    json_bool(&j, "started", t->open);
    json_bool(&j, "database", database);
    json_bool(&j, "not_draining", !t->draining);
    json_end_object(&j);
    json_end_object(&j);
    respond_built(rq, error_status(ready ? ERROR_OK : ERROR_UNAVAILABLE), &body);
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
                            .legacy = !strcmp(config.identity, "legacy") };
    areas_in(scope, areas);
    if (openapi_put(&text, &what))
        respond_json(rq, 200, buf_view(&text));
    else
        respond_error(rq, ERROR_OVERLOADED);
    buf_fini(&text);
}

static const struct answer readiness[] = { { 200, "Ready" },
                                           { 503, "Not ready: which check fails", "{\"type\":\"object\"}" },
                                           {} };
static const struct answer health_answers[] = { { 200, "Healthy" },
                                                { 503, "Unhealthy: what fails", "{\"type\":\"object\"}" },
                                                {} };

static const struct endpoint endpoints[] = {
    { GET, "/livez", ANYONE, .handle = livez, .summary = "The server runs", .gives = "{\"status\":\"alive\"}" },
    { GET, "/readyz", ANYONE, .handle = readyz, .summary = "The server can do its work", .answers = readiness,
      .gives = "{\"status\":\"ready\",\"checks\":{\"started\":true,\"database\":true,\"not_draining\":true}}" },
    { GET, "/health", ANYONE, .handle = health, .summary = "Health in one word", .answers = health_answers,
      .gives =
          "{\"status\":\"healthy\",\"service\":\"AIMS Attendance Backend\",\"gateway\":\"running\",\"services\":{\"classroom*\":\"healthy\"}}" },
    { GET, "/openapi.json", ANYONE, .handle = document, .summary = "This document", .hidden = true },
    {},
};

const struct area service_area = {
    .name = "service",
    .about = "The server itself",
    .everywhere = true,
    .endpoints = { endpoints, pages_endpoints },
    .cors = { .any_origin = true, .max_age = 600 },
};

const struct area *const api_areas[] = { &classroom_area, &service_area, &attendance_area, &courses_area, NULL };
