/* Door: see door.h. A peer is in one of three states: it is read from, its request waits or runs, or it is written to.
 * Descriptors are polled, not given to libuv's own streams: on a shortage of descriptors those accept and drop whoever
 * waits. */
#include "transport/admin/door.h"

#include "transport/admin/answer.h"
#include "transport/admin/lines.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ACCEPTS_PER_TURN = 64, SEND_MOST = 262144, AGAIN_MS = 100 };

struct peer {
    struct asker asker; /* first */
    struct door *door;
    struct peer *next;
    uv_poll_t poll;
    int fd;
    struct lines lines;
    struct buf out; /* an answer on its way */
    size_t sent;
    uint64_t moved_ms; /* by the loop's clock: when it last came, sent or took something */
    bool asked;        /* has sent a whole request */
    bool busy;         /* its request waits or runs */
    bool last;         /* no more is read: it is closed behind this answer */
    bool gone;         /* closed, and freed once its request has ended and libuv has let go of it */
    bool let_go;
    int of_user, of_process; /* how many peers of the door are of its user, of its process */
};

/* ---- coming and going ---- */

/* One more or less is among the door's peers. */
static void count(struct peer *p, int by)
{
    p->of_user = p->of_process = 0;
    for (struct peer *other = p->door->peers; other; other = other->next) {
        bool user = turns_same_user(&p->asker, &other->asker), process = turns_same_process(&p->asker, &other->asker);
        p->of_user += user;
        p->of_process += process;
        if (other != p) {
            other->of_user += user ? by : 0;
            other->of_process += process ? by : 0;
        }
    }
}

static void keep_spare(struct door *d)
{
    if (d->spare < 0)
        d->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* Ends the connection. If the spare descriptor is gone this is the new one, so that nobody else takes it first. */
static void hang_up(struct door *d, int fd)
{
    if (d->spare >= 0) {
        close(fd);
        return;
    }
    (void)shutdown(fd, SHUT_RDWR);
    d->spare = fd;
}

static void free_peer(struct peer *p)
{
    if (!p->gone || !p->let_go || p->busy)
        return;
    lines_fini(&p->lines);
    buf_fini(&p->out);
    free(p);
}

static void on_let_go(uv_handle_t *handle)
{
    struct peer *p = handle->data;
    p->let_go = true;
    free_peer(p);
}

/* A request that waits is dropped; one that runs goes on without anybody to hear its answer. */
static void close_peer(struct peer *p)
{
    struct peer **at = &p->door->peers;
    while (*at && *at != p)
        at = &(*at)->next;
    assert(*at && !p->gone);
    *at = p->next;
    p->door->n--;
    count(p, -1);
    if (p->asker.waits)
        p->busy = false;
    turns_remove(p->door->options.turns, &p->asker);
    p->gone = true;
    uv_close((uv_handle_t *)&p->poll, on_let_go);
    hang_up(p->door, p->fd);
}

/* ---- a peer ---- */

static void on_ready(uv_poll_t *poll, int status, int events);

/* Waits for bytes, or room for them; 0: for neither. */
static void wait_for(struct peer *p, int events)
{
    if (!events)
        uv_poll_stop(&p->poll);
    else if (uv_poll_start(&p->poll, events, on_ready))
        close_peer(p);
}

static void send_out(struct peer *p);

/* The answer, a line: what it was appended to is taken. */
static void say(struct peer *p, struct buf *answer)
{
    p->out = *answer;
    *answer = (struct buf){ 0 };
    p->sent = 0;
    buf_putc(&p->out, '\n');
    if (p->out.failed)
        close_peer(p);
    else
        send_out(p);
}

static void refuse(struct peer *p, struct text why)
{
    struct buf answer = { 0 };
    p->last = true;
    admin_refuse(why, &answer);
    say(p, &answer);
}

/* Its next request, if it has one. */
static void go_on(struct peer *p)
{
    enum line line = p->last ? LINE_NONE : lines_next(&p->lines, &p->asker.request);
    if (line == LINE_WHOLE) {
        p->asked = p->busy = true;
        wait_for(p, 0);
        turns_wait(p->door->options.turns, &p->asker);
        p->door->options.asked(p->door->options.arg);
    } else if (line == LINE_TOO_LONG)
        refuse(p, TEXT("a request has at most 64 KiB"));
    else if (line == LINE_NOT_TEXT)
        refuse(p, TEXT("this server takes JSON, a line for a request: use the lectern admin of its version"));
    else if (p->last || p->lines.ended)
        close_peer(p);
    else
        wait_for(p, UV_READABLE);
}

static void send_out(struct peer *p)
{
    size_t left = p->out.n - p->sent;
    ssize_t n = send(p->fd, p->out.p + p->sent, left < SEND_MOST ? left : SEND_MOST, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        close_peer(p);
        return;
    }
    if (n > 0) {
        p->sent += (size_t)n;
        p->moved_ms = uv_now(p->door->options.loop);
    }
    if (p->sent < p->out.n) {
        wait_for(p, UV_WRITABLE);
        return;
    }
    buf_fini(&p->out);
    go_on(p);
}

static void read_in(struct peer *p)
{
    size_t room;
    char *to = lines_room(&p->lines, &room);
    ssize_t n = to ? recv(p->fd, to, room, MSG_DONTWAIT) : -1;
    if (n < 0 && to && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0) {
        close_peer(p);
        return;
    }
    p->moved_ms = uv_now(p->door->options.loop);
    if (n)
        lines_add(&p->lines, (size_t)n);
    else
        lines_end(&p->lines);
    go_on(p);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct peer *p = poll->data;
    if (status < 0)
        close_peer(p);
    else if (p->out.n)
        send_out(p);
    else
        read_in(p);
}

static void on_answered(struct asker *a, struct buf *answer)
{
    struct peer *p = (struct peer *)a;
    assert(p->busy && !p->out.n);
    p->busy = false;
    if (p->gone) {
        buf_fini(answer);
        free_peer(p);
        return;
    }
    p->moved_ms = uv_now(p->door->options.loop);
    say(p, answer);
}

/* ---- places ---- */

static bool is_needed_less(const struct peer *a, const struct peer *b)
{
    bool a_busy = a->busy || a->out.n, b_busy = b->busy || b->out.n;
    if (a->of_user != b->of_user)
        return a->of_user > b->of_user;
    if (a->of_process != b->of_process)
        return a->of_process > b->of_process;
    if (a->asked != b->asked)
        return !a->asked;
    if (a_busy != b_busy)
        return !a_busy;
    return a->moved_ms < b->moved_ms;
}

/* Of those who are alike, who came first: the list begins with the last. */
static void make_place(struct door *d)
{
    struct peer *least = d->peers;
    for (struct peer *p = least->next; p; p = p->next)
        if (!is_needed_less(least, p))
            least = p;
    close_peer(least);
}

/* ---- who comes ---- */

static struct admin_caller caller_of(int fd, bool viewer)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size))
        return (struct admin_caller){ .uid = -1, .pid = -1, .viewer = viewer };
    return (struct admin_caller){ .uid = peer.uid, .pid = peer.pid, .viewer = viewer };
}

/* Has it gone already without a word? A flood of those is to cost little. */
static bool is_gone(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* Takes fd in every case. */
static void welcome(struct door *d, int fd)
{
    struct peer *p = is_gone(fd) ? NULL : calloc(1, sizeof *p);
    if (!p || uv_poll_init(d->options.loop, &p->poll, fd)) {
        hang_up(d, fd);
        free(p);
        return;
    }
    if (d->n == ADMIN_PEERS_MAX)
        make_place(d);
    p->asker = (struct asker){ .caller = caller_of(fd, d->options.viewers), .answered = on_answered };
    p->door = d;
    p->fd = fd;
    p->poll.data = p;
    p->moved_ms = uv_now(d->options.loop);
    p->next = d->peers;
    d->peers = p;
    d->n++;
    count(p, 1);
    turns_add(d->options.turns, &p->asker);
    wait_for(p, UV_READABLE);
}

static void on_waiting(uv_poll_t *poll, int status, int events);

static void look_after(uv_timer_t *timer)
{
    struct door *d = timer->data;
    uint64_t now = uv_now(d->options.loop);
    for (struct peer *p = d->peers, *next; p; p = next) {
        next = p->next;
        if (!p->busy && (p->out.n || p->lines.bytes.n) && now - p->moved_ms >= d->options.stall_ms)
            close_peer(p);
    }
    keep_spare(d);
    uv_timer_start(&d->timer, look_after, d->options.stall_ms / 4, 0);
    uv_poll_start(&d->poll, UV_READABLE, on_waiting);
}

/* There are no descriptors: takes who waits with the spare's. If that does not help, nobody is looked for a while. */
static int accept_at_last(struct door *d)
{
    struct pollfd waiting = { .fd = d->fd, .events = POLLIN };
    int fd = -1;
    if (poll(&waiting, 1, 0) < 1)
        return -1; /* accept looks for a descriptor first, and then whether anybody is there */
    if (d->spare >= 0) {
        close(d->spare);
        d->spare = -1;
        fd = accept4(d->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    }
    if (fd < 0) {
        uv_poll_stop(&d->poll);
        uv_timer_start(&d->timer, look_after, AGAIN_MS, 0);
    }
    return fd;
}

static bool is_short(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void on_waiting(uv_poll_t *poll, int status, int events)
{
    struct door *d = poll->data;
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        keep_spare(d);
        int fd = accept4(d->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && is_short(errno))
            fd = accept_at_last(d);
        if (fd < 0)
            return; /* nobody, or somebody who has gone: the loop comes back */
        welcome(d, fd);
    }
}

/* ---- opening and closing ---- */

static bool listen_at(struct door *d, const char *path, struct socket_access access, struct buf *why)
{
    if (!socket_clear(path, &d->address, why))
        return false;
    d->fd = socket_listen(&d->address, access);
    int failed = d->fd < 0 ? -errno : uv_poll_init(d->options.loop, &d->poll, d->fd);
    if (failed)
        buf_printf(why, "cannot open the admin socket %s: %s", path, strerror(-failed));
    if (failed && d->fd >= 0)
        close(d->fd);
    return !failed;
}

bool door_open(struct door *d, const char *path, struct socket_access access, const struct door_options *o,
               struct buf *why)
{
    *d = (struct door){ .options = *o, .fd = -1, .spare = -1 };
    if (!socket_address(path, &d->address, &d->folder)) {
        buf_printf(why, "the path %s is too long for a socket; choose a shorter --data or --admin-socket", path);
        return false;
    }
    d->open = listen_at(d, path, access, why);
    if (!d->open) {
        if (d->folder >= 0)
            close(d->folder);
        return false;
    }
    d->poll.data = d->timer.data = d;
    uv_timer_init(o->loop, &d->timer);
    look_after(&d->timer);
    return true;
}

void door_close(struct door *d)
{
    if (!d->open)
        return;
    while (d->peers)
        close_peer(d->peers);
    uv_close((uv_handle_t *)&d->poll, NULL);
    uv_close((uv_handle_t *)&d->timer, NULL);
    close(d->fd);
    if (d->spare >= 0)
        close(d->spare);
    (void)unlink(d->address.sun_path);
    if (d->folder >= 0)
        close(d->folder);
    d->open = false;
}
