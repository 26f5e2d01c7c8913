/* Model: stands for a language model's API that thinks for so long before each answer, of any number of callers at once.
 * Ends with its standard input. One thread. */
#include "tools/bench/clock.h"
#include "tools/bench/options.h"
#include "tools/bench/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 512, BYTES = 32 * 1024 };

/* Of a connection: one question at a time. */
struct caller {
    int fd;
    bool gone;
    uint32_t n;
    uint64_t due;        /* of the answer; 0: nothing has been asked */
    struct caller *next; /* whose answer is due after this one's */
    char bytes[BYTES + 1];
};

struct model {
    double seconds;
    int listener, epoll;
    struct caller *first, **end; /* who waits, in order of due */
};

#define EVENT(data) "data: " data "\n\n"
static const char reply[] =
    EVENT("{\"choices\":[{\"delta\":{\"content\":\"Look at the last line again.\"}}]}") EVENT("[DONE]");

static void drop(struct caller *c)
{
    close(c->fd);
    c->gone = true;
    if (!c->due)
        free(c);
}

static void ask(struct model *m, struct caller *c)
{
    c->n = 0;
    c->due = clock_ns() + (uint64_t)(m->seconds * 1e9);
    *m->end = c;
    m->end = &c->next;
}

static bool whole(const struct caller *c)
{
    const char *body = memmem(c->bytes, c->n, "\r\n\r\n", 4), *length = strcasestr(c->bytes, "\ncontent-length:");
    size_t head = body ? (size_t)(body - c->bytes) + 4 : 0;
    return head && length && length < body && c->n >= head + strtoul(length + 16, NULL, 10);
}

static void receive(struct model *m, struct caller *c)
{
    ssize_t n = recv(c->fd, c->bytes + c->n, BYTES - c->n, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0 || c->due) {
        drop(c);
        return;
    }
    c->n += (uint32_t)n;
    c->bytes[c->n] = 0;
    if (whole(c))
        ask(m, c);
}

static void answer(struct caller *c)
{
    char text[512];
    int n = snprintf(text, sizeof text,
                     "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: %zu\r\n\r\n%s",
                     sizeof reply - 1, reply);
    c->due = 0;
    if (c->gone)
        free(c);
    else if (send(c->fd, text, (size_t)n, MSG_NOSIGNAL) != n)
        drop(c);
}

/* How many milliseconds until the next is due; -1: none is. */
static int answer_due(struct model *m)
{
    uint64_t now = clock_ns();
    while (m->first && m->first->due <= now) {
        struct caller *c = m->first;
        m->first = c->next;
        if (!m->first)
            m->end = &m->first;
        c->next = NULL;
        answer(c);
    }
    return m->first ? (int)((m->first->due - now) / CLOCK_MS) + 1 : -1;
}

static void accept_all(const struct model *m)
{
    for (int fd; (fd = accept4(m->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        struct caller *c = calloc(1, sizeof *c);
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
        if (!c)
            exit(2);
        c->fd = fd;
        epoll_ctl(m->epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

static void watch(const struct model *m, int fd, void *data)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = data };
    epoll_ctl(m->epoll, EPOLL_CTL_ADD, fd, &event);
}

static int serve(struct model *m, const void *input)
{
    static struct epoll_event events[EVENTS];
    char byte;
    for (;;) {
        int n = epoll_wait(m->epoll, events, EVENTS, answer_due(m));
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr == m)
                accept_all(m);
            else if (events[i].data.ptr != input)
                receive(m, events[i].data.ptr);
            else if (read(STDIN_FILENO, &byte, 1) <= 0)
                return 0;
        }
    }
}

int main(int argc, char **argv)
{
    static struct model m = { .seconds = 5, .end = &m.first };
    static const char input;
    struct sockaddr_in at;
    socklen_t size = sizeof at;
    const struct bench_option table[] = { { "seconds", OPTION_REAL, &m.seconds, "to think before each answer" }, {} };
    if (!options_read(table, argc, argv))
        return 2;
    socket_many();
    m.listener = socket_listen(0);
    m.epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(&m, m.listener, &m);
    watch(&m, STDIN_FILENO, (void *)&input);
    getsockname(m.listener, (struct sockaddr *)&at, &size);
    printf("listening on http://127.0.0.1:%d\n", ntohs(at.sin_port));
    fflush(stdout);
    return serve(&m, &input);
}
