/* Http: opening, draining and closing the HTTP side of a worker, and its deadlines. */
#include "transport/http/http.h"

#include "proto/base/log.h"
#include "proto/config/config.h"
#include "transport/http/connection_state.h"
#include "transport/http/upload.h"

#include <assert.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { TICK_MS = 200, TRIM_TICKS = 25, FILES_OPENING = 2, FILES_WAITING = 4096 };

static struct connection *connection_of_link(struct deadline_link *link)
{
    return (struct connection *)((char *)link - offsetof(struct connection, link));
}

static void on_tick(uv_timer_t *timer)
{
    struct http *h = timer->data;
    uint64_t now = uv_now(h->loop);
    struct deadline_link *due;
    for (int class = 0; class < DEADLINE_COUNT; class ++)
        while ((due = deadline_due(&h->deadlines, (enum deadline) class, now)))
            connection_expire(connection_of_link(due));
    listener_retry(h);
    if (++h->ticks % TRIM_TICKS == 0)
        arena_pool_trim(&h->pool);
    open_file_trim(h, false);
    bool idle = h->accepting || h->listen_fd < 0;
    for (int class = DEADLINE_NONE + 1; class < DEADLINE_COUNT; class ++)
        idle &= !deadline_first(&h->deadlines, (enum deadline) class);
    if (!idle)
        return;
    open_file_trim(h, true);
    arena_pool_fini(&h->pool); /* nothing but streams is left, and they hold no blocks */
    uv_timer_stop(timer);
    h->timer_on = false;
}

void http_watch(struct http *h)
{
    if (h->timer_on || h->closing)
        return;
    h->timer_on = uv_timer_start(&h->timer, on_tick, TICK_MS, TICK_MS) == 0;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct http *h = handle->data;
    h->handles--;
    http_release(h);
}

void http_release(struct http *h)
{
    if (!h->closing || h->handles || h->stats.connections || h->requests)
        return;
    router_destroy(h->router);
    arena_pool_fini(&h->pool);
    peers_fini(&h->peers);
    buf_fini(&h->out);
    buf_fini(&h->scratch);
    free(h->read_buffer);
    free(h);
}

static struct http *http_alloc(struct worker *w, const struct area *const *areas, const char *hosts)
{
    struct http *h = calloc(1, sizeof *h);
    char *buffer = malloc(READ_BUFFER);
    struct buf why = { 0 };
    struct pool *files = pool_create(w, FILES_OPENING, FILES_WAITING);
    bool read = h && networks_read(config.trusted_proxies ? config.trusted_proxies : "", &h->proxies, &why);
    struct router *router = read && buffer && files ? router_create(areas, hosts, &why) : NULL;
    if (!router) {
        log_error("http cannot start", F_TEXT("why", buf_view(&why)));
        buf_fini(&why);
        pool_destroy(files);
        free(buffer);
        free(h);
        return NULL;
    }
    h->worker = w;
    h->loop = worker_loop(w);
    h->areas = areas;
    h->router = router;
    h->read_buffer = buffer;
    h->files = files;
    h->listen_fd = h->writable_fd = -1;
    deadlines_init(&h->deadlines);
    return h;
}

/* What is not made yet: NULL. */
static struct http *open_on(struct http *h, int (*listen_on)(struct http *h, int fd), int fd)
{
    if (!h)
        return NULL;
    signal(SIGPIPE, SIG_IGN); /* libuv writes without MSG_NOSIGNAL */
    uv_timer_init(h->loop, &h->timer);
    h->timer.data = h;
    h->handles++;
    uv_unref((uv_handle_t *)&h->timer);
    int failed = writable_open(h);
    if (!failed)
        failed = listen_on(h, fd);
    if (!failed)
        return h;
    log_error("cannot listen", F_STR("why", uv_strerror(failed)));
    http_close(h);
    return NULL;
}

struct http *http_open(struct worker *w, const struct area *const *areas, int bound)
{
    return open_on(http_alloc(w, areas, config.hosts ? config.hosts : ""), listener_open, bound);
}

struct http *http_open_few(struct worker *w, const struct area *const *areas, int bound)
{
    struct http *h = http_alloc(w, areas, "");
    if (h)
        h->most = HTTP_FEW;
    return open_on(h, listener_open, bound);
}

struct http *http_open_socket(struct worker *w, const struct area *const *areas, int fd)
{
    return open_on(http_alloc(w, areas, config.hosts ? config.hosts : ""), listener_share, fd);
}

uint16_t http_port(const struct http *h)
{
    struct sockaddr_storage a = { 0 };
    socklen_t n = sizeof a;
    if (h->listen_fd < 0 || getsockname(h->listen_fd, (struct sockaddr *)&a, &n) < 0)
        return 0;
    return ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&a)->sin6_port
                                         : ((struct sockaddr_in *)&a)->sin_port);
}

void http_set_aside(struct http *h, bool aside)
{
    h->aside = aside;
}

/* A connection may have a request on its way: it has the lingering time to say so. */
void http_drain(struct http *h)
{
    if (h->draining)
        return;
    if (h->listen_fd >= 0 && !h->shared)
        listener_accept(h);
    h->draining = true;
    listener_close(h);
    struct deadline_link *head = &h->deadlines.lists[DEADLINE_IDLE];
    for (struct deadline_link *link = head->next, *next; link != head; link = next) {
        next = link->next;
        connection_deadline(connection_of_link(link), DEADLINE_LINGER);
    }
}

bool http_drained(const struct http *h)
{
    return h->draining && !h->stats.connections && !h->requests;
}

void http_close(struct http *h)
{
    h->draining = h->closing = true;
    listener_close(h);
    struct deadline_link *link;
    for (int class = 0; class < DEADLINE_COUNT; class ++)
        while ((link = deadline_first(&h->deadlines, (enum deadline) class)))
            connection_close(connection_of_link(link), CLOSE_SHUTDOWN);
    writable_close(h);
    open_file_trim(h, true);
    pool_destroy(h->files);
    h->files = NULL;
    if (!uv_is_closing((uv_handle_t *)&h->timer))
        uv_close((uv_handle_t *)&h->timer, on_timer_closed);
}

struct http_stats http_stats(const struct http *h)
{
    struct http_stats s = h->stats;
    s.accepting = h->accepting;
    s.uploads = h->uploads;
    s.uploads_limit = UPLOADS_MOST;
    s.files = h->files ? pool_stats(h->files) : (struct pool_stats){ 0 };
    return s;
}

const struct http_measures *http_measures(const struct http *h)
{
    return &h->measures;
}
