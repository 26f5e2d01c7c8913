/* Look: connections as an operator sees them. What is told names nothing that a client sent but its address: paths are
 * the patterns of the endpoint tables. Worker's thread only; nothing here is kept up for it but plain counters. */
#pragma once

#include "transport/http/connection_look.h"
#include "transport/wire/close_reason.h"

struct closed_ring;
struct connection;
struct http;
struct route;

enum { LOOK_REQUEST_MAX = 160 };

void connection_look(const struct connection *c, struct connection_look *ret);

/* Its method and the pattern of its path, or the empty text. */
void look_request(const struct route *route, char ret[static LOOK_REQUEST_MAX]);

/* What an operator asks about one alone. */
struct connection_detail {
    uint64_t unread, unread_limit;           /* bytes that came and wait for the request before */
    uint64_t pending_limit;                  /* 0: none but its deadline */
    uint64_t body, body_limit;               /* bytes of a request's body; limit 0: there is none */
    uint64_t unacknowledged;                 /* bytes that the system has taken and the client not acknowledged */
    const char *deadline;                    /* what it is timed by; NULL: nothing */
    uint64_t deadline_ms, deadline_limit_ms; /* left, and of how much */
    const char *near;                        /* the limit of these that is used up to three quarters; NULL: none */
    const char *ends;                        /* name of the reason for which it will close; NULL: it will not */
    bool reading, half_closed;               /* half_closed: the client has ended its side */
    bool tcp;                                /* the system tells what follows */
    uint32_t tcp_state, rtt_us, rtt_var_us, unacked_segments, lost_segments, retransmits, window_segments;
    uint32_t unsent, last_sent_ms, last_received_ms;
};
void connection_detail(const struct connection *c, struct connection_detail *ret);

/* Calls for every connection that is not closed; none may be closed meanwhile. */
void http_each(const struct http *h, void (*see)(const struct connection *c, void *arg), void *arg);

/* By its serial; NULL: it is not there. */
struct connection *http_find(const struct http *h, uint64_t serial);

/* Cuts it now with a reset, so that no client takes what it has for the whole. */
void connection_kill(struct connection *c);

const struct closed_ring *http_closed(const struct http *h);
/* Milliseconds of the worker's loop: what closed->at is measured by. */
uint64_t http_now(const struct http *h);
/* Is it the listener for a few (http_open_few)? Its serials are its own. */
bool http_is_few(const struct http *h);
