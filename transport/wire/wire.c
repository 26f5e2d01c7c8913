/* Wire: see wire.h. Reading, deadlines, and the states after its user's last word. */
#include "transport/wire/wire.h"

#include "proto/config/config_live.h"
#include "transport/wire/output.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINGER_BYTES_MOST = 1 << 20, SWALLOW_BYTES_MOST = 64 << 20 };

#define TO(state) STATE(WIRE_##state)
const struct state_row wire_states[] = {
    [WIRE_OPEN] = { "open", TO(ENDING) | TO(LINGER) | TO(CLOSED) },
    [WIRE_ENDING] = { "ending", TO(LINGER) | TO(CLOSED) },
    [WIRE_LINGER] = { "linger", TO(CLOSED) },
    [WIRE_CLOSED] = { "closed", 0 },
};

static void enter(struct wire *w, enum wire_state to)
{
    assert(w->tag == WIRE_TAG);
    w->state = (uint8_t)state_next(wire_states, w->state, to);
}

/* ---- its end ---- */

static void on_closed(uv_handle_t *handle)
{
    struct wire *w = wire_of(handle);
    struct wires *ws = w->wires;
    assert(w->state == WIRE_CLOSED && !w->peer && !w->watched && w->link.next == &w->link);
    assert(ws->stats.connections && ws->corked != w);
    output_free(w);
    if (ws->owner->fini)
        ws->owner->fini(w);
    w->tag = 0;
    free(w);
    ws->stats.connections--;
    ws->release(ws);
}

/* Closing the socket would take it out of the set of writable.c, unless a child that is being started holds a copy of
 * it. */
static void forget_writable(struct wire *w)
{
    if (w->watched && w->wires->writable_fd >= 0)
        (void)epoll_ctl(w->wires->writable_fd, EPOLL_CTL_DEL, w->fd, &(struct epoll_event){ 0 });
    w->watched = w->waits = false;
}

void wire_close(struct wire *w, enum close_reason why)
{
    assert(w->tag == WIRE_TAG && why < CLOSE_REASON_COUNT);
    if (w->state == WIRE_CLOSED)
        return;
    if (w->wires->owner->closing)
        w->wires->owner->closing(w, why);
    enter(w, WIRE_CLOSED);
    forget_writable(w);
    deadline_remove(&w->link);
    peers_give(&w->wires->peers, w->peer);
    w->peer = NULL;
    uv_close((uv_handle_t *)&w->tcp, on_closed);
    w->user->closed(w);
}

void wire_reset(struct wire *w, enum close_reason why)
{
    struct linger reset = { .l_onoff = 1 };
    if (w->state == WIRE_CLOSED)
        return;
    (void)setsockopt(w->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset); /* without it what was sent is still read */
    wire_close(w, why);
}

static void shut_down(struct wire *w)
{
    if (w->shut)
        return;
    w->shut = true;
    if (shutdown(w->fd, SHUT_WR) < 0)
        wire_close(w, close_reason_of_errno(errno));
}

void wire_finish(struct wire *w, enum close_reason why)
{
    enter(w, WIRE_ENDING);
    w->why = (uint8_t)why;
}

void wire_linger(struct wire *w, bool swallow, enum close_reason why)
{
    enter(w, WIRE_LINGER);
    w->why = (uint8_t)why;
    w->drops = swallow ? SWALLOW_BYTES_MOST : LINGER_BYTES_MOST;
    wire_deadline(w, swallow ? DEADLINE_SWALLOW : DEADLINE_LINGER);
    if (!w->ended)
        wire_read(w, true);
}

static void settle_ending(struct wire *w)
{
    if (w->backlog)
        wire_deadline(w, DEADLINE_WRITE);
    else if (w->unread)
        wire_linger(w, false, w->why);
    else
        wire_close(w, w->why);
}

void wire_settle(struct wire *w)
{
    if (w->state == WIRE_ENDING)
        settle_ending(w);
    if (w->state == WIRE_LINGER && !w->backlog)
        shut_down(w);
    if (w->state == WIRE_LINGER && w->ended && !w->backlog)
        wire_close(w, w->why);
}

/* ---- its deadline ---- */

void wire_deadline(struct wire *w, enum deadline class)
{
    assert(w->state != WIRE_CLOSED && class < DEADLINE_COUNT); /* a closed one is in no list */
    deadline_remove(&w->link);
    w->class = (uint8_t) class;
    deadline_add(&w->wires->deadlines, &w->link, class, uv_now(w->wires->loop));
    if (class != DEADLINE_NONE)
        w->wires->watch(w->wires);
}

static enum close_reason why_expired(const struct wire *w)
{
    if (w->class == DEADLINE_WRITE)
        return CLOSE_WRITE_TIMEOUT;
    if (w->state == WIRE_LINGER)
        return w->why;
    return w->class == DEADLINE_IDLE ? CLOSE_IDLE_TIMEOUT : CLOSE_DRAIN;
}

void wire_time_out(struct wire *w)
{
    w->wires->stats.cut_slow += w->class == DEADLINE_WRITE;
    wire_close(w, why_expired(w));
}

void wire_expire(struct wire *w)
{
    if (w->state == WIRE_OPEN && w->user->expired && (w->user->expired(w) || w->state == WIRE_CLOSED))
        return;
    if (w->class == DEADLINE_WRITE && output_progress(w))
        wire_deadline(w, DEADLINE_WRITE);
    else
        wire_time_out(w);
}

/* ---- from the loop ---- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    const struct wire *w = wire_of(handle);
    size_t most = w->state == WIRE_OPEN && w->user->room ? w->user->room(w) : WIRE_READ_MOST;
    assert(most && most <= WIRE_READ_MOST);
    *buf = uv_buf_init(w->wires->read_buffer, (unsigned)most);
}

/* A wire that has had its last ends for the reason it had for that. */
static enum close_reason why_ended(const struct wire *w, int status)
{
    if (w->state != WIRE_OPEN)
        return w->why;
    return status == UV_EOF ? CLOSE_PEER_CLOSED : close_reason_of_errno(-status);
}

static bool goes_on(struct wire *w)
{
    if (w->state != WIRE_OPEN)
        return w->backlog;
    return w->user->ended && w->user->ended(w);
}

static void on_end(struct wire *w, int status)
{
    w->ended = true;
    w->reading = false;
    uv_read_stop((uv_stream_t *)&w->tcp);
    if (status != UV_EOF || !goes_on(w))
        wire_close(w, why_ended(w, status));
}

static void drop(struct wire *w, size_t n)
{
    if (n > w->drops)
        wire_close(w, w->why);
    else
        w->drops -= (uint32_t)n;
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct wire *w = wire_of(stream);
    assert(w->reading && w->state != WIRE_CLOSED);
    if (n < 0) {
        on_end(w, (int)n);
        return;
    }
    w->wires->stats.received += (uint64_t)n;
    w->received += (uint64_t)n;
    w->touched = uv_now(w->wires->loop);
    if (w->state == WIRE_LINGER)
        drop(w, (size_t)n);
    else if (w->state == WIRE_OPEN && w->user->bytes)
        w->user->bytes(w, buf->base, (size_t)n);
}

void wire_read(struct wire *w, bool on)
{
    if (w->reading == on || w->state == WIRE_CLOSED)
        return;
    w->reading = on;
    if (!on)
        uv_read_stop((uv_stream_t *)&w->tcp);
    else if (uv_read_start((uv_stream_t *)&w->tcp, on_alloc, on_read) < 0)
        wire_close(w, CLOSE_SOCKET_FAILED);
}

/* ---- its users ---- */

bool wire_use(struct wire *w, const struct wire_user *user, void *arg)
{
    assert(w->tag == WIRE_TAG && user && user->closed);
    assert(w->state == WIRE_OPEN || w->state == WIRE_CLOSED);
    w->user = user;
    w->arg = arg;
    if (w->state == WIRE_OPEN)
        return true;
    user->closed(w);
    return false;
}

static void set_option(int fd, int level, int name, int64_t value)
{
    int v = value < 1 ? 1 : (int)value;
    (void)setsockopt(fd, level, name, &v,
                     sizeof v); /* without it a dead peer is noticed later, by the kernel's defaults */
}

void wire_limit_unsent(struct wire *w, uint32_t bytes)
{
    (void)setsockopt(w->fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes); /* without it that is the system's */
}

/* While data waits by TCP_USER_TIMEOUT, in silence by probes, the first after a third of it. */
void wire_watch_peer(struct wire *w)
{
    int64_t seconds = config_here()->half_open_timeout;
    set_option(w->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, seconds * 1000);
    set_option(w->fd, IPPROTO_TCP, TCP_KEEPIDLE, seconds / 3);
    set_option(w->fd, IPPROTO_TCP, TCP_KEEPINTVL, seconds / 6);
    set_option(w->fd, IPPROTO_TCP, TCP_KEEPCNT, 4);
    set_option(w->fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

/* ---- its beginning ---- */

static uint16_t port_of(const struct sockaddr *a)
{
    return a->sa_family == AF_INET6 ? ((const struct sockaddr_in6 *)a)->sin6_port
                                    : ((const struct sockaddr_in *)a)->sin_port;
}

static void begin(struct wire *w, struct wires *ws, int fd, const struct sockaddr *peer)
{
    w->tag = WIRE_TAG;
    w->wires = ws;
    w->user = ws->owner->user;
    w->fd = fd;
    w->link.next = w->link.prev = &w->link;
    w->serial = ++ws->serial;
    w->opened = w->touched = uv_now(ws->loop);
    w->port = port_of(peer);
    w->peer = peers_take(&ws->peers, peer);
    ws->stats.accepted++;
    if (++ws->stats.connections > ws->stats.highest)
        ws->stats.highest = ws->stats.connections;
}

void wire_accept(struct wires *ws, int fd, const struct sockaddr *peer, bool over)
{
    assert(ws->owner->size >= sizeof(struct wire) && fd >= 0 && !ws->closing);
    struct wire *w = calloc(1, ws->owner->size);
    if (!w || uv_tcp_init(ws->loop, &w->tcp) < 0) {
        free(w);
        close(fd);
        return;
    }
    begin(w, ws, fd, peer);
    if (uv_tcp_open(&w->tcp, fd) < 0) {
        close(fd);
        wire_close(w, CLOSE_SOCKET_FAILED);
        return;
    }
    wire_deadline(w, DEADLINE_IDLE);
    wire_read(w, true);
    if (w->state != WIRE_CLOSED && ws->owner->accepted)
        ws->owner->accepted(w, over);
}
