/* Socket: the files of the operators' sockets: their addresses, making them with the right modes, and reaching them.
 * Any thread. */
#pragma once

#include "proto/base/buf.h"

#include <stdint.h>
#include <sys/types.h>
#include <sys/un.h>

/* A socket's path as an address. One too long for that is shortened through its open folder in /proc; false if that
 * does not help either. `ret_folder` is the open folder or -1; it must stay open while the address is used. */
bool socket_address(const char *path, struct sockaddr_un *ret, int *ret_folder);

/* Removes a socket that nobody listens at any more. False with a sentence in why: somebody does, or what is there is no
 * socket. */
bool socket_clear(const char *path, const struct sockaddr_un *address, struct buf *why);

/* Who may connect: the own user, and the group unless it is -1. */
struct socket_access {
    bool shared; /* with a group */
    gid_t group; /* -1: the process's own */
};

/* Listens at the address, where nothing is (socket_clear). Nobody else can connect before the modes are right. Does not
 * block, closes on exec. -1 with errno. */
int socket_listen(const struct sockaddr_un *address, struct socket_access access);

/* Connects; as long as too many wait to be accepted it waits itself, so many milliseconds at most, then EAGAIN. Does
 * not block afterwards, closes on exec. -1 with errno. */
int socket_connect(const struct sockaddr_un *address, int64_t wait_ms);
