/* Top's link: see top_link.h. */
#include "tools/lectern/top_link.h"

#include "tools/lectern/admin_client.h"
#include "transport/admin/admin.h"

#include <fcntl.h>
#include <limits.h>
#include <nng/protocol/reqrep0/req.h>
#include <unistd.h>

/* A server that drops a question is asked it again; one that stands still finds few copies of it when it goes on. */
enum { AGAIN_MS = 10000, DIAL_MS = 200 };

/* On nng's threads. The pipe is never full: there is one question at a time, and few connections. */
static void tell(struct top_link *l, char event)
{
    if (write(l->events[1], &event, 1) < 0)
        return;
}

static void sent(void *arg)
{
    struct top_link *l = arg;
    if (nng_aio_result(l->send))
        tell(l, TOP_LINK_ANSWER); /* there will be none */
    else
        nng_recv_aio(l->socket, l->receive);
}

static void answered(void *arg)
{
    tell(arg, TOP_LINK_ANSWER);
}

static void connected(nng_pipe pipe, nng_pipe_ev event, void *arg)
{
    tell(arg, event == NNG_PIPE_EV_ADD_POST ? TOP_LINK_THERE : TOP_LINK_GONE);
}

static bool dial(struct top_link *l, const char *url)
{
    return !nng_req0_open(&l->socket) && !nng_aio_alloc(&l->send, sent, l) &&
           !nng_aio_alloc(&l->receive, answered, l) &&
           !nng_socket_set_ms(l->socket, NNG_OPT_REQ_RESENDTIME, AGAIN_MS) &&
           !nng_socket_set_ms(l->socket, NNG_OPT_RECONNMINT, DIAL_MS) &&
           !nng_socket_set_ms(l->socket, NNG_OPT_RECONNMAXT, DIAL_MS) &&
           !nng_socket_set_size(l->socket, NNG_OPT_RECVMAXSZ, 0) &&
           !nng_pipe_notify(l->socket, NNG_PIPE_EV_ADD_POST, connected, l) &&
           !nng_pipe_notify(l->socket, NNG_PIPE_EV_REM_POST, connected, l) &&
           !nng_dial(l->socket, url, NULL, NNG_FLAG_NONBLOCK);
}

bool top_link_open(struct top_link *l)
{
    char path[PATH_MAX], url[ADMIN_URL_MAX];
    int folder;
    admin_path(path, sizeof path);
    *l = (struct top_link){ .events = { -1, -1 } };
    return !pipe2(l->events, O_NONBLOCK | O_CLOEXEC) && admin_url(path, url, &folder) && dial(l, url);
}

bool top_link_ask(struct top_link *l, const char *const *words, size_t n)
{
    nng_msg *question = admin_client_question(words, n);
    if (!question)
        return false;
    nng_aio_set_timeout(l->send, NNG_DURATION_INFINITE);
    nng_aio_set_timeout(l->receive, NNG_DURATION_INFINITE);
    nng_aio_set_msg(l->send, question);
    nng_send_aio(l->socket, l->send);
    return true;
}

char top_link_event(struct top_link *l)
{
    char event;
    return read(l->events[0], &event, 1) == 1 ? event : 0;
}

struct text top_link_answer(struct top_link *l)
{
    bool failed = nng_aio_result(l->send);
    nng_aio_wait(failed ? l->send : l->receive); /* its callback is at its end, if it still runs */
    if (l->answer)
        nng_msg_free(l->answer);
    if (failed)
        nng_msg_free(nng_aio_get_msg(l->send)); /* it is still ours */
    l->answer = failed || nng_aio_result(l->receive) ? NULL : nng_aio_get_msg(l->receive);
    return l->answer ? admin_client_text(l->answer) : (struct text){ NULL, 0 };
}
