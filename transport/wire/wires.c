/* Wires: see wires.h. */
#include "transport/wire/wires.h"

#include "transport/wire/listener.h"
#include "transport/wire/writable.h"

#include <assert.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>

static struct wire *wire_of_link(struct deadline_link *link)
{
    return (struct wire *)((char *)link - offsetof(struct wire, link));
}

/* ---- the timer ---- */

/* Nothing of them is timed, and nothing waits to be accepted again. */
static bool is_idle(struct wires *ws)
{
    bool idle = ws->accepting || ws->listen_fd < 0;
    for (int class = DEADLINE_NONE + 1; class < DEADLINE_COUNT; class ++)
        idle &= !deadline_first(&ws->deadlines, (enum deadline) class);
    return idle;
}

static void on_tick(uv_timer_t *timer)
{
    struct wires *ws = timer->data;
    uint64_t now = uv_now(ws->loop);
    struct deadline_link *due;
    for (int class = 0; class < DEADLINE_COUNT; class ++)
        while ((due = deadline_due(&ws->deadlines, (enum deadline) class, now)))
            wire_expire(wire_of_link(due));
    listener_retry(ws);
    bool idle = is_idle(ws);
    if (idle) {
        uv_timer_stop(timer);
        ws->timer_on = false;
    }
    if (ws->owner->tick)
        ws->owner->tick(ws, idle);
}

void wires_watch(struct wires *ws)
{
    if (ws->timer_on || ws->closing)
        return;
    ws->timer_on = uv_timer_start(&ws->timer, on_tick, WIRES_TICK_MS, WIRES_TICK_MS) == 0;
}

/* ---- beginning and end ---- */

static void release(struct wires *ws)
{
    listener_retry(ws);
    ws->owner->released(ws);
}

bool wires_init(struct wires *ws, uv_loop_t *loop, const struct wires_owner *owner)
{
    *ws = (struct wires){ .owner = owner,
                          .loop = loop,
                          .watch = wires_watch,
                          .release = release,
                          .listen_fd = -1,
                          .writable_fd = -1,
                          .read_buffer = malloc(WIRE_READ_MOST) };
    deadlines_init(&ws->deadlines);
    return ws->read_buffer;
}

void wires_fini(struct wires *ws)
{
    assert(!ws->handles && !ws->stats.connections && !ws->corked);
    peers_fini(&ws->peers);
    buf_fini(&ws->out);
    buf_fini(&ws->scratch);
    free(ws->read_buffer);
    ws->read_buffer = NULL;
}

/* Takes fd as listen_on does. */
static int open_on(struct wires *ws, int (*listen_on)(struct wires *ws, int fd), int fd)
{
    signal(SIGPIPE, SIG_IGN); /* libuv writes without MSG_NOSIGNAL */
    uv_timer_init(ws->loop, &ws->timer);
    ws->timer.data = ws;
    ws->handles++;
    uv_unref((uv_handle_t *)&ws->timer);
    int failed = writable_open(ws);
    return failed ? failed : listen_on(ws, fd);
}

int wires_listen(struct wires *ws, int bound)
{
    return open_on(ws, listener_open, bound);
}

int wires_share(struct wires *ws, int fd)
{
    return open_on(ws, listener_share, fd);
}

uint16_t wires_port(const struct wires *ws)
{
    struct sockaddr_storage a = { 0 };
    socklen_t n = sizeof a;
    if (ws->listen_fd < 0 || getsockname(ws->listen_fd, (struct sockaddr *)&a, &n) < 0)
        return 0;
    return ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&a)->sin6_port
                                         : ((struct sockaddr_in *)&a)->sin_port);
}

/* An idle one may have something on its way: it has the lingering time to say so. */
void wires_drain(struct wires *ws)
{
    if (ws->draining)
        return;
    if (ws->listen_fd >= 0 && !ws->shared)
        listener_accept(ws);
    ws->draining = true;
    listener_close(ws);
    struct deadline_link *head = &ws->deadlines.lists[DEADLINE_IDLE];
    for (struct deadline_link *link = head->next, *next; link != head; link = next) {
        next = link->next;
        wire_deadline(wire_of_link(link), DEADLINE_LINGER);
    }
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct wires *ws = handle->data;
    assert(ws->handles);
    ws->handles--;
    release(ws);
}

void wires_close(struct wires *ws)
{
    ws->draining = ws->closing = true;
    listener_close(ws);
    struct deadline_link *link;
    for (int class = 0; class < DEADLINE_COUNT; class ++)
        while ((link = deadline_first(&ws->deadlines, (enum deadline) class)))
            wire_close(wire_of_link(link), CLOSE_SHUTDOWN);
    writable_close(ws);
    if (!uv_is_closing((uv_handle_t *)&ws->timer))
        uv_close((uv_handle_t *)&ws->timer, on_timer_closed);
}

bool wires_closed(const struct wires *ws)
{
    return ws->closing && !ws->handles && !ws->stats.connections;
}

/* Every wire that is not closed is in one of the lists of deadlines. */
void wires_each(const struct wires *ws, void (*see)(const struct wire *w, void *arg), void *arg)
{
    for (int class = 0; class < DEADLINE_COUNT; class ++) {
        const struct deadline_link *head = &ws->deadlines.lists[class];
        for (struct deadline_link *link = head->next; link != head; link = link->next)
            see(wire_of_link(link), arg);
    }
}
