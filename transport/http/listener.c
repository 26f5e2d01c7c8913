/* Listener: the worker's SO_REUSEPORT socket (tools/lectern/claim.c), or a share of the service manager's. It is
 * polled, not given to libuv's own listening, which on a shortage of descriptors accepts and drops what waits; here
 * what waits stays in the kernel's queue until there are descriptors again. */
#include "proto/base/log.h"
#include "transport/http/connection_state.h"
#include "transport/http/http.h"

#include "proto/config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    WAITING_MOST = 4096,
    ACCEPTS_PER_TURN = 64,
    SHARED_PER_TURN = 4, /* so that the first worker awake leaves some to the others */
    COMPLAIN_MS = 60000
};

static void on_waiting(uv_poll_t *poll, int status, int events)
{
    listener_accept(poll->data);
}

static void poll_on(struct http *h)
{
    h->accepting = uv_poll_start(&h->listener, UV_READABLE, on_waiting) == 0;
}

/* Takes fd in every case. */
static int begin(struct http *h, int fd)
{
    int failed = uv_poll_init(h->loop, &h->listener, fd);
    if (failed) {
        close(fd);
        return failed;
    }
    h->listen_fd = fd;
    h->listener.data = h;
    h->handles++;
    poll_on(h);
    return 0;
}

/* Its connections will linger when we are gone, and must not keep the next server from the port; bound in this way it
 * would not have kept another one away until now. */
int listener_open(struct http *h, int bound)
{
    int one = 1;
    if (!setsockopt(bound, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) && !listen(bound, WAITING_MOST))
        return begin(h, bound);
    int failed = -errno;
    close(bound);
    return failed;
}

int listener_share(struct http *h, int fd)
{
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    h->shared = true;
    return own < 0 ? -errno : begin(h, own);
}

static bool short_of_descriptors(int why)
{
    return why == EMFILE || why == ENFILE || why == ENOBUFS || why == ENOMEM;
}

static void pause_accepting(struct http *h, int why)
{
    uv_poll_stop(&h->listener);
    h->accepting = false;
    http_watch(h);
    uint64_t now = uv_now(h->loop);
    if (h->complained && now - h->complained < COMPLAIN_MS)
        return;
    h->complained = now;
    log_warn("accepting pauses", F_STR("why", uv_err_name(-why)), F_INT("connections", h->stats.connections));
}

static void take(struct http *h, int fd, const struct sockaddr *peer)
{
    int one = 1;
    uint64_t most = h->most ? h->most : (uint64_t)config.max_connections;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); /* without it answers are only slower */
    connection_accept(h, fd, peer, h->stats.connections >= most);
}

void listener_accept(struct http *h)
{
    for (int i = 0; i < (h->shared ? SHARED_PER_TURN : ACCEPTS_PER_TURN); i++) {
        struct sockaddr_storage peer = { 0 };
        socklen_t n = sizeof peer;
        int fd = accept4(h->listen_fd, (struct sockaddr *)&peer, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            take(h, fd, (struct sockaddr *)&peer);
        } else if (short_of_descriptors(errno)) {
            pause_accepting(h, errno);
            return;
        } else if (errno != ECONNABORTED && errno != EINTR) {
            return;
        }
    }
}

void listener_retry(struct http *h)
{
    if (h->accepting || h->listen_fd < 0)
        return;
    poll_on(h);
}

static void on_closed(uv_handle_t *handle)
{
    struct http *h = handle->data;
    h->handles--;
    http_release(h);
}

void listener_close(struct http *h)
{
    if (h->listen_fd < 0)
        return;
    h->accepting = false;
    uv_close((uv_handle_t *)&h->listener, on_closed);
    close(h->listen_fd);
    h->listen_fd = -1;
}
