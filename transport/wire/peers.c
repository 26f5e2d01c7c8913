/* Peers: a chained hash table that doubles. Keyed by a secret from the system, so that a client with many IPv6
 * addresses cannot choose them to meet in one bucket. */
#include "transport/wire/peers.h"

#include "proto/base/network.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static void without_port(const struct sockaddr *from, struct sockaddr_storage *to)
{
    network_unmap(from, to);
    if (to->ss_family == AF_INET6) {
        ((struct sockaddr_in6 *)to)->sin6_port = 0;
        ((struct sockaddr_in6 *)to)->sin6_flowinfo = 0;
    } else {
        ((struct sockaddr_in *)to)->sin_port = 0;
    }
}

static uint32_t hash_of(const struct peers *p, const struct sockaddr_storage *a)
{
    const unsigned char *bytes = (const unsigned char *)a;
    uint64_t h = (uintptr_t)p ^ 0x9e3779b97f4a7c15u ^ p->secret;
    for (size_t i = 0; i < sizeof(struct sockaddr_in6); i++)
        h = (h ^ bytes[i]) * 0x100000001b3u;
    return (uint32_t)(h ^ h >> 32);
}

static void grow(struct peers *p)
{
    uint32_t mask = p->buckets ? p->mask * 2 + 1 : 255;
    struct peer **buckets = calloc(mask + 1, sizeof *buckets);
    if (!buckets)
        return;
    for (uint32_t i = 0; p->buckets && i <= p->mask; i++)
        for (struct peer *at = p->buckets[i], *next; at; at = next) {
            next = at->next;
            at->next = buckets[at->hash & mask];
            buckets[at->hash & mask] = at;
        }
    free(p->buckets);
    p->buckets = buckets;
    p->mask = mask;
}

struct peer *peers_know(struct peers *p, const struct sockaddr *address)
{
    if (!p->buckets && getrandom(&p->secret, sizeof p->secret, GRND_NONBLOCK) < 0)
        p->secret = (uintptr_t)&address;
    if (!p->buckets || p->n > p->mask)
        grow(p);
    if (!p->buckets)
        return NULL;
    struct sockaddr_storage key;
    without_port(address, &key);
    uint32_t hash = hash_of(p, &key);
    struct peer **bucket = &p->buckets[hash & p->mask];
    for (struct peer *at = *bucket; at; at = at->next)
        if (at->hash == hash && !memcmp(&at->address, &key, sizeof key)) {
            at->known++;
            return at;
        }
    struct peer *peer = malloc(sizeof *peer);
    if (!peer)
        return NULL;
    *peer = (struct peer){ .next = *bucket, .known = 1, .hash = hash, .address = key };
    *bucket = peer;
    p->n++;
    return peer;
}

struct peer *peers_take(struct peers *p, const struct sockaddr *address)
{
    struct peer *peer = peers_know(p, address);
    if (peer)
        peer->count++;
    return peer;
}

void peers_give(struct peers *p, struct peer *peer)
{
    assert(!peer || peer->count);
    if (peer)
        peer->count--;
    peers_forget(p, peer);
}

void peers_forget(struct peers *p, struct peer *peer)
{
    assert(!peer || peer->known);
    if (!peer || --peer->known)
        return;
    assert(!peer->count && p->n);
    struct peer **at = &p->buckets[peer->hash & p->mask];
    while (*at != peer)
        at = &(*at)->next;
    *at = peer->next;
    p->n--;
    free(peer);
}

void peers_fini(struct peers *p)
{
    for (uint32_t i = 0; p->buckets && i <= p->mask; i++)
        while (p->buckets[i]) {
            struct peer *next = p->buckets[i]->next;
            free(p->buckets[i]);
            p->buckets[i] = next;
        }
    free(p->buckets);
    *p = (struct peers){ 0 };
}
