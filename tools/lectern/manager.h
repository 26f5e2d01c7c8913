/* Manager: what the service manager (systemd) gives and is told: sockets it holds, readiness, the end, a sign of life.
 * Without one all of this is nothing. Main thread. */
#pragma once

#include "proto/base/buf.h"

#include <stdint.h>
#include <sys/socket.h>

enum { MANAGER_SOCKETS_MAX = 64 };

/* Takes over the listening sockets that the manager holds (LISTEN_FDS): they stay when this process goes, with whoever
 * waits in them. Returns how many, 0: none; -1 with a sentence in why. Before any thread. */
int manager_sockets(int ret[static MANAGER_SOCKETS_MAX], struct buf *why);

/* The address that a socket listens on. */
bool manager_address(int fd, struct sockaddr_storage *ret);

void manager_ready(const char *address, int workers);
/* We stop, in `seconds` at the latest. */
void manager_stopping(int64_t seconds);
/* One line of what goes on. */
void manager_status(const char *text);

/* Milliseconds between signs of life that are soon enough; 0: nobody wants any. */
uint64_t manager_watchdog_ms(void);
void manager_alive(void);
