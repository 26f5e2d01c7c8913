/* Access: the access token for Firebase's interface (RFC 6749, 7523): got with a signed assertion, kept until shortly
 * before it ends, asked for once however many wait. Home worker's thread only; signing is done on the blocking pool.
 * Who waits: at most as many as the notifier has parcels under way. */
#pragma once

#include "actors/runtime/worker.h"
#include "transport/outbound/outbound.h"
#include "transport/services/fcm/key.h"

struct access;

struct access_options {
    struct worker *worker;
    struct outbound *outbound;
    const struct fcm_key *key;
    const char *token_url; /* borrowed for life; also the audience of the assertion */
    uint32_t timeout_ms;   /* of a call */
};

struct access *access_create(const struct access_options *o); /* NULL without memory */

/* Whoever still waits is told that the server is stopping. NULL is fine. */
void access_destroy(struct access *a);

/* What somebody who waits is told: a token, or why there is none and for how long not to ask again. Borrowed. */
struct access_result {
    const char *token;   /* NULL: there is none */
    uint64_t generation; /* of the token, for access_drop */
    const char *why;
    uint64_t again_ms;
};

/* Somebody who waits; part of their own struct. */
struct access_wait {
    void (*done)(struct access_wait *w, const struct access_result *r);
    struct access_wait *next; /* private */
};

/* done is called once, perhaps before this returns. */
void access_get(struct access *a, struct access_wait *w);

/* The service did not take the token of this generation: the next who asks gets a new one. */
void access_drop(struct access *a, uint64_t generation);
