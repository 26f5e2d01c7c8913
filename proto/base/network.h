/* Network: addresses of the Internet and sets of them. An IPv4 address that is written as IPv6 (::ffff:192.0.2.1) is
 * the IPv4 one, everywhere. Any thread. */
#pragma once

#include "proto/base/buf.h"

#include <netinet/in.h>

enum { NETWORKS_MOST = 64, NETWORK_BITS = 128 };

struct networks {
    int n;
    struct network {
        struct in6_addr base; /* of IPv4: mapped */
        int bits;             /* that count, 0 to NETWORK_BITS */
    } at[NETWORKS_MOST];
};

/* Reads addresses (192.0.2.1, 2001:db8::1) and networks (10.0.0.0/8, fd00::/8), separated by commas or blanks. False
 * with a sentence in why if something else is among them, or too many. */
bool networks_read(const char *list, struct networks *ret, struct buf *why);

bool networks_have(const struct networks *set, const struct sockaddr_storage *a);

/* Reads an address without a port or anything around it. The port is 0. */
bool network_address_read(struct text t, struct sockaddr_storage *ret);

/* Writes a mapped address as the IPv4 one, any other as it is. The whole of ret is set. */
void network_unmap(const struct sockaddr *a, struct sockaddr_storage *ret);
