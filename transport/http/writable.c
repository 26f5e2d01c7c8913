/* Writable: connections that wait until their socket takes more of what is not in a buffer of ours (files). libuv
 * watches a connection's socket for its own reads and writes and lets nobody else watch it; so these sockets are also
 * in an epoll set of the worker's own, and that set is watched by libuv. Each wait is for one event. Waiting in turn
 * behind the others is also how a fast client is kept from starving them. */
#include "transport/http/connection_state.h"
#include "transport/http/http.h"

#include <assert.h>
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS_PER_TURN = 8 }; /* so that all bodies together hold a turn for a few milliseconds at most */

static void on_writable(uv_poll_t *poll, int status, int events)
{
    struct http *h = poll->data;
    struct epoll_event ready[EVENTS_PER_TURN];
    int n = epoll_wait(h->writable_fd, ready, EVENTS_PER_TURN, 0);
    for (int i = 0; i < n; i++) {
        struct connection *c = connection_of(ready[i].data.ptr); /* its memory outlives this turn */
        if (!c->waits)
            continue;
        c->waits = false;
        connection_writable(c);
    }
}

int writable_open(struct http *h)
{
    int fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0)
        return -errno;
    int failed = uv_poll_init(h->loop, &h->writable, fd);
    if (failed) {
        close(fd);
        return failed;
    }
    h->writable_fd = fd;
    h->writable.data = h;
    h->handles++;
    return uv_poll_start(&h->writable, UV_READABLE, on_writable);
}

static void on_closed(uv_handle_t *handle)
{
    struct http *h = handle->data;
    h->handles--;
    http_release(h);
}

void writable_close(struct http *h)
{
    if (h->writable_fd < 0)
        return;
    uv_close((uv_handle_t *)&h->writable, on_closed);
    close(h->writable_fd);
    h->writable_fd = -1;
}

bool writable_wait(struct connection *c)
{
    struct epoll_event want = { .events = EPOLLOUT | EPOLLONESHOT, .data.ptr = c };
    if (epoll_ctl(c->http->writable_fd, c->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, c->fd, &want) < 0)
        return false;
    c->watched = c->waits = true;
    return true;
}

/* Closing the socket would take it out of the set, unless a child that is being started holds a copy of it. */
void writable_forget(struct connection *c)
{
    if (c->watched && c->http->writable_fd >= 0)
        (void)epoll_ctl(c->http->writable_fd, EPOLL_CTL_DEL, c->fd, &(struct epoll_event){ 0 });
    c->watched = c->waits = false;
}
