/* Admin client: asks a server's admin socket and waits for the answer, a few seconds at most. A connection that has
 * been lost between two questions is made anew. One thread. */
#pragma once

#include "tools/lectern/admin_link.h"

struct admin_client {
    struct admin_link link; /* private */
    bool answered;          /* private: there has been an answer */
    int why;                /* private: errno of the last attempt to connect */
};

/* Connects to the socket that the configuration names; if that fails, asking tries again. Close it in either case. */
bool admin_client_open(struct admin_client *c);
void admin_client_close(struct admin_client *c);

/* Asks a command (the first of the words) and returns the whole answer, which is valid until the next question. Absent:
 * none came in time, or a signal did. */
struct text admin_client_ask(struct admin_client *c, const char *const *words, size_t n);

/* Why there is none, as far as that is known: a sentence about the server in the data folder. */
void admin_client_why(const struct admin_client *c, struct buf *ret);

/* A descriptor that becomes readable when the process of the server has ended (see pidfd_open), or -1. */
int admin_client_process(struct admin_client *c);
