/* Look: see look.h. */
#include "transport/http/look.h"

#include "proto/config/config_live.h"
#include "transport/http/connection_state.h"
#include "transport/http/http_state.h"
#include "transport/http/request_state.h"

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/ioctl.h>

/* ---- one of many ---- */

static bool is_stream(const struct connection *c)
{
    return c->state == CONNECTION_STREAM;
}

static const char *kind_of(const struct connection *c)
{
    if (is_stream(c))
        return c->route->endpoint->socket ? "ws" : "sse";
    if (c->rq && c->rq->upload)
        return "upload";
    if (c->state == CONNECTION_ANSWER)
        return "download";
    return c->requests ? "http" : "new";
}

static const char *state_of(const struct connection *c)
{
    if (c->wire.state != WIRE_OPEN)
        return wire_states[c->wire.state].name;
    if (c->state == CONNECTION_HEAD && c->wire.backlog)
        return "answer";
    if (c->state == CONNECTION_HEAD && c->wire.class == DEADLINE_READ)
        return "head";
    return connection_states[c->state].name;
}

static void put_peer(const struct peer *peer, uint16_t port, union look_address *ret)
{
    if (!peer)
        return;
    if (peer->address.ss_family == AF_INET6) {
        memcpy(&ret->v6, &peer->address, sizeof ret->v6);
        ret->v6.sin6_port = port;
    } else {
        memcpy(&ret->v4, &peer->address, sizeof ret->v4);
        ret->v4.sin_port = port;
    }
}

void connection_look(const struct connection *c, struct connection_look *ret)
{
    uint64_t now = uv_now(c->wire.wires->loop);
    *ret = (struct connection_look){ .serial = c->wire.serial,
                                     .kind = kind_of(c),
                                     .state = state_of(c),
                                     .route = c->route,
                                     .under_way = c->rq || is_stream(c),
                                     .user = c->user,
                                     .requests = c->requests,
                                     .age_ms = now - c->wire.opened,
                                     .idle_ms = now - c->wire.touched,
                                     .received = c->wire.received,
                                     .sent = c->wire.sent,
                                     .pending = output_backlog(&c->wire) };
    if (is_stream(c))
        ret->room = c->room;
    put_peer(c->wire.peer, c->wire.port, &ret->peer);
    put_peer(c->client, 0, &ret->client);
}

void look_request(const struct route *route, char ret[static LOOK_REQUEST_MAX])
{
    static const char *const methods[METHOD_COUNT] = {
        [GET] = "GET", [POST] = "POST", [PUT] = "PUT", [PATCH] = "PATCH", [DELETE] = "DELETE",
    };
    *ret = 0;
    if (route)
        snprintf(ret, LOOK_REQUEST_MAX, "%s %s", methods[route->endpoint->method], route->endpoint->path);
}

/* ---- one alone ---- */

/* TCP_INFO; a kernel that knows less fills less, and the rest stays 0. */
static void ask_system(const struct connection *c, struct connection_detail *ret)
{
    struct tcp_info info = { 0 };
    socklen_t n = sizeof info;
    int unsent = 0;
    ret->tcp = !getsockopt(c->wire.fd, IPPROTO_TCP, TCP_INFO, &info, &n) && !ioctl(c->wire.fd, SIOCOUTQNSD, &unsent);
    if (!ret->tcp)
        return;
    ret->tcp_state = info.tcpi_state;
    ret->rtt_us = info.tcpi_rtt;
    ret->rtt_var_us = info.tcpi_rttvar;
    ret->unacked_segments = info.tcpi_unacked;
    ret->lost_segments = info.tcpi_lost;
    ret->retransmits = info.tcpi_total_retrans;
    ret->window_segments = info.tcpi_snd_cwnd;
    ret->unsent = (uint32_t)unsent;
    ret->last_sent_ms = info.tcpi_last_data_sent;
    ret->last_received_ms = info.tcpi_last_data_recv;
}

static void put_deadline(const struct connection *c, struct connection_detail *ret)
{
    static const char *const names[DEADLINE_COUNT] = {
        [DEADLINE_IDLE] = "idle",     [DEADLINE_READ] = "request",   [DEADLINE_WRITE] = "write",
        [DEADLINE_LINGER] = "linger", [DEADLINE_SWALLOW] = "linger",
    };
    uint64_t now = uv_now(c->wire.wires->loop);
    ret->deadline = names[c->wire.class];
    if (!ret->deadline)
        return;
    ret->deadline_ms = c->wire.link.due > now ? c->wire.link.due - now : 0;
    ret->deadline_limit_ms = c->wire.wires->deadlines.ms[c->wire.class];
}

static bool is_near(uint64_t used, uint64_t limit)
{
    return limit && used >= limit - limit / 4;
}

static const char *nearest(const struct connection *c, const struct connection_detail *d)
{
    if (is_near(output_backlog(&c->wire), d->pending_limit))
        return "pending";
    if (is_near(d->unread, d->unread_limit))
        return "unread";
    if (is_near(d->body, d->body_limit))
        return "body";
    return is_near(d->deadline_limit_ms - d->deadline_ms, d->deadline_limit_ms) ? "deadline" : NULL;
}

void connection_detail(const struct connection *c, struct connection_detail *ret)
{
    *ret = (struct connection_detail){
        .unread = c->pending_n,
        .unread_limit = PENDING_MOST,
        .pending_limit = is_stream(c) ? (uint64_t)config_here()->sse_backlog : 0,
        .unacknowledged = output_unacknowledged(&c->wire),
        .reading = c->wire.reading,
        .half_closed = c->wire.ended,
    };
    if (c->rq && c->rq->head.framing != FRAMING_NONE) {
        ret->body = c->rq->body_n;
        ret->body_limit = request_body_limit(c->rq);
    }
    if (c->wire.state == WIRE_ENDING || c->wire.state == WIRE_LINGER)
        ret->ends = close_reason_name(c->wire.why);
    put_deadline(c, ret);
    ret->near = nearest(c, ret);
    ask_system(c, ret);
}

/* ---- all of them ---- */

struct seer {
    void (*see)(const struct connection *c, void *arg);
    void *arg;
};

static void see_wire(const struct wire *w, void *arg)
{
    const struct seer *s = arg;
    s->see((const struct connection *)w, s->arg);
}

void http_each(const struct http *h, void (*see)(const struct connection *c, void *arg), void *arg)
{
    struct seer s = { see, arg };
    wires_each(&h->wires, see_wire, &s);
}

struct search {
    uint64_t serial;
    const struct connection *found;
};

static void compare(const struct connection *c, void *arg)
{
    struct search *s = arg;
    if (c->wire.serial == s->serial)
        s->found = c;
}

struct connection *http_find(const struct http *h, uint64_t serial)
{
    struct search s = { serial, NULL };
    http_each(h, compare, &s);
    return (struct connection *)s.found;
}

void connection_kill(struct connection *c)
{
    wire_reset(&c->wire, CLOSE_KILLED);
}

const struct closed_ring *http_closed(const struct http *h)
{
    return &h->closed;
}

uint64_t http_now(const struct http *h)
{
    return uv_now(h->wires.loop);
}

bool http_is_few(const struct http *h)
{
    return h->wires.most;
}
