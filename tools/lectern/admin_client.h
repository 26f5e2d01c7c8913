/* Admin client: asks a server's admin socket. One thread. What nng holds is left to the end of the process, because
 * closing it may hang. */
#pragma once

#include "proto/text.h"

#include <nng/nng.h>

struct admin_client {
    nng_socket socket;
};

/* Reaches the socket that the configuration names. False: nobody is there. */
bool admin_client_open(struct admin_client *c);

/* Asks a command (the first of the words) and returns the whole answer, which the caller frees with nng_msg_free. NULL:
 * none came within three seconds. */
nng_msg *admin_client_ask(struct admin_client *c, const char *const *words, size_t n);

/* The question as it is sent; the caller sends or frees it. NULL without memory. */
nng_msg *admin_client_question(const char *const *words, size_t n);

/* A descriptor that becomes readable when the process of the server has ended (see pidfd_open), or -1. */
int admin_client_process(struct admin_client *c);

static inline struct text admin_client_text(nng_msg *answer)
{
    return (struct text){ nng_msg_body(answer), nng_msg_len(answer) };
}
