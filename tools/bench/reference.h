/* Reference: a bare server for the classroom's main path, against which the product is measured: post, number, group
 * commit, answer, fan out, and nothing else: no identity, no checks, no limits on memory. One thread, libuv, libpq in
 * pipeline mode. Its files share these structs freely. */
#pragma once

#include "proto/base/buf.h"

#include <http_parser.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

enum { LANES_MOST = 4, REFERENCE_ROOMS = 257, PEOPLE_MOST = 201, URL_MOST = 128, BODY_MOST = 4096 };

struct guest;

/* A chat text on its way to the database. */
struct post {
    struct post *next;
    struct guest *guest; /* who waits for the answer; NULL: gone */
    int room, user;
    uint64_t number;
    int64_t at; /* microseconds since 1970 */
    uint32_t text_n, json_n, letters;
    char *text, *json; /* behind the struct; json is the text as a JSON string */
};

struct posts {
    struct post *head, **end;
    int n;
};

/* One connection of the outside. */
struct guest {
    uv_tcp_t tcp;
    http_parser parser;
    int room, place; /* of a stream: its place in the room's list; else -1 */
    struct post *post;
    bool closing;
    char url[URL_MOST];
    uint16_t url_n;
    struct buf body;
};

struct room {
    uint64_t number;
    struct guest **streams;
    int n, cap;
    int participants[PEOPLE_MOST]; /* by user */
    struct buf out;                /* frames of the batch being told */
};

/* One connection to the database with one batch under way at most. A room is always on the same one. */
struct lane {
    PGconn *pg;
    uv_poll_t poll;
    int events;
    bool failed; /* an error since the last sync */
    struct posts waiting, flying;
};

struct reference {
    uv_loop_t *loop;
    struct room rooms[REFERENCE_ROOMS];
    struct lane lanes[LANES_MOST];
    int lane_count, batch_most;
};

extern struct reference reference;

void posts_init(struct posts *q);

/* Opens lane i and learns participants and numbers. Ends the program with a message if it cannot. */
void lane_open(int i, const char *conninfo, const char *statements);

/* Sends what waits, unless a batch is under way. */
void lane_send(struct lane *l);

/* Tells the posts' rooms and answers the posters; good: they are committed. Frees the posts. */
void posts_done(struct posts *q, bool good);

void guest_accept(uv_stream_t *listener, int status);
void guest_answer(struct guest *g, bool good);

/* One chunk of chunked coding with the room's frames to each of its streams. */
void room_flush(struct room *r);
