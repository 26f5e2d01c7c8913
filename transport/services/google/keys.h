/* Keys: the public keys by which Google signs, fetched when somebody wants to sign in and kept as long as their
 * document says. The set is shared by all workers, with one short lock, never held across anything else; one fetch is
 * under way at a time, on whichever worker found that it was needed. The rest is the worker's own, own thread only.
 *
 * Queue: KEYS_WAITING_MOST questions per worker while a fetch is under way; full: KEYS_BUSY. */
#pragma once

#include "actors/part.h"
#include "transport/services/google/jwks.h"

struct keys;      /* shared by all workers */
struct keys_desk; /* one worker's side of it */

extern const struct part google_part;

/* The desk of a worker; NULL before it has opened and after it has ended. Own thread. */
struct keys_desk *google_keys(const struct worker *w);

enum {
    KEYS_WAITING_MOST = 1024,
    KEYS_FETCH_MS = 5000,    /* limit of a fetch */
    KEYS_PAUSE_S = 5,        /* between the end of one fetch and the next */
    KEYS_FRESH_LEAST_S = 60, /* whatever the document says */
    KEYS_FRESH_MOST_S = 86400,
};

/* The desk of the worker whose thread this is; NULL: it has none, and is not told of news. */
typedef struct keys_desk *keys_desk_of(const struct worker *w);

/* The URL is borrowed for life. NULL without memory. */
struct keys *keys_create(const char *url, keys_desk_of *desk_of);
void keys_destroy(struct keys *k); /* when no desk is left */

/* How a desk asks for the document: `fetch` begins it, and keys_fetched is called once, perhaps at once, within
 * KEYS_FETCH_MS. A seam: production calls out (keys_fetch.c). */
typedef void keys_fetch(struct keys_desk *d, const char *url, void *arg);

/* The document has come, with the values of these headers (absent: not sent); or it has not (absent). */
void keys_fetched(struct keys_desk *d, struct text document, struct text cache_control, struct text age);

/* keys_fetch by the outbound calls that arg points to. */
keys_fetch keys_fetch_outbound;

struct keys_desk *keys_desk_create(struct keys *k, struct worker *w, keys_fetch *fetch, void *arg);
/* Who still waits gets KEYS_AWAY. When no fetch is under way any more. */
void keys_desk_destroy(struct keys_desk *d);

enum keys_answer {
    KEYS_FOUND,
    KEYS_UNKNOWN, /* there is no such key */
    KEYS_AWAY,    /* there are no keys and they cannot be fetched */
    KEYS_BUSY,
};

/* A question, in memory of whoever asks, valid until it is answered. */
struct keys_question {
    struct text kid;
    void (*done)(struct keys_question *q, enum keys_answer answer, struct jwks_key *key); /* the key is borrowed */
    struct keys_question *next;                                                           /* private to keys.c */
};

/* Answers with done, exactly once, at once or later. A key whose document has grown old is used if no newer one can be
 * had; an unknown one makes for a fetch, unless the last has just been. */
void keys_find(struct keys_desk *d, struct keys_question *q);

/* Nanoseconds for which no other fetch begins, since one has just ended; 0: the next question makes for one. */
uint64_t keys_rest(const struct keys_desk *d);

/* Numbers for operators: questions that wait, and those for which there was no place. */
struct keys_stats {
    uint32_t waiting, highest;
    uint64_t refused;
};
struct keys_stats keys_desk_stats(const struct keys_desk *d);

/* How long a document with these headers (either may be absent) is fresh, seconds (RFC 9111, sections 4.2 and 5). */
int64_t keys_life(struct text cache_control, struct text age);
