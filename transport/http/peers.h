/* Peers: how many connections each client address has on this worker. Worker's thread only. */
#pragma once

#include <stdint.h>
#include <sys/socket.h>

struct peer {
    struct peer *next;
    uint32_t count, hash;
    struct sockaddr_storage address; /* without port */
};

struct peers {
    struct peer **buckets;
    uint32_t n, mask;
    uint64_t secret;
};

/* Counts one more connection of the address. NULL without memory. */
struct peer *peers_take(struct peers *p, const struct sockaddr *address);
void peers_give(struct peers *p, struct peer *peer);
void peers_fini(struct peers *p);
