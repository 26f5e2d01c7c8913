/* Sockets: see sockets.h. Every callback of the loop ends in `acted`. */
#include "transport/outbound/sockets.h"

#include "proto/base/log.h"

#include <assert.h>
#include <stdlib.h>

struct watch {
    uv_poll_t poll;
    struct sockets *sockets;
    curl_socket_t fd;
};

/* The timer is one until the close. */
static void release_handle(struct sockets *s)
{
    assert(s->handles);
    if (!--s->handles)
        s->closed(s);
}

static void on_timer_closed(uv_handle_t *handle)
{
    release_handle(handle->data);
}

static void on_watch_closed(uv_handle_t *handle)
{
    struct watch *w = handle->data;
    struct sockets *s = w->sockets;
    free(w);
    release_handle(s);
}

static void act(struct sockets *s, curl_socket_t fd, int what)
{
    int running;
    (void)curl_multi_socket_action(s->multi, fd, what, &running); /* what failed shows in the calls' own results */
    s->acted(s);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct watch *w = poll->data;
    int what = (events & UV_READABLE ? CURL_CSELECT_IN : 0) | (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0);
    act(w->sockets, w->fd, status ? CURL_CSELECT_ERR : what);
}

static void on_due(uv_timer_t *timer)
{
    act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static struct watch *watch_create(struct sockets *s, curl_socket_t fd)
{
    struct watch *w = malloc(sizeof *w);
    if (!w)
        return NULL;
    w->sockets = s;
    w->fd = fd;
    w->poll.data = w;
    if (uv_poll_init(s->loop, &w->poll, fd)) {
        free(w);
        return NULL;
    }
    s->handles++;
    curl_multi_assign(s->multi, fd, w);
    return w;
}

static void watch_destroy(struct sockets *s, struct watch *w)
{
    curl_multi_assign(s->multi, w->fd, NULL);
    uv_poll_stop(&w->poll);
    uv_close((uv_handle_t *)&w->poll, on_watch_closed);
}

/* A socket that cannot be watched is not refused: libcurl would give up on every call. That one call runs into its time
 * limit. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *of_socket)
{
    struct sockets *s = arg;
    struct watch *w = of_socket;
    if (what == CURL_POLL_REMOVE) {
        if (w)
            watch_destroy(s, w);
        return 0;
    }
    if (!w && !(w = watch_create(s, fd))) {
        log_error("a call's socket cannot be watched");
        return 0;
    }
    int events = (what != CURL_POLL_OUT ? UV_READABLE : 0) | (what != CURL_POLL_IN ? UV_WRITABLE : 0);
    uv_poll_start(&w->poll, events, on_ready);
    return 0;
}

/* Called from inside libcurl, which must not be entered again: even what is due now waits for the loop. */
static int on_time(CURLM *multi, long ms, void *arg)
{
    struct sockets *s = arg;
    if (ms < 0)
        uv_timer_stop(&s->timer);
    else
        uv_timer_start(&s->timer, on_due, (uint64_t)ms, 0);
    return 0;
}

bool sockets_open(struct sockets *s, uint32_t idle_most)
{
    s->multi = curl_multi_init();
    if (!s->multi)
        return false;
    curl_multi_setopt(s->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(s->multi, CURLMOPT_SOCKETDATA, s);
    curl_multi_setopt(s->multi, CURLMOPT_TIMERFUNCTION, on_time);
    curl_multi_setopt(s->multi, CURLMOPT_TIMERDATA, s);
    curl_multi_setopt(s->multi, CURLMOPT_MAXCONNECTS, (long)idle_most);
    uv_timer_init(s->loop, &s->timer);
    s->timer.data = s;
    s->handles = 1;
    return true;
}

void sockets_close(struct sockets *s)
{
    assert(s->multi);
    curl_multi_cleanup(s->multi);
    s->multi = NULL;
    uv_close((uv_handle_t *)&s->timer, on_timer_closed);
}
