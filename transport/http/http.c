/* Http: opening, draining and closing the HTTP side of a worker, and its deadlines. */
#include "transport/http/http.h"

#include "proto/base/log.h"
#include "proto/config/config.h"
#include "transport/http/connection_state.h"
#include "transport/http/look.h"
#include "transport/http/upload.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

enum { TRIM_TICKS = 25, FILES_OPENING = 2, FILES_WAITING = 4096 };

_Static_assert(offsetof(struct http, wires) == 0, "wires are their http");

/* ---- what its wires tell ---- */

static struct http *http_of_wires(struct wires *ws)
{
    return (struct http *)ws;
}

/* Remembers it as it was. */
static void record(struct http *h, const struct connection *c, enum close_reason why)
{
    struct closed one = { .why = why, .at = uv_now(h->wires.loop) };
    connection_look(c, &one.was);
    closed_add(&h->closed, &one);
}

static void on_closing(struct wire *w, enum close_reason why)
{
    struct connection *c = connection_of(w);
    struct http *h = http_of(c);
    record(h, c, why);
    connection_stop_counting(c);
    peers_forget(&h->wires.peers, c->client);
    c->client = NULL;
    assert(h->refusals >= c->refused && (c->state != CONNECTION_STREAM || *connection_counted_as(c)));
    h->refusals -= c->refused;
    if (c->state == CONNECTION_STREAM)
        (*connection_counted_as(c))--;
}

static void on_fini(struct wire *w)
{
    connection_drop_pending(connection_of(w));
}

/* Nothing but streams is left when it is idle, and they hold no blocks. */
static void on_tick(struct wires *ws, bool idle)
{
    struct http *h = http_of_wires(ws);
    if (++h->ticks % TRIM_TICKS == 0)
        arena_pool_trim(&h->pool);
    open_file_trim(h, idle);
    if (idle)
        arena_pool_fini(&h->pool);
}

/* Frees it once it is closed and nothing of it is alive. */
static void on_released(struct wires *ws)
{
    struct http *h = http_of_wires(ws);
    if (!wires_closed(&h->wires) || h->requests)
        return;
    router_destroy(h->router);
    arena_pool_fini(&h->pool);
    wires_fini(&h->wires);
    free(h);
}

static const struct wires_owner connections = {
    .size = sizeof(struct connection),
    .user = &reader,
    .accepted = reader_accepted,
    .closing = on_closing,
    .fini = on_fini,
    .tick = on_tick,
    .released = on_released,
};

/* ---- beginning and end ---- */

static struct http *http_alloc(struct worker *w, const struct area *const *areas, const char *hosts)
{
    struct http *h = calloc(1, sizeof *h);
    struct buf why = { 0 };
    struct pool *files = pool_create(w, FILES_OPENING, FILES_WAITING);
    bool read = h && wires_init(&h->wires, worker_loop(w), &connections) &&
                networks_read(config.trusted_proxies ? config.trusted_proxies : "", &h->proxies, &why);
    struct router *router = read && files ? router_create(areas, hosts, &why) : NULL;
    if (!router) {
        log_error("http cannot start", F_TEXT("why", buf_view(&why)));
        buf_fini(&why);
        pool_destroy(files);
        if (h)
            wires_fini(&h->wires);
        free(h);
        return NULL;
    }
    h->worker = w;
    h->areas = areas;
    h->router = router;
    h->files = files;
    return h;
}

/* What is not made yet: NULL. */
static struct http *open_on(struct http *h, int (*listen_on)(struct wires *ws, int fd), int fd)
{
    if (!h)
        return NULL;
    int failed = listen_on(&h->wires, fd);
    if (!failed)
        return h;
    log_error("cannot listen", F_STR("why", uv_strerror(failed)));
    http_close(h);
    return NULL;
}

struct http *http_open(struct worker *w, const struct area *const *areas, int bound)
{
    return open_on(http_alloc(w, areas, config.hosts ? config.hosts : ""), wires_listen, bound);
}

struct http *http_open_few(struct worker *w, const struct area *const *areas, int bound)
{
    struct http *h = http_alloc(w, areas, "");
    if (h)
        h->wires.most = HTTP_FEW;
    return open_on(h, wires_listen, bound);
}

struct http *http_open_socket(struct worker *w, const struct area *const *areas, int fd)
{
    return open_on(http_alloc(w, areas, config.hosts ? config.hosts : ""), wires_share, fd);
}

uint16_t http_port(const struct http *h)
{
    return wires_port(&h->wires);
}

void http_set_aside(struct http *h, bool aside)
{
    h->aside = aside;
}

void http_drain(struct http *h)
{
    wires_drain(&h->wires);
}

bool http_drained(const struct http *h)
{
    return h->wires.draining && !h->wires.stats.connections && !h->requests;
}

void http_close(struct http *h)
{
    wires_close(&h->wires);
    open_file_trim(h, true);
    pool_destroy(h->files);
    h->files = NULL;
}

struct http_stats http_stats(const struct http *h)
{
    const struct wires *ws = &h->wires;
    struct http_stats s = h->stats;
    s.accepted = ws->stats.accepted;
    s.cut_slow = ws->stats.cut_slow;
    s.received = ws->stats.received;
    s.sent = ws->stats.sent;
    s.connections = ws->stats.connections;
    s.highest = ws->stats.highest;
    s.accepting = ws->accepting;
    s.uploads = h->uploads;
    s.uploads_limit = UPLOADS_MOST;
    s.files = h->files ? pool_stats(h->files) : (struct pool_stats){ 0 };
    return s;
}

const struct http_measures *http_measures(const struct http *h)
{
    return &h->measures;
}
