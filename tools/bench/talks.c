/* Talks: students who talk to the tutor, a conversation each, in which a message always waits for its reply. They begin one
 * after the other, over as long as a reply takes, and go on so. Prints "ready" when all have asked, and when standard input
 * ends what they have seen, as a JSON line. Exit 0 only if every answer was a 200 and no connection was lost. One thread.
 *
 * Conversation k is that of student (k - 1) % people + 1, whose token is practice-student-ID. */
#include "tools/bench/clock.h"
#include "tools/bench/options.h"
#include "tools/bench/socket.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 512, BYTES = 8 * 1024, TURN_MS = 2 };

struct student {
    int fd;
    bool connected, gone;
    uint32_t number, n;
    char bytes[BYTES + 1];
};

struct talks {
    int port, count, people, epoll, begun;
    double seconds;
    long asked, answered, refused, lost;
    struct student *students;
};

static void lose(struct talks *t, struct student *s, const char *why)
{
    if (!t->lost++)
        fprintf(stderr, "conversation %u lost: %s\n", s->number, why);
    s->gone = true;
    close(s->fd);
}

static void ask(struct talks *t, struct student *s)
{
    static const char body[] = "{\"content\":\"Why does it print nothing?\"}";
    char text[512];
    int n = snprintf(text, sizeof text,
                     "POST /m/practice/api/chat/sessions/%u/messages HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                     "Authorization: Bearer practice-student-%d\r\nContent-Type: application/json\r\n"
                     "Content-Length: %zu\r\n\r\n%s",
                     s->number, (int)(s->number - 1) % t->people + 1, sizeof body - 1, body);
    s->n = 0;
    t->asked++;
    if (send(s->fd, text, (size_t)n, MSG_NOSIGNAL) != n)
        lose(t, s, "it could not send");
}

static void receive(struct talks *t, struct student *s)
{
    struct answer answer;
    ssize_t n = recv(s->fd, s->bytes + s->n, BYTES - s->n, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        lose(t, s, n ? strerror(errno) : "closed by the server, or more than there is room for");
        return;
    }
    s->n += (uint32_t)n;
    s->bytes[s->n] = 0;
    int whole = answer_read(s->bytes, s->n, &answer);
    if (whole < 0)
        lose(t, s, "that is not HTTP");
    if (whole < 1)
        return;
    t->answered++;
    t->refused += answer.status != 200;
    ask(t, s);
}

static void on_event(struct talks *t, struct student *s, uint32_t events)
{
    if (s->gone)
        return;
    if (s->connected) {
        receive(t, s);
    } else if (events & (EPOLLERR | EPOLLHUP)) {
        lose(t, s, "the connection was refused");
    } else {
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = s };
        epoll_ctl(t->epoll, EPOLL_CTL_MOD, s->fd, &event);
        s->connected = true;
        ask(t, s);
    }
}

static void begin_due(struct talks *t, uint64_t since)
{
    uint64_t step = (uint64_t)(t->seconds * 1e9 / t->count);
    while (t->begun < t->count && (uint64_t)t->begun * step <= clock_ns() - since) {
        struct student *s = &t->students[t->begun++];
        s->number = (uint32_t)t->begun;
        s->fd = socket_dial(t->port, s->number, t->epoll, s);
    }
}

static bool input_ended(void)
{
    struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
    char byte;
    return poll(&in, 1, 0) > 0 && read(STDIN_FILENO, &byte, 1) <= 0;
}

static void talk(struct talks *t)
{
    static struct epoll_event events[EVENTS];
    bool told = false;
    for (uint64_t since = clock_ns(); !input_ended();) {
        begin_due(t, since);
        int n = epoll_wait(t->epoll, events, EVENTS, t->begun < t->count ? TURN_MS : 50 * TURN_MS);
        for (int i = 0; i < n; i++)
            on_event(t, events[i].data.ptr, events[i].events);
        if (told || (t->asked < t->count && !t->lost))
            continue;
        told = true;
        printf("\"ready\"\n");
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    static struct talks t = { .port = 8000, .count = 2000, .people = 200, .seconds = 5 };
    const struct bench_option table[] = {
        { "port", OPTION_INT, &t.port, "of the server on 127.0.0.1" },
        { "n", OPTION_INT, &t.count, "conversations" },
        { "people", OPTION_INT, &t.people, "students" },
        { "seconds", OPTION_REAL, &t.seconds, "over which they begin" },
        {},
    };
    if (!options_read(table, argc, argv) || t.count < 1 || t.people < 1)
        return 2;
    socket_many();
    t.students = calloc((size_t)t.count, sizeof *t.students);
    t.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!t.students || t.epoll < 0)
        return 2;
    talk(&t);
    printf("{\"asked\":%ld,\"answered\":%ld,\"refused\":%ld,\"lost\":%ld}\n", t.asked, t.answered, t.refused, t.lost);
    free(t.students);
    return t.refused || t.lost || !t.answered;
}
