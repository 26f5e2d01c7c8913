/* Address: HOST:PORT as text and as a socket address. Numeric hosts only (and localhost), so nothing ever waits for a
 * name server. Any thread. */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

enum { ADDRESS_TEXT_MAX = 64 };

/* Reads 127.0.0.1:8000, localhost:8000, [::1]:8000, *:8000 or :8000 (the last two: every IPv4 interface). False if it
 * is none of these. */
bool address_read(const char *text, struct sockaddr_storage *ret);

bool address_is_loopback(const struct sockaddr_storage *a);

/* Writes it as HOST:PORT, an IPv6 host in brackets. */
void address_put(const struct sockaddr_storage *a, char ret[static ADDRESS_TEXT_MAX]);

/* Writes the host alone, without brackets; "" for one of an unknown family. */
void address_put_host(const struct sockaddr_storage *a, char ret[static ADDRESS_TEXT_MAX]);

socklen_t address_size(const struct sockaddr_storage *a);
