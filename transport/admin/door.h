/* Door: one of the operators' sockets: its listener, and the connections of its peers on a libuv loop. A peer sends
 * requests, a line each (lines.h), and has an answer to each, a line too, in their order. Of each peer one request is
 * under way: nothing more is read from it until it has taken the answer. So whatever a peer does or leaves undone, it
 * costs a place, a request and an answer.
 *
 * A peer may end its half of the connection and still has its answers. One that is in the middle of a request or an
 * answer and does not move for `stall_ms` is closed; one that has nothing under way stays. When all places
 * (ADMIN_PEERS_MAX) are taken, who comes gets the place that is needed least: of the user that has most, of that user's
 * process that has most, first of those that never asked anything, then idle for longest.
 *
 * When there are no descriptors, one is there for whoever comes; others wait in the kernel's queue until there are some
 * again. All on the loop's thread, or on another one while the loop does not run. */
#pragma once

#include "transport/admin/socket.h"
#include "transport/admin/turns.h"

#include <uv.h>

enum { ADMIN_PEERS_MAX = 256 };

struct door_options {
    uv_loop_t *loop;
    struct turns *turns;
    void (*asked)(void *arg); /* somebody waits for a turn, who did not */
    void *arg;
    bool viewers;      /* who comes is one */
    uint64_t stall_ms; /* at least four */
};

struct peer;
struct door {
    /* private */
    struct door_options options;
    struct sockaddr_un address;
    int folder, fd, spare; /* spare: given up when there are no descriptors; -1: it has been */
    uv_poll_t poll;
    uv_timer_t timer; /* looks after peers that stall, and after descriptors */
    struct peer *peers;
    int n;
    bool open;
};

/* Listens at the path, where a socket that nobody listens at any more is replaced. False with a sentence in why; there
 * is nothing to close then. */
bool door_open(struct door *d, const char *path, struct socket_access access, const struct door_options *o,
               struct buf *why);

/* Closes it and all connections, and removes the socket. What is closed is gone when the loop has run once more; the
 * request that runs must have ended. A zeroed door is fine. */
void door_close(struct door *d);
