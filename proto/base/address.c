/* Address: see address.h. */
#include "proto/base/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_port(const char *text, in_port_t *ret)
{
    size_t n = strlen(text);
    if (!n || n > 5 || strspn(text, "0123456789") != n)
        return false;
    long port = strtol(text, NULL, 10);
    if (port > 65535)
        return false;
    *ret = htons((uint16_t)port);
    return true;
}

bool address_read(const char *text, struct sockaddr_storage *ret)
{
    char host[ADDRESS_TEXT_MAX];
    const char *colon = strrchr(text, ':');
    in_port_t port;
    if (!colon || !read_port(colon + 1, &port) || (size_t)(colon - text) >= sizeof host)
        return false;
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = 0;

    struct sockaddr_storage out = { 0 };
    struct sockaddr_in *v4 = (struct sockaddr_in *)&out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&out;
    size_t n = strlen(host);
    if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
        host[n - 1] = 0;
        v6->sin6_family = AF_INET6;
        v6->sin6_port = port;
        if (inet_pton(AF_INET6, host + 1, &v6->sin6_addr) != 1)
            return false;
    } else {
        const char *numeric = !n || !strcmp(host, "*") ? "0.0.0.0" : !strcmp(host, "localhost") ? "127.0.0.1" : host;
        v4->sin_family = AF_INET;
        v4->sin_port = port;
        if (inet_pton(AF_INET, numeric, &v4->sin_addr) != 1)
            return false;
    }
    *ret = out;
    return true;
}

bool address_is_loopback(const struct sockaddr_storage *a)
{
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *)a)->sin6_addr;
    if (a->ss_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(v6) || (IN6_IS_ADDR_V4MAPPED(v6) && v6->s6_addr[12] == 127);
    return ntohl(((const struct sockaddr_in *)a)->sin_addr.s_addr) >> 24 == 127;
}

void address_put_host(const struct sockaddr_storage *a, char ret[static ADDRESS_TEXT_MAX])
{
    const void *host = a->ss_family == AF_INET6 ? (const void *)&((const struct sockaddr_in6 *)a)->sin6_addr
                                                : (const void *)&((const struct sockaddr_in *)a)->sin_addr;
    if (!inet_ntop(a->ss_family, host, ret, ADDRESS_TEXT_MAX))
        *ret = 0;
}

void address_put(const struct sockaddr_storage *a, char ret[static ADDRESS_TEXT_MAX])
{
    char host[ADDRESS_TEXT_MAX];
    bool v6 = a->ss_family == AF_INET6;
    address_put_host(a, host);
    snprintf(ret, ADDRESS_TEXT_MAX, v6 ? "[%.45s]:%u" : "%.45s:%u", host,
             ntohs(v6 ? ((const struct sockaddr_in6 *)a)->sin6_port : ((const struct sockaddr_in *)a)->sin_port));
}

socklen_t address_size(const struct sockaddr_storage *a)
{
    return a->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}
