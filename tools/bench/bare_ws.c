/* Bare WebSocket server: one epoll loop around wslay's own event layer, which answers pings and sends texts back, or with
 * --silent reads them as JSON and says nothing: the limit of what the libraries do for a frame. One thread. */
#include "tools/bench/options.h"
#include "tools/bench/socket.h"

#include <errno.h>
#include <jansson.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wslay/wslay.h>

enum { EVENTS = 512, HEAD_MOST = 4096, OUT_MOST = 256 * 1024 };

static char out[OUT_MOST];
static size_t out_n;
static bool silent;

struct peer {
    int fd;
    wslay_event_context_ptr ws; /* NULL until its handshake */
};

static ssize_t on_recv(wslay_event_context_ptr ws, uint8_t *to, size_t n, int flags, void *arg)
{
    ssize_t got = recv(((struct peer *)arg)->fd, to, n, MSG_DONTWAIT);
    if (got <= 0)
        wslay_event_set_error(ws, got < 0 && errno == EAGAIN ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return got > 0 ? got : -1;
}

/* What is said to one peer goes out together. */
static ssize_t on_send(wslay_event_context_ptr ws, const uint8_t *p, size_t n, int flags, void *arg)
{
    n = n < OUT_MOST - out_n ? n : OUT_MOST - out_n;
    if (!n) {
        wslay_event_set_error(ws, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    memcpy(out + out_n, p, n);
    out_n += n;
    return (ssize_t)n;
}

/* It waits: the client reads. */
static bool flush(const struct peer *p)
{
    size_t n = out_n;
    out_n = 0;
    return !n || send(p->fd, out, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static void on_message(wslay_event_context_ptr ws, const struct wslay_event_on_msg_recv_arg *m, void *arg)
{
    if (silent)
        json_decref(json_loadb((const char *)m->msg, m->msg_length, 0, NULL));
    else if (!wslay_is_ctrl_frame(m->opcode))
        wslay_event_queue_msg(ws, &(struct wslay_event_msg){ m->opcode, m->msg, m->msg_length });
}

static void hang_up(struct peer *p)
{
    if (p->ws)
        wslay_event_context_free(p->ws);
    close(p->fd);
    free(p);
}

/* The head is expected in one piece. */
static bool shake_hands(struct peer *p)
{
    static const struct wslay_event_callbacks callbacks = { .recv_callback = on_recv,
                                                            .send_callback = on_send,
                                                            .on_msg_recv_callback = on_message };
    static const char name[] = "Sec-WebSocket-Key: ", guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    char head[HEAD_MOST + 1], key[24 + sizeof guid], accept[32], answer[256];
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned sum_n;
    ssize_t n = recv(p->fd, head, HEAD_MOST, 0);
    head[n > 0 ? n : 0] = 0;
    const char *at = strstr(head, name);
    if (!at || strlen(at) < sizeof name + 24)
        return false;
    memcpy(mempcpy(key, at + sizeof name - 1, 24), guid, sizeof guid);
    EVP_Digest(key, 24 + sizeof guid - 1, sum, &sum_n, EVP_sha1(), NULL);
    EVP_EncodeBlock((unsigned char *)accept, sum, (int)sum_n);
    int said = snprintf(answer, sizeof answer,
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Accept: %s\r\n\r\n",
                        accept);
    return send(p->fd, answer, (size_t)said, MSG_NOSIGNAL) == said &&
           !wslay_event_context_server_init(&p->ws, &callbacks, p);
}

static bool serve(struct peer *p)
{
    if (!p->ws)
        return shake_hands(p);
    if (wslay_event_recv(p->ws))
        return false;
    while (wslay_event_want_write(p->ws))
        if (wslay_event_send(p->ws) || !flush(p))
            return false;
    return !wslay_event_get_close_sent(p->ws);
}

static void welcome(int epoll, int listener)
{
    int one = 1, fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    struct peer *p = fd < 0 ? NULL : calloc(1, sizeof *p);
    if (!p)
        return;
    p->fd = fd;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &(struct epoll_event){ .events = EPOLLIN, .data.ptr = p });
}

int main(int argc, char **argv)
{
    int port = 0;
    const struct bench_option options[] = { { "port", OPTION_INT, &port, "to listen on, of 127.0.0.1" },
                                            { "silent", OPTION_FLAG, &silent,
                                              "reads texts as JSON, and sends none back" },
                                            { 0 } };
    if (!options_read(options, argc, argv))
        return 2;
    int listener = socket_listen(port), epoll = epoll_create1(0);
    if (listener < 0 || epoll < 0)
        return 1;
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &(struct epoll_event){ .events = EPOLLIN });
    printf("listening on ws://127.0.0.1:%d\n", port);
    fflush(stdout);
    for (;;) {
        struct epoll_event events[EVENTS];
        int n = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            struct peer *p = events[i].data.ptr;
            if (!p)
                welcome(epoll, listener);
            else if (!serve(p))
                hang_up(p);
        }
    }
}
