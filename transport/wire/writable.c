/* Writable: wires that wait until their socket takes more of what is not in a buffer of ours (files). libuv
 * watches a wire's socket for its own reads and writes and lets nobody else watch it; so these sockets are also
 * in an epoll set of the worker's own, and that set is watched by libuv. Each wait is for one event. Waiting in turn
 * behind the others is also how a fast client is kept from starving them. */
#include "transport/wire/writable.h"

#include <assert.h>
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS_PER_TURN = 8 }; /* so that all bodies together hold a turn for a few milliseconds at most */

static void on_writable(uv_poll_t *poll, int status, int events)
{
    struct wires *ws = poll->data;
    struct epoll_event ready[EVENTS_PER_TURN];
    int n = epoll_wait(ws->writable_fd, ready, EVENTS_PER_TURN, 0);
    for (int i = 0; i < n; i++) {
        struct wire *w = wire_of(ready[i].data.ptr); /* its memory outlives this turn */
        if (!w->waits)
            continue;
        w->waits = false;
        if (w->state == WIRE_OPEN && w->user->writable)
            w->user->writable(w);
    }
}

int writable_open(struct wires *ws)
{
    int fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0)
        return -errno;
    int failed = uv_poll_init(ws->loop, &ws->writable, fd);
    if (failed) {
        close(fd);
        return failed;
    }
    ws->writable_fd = fd;
    ws->writable.data = ws;
    ws->handles++;
    return uv_poll_start(&ws->writable, UV_READABLE, on_writable);
}

static void on_closed(uv_handle_t *handle)
{
    struct wires *ws = handle->data;
    assert(ws->handles);
    ws->handles--;
    ws->release(ws);
}

void writable_close(struct wires *ws)
{
    if (ws->writable_fd < 0)
        return;
    uv_close((uv_handle_t *)&ws->writable, on_closed);
    close(ws->writable_fd);
    ws->writable_fd = -1;
}

bool writable_wait(struct wire *w)
{
    assert(w->state == WIRE_OPEN && w->wires->writable_fd >= 0);
    struct epoll_event want = { .events = EPOLLOUT | EPOLLONESHOT, .data.ptr = w };
    if (epoll_ctl(w->wires->writable_fd, w->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, w->fd, &want) < 0)
        return false;
    w->watched = w->waits = true;
    return true;
}
