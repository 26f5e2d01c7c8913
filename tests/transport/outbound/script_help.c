/* Script: see script_help.h. */
#include "tests/transport/outbound/script_help.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct script_peer {
    uv_tcp_t tcp;
    uv_write_t write;
    struct script_peer *next;
    bool closed;
};

struct script server;

static void on_peer_closed(uv_handle_t *h)
{
    struct script_peer *p = h->data;
    p->closed = true;
}

static void hang_up(struct script_peer *p)
{
    if (!uv_is_closing((uv_handle_t *)&p->tcp))
        uv_close((uv_handle_t *)&p->tcp, on_peer_closed);
}

static void on_written(uv_write_t *w, int status)
{
    if (server.hangs_up)
        hang_up(w->data);
}

static void say(struct script_peer *p)
{
    uv_buf_t b = uv_buf_init((char *)server.says, (unsigned)strlen(server.says));
    p->write.data = p;
    assert_int_equal(uv_write(&p->write, (uv_stream_t *)&p->tcp, &b, 1, on_written), 0);
}

static void on_alloc(uv_handle_t *h, size_t n, uv_buf_t *b)
{
    static char bytes[65536];
    *b = uv_buf_init(bytes, sizeof bytes);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
    struct script_peer *p = s->data;
    if (n < 0) {
        hang_up(p);
        return;
    }
    buf_put(&server.heard, b->base, (size_t)n);
    bool tls_hello = *b->base == 0x16;
    if (server.says && !server.holds && (tls_hello || memmem(b->base, (size_t)n, "\r\n\r\n", 4)))
        say(p);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct script_peer *p = calloc(1, sizeof *p);
    assert_non_null(p);
    uv_tcp_init(&server.loop, &p->tcp);
    p->tcp.data = p;
    p->next = server.peers;
    server.peers = p;
    server.connections++;
    assert_int_equal(uv_accept(listener, (uv_stream_t *)&p->tcp), 0);
    uv_read_start((uv_stream_t *)&p->tcp, on_alloc, on_read);
}

void script_release(void)
{
    server.holds = false;
    for (struct script_peer *p = server.peers; p; p = p->next)
        if (!uv_is_closing((uv_handle_t *)&p->tcp))
            say(p);
}

void script_open(void)
{
    struct sockaddr_in any = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int size = sizeof any;
    memset(&server, 0, sizeof server);
    assert_int_equal(uv_loop_init(&server.loop), 0);
    uv_tcp_init(&server.loop, &server.listener);
    assert_int_equal(uv_tcp_bind(&server.listener, (struct sockaddr *)&any, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&server.listener, 64, on_connection), 0);
    uv_tcp_getsockname(&server.listener, (struct sockaddr *)&any, &size);
    snprintf(server.url, sizeof server.url, "http://127.0.0.1:%d/", ntohs(any.sin_port));
}

void script_close(void)
{
    uv_close((uv_handle_t *)&server.listener, NULL);
    for (struct script_peer *p = server.peers; p; p = p->next)
        hang_up(p);
    while (uv_run(&server.loop, UV_RUN_DEFAULT)) {
    }
    assert_int_equal(uv_loop_close(&server.loop), 0);
    for (struct script_peer *p = server.peers, *next; p; p = next) {
        next = p->next;
        assert_true(p->closed);
        free(p);
    }
    buf_fini(&server.heard);
}
