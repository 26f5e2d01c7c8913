/* Network: see network.h. Everything is compared as IPv6. */
#include "proto/base/network.h"

#include "proto/base/masked.h"

#include <arpa/inet.h>
#include <stdlib.h>

enum { MAPPED_BITS = 96 };

static struct in6_addr mapped(struct in_addr v4)
{
    struct in6_addr a = { .s6_addr = { [10] = 0xff, [11] = 0xff } };
    memcpy(a.s6_addr + 12, &v4, sizeof v4);
    return a;
}

static struct in6_addr as_v6(const struct sockaddr_storage *a)
{
    return a->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)a)->sin6_addr
                                    : mapped(((const struct sockaddr_in *)a)->sin_addr);
}

void network_unmap(const struct sockaddr *a, struct sockaddr_storage *ret)
{
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)a;
    struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
    memset(ret, 0, sizeof *ret);
    if (a->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
        v4->sin_family = AF_INET;
        v4->sin_port = v6->sin6_port;
        memcpy(&v4->sin_addr, v6->sin6_addr.s6_addr + 12, sizeof v4->sin_addr);
    } else {
        memcpy(ret, a, a->sa_family == AF_INET6 ? sizeof *v6 : sizeof *v4);
    }
}

bool network_address_read(struct text t, struct sockaddr_storage *ret)
{
    char text[INET6_ADDRSTRLEN];
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    if (t.n >= sizeof text || memchr(t.p, 0, t.n))
        return false;
    *(char *)mempcpy(text, t.p, t.n) = 0;
    bool is_v4 = inet_pton(AF_INET, text, &v4.sin_addr) == 1;
    if (!is_v4 && inet_pton(AF_INET6, text, &v6.sin6_addr) != 1)
        return false;
    network_unmap(is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6, ret);
    return true;
}

/* The number behind the slash; -1 if it is none up to `most`. */
static int read_bits(struct text t, int most)
{
    int bits = 0;
    if (!t.n || t.n > 3)
        return -1;
    for (size_t i = 0; i < t.n; i++) {
        if (t.p[i] < '0' || t.p[i] > '9')
            return -1;
        bits = bits * 10 + t.p[i] - '0';
    }
    return bits <= most ? bits : -1;
}

/* How an address is spelled says what the bits count. */
static bool read_network(struct text t, struct network *ret)
{
    struct sockaddr_storage a;
    const char *slash = memchr(t.p, '/', t.n);
    struct text address = { t.p, slash ? (size_t)(slash - t.p) : t.n };
    int unwritten = memchr(address.p, ':', address.n) ? 0 : MAPPED_BITS;
    if (!network_address_read(address, &a))
        return false;
    int bits = NETWORK_BITS - unwritten;
    if (slash)
        bits = read_bits((struct text){ slash + 1, t.n - address.n - 1 }, bits);
    *ret = (struct network){ as_v6(&a), unwritten + bits };
    return bits >= 0;
}

bool networks_read(const char *list, struct networks *ret, struct buf *why)
{
    static const char between[] = ", \t";
    ret->n = 0;
    for (list += strspn(list, between); *list; list += strspn(list, between)) {
        struct text one = { list, strcspn(list, between) };
        if (ret->n == NETWORKS_MOST)
            buf_printf(why, "there are more than %d addresses and networks", NETWORKS_MOST);
        else if (!read_network(one, &ret->at[ret->n++]))
            masked_quote(one, "is no address such as 192.0.2.1 or 2001:db8::1, and no network such as 10.0.0.0/8", why);
        if (why->n)
            return false;
        list += one.n;
    }
    return true;
}

static bool has(const struct network *n, const struct in6_addr *a)
{
    int bytes = n->bits / 8, rest = n->bits % 8;
    return !memcmp(&n->base, a, (size_t)bytes) &&
           (!rest || (n->base.s6_addr[bytes] ^ a->s6_addr[bytes]) >> (8 - rest) == 0);
}

bool networks_have(const struct networks *set, const struct sockaddr_storage *address)
{
    struct in6_addr a = as_v6(address);
    for (int i = 0; i < set->n; i++)
        if (has(&set->at[i], &a))
            return true;
    return false;
}
