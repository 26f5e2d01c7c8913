/* Downloads client: C kept connections, each asks for a file, or for the next part of it, when it has all of the last.
 * What comes is dropped in the kernel, so that its reading costs little. Prints one JSON line. With --pace they are
 * slow: each takes so many bytes a second, one line says when all have begun, and they go on until standard input ends.
 * Exit 0 only if every answer had the expected status and length. One thread. */
#include "tools/bench/clock.h"
#include "tools/bench/socket.h"
#include "tools/bench/tally.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 512, HEAD = 4096, TAKE = 1 << 20, PACES_PER_S = 10, SLICES = 20, SMALL_BUFFER = 4096 };

struct reader {
    int fd;
    bool connected, gone;
    uint64_t asked;
    uint64_t left; /* bytes of the body still to come; 0: its head is being read */
    uint32_t n;    /* bytes of an unfinished head */
    char head[HEAD + 1];
};

struct run {
    struct tally tally;
    int port, size, part, pace;
    uint32_t begun; /* answers whose head has come */
    const char *path;
    int epoll;
    uint64_t turn; /* parts asked for so far */
};

static void lose(struct run *r, struct reader *d, const char *why)
{
    tally_lose(&r->tally, why);
    d->gone = true;
    close(d->fd);
}

/* Parts lie all over the file. */
static void ask(struct run *r, struct reader *d)
{
    char request[1024], range[64] = "";
    if (r->part) {
        unsigned long long from = r->turn++ * 7919 * 4096 % (uint64_t)(r->size - r->part + 1);
        snprintf(range, sizeof range, "Range: bytes=%llu-%llu\r\n", from, from + (unsigned)r->part - 1);
    }
    int n =
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s\r\n", r->path, r->port, range);
    d->asked = clock_ns();
    d->n = 0;
    if (send(d->fd, request, (size_t)n, MSG_NOSIGNAL) != n)
        lose(r, d, "it could not send");
}

static void complete(struct run *r, struct reader *d)
{
    tally_answer(&r->tally, d->asked);
    ask(r, d);
}

static void take_body(struct run *r, struct reader *d, uint64_t n)
{
    d->left -= n;
    if (r->tally.counting)
        r->tally.bytes += n;
    if (!d->left)
        complete(r, d);
}

/* Reads no more than the head and the first bytes with it. */
static void take_head(struct run *r, struct reader *d)
{
    struct answer answer;
    d->head[d->n] = 0;
    char *end = memmem(d->head, d->n, "\r\n\r\n", 4);
    if (!end && d->n < HEAD)
        return;
    (void)answer_read(d->head, d->n, &answer);
    uint64_t body = end ? answer.length - answer.head : 0, expected = (uint64_t)(r->part ? r->part : r->size);
    if (!end || answer.status != (r->part ? 206 : 200) || body != expected) {
        tally_unexpected(&r->tally, d->head, d->n);
        lose(r, d, "the answer is not what was asked for");
        return;
    }
    d->left = body;
    r->begun++;
    take_body(r, d, d->n - answer.head);
}

static void receive(struct run *r, struct reader *d)
{
    static char sink[TAKE];
    bool body = d->left;
    size_t most = r->pace ? (size_t)(r->pace / PACES_PER_S) : TAKE;
    ssize_t n = body ? recv(d->fd, sink, d->left < most ? d->left : most, MSG_TRUNC)
                     : recv(d->fd, d->head + d->n, HEAD - d->n, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        lose(r, d, n ? strerror(errno) : "closed by the server");
        return;
    }
    if (body) {
        take_body(r, d, (uint64_t)n);
        return;
    }
    d->n += (uint32_t)n;
    take_head(r, d);
}

static void on_event(struct run *r, struct reader *d, uint32_t events)
{
    if (d->gone)
        return;
    if (d->connected) {
        receive(r, d);
    } else if (events & (EPOLLERR | EPOLLHUP)) {
        lose(r, d, "the connection was refused");
    } else {
        struct epoll_event event = { .events = r->pace ? 0 : EPOLLIN, .data.ptr = d };
        epoll_ctl(r->epoll, EPOLL_CTL_MOD, d->fd, &event);
        d->connected = true;
        ask(r, d);
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

/* One connection in SLICES takes its share of a second, so that they do not all read at once. */
static void take_shares(struct run *r, struct reader *readers, int slice)
{
    for (int i = slice; i < r->tally.connections; i += SLICES)
        if (readers[i].connected && !readers[i].gone)
            receive(r, &readers[i]);
}

static bool input_ended(void)
{
    struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
    char byte;
    return poll(&in, 1, 0) > 0 && read(STDIN_FILENO, &byte, 1) <= 0;
}

static void run_slowly(struct run *r, struct reader *readers)
{
    bool told = false;
    for (int slice = 0; !input_ended() && !r->tally.lost; slice = (slice + 1) % SLICES) {
        run_for(r, 1.0 / PACES_PER_S / SLICES);
        take_shares(r, readers, slice);
        if (told || r->begun < (uint32_t)r->tally.connections)
            continue;
        told = true;
        printf("{\"ready\":%u}\n", r->begun);
        fflush(stdout);
    }
}

static void dial(struct run *r, struct reader *readers)
{
    int small = SMALL_BUFFER;
    for (int i = 0; i < r->tally.connections; i++) {
        readers[i].fd = socket_dial(r->port, (uint32_t)i, r->epoll, &readers[i]);
        if (r->pace)
            setsockopt(readers[i].fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    }
}

static bool sane(const struct run *r)
{
    return tally_sane(&r->tally) && r->size > 0 && r->part >= 0 && r->part <= r->size;
}

int main(int argc, char **argv)
{
    static struct run r = {
        .tally = { .connections = 16, .seconds = 5, .warm = 1 }, .port = 8000, .path = "/", .size = 1
    };
    const struct bench_option table[] = {
        { "port", OPTION_INT, &r.port, "of the server on 127.0.0.1" },
        { "path", OPTION_TEXT, &r.path, "of the file" },
        { "size", OPTION_INT, &r.size, "bytes of the file" },
        { "part", OPTION_INT, &r.part, "bytes to ask for at a time; 0: all of it" },
        { "pace", OPTION_INT, &r.pace, "bytes a second for each; 0: as they come" },
        TALLY_OPTIONS(&r.tally),
        {},
    };
    if (!options_read(table, argc, argv) || !sane(&r))
        return 2;
    struct reader *readers = calloc((size_t)r.tally.connections, sizeof *readers);
    r.epoll = epoll_create1(EPOLL_CLOEXEC);
    socket_many();
    if (!readers || r.epoll < 0)
        return 2;
    dial(&r, readers);
    if (!r.pace)
        run_for(&r, r.tally.warm);
    tally_begin(&r.tally);
    if (r.pace)
        run_slowly(&r, readers);
    else
        run_for(&r, r.tally.seconds);
    free(readers);
    return tally_end(&r.tally) ? 0 : 1;
}
