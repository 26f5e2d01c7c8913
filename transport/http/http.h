/* Http: the HTTP side of a worker: the connections on which requests come. Home worker's thread only. */
#pragma once

#include "transport/http/stats.h"

struct area;
struct http;
struct worker;

/* Listens on a bound socket, which is ours from then on, and opens everything the worker's HTTP needs. Areas:
 * NULL-ended. On the worker's thread. NULL: logged, and the server does not start. */
struct http *http_open(struct worker *w, const struct area *const *areas, int bound);
/* The same on a socket that listens already and others listen on too; it stays the caller's. */
struct http *http_open_socket(struct worker *w, const struct area *const *areas, int fd);
/* Beside it, for a few of this machine: no area has a host name here, and there are HTTP_FEW connections at most. */
enum { HTTP_FEW = 64 };
struct http *http_open_few(struct worker *w, const struct area *const *areas, int bound);
/* Out of service, or back: connections that come are answered 503 for whatever is not of an area that is everywhere,
 * and every connection closes after its next answer. */
void http_set_aside(struct http *h, bool aside);
/* Stops accepting: who waits in a socket of others is left to those. A connection that has a request under way, or
 * sends one within the lingering time, closes after its answer. */
void http_drain(struct http *h);
bool http_drained(const struct http *h);
void http_close(struct http *h); /* cuts what is left; frees after the loop has run */
struct http_stats http_stats(const struct http *h);
/* The port it listens on, for an address with port 0; 0 once it has stopped accepting. */
uint16_t http_port(const struct http *h);

const struct http_measures *http_measures(const struct http *h);
struct http_memory http_memory(const struct http *h);
