/* Top's link: questions to the admin socket that nobody waits for. What happens comes as bytes of a pipe that can be
 * polled, so asking never holds up a key. nng asks again by itself when the server comes back. Main thread; nng's
 * threads only write the bytes. What nng holds is left to the end of the process, because closing it may hang. */
#pragma once

#include "proto/text.h"

#include <nng/nng.h>

enum { TOP_LINK_ANSWER = 'a', TOP_LINK_THERE = 't', TOP_LINK_GONE = 'g' };

struct top_link {
    nng_socket socket;
    nng_aio *send, *receive; /* one after the other; a question waits in the first while there is no server */
    nng_msg *answer;         /* the last one taken */
    int events[2];           /* [0] to poll and read */
};

/* Begins to look for the server at the socket that the configuration names; it need not be there. False: no memory, or
 * the path is impossible. */
bool top_link_open(struct top_link *l);

/* Asks a command; only when the answer to the one before has come. False without memory. */
bool top_link_ask(struct top_link *l, const char *const *words, size_t n);

/* What happened next: one of the above, 0: nothing more. */
char top_link_event(struct top_link *l);

/* The answer, after its event; valid until the next one is taken. Absent: none came. */
struct text top_link_answer(struct top_link *l);
