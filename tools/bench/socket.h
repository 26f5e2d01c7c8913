/* Socket: what the programs of tools/bench share of connections on the loopback interface. Failures that make a run
 * pointless end the program with a message. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct answer {
    int status;
    size_t head, length; /* bytes of the head with its empty line; the whole answer */
};

/* Lifts this process's limit of open files as far as it may. */
void socket_many(void);

/* A connection to 127.0.0.1:port under way, non-blocking, in `epoll` for reading and writing with `data`. Every
 * 20,000th `index` has a source address of its own, because an address has 64,000 ports. */
int socket_dial(int port, uint32_t index, int epoll, void *data);

/* A listening, non-blocking socket on 127.0.0.1:port. */
int socket_listen(int port);

/* Reads an answer with Content-Length at p, which ends in a NUL behind n bytes. 1: complete; 0: more is needed; -1: not
 * HTTP. */
int answer_read(const char *p, size_t n, struct answer *ret);
