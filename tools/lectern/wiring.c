/* Wiring: see wiring.h. Each worker gets database connections for three purposes (requests' reading, reports' reading
 * that may take long, and the group commit), its persistence, its ids, and its transport. Whatever is made here is
 * found through the worker's service slots. */
#include "tools/lectern/wiring.h"

#include "actors/classroom/classroom.h"
#include "actors/classroom/pulse.h"
#include "actors/room/ids.h"
#include "actors/room/persistence.h"
#include "actors/room/recent.h"
#include "proto/base/log.h"
#include "proto/base/stamp.h"
#include "proto/config/config.h"
#include "proto/config/config_live.h"
#include "store/db_pool.h"
#include "store/statements.h"
#include "tools/lectern/pages.h"
#include "tools/lectern/pushes.h"
#include "transport/admin/audit.h"
#include "transport/api/api.h"
#include "transport/asks.h"
#include "transport/console/console.h"
#include "transport/health.h"
#include "transport/identity/changed.h"
#include "transport/identity/people.h"
#include "transport/identity/throttle.h"
#include "transport/ingress.h"
#include "transport/intake.h"
#include "transport/metrics/desk.h"
#include "transport/outbound/outbound.h"
#include "transport/services/google/keys.h"
#include "transport/sse/sse.h"
#include "transport/transport.h"

#include <stdio.h>
#include <stdlib.h>

enum { READ_QUEUE = 8192, SLOW_QUEUE = 256, WRITE_QUEUE = 64, TOKEN_PLACES = 16384, INTAKES_MOST = 96 };
enum { SECOND = 1000000000, MILLISECOND = 1000000 };

/* Shared by all workers: some with locks of their own, the others never change. */
static struct audit *audit;
static struct throttle *throttle;
static struct keys *keys;
static struct board *board;
static struct folder *pages;
static struct watch *watch;
static int64_t started_at;

bool wiring_prepare(const struct serve_state *state)
{
    started_at = stamp_now();
    classroom_setup((uint32_t)config.room_ring, (uint64_t)config.room_idle * SECOND,
                    (uint64_t)config.presence_grace * SECOND, (uint32_t)config.room_mailbox);
    throttle = throttle_create((uint64_t)config.login_window * SECOND);
    keys = keys_create(config.google_jwks_url);
    pages = pages_open();
    audit = audit_create();
    board = board_create(system_workers(state->system));
    if (*config.console && !(watch = watch_create()))
        return false;
    return throttle && keys && audit && board && outbound_setup() &&
           system_set_ingress(state->system, ingress_kind()) && system_add_kind(state->system, classroom_kind()) &&
           pushes_prepare(state->system);
}

void wiring_finish(const struct serve_state *state)
{
    throttle_destroy(throttle);
    throttle = NULL;
    pushes_finish();
    keys_destroy(keys);
    keys = NULL;
    board_destroy(board);
    board = NULL;
    outbound_finish();
    folder_close(pages);
    pages = NULL;
    audit_destroy(audit);
    audit = NULL;
    watch_destroy(watch);
    watch = NULL;
}

bool wiring_watch(const struct serve_state *state, struct admin *admin)
{
    return !watch || watch_start(watch, admin, system_worker(state->system, 0), console_news);
}

void wiring_unwatch(void)
{
    if (watch)
        watch_stop(watch);
}

struct audit *wiring_audit(void)
{
    return audit;
}

/* ---- database ---- */

static void find_left_behind(struct worker *w);

/* What was told while the connection was away has been missed. */
static void on_read_up(void *arg, bool up)
{
    struct transport *t = transport_of(arg);
    if (t && t->people)
        people_forget(t->people, 0);
    if (t && t->sse)
        sse_missed(t->sse);
    if (up && t && t->open)
        pushes_wake(arg);
    if (up && t && t->open && worker_index(arg) == 0)
        find_left_behind(arg);
}

static void on_write_up(void *arg, bool up)
{
    struct persistence *p = worker_service(arg, SERVICE_PERSISTENCE);
    if (p)
        persistence_db_up(p, up);
}

static void on_notify(void *arg, const char *channel, const char *payload)
{
    if (!strcmp(channel, "outbox_added"))
        pushes_wake(arg);
    else
        changed_here(arg, atoi(payload));
}

/* Few enough that many workers do not use up what a database allows by default. */
static int read_connections(int workers)
{
    int share = 32 / workers;
    return config.read_connections ? (int)config.read_connections : share < 1 ? 1 : share > 4 ? 4 : share;
}

int wiring_connections(int workers)
{
    return workers * (read_connections(workers) + 2);
}

static bool open_databases(struct worker *w, const struct serve_state *state)
{
    char name[64];
    struct db_pg_options o = { .conninfo = state->conninfo,
                               .name = name,
                               .statement_timeout_ms = config.statement_timeout,
                               .wait_ms = config.write_wait,
                               .queue = READ_QUEUE,
                               .writer_slot = -1,
                               .on_up = on_read_up,
                               .on_notify = on_notify,
                               .arg = w };
    snprintf(name, sizeof name, "lectern read %d", worker_index(w));
    worker_set_service(w, SERVICE_DB_READ,
                       db_pool_create(worker_loop(w), &o, read_connections(system_workers(worker_system(w)))));
    o.queue = SLOW_QUEUE;
    o.on_up = NULL;
    o.on_notify = NULL;
    snprintf(name, sizeof name, "lectern slow %d", worker_index(w));
    worker_set_service(w, SERVICE_DB_SLOW, db_pg_create(worker_loop(w), &o));
    o.queue = WRITE_QUEUE;
    o.writer_slot = worker_index(w);
    o.batch_statements = true;
    o.on_up = on_write_up;
    snprintf(name, sizeof name, "lectern write %d", worker_index(w));
    worker_set_service(w, SERVICE_DB_WRITE, db_pg_create(worker_loop(w), &o));
    return worker_service(w, SERVICE_DB_READ) && worker_service(w, SERVICE_DB_SLOW) &&
           worker_service(w, SERVICE_DB_WRITE);
}

/* ---- transport ---- */

static struct outbound *open_outbound(struct worker *w)
{
    const struct outbound_options o = { .loop = worker_loop(w),
                                        .running = (uint32_t)config.outbound_calls,
                                        .waiting = (uint32_t)config.outbound_queue,
                                        .ca_file = config.outbound_ca,
                                        .proxy = config.outbound_proxy };
    return outbound_create(&o);
}

static int taken(int *fd)
{
    int own = *fd;
    *fd = -1;
    return own;
}

static bool open_transport(struct worker *w, const struct serve_state *state)
{
    struct transport *t = calloc(1, sizeof *t);
    if (!t)
        return false;
    worker_set_service(w, SERVICE_TRANSPORT, t);
    unsigned running =
        (unsigned)(system_workers(worker_system(w)) > 1 ? 1 : 2); /* at most half of the pool, all together */
    t->worker = w;
    t->throttle = throttle;
    t->pages = pages;
    t->asks = asks_create(w, (uint64_t)config.answer_timeout * SECOND);
    t->people = people_create(w);
    t->health = health_create(w);
    t->sse = sse_create(w);
    t->desk = desk_create(board, w);
    t->changed = changed_create(w);
    t->version = LECTERN_VERSION;
    t->outbound = open_outbound(w);
    t->pushes = pushes_on();
    t->keys = t->outbound ? keys_desk_create(keys, w, keys_fetch_outbound, t->outbound) : NULL;
    t->tokens = token_cache_create(TOKEN_PLACES);
    t->passwords = pool_create(w, running, (unsigned)config.password_queue);
    t->audit = worker_index(w) ? NULL : audit;
    t->files = &state->audio;
    t->intakes = intakes_create(w, t->files, 1, INTAKES_MOST);
    t->probes = pool_create(w, 1, INTAKES_MOST);
    if (!t->asks || !t->people || !t->health || !t->sse || !t->desk || !t->changed || !t->keys || !t->tokens ||
        !t->passwords || !t->intakes || !t->probes || !pushes_open(w, t->outbound))
        return false;
    if (watch && !worker_index(w) && !(t->console = console_open(w, watch, taken(state->console_bound))))
        return false;
    if (state->nsockets)
        t->http = http_open_socket(w, api_areas, state->sockets[worker_index(w) % state->nsockets]);
    else
        t->http = http_open(w, api_areas, taken(&state->bound[worker_index(w)]));
    return t->http != NULL;
}

bool wiring_begin(struct worker *w, void *arg)
{
    const struct serve_state *state = arg;
    if (!open_databases(w, state))
        return false;
    worker_set_service(w, SERVICE_IDS, ids_create(w));
    worker_set_service(w, SERVICE_RECENT, recent_create());
    worker_set_service(w, SERVICE_PERSISTENCE,
                       persistence_create(w, (uint32_t)config.batch_turns, (uint64_t)config.write_wait * MILLISECOND));
    if (worker_index(w) == 0)
        worker_set_service(w, SERVICE_PULSE, pulse_create(w, started_at));
    return worker_service(w, SERVICE_IDS) && worker_service(w, SERVICE_RECENT) &&
           worker_service(w, SERVICE_PERSISTENCE) &&
           (worker_index(w) || (worker_service(w, SERVICE_PULSE) && audit_open(audit, w))) && open_transport(w, state);
}

/* ---- what a restart, or an absent database, left behind ---- */

/* Rooms in which somebody counted as connected are woken, so that those who do not come back are seen to have left. */
static void on_left_behind(void *arg, const struct db_result *r)
{
    struct system *s = worker_system(arg);
    if (r->status != DB_OK)
        log_warn("rooms with people left behind were not found", F_STR("sqlstate", r->sqlstate));
    for (int i = 0; r->status == DB_OK && i < r->rows; i++) {
        struct message *m = message_create(MESSAGE_ROOM_WAKE, sizeof(struct room_wake));
        if (!m)
            return;
        m->reply = NO_RETURN;
        bus_send(s, classroom_address((int32_t)db_int(r, i, 0)), m);
    }
}

static void find_left_behind(struct worker *w)
{
    struct db_params none = { 0 };
    if (!db_query(worker_service(w, SERVICE_DB_READ), &CLASSROOM_LEFT_BEHIND, &none, on_left_behind, w))
        log_warn("rooms with people left behind were not looked for");
}

bool wiring_ready(struct worker *w)
{
    return db_up(worker_service(w, SERVICE_DB_READ)) && db_up(worker_service(w, SERVICE_DB_WRITE));
}

void wiring_open(struct worker *w)
{
    struct transport *t = transport_of(w);
    if (t->open)
        return;
    t->open = true;
    pushes_wake(w);
    if (worker_index(w))
        return;
    pulse_open(worker_service(w, SERVICE_PULSE));
    find_left_behind(w);
}

/* ---- stopping ---- */

void wiring_drain(struct worker *w)
{
    struct transport *t = transport_of(w);
    if (t->draining)
        return;
    t->draining = true;
    if (worker_index(w) == 0)
        pulse_close(worker_service(w, SERVICE_PULSE));
    pushes_drain(w);
    http_drain(t->http);
    if (t->console)
        console_drain(t->console);
    sse_drain(t->sse, (uint64_t)config_here()->drain_time * SECOND / 4);
}

bool wiring_drained(struct worker *w)
{
    const struct transport *t = transport_of(w);
    const struct pulse *pulse = worker_service(w, SERVICE_PULSE);
    struct outbound_stats o = outbound_stats(t->outbound);
    return (!t->console || console_drained(t->console)) && (!pulse || (pulse_idle(pulse) && audit_idle(audit))) &&
           http_drained(t->http) && !sse_streams(t->sse) && !asks_waiting(t->asks) && !o.running && !o.waiting &&
           pushes_drained(w) && persistence_idle(worker_service(w, SERVICE_PERSISTENCE));
}

struct closing {
    int left;
};

static void on_closed(void *arg)
{
    ((struct closing *)arg)->left--;
}

/* Before the databases: what a job was for would ask them next. */
static void end_jobs(struct transport *t)
{
    outbound_close(t->outbound);
    desk_destroy(t->desk);
    changed_destroy(t->changed);
    pool_destroy(t->passwords);
    pool_destroy(t->probes);
    intakes_close(t->intakes);
}

void wiring_end(struct worker *w, void *arg)
{
    struct transport *t = transport_of(w);
    struct closing closing = { 0 };
    if (t && t->http)
        http_close(t->http);
    if (t && t->console)
        console_close(t->console);
    if (t)
        end_jobs(t);
    if (worker_index(w) == 0)
        audit_close(audit);
    for (enum worker_service slot = SERVICE_DB_READ; slot <= SERVICE_DB_WRITE; slot++) {
        struct db *db = worker_service(w, slot);
        if (!db)
            continue;
        closing.left++;
        if (slot == SERVICE_DB_READ)
            db_pool_close(db, on_closed, &closing);
        else
            db_pg_close(db, on_closed, &closing);
    }
    while (closing.left || (t && t->sse && sse_streams(t->sse)) ||
           (t && t->console && console_stats(t->console).streams))
        uv_run(worker_loop(w), UV_RUN_ONCE);
    persistence_destroy(worker_service(w, SERVICE_PERSISTENCE));
    ids_destroy(worker_service(w, SERVICE_IDS));
    ring_destroy(worker_service(w, SERVICE_RECENT));
    pulse_destroy(worker_service(w, SERVICE_PULSE));
    if (!t)
        return;
    pushes_close(w);
    keys_desk_destroy(t->keys);
    outbound_destroy(t->outbound);
    token_cache_destroy(t->tokens);
    sse_destroy(t->sse);
    console_destroy(t->console);
    people_destroy(t->people);
    health_destroy(t->health);
    asks_destroy(t->asks);
    free(t);
}

void wiring_describe(struct worker *w, struct json *out)
{
    struct transport *t = transport_of(w);
    struct http_stats h = http_stats(t->http);
    struct db_stats r = db_pool_stats(worker_service(w, SERVICE_DB_READ));
    struct persistence_stats p = persistence_stats(worker_service(w, SERVICE_PERSISTENCE));
    struct outbound_stats o = outbound_stats(t->outbound);
    struct sample recent;
    desk_recent(t->desk, &recent);
    json_double(out, "busy_now", (double)(recent.worker.busy_ns * 1000 / (recent.window_ns + 1)) / 1000);
    json_double(out, "turn_p99_ms", (double)histogram_quantile(&recent.runtime.turn_us, .99) / 1000);
    json_int(out, "connections", h.connections);
    json_int(out, "streams", h.streams);
    json_int(out, "requests", (int64_t)h.requests);
    json_int(out, "events", (int64_t)sse_measures(t->sse)->events);
    json_int(out, "deliveries", (int64_t)sse_measures(t->sse)->sends);
    json_int(out, "asks", asks_waiting(t->asks));
    json_int(out, "reads", (int64_t)r.queries);
    json_int(out, "batches", (int64_t)p.batches);
    json_int(out, "turns", (int64_t)p.turns);
    json_int(out, "writes_waiting", p.waiting);
    json_int(out, "refused_writes", (int64_t)p.refused);
    json_bool(out, "database", r.up);
    json_int(out, "calls", o.running);
    json_int(out, "calls_waiting", o.waiting);
    json_int(out, "calls_answered", (int64_t)o.answered);
    json_int(out, "calls_failed", (int64_t)o.failed);
}
