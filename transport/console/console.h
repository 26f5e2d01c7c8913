/* Console: the operators' page with its stream, on a listener of its own at a loopback address, read only. Whoever is
 * on this machine may read it, so a request must name this machine (a page elsewhere that has its name point here does
 * not) and nothing is said to other origins. Thread of its worker only. */
#pragma once

#include "actors/part.h"
#include "transport/console/watch.h"

#include <sys/socket.h>

enum { CONSOLE_STREAMS_MOST = 16 };

struct console;

extern const struct part console_part;

struct console_stats {
    uint32_t streams, highest;
    uint64_t refused;
};

struct console *console_open(struct worker *w, struct watch *watch, int bound); /* NULL: logged */
struct console_stats console_stats(const struct console *c);
void console_drain(struct console *c); /* no more connections; streams end */
bool console_drained(const struct console *c);
void console_close(struct console *c);   /* cuts what is left, as the loop runs */
void console_destroy(struct console *c); /* without streams. NULL is fine */

/* What looks for it: from the opened admin socket, before the workers start, until commands have ended and before the
 * workers do. Main thread. False: no thread. Nothing where it is not configured. */
bool console_watch(struct admin *admin, struct worker *first);
void console_unwatch(void);

/* For watch_start. */
void console_news(struct worker *w, void *watch);
