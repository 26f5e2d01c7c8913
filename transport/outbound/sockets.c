/* Sockets: libcurl's multi handle on the loop: one poll handle per socket that libcurl names, one timer for all its
 * times. Every callback of the loop ends in outbound_reap. */
#include "proto/base/log.h"
#include "transport/outbound/outbound_state.h"

#include <stdlib.h>

struct watch {
    uv_poll_t poll;
    struct outbound *outbound;
    curl_socket_t fd;
};

/* The last handle takes the whole with it, if nobody wants it any more. */
static void release_handle(struct outbound *o)
{
    if (!--o->handles && o->destroyed)
        free(o);
}

static void on_timer_closed(uv_handle_t *handle)
{
    release_handle(handle->data);
}

static void on_watch_closed(uv_handle_t *handle)
{
    struct watch *w = handle->data;
    struct outbound *o = w->outbound;
    free(w);
    release_handle(o);
}

static void act(struct outbound *o, curl_socket_t fd, int what)
{
    int running;
    (void)curl_multi_socket_action(o->multi, fd, what, &running); /* what failed shows in the calls' own results */
    outbound_reap(o);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct watch *w = poll->data;
    int what = (events & UV_READABLE ? CURL_CSELECT_IN : 0) | (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0);
    act(w->outbound, w->fd, status ? CURL_CSELECT_ERR : what);
}

static void on_due(uv_timer_t *timer)
{
    act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static void on_look(uv_timer_t *timer)
{
    outbound_look(timer->data);
}

void sockets_look_in(struct outbound *o, uint64_t ms)
{
    uv_timer_start(&o->patience, on_look, ms, 0);
}

static struct watch *watch_create(struct outbound *o, curl_socket_t fd)
{
    struct watch *w = malloc(sizeof *w);
    if (!w)
        return NULL;
    w->outbound = o;
    w->fd = fd;
    w->poll.data = w;
    if (uv_poll_init(o->options.loop, &w->poll, fd)) {
        free(w);
        return NULL;
    }
    o->handles++;
    curl_multi_assign(o->multi, fd, w);
    return w;
}

static void watch_destroy(struct outbound *o, struct watch *w)
{
    curl_multi_assign(o->multi, w->fd, NULL);
    uv_poll_stop(&w->poll);
    uv_close((uv_handle_t *)&w->poll, on_watch_closed);
}

/* A socket that cannot be watched is not refused: libcurl would give up on every call. That one call runs into its time
 * limit. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *of_socket)
{
    struct outbound *o = arg;
    struct watch *w = of_socket;
    if (what == CURL_POLL_REMOVE) {
        if (w)
            watch_destroy(o, w);
        return 0;
    }
    if (!w && !(w = watch_create(o, fd))) {
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
    struct outbound *o = arg;
    if (ms < 0)
        uv_timer_stop(&o->timer);
    else
        uv_timer_start(&o->timer, on_due, (uint64_t)ms, 0);
    return 0;
}

static void open_timer(struct outbound *o, uv_timer_t *timer)
{
    uv_timer_init(o->options.loop, timer);
    timer->data = o;
    o->handles++;
}

bool sockets_open(struct outbound *o)
{
    o->multi = curl_multi_init();
    if (!o->multi)
        return false;
    curl_multi_setopt(o->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(o->multi, CURLMOPT_SOCKETDATA, o);
    curl_multi_setopt(o->multi, CURLMOPT_TIMERFUNCTION, on_time);
    curl_multi_setopt(o->multi, CURLMOPT_TIMERDATA, o);
    curl_multi_setopt(o->multi, CURLMOPT_MAXCONNECTS, (long)o->options.running);
    open_timer(o, &o->timer);
    open_timer(o, &o->patience);
    return true;
}

void sockets_close(struct outbound *o)
{
    curl_multi_cleanup(o->multi);
    o->multi = NULL;
    uv_close((uv_handle_t *)&o->timer, on_timer_closed);
    uv_close((uv_handle_t *)&o->patience, on_timer_closed);
}
