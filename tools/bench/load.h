/* Load: one run against a classroom server: streams that listen, posters that chat, and what was seen. One thread, one
 * epoll. A visitor is one connection of either kind. */
#pragma once

#include "proto/base/buf.h"
#include "tools/bench/histogram.h"
#include "tools/bench/watch.h"

#include <stdbool.h>
#include <stdint.h>

enum { ROOMS_MOST = 256, TEXT_MOST = 2000 };

enum visitor_state {
    VISITOR_CONNECTING,
    VISITOR_ASKING,    /* a stream that waits for its answer's head */
    VISITOR_LISTENING, /* a stream */
    VISITOR_IDLE,      /* a poster that may post */
    VISITOR_WAITING,   /* a poster that waits for its answer */
    VISITOR_GONE,
};

/* Where a reader of HTTP's chunked coding is. */
struct chunked {
    uint64_t left; /* bytes of the chunk still to come */
    char line[20]; /* an unfinished size line */
    uint8_t n;
};

struct visitor {
    int fd;
    uint32_t index; /* among its kind; room and person follow from it */
    uint8_t state;
    bool poster;
    struct buf carry; /* an unfinished head, answer or frame */
    struct chunked chunked;
    uint64_t last_id, chats; /* stream: number of the last event, chat events seen */
    uint64_t due;            /* poster: when its post was due */
};

struct load_plan {
    int port, session, rooms, streams, posters, text, people;
    double seconds, warm, drain, rate;
    bool idle;
    struct watches watches;
};

/* Counters of the whole run; `counted` ones grow only while the measurement lasts. */
struct load_seen {
    uint64_t answered[ROOMS_MOST]; /* posts answered 200 */
    uint64_t gaps, dups, refused, lost, ready;
    double entered_s; /* until all connections were ready */
    struct {
        uint64_t posts, deliveries, reads, late;
    } counted;
    struct histogram post, delivery;
};

struct load {
    struct load_plan plan;
    struct load_seen seen;
    struct visitor *visitors; /* streams first */
    uint32_t count, opened;
    struct visitor **idle; /* posters that may post */
    uint32_t idle_count;
    int epoll;
    bool posting, counting;
    bool ended;     /* standard input did, which only idle runs watch */
    uint64_t heard; /* when bytes came last */
};

static inline int visitor_room(const struct load *l, const struct visitor *v)
{
    return (int)(v->index % (uint32_t)l->plan.rooms);
}

/* People take turns within a room, so that each has the fewest streams there. */
static inline int visitor_user(const struct load *l, const struct visitor *v)
{
    return 1 + (int)(v->index / (uint32_t)l->plan.rooms % (uint32_t)l->plan.people);
}

/* Connects the next visitors, so that a limited number is under way. */
void visitors_open(struct load *l);

/* Waits for at most wait_ns, then reads what has come. An event without a visitor is standard input's. */
void visitors_pump(struct load *l, uint64_t wait_ns);

void visitor_send(struct load *l, struct visitor *v, const char *bytes, size_t n);
void visitor_lose(struct load *l, struct visitor *v, const char *why);

/* The connection stands: asks for the stream. */
void stream_ask(struct load *l, struct visitor *v);

/* Takes bytes at p, the last `fresh` of which have just come; p[n] may be written. What is unfinished goes to v->carry.
 */
void stream_read(struct load *l, struct visitor *v, char *p, size_t n, size_t fresh, uint64_t now);

/* Posts; `due` is when it should have happened, from which its time counts. */
void poster_post(struct load *l, struct visitor *v, uint64_t due);
void poster_read(struct load *l, struct visitor *v, char *p, size_t n, uint64_t now);
