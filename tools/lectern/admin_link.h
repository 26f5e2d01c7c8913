/* Admin link: a connection to a server's admin socket, a question and its answer at a time, none of which waits: the
 * caller polls. One thread, no locks. */
#pragma once

#include "proto/base/buf.h"

#include <poll.h>
#include <sys/un.h>

struct admin_link {
    /* private */
    struct sockaddr_un address;
    int folder, fd; /* fd -1: not connected */
    struct buf question, answer;
    size_t sent;
    bool asking, foreign;
};

enum admin_link_news {
    ADMIN_LINK_WAIT,   /* nothing yet: poll */
    ADMIN_LINK_ANSWER, /* it is there */
    ADMIN_LINK_LOST,   /* no longer connected, and nobody has read the question: it may be asked anew */
    ADMIN_LINK_CUT,    /* no longer connected, and nobody knows what has become of the question */
};

/* For the socket that the configuration names, without connecting. False: the path is impossible. */
bool admin_link_init(struct admin_link *l);
/* Closes it; ready for the next connect. */
void admin_link_drop(struct admin_link *l);
void admin_link_fini(struct admin_link *l);

/* False with errno; ENOENT and ECONNREFUSED: there is no server, EAGAIN: too many ask it, for so long. */
bool admin_link_connect(struct admin_link *l, int64_t wait_ms);
static inline bool admin_link_connected(const struct admin_link *l)
{
    return l->fd >= 0;
}

/* Puts the question, a command and its arguments, in place of the one before. False without memory. */
bool admin_link_ask(struct admin_link *l, const char *const *words, size_t n);
/* To a new connection: the same question again, unless its answer has come. */
void admin_link_ask_again(struct admin_link *l);

/* What to poll: for connections only. */
struct pollfd admin_link_poll(const struct admin_link *l);
/* Sends and takes what can be without waiting. Connected only; news of a connection when nothing is asked, too. */
enum admin_link_news admin_link_step(struct admin_link *l);

/* The answer, until the next question. */
struct text admin_link_answer(const struct admin_link *l);

/* Has the last connection told something that is no answer, as servers of earlier versions do? */
static inline bool admin_link_is_foreign(const struct admin_link *l)
{
    return l->foreign;
}
