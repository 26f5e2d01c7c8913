/* Room help: a server whose one worker has all of the transport (requests that wait, streams, people, passwords), a
 * database that answers by hand, and a room that keeps what it is told and says what the test says. Followers read
 * streams chunk by chunk. */
#pragma once

#include "hand_db_help.h"
#include "proto/classroom.h"
#include "tests/transport/http/http_help.h"
#include "transport/transport.h"

#define KEY   "0123456789abcdef0123456789abcdef" /* of the tokens */
#define HELLO "event: connected\ndata: {}\n\n"

/* Starts it with the areas of the server, or (NULL) one of: GET /listen/{id:int32}?lastEventId=…, GET /attend/{id:int32}
 * (KNOWN), POST /ask/{id:int32}, GET /whoami (KNOWN), GET /teach (TEACHER). Configuration as in server_defaults, with
 * KEY. */
void room_start(const struct area *const *areas);
void room_stop(void); /* checks that no message and no question to the database is left */

/* A request of one body, sent on a connection of its own. */
struct client *room_call(const char *line, const char *type, const char *body);

/* With the areas of the server and identity `legacy`: makes Ada (5, a teacher) known. */
void room_meet_ada(void);

/* ---- the room ---- */

struct heard {
    struct room_command cmd; /* its texts are gone */
    struct return_address reply;
};

/* Waits for the n-th command ever (from 1), and returns it. */
struct heard room_hear(int n);

/* Waits until n streams have left ever, and returns the last one that did. */
struct room_leave room_await_leaves(int n);
int room_leaves(void);

/* From the next message on the room takes none, until it is unstuck. */
void room_stick(bool stuck);

/* Lets a stream in. `how` says what else it is told; its own answers for who, room and hello are filled in if they are
 * zero. `missed` is a NULL-ended list of frames from the ring. */
void room_let_in(const struct heard *who, struct room_joined how, const char *const *missed);
void room_answer_it(const struct heard *who, enum error why, const char *body);

/* One event for the streams of room 1; frames as text, NULL for none. */
struct said {
    int64_t seq;
    const char *frame, *only_frame;
    int32_t only;
    bool end_only, end_all;
};
#define room_say_it(...)                                                                                               \
    room_say_all((const struct said[]){ __VA_ARGS__ },                                                                 \
                 sizeof((const struct said[]){ __VA_ARGS__ }) / sizeof(struct said))
void room_say_all(const struct said *what, size_t n); /* all of them in one turn of the worker */
/* Lets a stream in between two events, all in one turn of the worker. */
void room_let_in_between(const struct heard *who, struct room_joined how, const struct said what[static 2]);

void room_cut_it(bool all); /* room 1's streams, or everybody's */

/* Runs fn on the worker's thread. */
void room_do(void (*fn)(struct transport *t));

/* ---- the database ---- */

/* Waits until a question is there; its parameters as text. */
const char *room_await_query(const struct statement *st);
void room_answer_query(enum db_status status, int rows, int columns, const char *const *cells);
void room_db_full(bool full);
void room_db_away(bool away);

/* ---- followers ---- */

struct follower {
    struct client *client;
    struct buf text; /* what has come and was not expected yet */
    int chunks;
    bool ended; /* the last chunk has come */
};

/* Sends a request for a stream of room 1; `query` is "" or "?lastEventId=…". */
struct follower *follow(const char *query);
struct follower *follow_with(int fd, const char *query);
struct follower *follow_as(const char *token);        /* by somebody, who has to be a person of room 1's area */
struct follower *follow_accepting(const char *types); /* media types */
void unfollow(struct follower *f);

/* Reads the head of the answer; its status. */
int follow_head(struct follower *f);

/* Reads until exactly this has come. */
#define assert_follows(f, expected) follow_expect(f, expected, __FILE__, __LINE__)
void follow_expect(struct follower *f, const char *expected, const char *file, int line);

/* Reads the decimal number that comes next; something must follow it. */
uint64_t follow_number(struct follower *f);

/* Reads n bytes of the stream's text and forgets them. */
void follow_skip(struct follower *f, size_t n);

/* Nothing more comes, the stream ends in order and the connection with it. */
#define assert_ends(f) follow_end(f, __FILE__, __LINE__)
void follow_end(struct follower *f, const char *file, int line);

/* Follows room 1 as a participant, let in at seq, and has read "retry: …" and HELLO. */
struct follower *follow_in(int32_t participant, int64_t seq);
