/* Visitor: connections of the load client: opening, sending, and the one place that receives. See load.h. */
#include "tools/bench/clock.h"
#include "tools/bench/load.h"
#include "tools/bench/socket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { OPENING_MOST = 256, EVENTS = 1024, BYTES = 256 * 1024, TELL_LOST = 3 };

void visitors_open(struct load *l)
{
    while (l->opened < l->count && l->opened - (l->seen.ready + l->seen.lost) < OPENING_MOST) {
        struct visitor *v = &l->visitors[l->opened];
        v->poster = l->opened >= (uint32_t)l->plan.streams;
        v->index = v->poster ? l->opened - (uint32_t)l->plan.streams : l->opened;
        v->fd = socket_dial(l->plan.port, l->opened++, l->epoll, v);
    }
}

void visitor_lose(struct load *l, struct visitor *v, const char *why)
{
    if (v->state == VISITOR_GONE)
        return;
    if (l->seen.lost++ < TELL_LOST)
        fprintf(stderr, "%s %u lost: %s\n", v->poster ? "poster" : "stream", v->index, why);
    v->state = VISITOR_GONE;
    close(v->fd);
}

void visitor_send(struct load *l, struct visitor *v, const char *bytes, size_t n)
{
    if (send(v->fd, bytes, n, MSG_NOSIGNAL) != (ssize_t)n)
        visitor_lose(l, v, "it could not send");
}

static void connected(struct load *l, struct visitor *v)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = v };
    epoll_ctl(l->epoll, EPOLL_CTL_MOD, v->fd, &event);
    if (!v->poster) {
        stream_ask(l, v);
        return;
    }
    v->state = VISITOR_IDLE;
    l->idle[l->idle_count++] = v;
    l->seen.ready++;
}

static void receive(struct load *l, struct visitor *v)
{
    static char bytes[2 * BYTES + 1];
    size_t old = v->carry.n;
    if (old > BYTES) {
        visitor_lose(l, v, "a frame or an answer does not end");
        return;
    }
    ssize_t n = recv(v->fd, bytes + old, BYTES, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        visitor_lose(l, v, n ? strerror(errno) : "closed by the server");
        return;
    }
    if (old)
        memcpy(bytes, v->carry.p, old);
    l->heard = clock_ns();
    if (v->poster) {
        poster_read(l, v, bytes, old + (size_t)n, l->heard);
        return;
    }
    l->seen.counted.reads += l->counting;
    stream_read(l, v, bytes, old + (size_t)n, (size_t)n, l->heard);
}

void visitors_pump(struct load *l, uint64_t wait_ns)
{
    static struct epoll_event events[EVENTS];
    struct timespec wait = { (time_t)(wait_ns / 1000000000), (long)(wait_ns % 1000000000) };
    int n = epoll_pwait2(l->epoll, events, EVENTS, &wait, NULL);
    for (int i = 0; i < n; i++) {
        struct visitor *v = events[i].data.ptr;
        if (!v)
            l->ended = true;
        else if (v->state == VISITOR_GONE)
            continue;
        else if (v->state != VISITOR_CONNECTING)
            receive(l, v);
        else if (events[i].events & (EPOLLERR | EPOLLHUP))
            visitor_lose(l, v, "the connection was refused");
        else
            connected(l, v);
    }
}
