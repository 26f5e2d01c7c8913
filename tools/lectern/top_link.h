/* Top's link: questions to the admin socket that nobody waits for, so asking never holds up a key. The server may come
 * and go: it is looked for all the time, and asked again when it comes back. Milliseconds of a monotonic clock. One
 * thread. */
#pragma once

#include "tools/lectern/admin_link.h"

enum top_link_event {
    TOP_LINK_NOTHING,
    TOP_LINK_THERE,  /* connected */
    TOP_LINK_GONE,   /* no longer */
    TOP_LINK_ANSWER, /* the answer has come */
};

struct top_link {
    struct admin_link link;
    bool linked;
    int64_t dial_ms; /* when to look for the server again */
};

/* Begins to look for the server at the socket that the configuration names; it need not be there. False: the path is
 * impossible. */
bool top_link_open(struct top_link *l);
void top_link_close(struct top_link *l);

/* Asks a command; only when the answer to the one before has come. False without memory. */
bool top_link_ask(struct top_link *l, const char *const *words, size_t n);

/* What happened next. */
enum top_link_event top_link_step(struct top_link *l, int64_t now_ms);
/* What to poll, and for how long at most, negative: without end. */
struct pollfd top_link_poll(const struct top_link *l, int64_t now_ms, int64_t *ret_ms);

/* The answer, after its event, until the next question. */
struct text top_link_answer(const struct top_link *l);

/* Is somebody there who is no server of this version? */
bool top_link_is_foreign(const struct top_link *l);
