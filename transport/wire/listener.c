/* Listener: the worker's SO_REUSEPORT socket (tools/lectern/claim.c), or a share of the service manager's. It is
 * polled, not given to libuv's own listening, which on a shortage of descriptors accepts and drops what waits; here
 * what waits stays in the kernel's queue until there are descriptors again. */
#include "transport/wire/listener.h"

#include "proto/base/log.h"
#include "proto/config/config.h"

#include <assert.h>
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

static void poll_on(struct wires *ws)
{
    ws->accepting = uv_poll_start(&ws->listener, UV_READABLE, on_waiting) == 0;
}

/* Takes fd in every case. */
static int begin(struct wires *ws, int fd)
{
    int failed = uv_poll_init(ws->loop, &ws->listener, fd);
    if (failed) {
        close(fd);
        return failed;
    }
    ws->listen_fd = fd;
    ws->listener.data = ws;
    ws->handles++;
    poll_on(ws);
    return 0;
}

/* Its wires will linger when we are gone, and must not keep the next server from the port; bound in this way it
 * would not have kept another one away until now. */
int listener_open(struct wires *ws, int bound)
{
    int one = 1;
    if (!setsockopt(bound, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) && !listen(bound, WAITING_MOST))
        return begin(ws, bound);
    int failed = -errno;
    close(bound);
    return failed;
}

int listener_share(struct wires *ws, int fd)
{
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    ws->shared = true;
    return own < 0 ? -errno : begin(ws, own);
}

static bool short_of_descriptors(int why)
{
    return why == EMFILE || why == ENFILE || why == ENOBUFS || why == ENOMEM;
}

static void pause_accepting(struct wires *ws, int why)
{
    uv_poll_stop(&ws->listener);
    ws->accepting = false;
    ws->watch(ws);
    uint64_t now = uv_now(ws->loop);
    if (ws->complained && now - ws->complained < COMPLAIN_MS)
        return;
    ws->complained = now;
    log_warn("accepting pauses", F_STR("why", uv_err_name(-why)), F_INT("connections", ws->stats.connections));
}

static void take(struct wires *ws, int fd, const struct sockaddr *peer)
{
    int one = 1;
    uint64_t most = ws->most ? ws->most : (uint64_t)config.max_connections;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); /* without it answers are only slower */
    wire_accept(ws, fd, peer, ws->stats.connections >= most);
}

void listener_accept(struct wires *ws)
{
    for (int i = 0; i < (ws->shared ? SHARED_PER_TURN : ACCEPTS_PER_TURN); i++) {
        struct sockaddr_storage peer = { 0 };
        socklen_t n = sizeof peer;
        int fd = accept4(ws->listen_fd, (struct sockaddr *)&peer, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            take(ws, fd, (struct sockaddr *)&peer);
        } else if (short_of_descriptors(errno)) {
            pause_accepting(ws, errno);
            return;
        } else if (errno != ECONNABORTED && errno != EINTR) {
            return;
        }
    }
}

void listener_retry(struct wires *ws)
{
    if (ws->accepting || ws->listen_fd < 0)
        return;
    poll_on(ws);
}

static void on_closed(uv_handle_t *handle)
{
    struct wires *ws = handle->data;
    assert(ws->handles);
    ws->handles--;
    ws->release(ws);
}

void listener_close(struct wires *ws)
{
    if (ws->listen_fd < 0)
        return;
    ws->accepting = false;
    uv_close((uv_handle_t *)&ws->listener, on_closed);
    close(ws->listen_fd);
    ws->listen_fd = -1;
}
