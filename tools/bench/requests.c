/* Requests client: C kept connections, each asks again when it has been answered: always the same, or the lines of a
 * file in turn. Prints one JSON line. Exit 0 only if every answer had the expected status. One thread. */
#include "tools/bench/clock.h"
#include "tools/bench/socket.h"
#include "tools/bench/tally.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 512, BYTES = 64 * 1024, REQUEST_MOST = 8192 };

/* What is asked, and what it is to be answered. */
struct request {
    char *bytes;
    size_t n;
    int expect;
};

struct asker {
    int fd;
    bool connected, gone;
    const struct request *request; /* under way */
    uint64_t asked;
    uint32_t n; /* bytes of an unfinished answer */
    char bytes[BYTES + 1];
};

struct run {
    struct tally tally;
    int port, expect;
    const char *path, *body, *file;
    struct request *requests;
    size_t count, next;
    int epoll;
};

static void lose(struct run *r, struct asker *a, const char *why)
{
    tally_lose(&r->tally, why);
    a->gone = true;
    close(a->fd);
}

static void ask(struct run *r, struct asker *a)
{
    a->asked = clock_ns();
    a->request = &r->requests[r->next++ % r->count];
    if (send(a->fd, a->request->bytes, a->request->n, MSG_NOSIGNAL) != (ssize_t)a->request->n)
        lose(r, a, "it could not send");
}

static void take_answer(struct run *r, struct asker *a, const struct answer *answer)
{
    if (answer->status != a->request->expect)
        tally_unexpected(&r->tally, a->bytes, answer->length);
    tally_answer(&r->tally, a->asked);
    a->n = 0;
    ask(r, a);
}

static void receive(struct run *r, struct asker *a)
{
    struct answer answer;
    ssize_t n = recv(a->fd, a->bytes + a->n, BYTES - a->n, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        lose(r, a, n ? strerror(errno) : "closed by the server");
        return;
    }
    a->n += (uint32_t)n;
    a->bytes[a->n] = 0;
    int complete = answer_read(a->bytes, a->n, &answer);
    if (complete < 0 || (complete && answer.length != a->n) || a->n == BYTES)
        lose(r, a, "the answer is not what was asked for");
    else if (complete)
        take_answer(r, a, &answer);
}

static void on_event(struct run *r, struct asker *a, uint32_t events)
{
    if (a->gone)
        return;
    if (a->connected) {
        receive(r, a);
    } else if (events & (EPOLLERR | EPOLLHUP)) {
        lose(r, a, "the connection was refused");
    } else {
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = a };
        epoll_ctl(r->epoll, EPOLL_CTL_MOD, a->fd, &event);
        a->connected = true;
        ask(r, a);
    }
}

static void run_for(struct run *r, double seconds)
{
    static struct epoll_event events[EVENTS];
    for (uint64_t end = clock_ns() + (uint64_t)(seconds * 1e9); clock_ns() < end;) {
        int n = epoll_wait(r->epoll, events, EVENTS, 5);
        for (int i = 0; i < n; i++)
            on_event(r, events[i].data.ptr, events[i].events);
    }
}

/* token and body may be empty: no such header, a GET's absence of a body. */
static bool add_request(struct run *r, const char *method, const char *path, int expect, const char *token,
                        const char *body)
{
    char bytes[REQUEST_MOST];
    int n = snprintf(bytes, sizeof bytes, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s%s%s", method, path, r->port,
                     *token ? "Authorization: Bearer " : "", token, *token ? "\r\n" : "");
    if (n > 0 && n < REQUEST_MOST)
        n += snprintf(bytes + n, (size_t)(REQUEST_MOST - n), "%s", *body ? "Content-Type: application/json\r\n" : "");
    if (n > 0 && n < REQUEST_MOST && (*body || strcmp(method, "GET") != 0))
        n += snprintf(bytes + n, (size_t)(REQUEST_MOST - n), "Content-Length: %zu\r\n", strlen(body));
    if (n > 0 && n < REQUEST_MOST)
        n += snprintf(bytes + n, (size_t)(REQUEST_MOST - n), "\r\n%s", body);
    struct request *more = realloc(r->requests, (r->count + 1) * sizeof *more);
    if (n <= 0 || n >= REQUEST_MOST || !more)
        return false;
    r->requests = more;
    more[r->count++] = (struct request){ strdup(bytes), (size_t)n, expect };
    return more[r->count - 1].bytes;
}

/* Lines of METHOD PATH STATUS TOKEN BODY with tabs between them. */
static bool read_file(struct run *r)
{
    char line[REQUEST_MOST], empty[1] = "";
    FILE *file = fopen(r->file, "r");
    bool good = file;
    while (good && fgets(line, sizeof line, file)) {
        char *fields[5], *at = line;
        line[strcspn(line, "\n")] = 0;
        for (int i = 0; i < 5; i++)
            fields[i] = (at ? strsep(&at, "\t") : NULL) ?: empty;
        good = add_request(r, fields[0], fields[1], atoi(fields[2]), fields[3], fields[4]);
    }
    if (file)
        fclose(file);
    return good && r->count;
}

static bool prepare(struct run *r)
{
    bool good = r->file ? read_file(r)
                        : add_request(r, r->body ? "POST" : "GET", r->path, r->expect, "", r->body ? r->body : "");
    r->epoll = epoll_create1(EPOLL_CLOEXEC);
    socket_many();
    return good && r->epoll >= 0 && tally_sane(&r->tally);
}

static void forget_requests(struct run *r)
{
    for (size_t i = 0; i < r->count; i++)
        free(r->requests[i].bytes);
    free(r->requests);
}

int main(int argc, char **argv)
{
    static struct run r = {
        .tally = { .connections = 64, .seconds = 5, .warm = 1 }, .port = 8000, .expect = 200, .path = "/livez"
    };
    const struct bench_option table[] = {
        { "port", OPTION_INT, &r.port, "of the server on 127.0.0.1" },
        { "path", OPTION_TEXT, &r.path, "to ask for" },
        { "body", OPTION_TEXT, &r.body, "JSON to post; absent: GET" },
        { "file", OPTION_TEXT, &r.file, "of requests to take in turn, instead of path, body and expect" },
        { "expect", OPTION_INT, &r.expect, "status of every answer" },
        TALLY_OPTIONS(&r.tally),
        {},
    };
    if (!options_read(table, argc, argv) || !prepare(&r))
        return 2;
    struct asker *askers = calloc((size_t)r.tally.connections, sizeof *askers);
    if (!askers)
        return 2;
    for (int i = 0; i < r.tally.connections; i++)
        askers[i].fd = socket_dial(r.port, (uint32_t)i, r.epoll, &askers[i]);
    run_for(&r, r.tally.warm);
    tally_begin(&r.tally);
    run_for(&r, r.tally.seconds);
    free(askers);
    forget_requests(&r);
    return tally_end(&r.tally) ? 0 : 1;
}
