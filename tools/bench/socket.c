/* Socket: see socket.h. */
#include "tools/bench/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum { PER_ADDRESS = 20000, FIRST_SOURCE = 0x7f000002, WAITING_MOST = 4096 };

static void need(int good, const char *what)
{
    if (good)
        return;
    perror(what);
    exit(2);
}

static struct sockaddr_in loopback(int port, uint32_t address)
{
    return (struct sockaddr_in){ .sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)port),
                                 .sin_addr.s_addr = htonl(address) };
}

void socket_many(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int socket_dial(int port, uint32_t index, int epoll, void *data)
{
    struct sockaddr_in from = loopback(0, FIRST_SOURCE + index / PER_ADDRESS), to = loopback(port, INADDR_LOOPBACK);
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    need(fd >= 0, "socket");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    need(!bind(fd, (struct sockaddr *)&from, sizeof from), "bind");
    need(!connect(fd, (struct sockaddr *)&to, sizeof to) || errno == EINPROGRESS, "connect");
    struct epoll_event event = { .events = EPOLLIN | EPOLLOUT, .data.ptr = data };
    need(!epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll");
    return fd;
}

int socket_listen(int port)
{
    struct sockaddr_in at = loopback(port, INADDR_LOOPBACK);
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    need(fd >= 0, "socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    need(!bind(fd, (struct sockaddr *)&at, sizeof at) && !listen(fd, WAITING_MOST), "listen");
    return fd;
}

int answer_read(const char *p, size_t n, struct answer *ret)
{
    static const char start[] = "HTTP/1.1 ";
    const char *body = memmem(p, n, "\r\n\r\n", 4), *length;
    if (n >= sizeof start && memcmp(p, start, sizeof start - 1))
        return -1;
    if (!body)
        return 0;
    ret->status = atoi(p + sizeof start - 1);
    ret->head = (size_t)(body - p) + 4;
    ret->length = ret->head;
    length = strcasestr(p, "\ncontent-length:");
    if (length && length < body)
        ret->length += strtoul(length + 16, NULL, 10);
    return n >= ret->length;
}
