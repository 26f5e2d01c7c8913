/* Kernel: what stands under the wires, made of a script: the calls of the system and of libuv that transport/wire makes,
 * on connections whose peers and buffers do what they are told. In order of libuv 1.44: a read of what is there, a
 * write as far as there is space and its callback later, closing at the end of the turn after what was being written is
 * given up. For inclusion by the target, whose program these definitions are linked into in place of the real ones. */
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uv.h>

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

enum { LINKS = 8, LISTEN_FD = 1 << 20, EPOLL_FD, LINK_FD, BUFS_MOST = 32, READ_MOST = 65536 };

/* A connection as the kernel and libuv have it. */
struct link {
    bool open;                            /* our descriptor */
    bool dialled;                         /* waits to be accepted */
    uint8_t address;                      /* of the peer */
    uint32_t waiting;                     /* bytes that can be read */
    uint64_t read;                        /* bytes that were */
    bool ended, reset;                    /* the peer's side */
    bool shut;                            /* ours */
    uint32_t space;                       /* bytes that the socket takes */
    uint64_t taken, acknowledged, looked; /* looked: acknowledged at the last SIOCOUTQ */
    bool moved;                           /* acknowledged differed then */
    char *said;                           /* what our side must have said, in order; its first bytes are those taken */
    size_t nsaid;

    uv_tcp_t *tcp;
    bool reading, closing;
    uv_alloc_cb alloc;
    uv_read_cb on_read;
    uv_close_cb on_closed;
    uv_write_t *write; /* one at a time, as output.c has it */
    uv_write_cb on_written;
    uv_buf_t bufs[BUFS_MOST];
    unsigned nbufs;
    bool done; /* its callback is due, with: */
    int status;
    bool watched, armed; /* in the epoll set */
    void *watcher;
};

enum fault { FAULT_ACCEPT, FAULT_READ, FAULT_WRITE, FAULT_SHUTDOWN, FAULT_WATCH, FAULT_INIT, FAULT_OPEN, FAULT_COUNT };

static struct kernel {
    uint64_t now;
    struct link links[LINKS];
    bool faults[FAULT_COUNT]; /* the next such call fails */
    uint32_t allocations;     /* the so manieth from now on fails; 0: none */
    bool listening, watching; /* descriptors */
    struct {
        uv_poll_t *handle;
        uv_poll_cb fire;
        uv_close_cb on_closed;
        bool on;
    } polls[2]; /* of the listener, of the epoll set */
    struct {
        uv_timer_t *handle;
        uv_timer_cb fire;
        uv_close_cb on_closed;
        uint64_t due, repeat; /* due 0: stopped */
    } timer;
    struct {
        uv_handle_t *handle;
        uv_close_cb on_closed;
    } bare[2 * LINKS]; /* handles that never had a descriptor, and are being closed */
} kernel;

static bool fault(enum fault which)
{
    bool is = kernel.faults[which];
    kernel.faults[which] = false;
    return is;
}

/* ---- memory: linked with --wrap, so that it can be short ---- */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static bool is_short(void)
{
    return kernel.allocations && !--kernel.allocations;
}

void *__wrap_malloc(size_t n)
{
    return is_short() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return is_short() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return is_short() ? NULL : __real_realloc(p, n);
}

/* ---- connections ---- */

static bool is_link(int fd)
{
    return fd >= LINK_FD && fd < LINK_FD + LINKS;
}

static struct link *link_of_fd(int fd)
{
    MUST(is_link(fd) && kernel.links[fd - LINK_FD].open);
    return &kernel.links[fd - LINK_FD];
}

/* NULL: the handle has never had a descriptor. */
static struct link *find_link(const void *handle)
{
    for (int i = 0; i < LINKS; i++)
        if (kernel.links[i].tcp == handle)
            return &kernel.links[i];
    return NULL;
}

static struct link *link_of_handle(const void *handle)
{
    struct link *l = find_link(handle);
    MUST(l);
    return l;
}

/* What the peer says from a place on, READ_MOST bytes of it: it repeats itself after as many. */
static const char *peer_text(uint64_t at)
{
    static char text[2 * READ_MOST];
    for (uint32_t i = 0; !text[1] && i < sizeof text; i++)
        text[i] = (char)(i % READ_MOST * 13 + (i % READ_MOST >> 8));
    return text + at % READ_MOST;
}

/* Our side is about to say this: the kernel must be given it in this order, once. */
static void link_says(struct link *l, const char *p, size_t n)
{
    if (!n)
        return;
    l->said = __real_realloc(l->said, l->nsaid + n);
    MUST(l->said);
    memcpy(l->said + l->nsaid, p, n);
    l->nsaid += n;
}

/* Takes what there is space for; a negative errno when the connection is broken. */
static ssize_t take(struct link *l, const char *p, size_t n)
{
    MUST(l->open && !l->shut);
    if (l->reset)
        return -EPIPE;
    n = n < l->space ? n : l->space;
    if (!n)
        return -EAGAIN;
    MUST(l->taken + n <= l->nsaid && !memcmp(l->said + l->taken, p, n));
    l->space -= (uint32_t)n;
    l->taken += n;
    return (ssize_t)n;
}

static void link_free(struct link *l)
{
    free(l->said);
    *l = (struct link){ 0 };
}

/* ---- system calls ---- */

ssize_t send(int fd, const void *p, size_t n, int flags)
{
    ssize_t taken = take(link_of_fd(fd), p, n);
    errno = taken < 0 ? (int)-taken : 0;
    return taken < 0 ? -1 : taken;
}

int shutdown(int fd, int how)
{
    struct link *l = link_of_fd(fd);
    MUST(how == SHUT_WR && !l->shut && !l->write && (l->taken == l->nsaid || l->reset));
    errno = ENOTCONN;
    if (l->reset || fault(FAULT_SHUTDOWN))
        return -1;
    l->shut = true;
    return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list args;
    va_start(args, request);
    int *n = va_arg(args, int *);
    va_end(args);
    if (!is_link(fd))
        return (int)syscall(SYS_ioctl, fd, request, n);
    struct link *l = link_of_fd(fd);
    MUST(request == SIOCOUTQ);
    l->moved = l->looked != l->acknowledged;
    l->looked = l->acknowledged;
    *n = (int)(l->taken - l->acknowledged);
    return 0;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t n)
{
    if (fd != LISTEN_FD)
        (void)link_of_fd(fd);
    return 0;
}

int listen(int fd, int most)
{
    MUST(fd == LISTEN_FD && !kernel.listening);
    kernel.listening = true;
    return 0;
}

int close(int fd)
{
    if (fd == LISTEN_FD)
        kernel.listening = false;
    else if (fd == EPOLL_FD)
        kernel.watching = false;
    else if (is_link(fd))
        link_free(link_of_fd(fd)); /* has never been a handle's */
    else
        return (int)syscall(SYS_close, fd);
    return 0;
}

int accept4(int fd, struct sockaddr *address, socklen_t *n, int flags)
{
    MUST(fd == LISTEN_FD && kernel.listening);
    errno = EMFILE;
    if (fault(FAULT_ACCEPT))
        return -1;
    for (int i = 0; i < LINKS; i++) {
        struct link *l = &kernel.links[i];
        if (!l->dialled)
            continue;
        l->dialled = false;
        l->open = true;
        *(struct sockaddr_in *)address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(1000 + i) };
        ((struct sockaddr_in *)address)->sin_addr.s_addr = htonl(l->address);
        return LINK_FD + i;
    }
    errno = EAGAIN;
    return -1;
}

int epoll_create1(int flags)
{
    kernel.watching = true;
    return EPOLL_FD;
}

int epoll_ctl(int set, int op, int fd, struct epoll_event *event)
{
    struct link *l = link_of_fd(fd);
    MUST(set == EPOLL_FD && kernel.watching && (op == EPOLL_CTL_ADD) == !l->watched);
    errno = ENOSPC;
    if (op != EPOLL_CTL_DEL && fault(FAULT_WATCH))
        return -1;
    MUST(op == EPOLL_CTL_DEL || event->events == (EPOLLOUT | EPOLLONESHOT));
    l->watched = l->armed = op != EPOLL_CTL_DEL;
    l->watcher = event->data.ptr;
    return 0;
}

/* A set does not forget a connection by being closed: a child may have a copy of it. */
int epoll_wait(int set, struct epoll_event *events, int most, int timeout)
{
    int n = 0;
    MUST(set == EPOLL_FD && kernel.watching && !timeout);
    for (int i = 0; i < LINKS && n < most; i++) {
        struct link *l = &kernel.links[i];
        if (!l->armed || !(l->space || l->reset))
            continue;
        l->armed = false;
        events[n++] = (struct epoll_event){ .events = EPOLLOUT, .data.ptr = l->watcher };
    }
    return n;
}

/* ---- libuv: handles ---- */

uint64_t uv_now(const uv_loop_t *loop)
{
    return kernel.now;
}

void uv_unref(uv_handle_t *handle)
{
}

int uv_is_closing(const uv_handle_t *handle)
{
    MUST((uv_handle_t *)kernel.timer.handle == handle);
    return kernel.timer.on_closed != NULL;
}

int uv_timer_init(uv_loop_t *loop, uv_timer_t *handle)
{
    MUST(!kernel.timer.handle);
    kernel.timer.handle = handle;
    return 0;
}

int uv_timer_start(uv_timer_t *handle, uv_timer_cb fire, uint64_t timeout, uint64_t repeat)
{
    MUST(handle == kernel.timer.handle && !kernel.timer.on_closed);
    kernel.timer.fire = fire;
    kernel.timer.due = kernel.now + timeout;
    kernel.timer.repeat = repeat;
    return 0;
}

int uv_timer_stop(uv_timer_t *handle)
{
    kernel.timer.due = 0;
    return 0;
}

static int poll_at(const void *handle)
{
    return kernel.polls[1].handle == handle;
}

int uv_poll_init(uv_loop_t *loop, uv_poll_t *handle, int fd)
{
    int i = fd == EPOLL_FD;
    MUST(!kernel.polls[i].handle && (i || fd == LISTEN_FD));
    kernel.polls[i].handle = handle;
    return 0;
}

int uv_poll_start(uv_poll_t *handle, int events, uv_poll_cb fire)
{
    int i = poll_at(handle);
    MUST(!kernel.polls[i].on_closed && events == UV_READABLE);
    kernel.polls[i].fire = fire;
    kernel.polls[i].on = true;
    return 0;
}

int uv_poll_stop(uv_poll_t *handle)
{
    kernel.polls[poll_at(handle)].on = false;
    return 0;
}

static void close_bare(uv_handle_t *handle, uv_close_cb on_closed)
{
    int i = 0;
    while (kernel.bare[i].handle)
        MUST(++i < 2 * LINKS);
    kernel.bare[i].handle = handle;
    kernel.bare[i].on_closed = on_closed;
}

void uv_close(uv_handle_t *handle, uv_close_cb on_closed)
{
    if ((uv_handle_t *)kernel.timer.handle == handle) {
        MUST(!kernel.timer.on_closed);
        kernel.timer.on_closed = on_closed;
        kernel.timer.due = 0;
        return;
    }
    for (int i = 0; i < 2; i++)
        if ((uv_handle_t *)kernel.polls[i].handle == handle) {
            MUST(!kernel.polls[i].on_closed);
            kernel.polls[i].on_closed = on_closed;
            kernel.polls[i].on = false;
            return;
        }
    struct link *l = find_link(handle);
    if (!l) {
        close_bare(handle, on_closed);
        return;
    }
    MUST(!l->closing && !l->watched);
    l->closing = true;
    l->reading = l->open = false;
    l->on_closed = on_closed;
}

/* ---- libuv: a connection ---- */

static uv_tcp_t *fresh; /* made, and not opened yet */

int uv_tcp_init(uv_loop_t *loop, uv_tcp_t *handle)
{
    if (fault(FAULT_INIT))
        return UV_ENOMEM;
    fresh = handle;
    return 0;
}

int uv_tcp_open(uv_tcp_t *handle, uv_os_sock_t fd)
{
    struct link *l = link_of_fd(fd);
    MUST(fresh == handle && !l->tcp);
    if (fault(FAULT_OPEN))
        return UV_EINVAL;
    l->tcp = handle;
    return 0;
}

int uv_read_start(uv_stream_t *stream, uv_alloc_cb alloc, uv_read_cb on_read)
{
    struct link *l = link_of_handle(stream);
    MUST(!l->reading && !l->closing);
    if (fault(FAULT_READ))
        return UV_ENOTCONN;
    l->reading = true;
    l->alloc = alloc;
    l->on_read = on_read;
    return 0;
}

int uv_read_stop(uv_stream_t *stream)
{
    link_of_handle(stream)->reading = false;
    return 0;
}

/* Writes what there is space for. */
static void write_on(struct link *l)
{
    while (!l->done && l->nbufs) {
        uv_buf_t *first = &l->bufs[0];
        ssize_t n = first->len ? take(l, first->base, first->len) : 0;
        if (n == -EAGAIN)
            return;
        l->status = n < 0 ? (int)n : 0;
        l->done = n < 0;
        if (l->done)
            return;
        first->base += n;
        first->len -= (size_t)n;
        if (first->len)
            return;
        memmove(l->bufs, l->bufs + 1, --l->nbufs * sizeof *l->bufs);
    }
    l->done = true;
}

int uv_write(uv_write_t *write, uv_stream_t *stream, const uv_buf_t bufs[], unsigned n, uv_write_cb on_written)
{
    struct link *l = link_of_handle(stream);
    MUST(!l->write && !l->closing && n && n <= BUFS_MOST);
    if (fault(FAULT_WRITE))
        return UV_ENOMEM;
    l->write = write;
    l->on_written = on_written;
    memcpy(l->bufs, bufs, n * sizeof *bufs);
    l->nbufs = n;
    l->done = false;
    write_on(l);
    return 0;
}

size_t uv_stream_get_write_queue_size(const uv_stream_t *stream)
{
    const struct link *l = link_of_handle(stream);
    size_t n = 0;
    for (unsigned i = 0; l->write && i < l->nbufs; i++)
        n += l->bufs[i].len;
    return n;
}

/* ---- what happens ---- */

/* A peer dials. NULL: there are as many as there can be. */
static struct link *kernel_dial(uint8_t address, uint32_t space)
{
    for (int i = 0; i < LINKS && !kernel.bare[LINKS].handle; i++) {
        struct link *l = &kernel.links[i];
        if (l->open || l->dialled || l->tcp || l->closing)
            continue;
        *l = (struct link){ .dialled = true, .address = address, .space = space };
        return l;
    }
    return NULL;
}

static void kernel_poll(bool set)
{
    if (kernel.polls[set].on)
        kernel.polls[set].fire(kernel.polls[set].handle, 0, UV_READABLE);
}

/* One read, as far as the user has room. Returns whether another one would find something. */
static bool kernel_read(struct link *l)
{
    uv_buf_t buf = { 0 };
    if (!l->reading)
        return false;
    l->alloc((uv_handle_t *)l->tcp, READ_MOST, &buf);
    MUST(buf.base && buf.len && buf.len <= READ_MOST);
    if (l->reset || (!l->waiting && l->ended)) {
        l->on_read((uv_stream_t *)l->tcp, l->reset ? UV_ECONNRESET : UV_EOF, &buf);
        return false;
    }
    size_t n = buf.len < l->waiting ? buf.len : l->waiting;
    memcpy(buf.base, peer_text(l->read), n);
    l->waiting -= (uint32_t)n;
    l->read += n;
    l->on_read((uv_stream_t *)l->tcp, (ssize_t)n, &buf);
    return n == buf.len;
}

static void kernel_readable(struct link *l)
{
    for (int i = 0; i < 32 && kernel_read(l); i++)
        ;
}

/* The peer has read so much; what is being written goes on. */
static void kernel_writable(struct link *l, uint32_t space)
{
    uint64_t behind = l->taken - l->acknowledged;
    l->acknowledged += behind < space ? behind : space;
    l->space += space;
    if (!l->write || l->closing)
        return;
    write_on(l);
    if (!l->done)
        return;
    uv_write_t *write = l->write;
    l->write = NULL;
    l->on_written(write, l->status);
}

static void kernel_passes(uint64_t ms)
{
    kernel.now += ms;
    if (!kernel.timer.due || kernel.timer.due > kernel.now)
        return;
    kernel.timer.due = kernel.now + kernel.timer.repeat;
    kernel.timer.fire(kernel.timer.handle);
}

static void close_link(struct link *l)
{
    if (l->write) {
        uv_write_t *write = l->write;
        l->write = NULL;
        l->on_written(write, l->done ? l->status : UV_ECANCELED);
    }
    uv_tcp_t *tcp = l->tcp;
    uv_close_cb on_closed = l->on_closed;
    link_free(l);
    on_closed((uv_handle_t *)tcp);
}

/* Handles that were closed in this turn are so. */
static void kernel_turn_ends(void)
{
    for (int i = 0; i < LINKS; i++)
        if (kernel.links[i].on_closed)
            close_link(&kernel.links[i]);
    for (int i = 0; i < 2 * LINKS && kernel.bare[i].handle; i++) {
        kernel.bare[i].on_closed(kernel.bare[i].handle);
        kernel.bare[i].handle = NULL;
    }
    for (int i = 0; i < 2; i++)
        if (kernel.polls[i].on_closed) {
            uv_poll_t *handle = kernel.polls[i].handle;
            uv_close_cb on_closed = kernel.polls[i].on_closed;
            memset(&kernel.polls[i], 0, sizeof kernel.polls[i]);
            on_closed((uv_handle_t *)handle);
        }
    if (kernel.timer.on_closed) {
        uv_timer_t *handle = kernel.timer.handle;
        uv_close_cb on_closed = kernel.timer.on_closed;
        memset(&kernel.timer, 0, sizeof kernel.timer);
        on_closed((uv_handle_t *)handle);
    }
}

/* Nothing is left in it. */
static bool kernel_is_empty(void)
{
    for (int i = 0; i < LINKS; i++)
        if (kernel.links[i].open || kernel.links[i].tcp || kernel.links[i].watched)
            return false;
    return !kernel.listening && !kernel.watching && !kernel.timer.handle && !kernel.polls[0].handle &&
           !kernel.polls[1].handle;
}
