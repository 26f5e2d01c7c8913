/* Peers: the client addresses of this worker's connections, and how many connections each has. Of a connection that
 * comes by a trusted proxy the client's address counts, as long as it is that client's. Worker's thread only. */
#pragma once

#include <stdint.h>
#include <sys/socket.h>

struct peer {
    struct peer *next;
    uint32_t count, known, hash;     /* connections; who knows it, they among others */
    struct sockaddr_storage address; /* without port; IPv4 in IPv6 is IPv4 */
};

struct peers {
    struct peer **buckets;
    uint32_t n, mask;
    uint64_t secret;
};

/* Counts one more connection of the address. NULL without memory. */
struct peer *peers_take(struct peers *p, const struct sockaddr *address);
void peers_give(struct peers *p, struct peer *peer);

/* The same without counting: the caller changes `count`, which is as it was again before it forgets. */
struct peer *peers_know(struct peers *p, const struct sockaddr *address);
void peers_forget(struct peers *p, struct peer *peer);
void peers_fini(struct peers *p);
