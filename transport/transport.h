/* Transport: what one worker's side towards the network consists of. Made by its parts (parts.h); found through the worker's
 * service slot. Worker's thread only. */
#pragma once

#include "actors/runtime/pool.h"
#include "actors/runtime/worker.h"
#include "proto/identity/token.h"

struct transport {
    struct worker *worker;
    struct http *http;
    struct asks *asks;
    struct streams *streams;
    struct sockets *sockets; /* what those of them share that are WebSockets */
    struct outbound *outbound;
    struct people *people;
    struct health *health;
    struct changed *changed;
    struct desk *desk;   /* what the other workers say of themselves; NULL in some tests */
    const char *version; /* of the program */
    struct token_cache *tokens;
    struct pool *passwords;
    struct pool *probes; /* asks how long audio files are */
    struct intakes *intakes;
    struct audit *audit;       /* on the worker that writes it; NULL elsewhere */
    const struct files *files; /* the folder of audio files; shared by all workers */
    struct folder *pages;      /* likewise; NULL: there are none */
    struct console *console;   /* on the worker that serves it; NULL elsewhere */
    struct http *few;          /* ... its listener, until that closes */
    bool open;                 /* every worker is ready */
    bool draining;             /* for good: the server stops */
    bool aside;                /* out of service until further notice */
};

static inline struct transport *transport_of(const struct worker *w)
{
    return worker_service(w, SERVICE_TRANSPORT);
}
