/* What a conversation holds, shared by the files of this folder and by nobody else. Home worker's thread only. */
#pragma once

#include "actors/chat/tutor.h"
#include "actors/room/kind.h"
#include "proto/chat.h"

/* How many of a student's messages may wait for their replies in one conversation, and how many bytes of them: one fits
 * whatever its size. Full: ERROR_OVERLOADED. Any one of them is replied to before the next is. */
enum { CHAT_ASKED_MOST = 8, CHAT_ASKED_BYTES = 2 << 20 };

/* The model is told what was said last, so many messages with the one that it replies to, and of those before it so many
 * bytes. PRACTICE_CHAT_LOAD has these numbers too. */
enum { CHAT_CONTEXT = 10, CHAT_CONTEXT_BYTES = 256 << 10 };

enum { CHAT_TIMER_GO_ON };

/* A message of the student's that has no reply yet. */
struct asked {
    int32_t id;
    int64_t seq;
    struct text text;             /* owned */
    struct return_address waiter; /* who is told when it has one; worker < 0: nobody */
};

struct chat {
    struct room base;
    int32_t student, person;
    struct text name; /* the student's; owned */
    bool active;
    enum tutor tutor;

    struct model_line lines[CHAT_CONTEXT - 1]; /* before the first that is asked, oldest first; texts are owned */
    int nlines;
    size_t lines_bytes;

    struct asked asked[CHAT_ASKED_MOST]; /* in order */
    int nasked;
    size_t asked_bytes;
    int64_t committed; /* number of the last event that is on disk */

    struct model_call *call; /* about the first that is asked */
    struct buf reply;        /* to it, made and not said yet */
    bool replied;
};

static inline struct chat *chat_of(const struct room *room)
{
    return (struct chat *)room;
}

/* ---- memory.c: what it remembers ---- */

/* Reads the answer of PRACTICE_CHAT_LOAD into an empty conversation. False: no memory. */
bool chat_read(struct chat *chat, const struct db_result *r);

/* Releases everything the state owns but its room, and leaves it empty; ends the call, and tells who waits. */
void chat_clear(struct chat *chat);

/* Tells those who wait that they wait in vain: their messages are stored, and they may ask again. */
void chat_tell_waiters(struct chat *chat);

/* Is there room for one more message? */
bool chat_has_room(const struct chat *chat, size_t bytes);

/* Adds one; the text is copied. False: no memory. */
bool chat_add_asked(struct chat *chat, int32_t id, int64_t seq, struct text text);

/* The first that is asked has this reply: both are remembered, as far as there is memory. */
void chat_settle_first(struct chat *chat, struct text reply);

uint64_t chat_bytes(const struct chat *chat);

/* ---- say.c: what it says and writes ---- */

/* A message, with its rows. `answers`: the id of the one that it replies to; 0: it is the student's. */
int64_t chat_say_message(struct chat *chat, struct turn *t, struct chat_message *m, int32_t answers);

/* The end. */
void chat_say_end(struct chat *chat, struct turn *t, int32_t user);

/* ---- think.c: the replies ---- */

/* Goes on soon: says a reply that has been made, and asks for the next. */
void chat_go_on_soon(struct chat *chat);

/* Does it now; what receive returns. */
enum receive chat_go_on(struct chat *chat);

/* ---- rules.c: what may be asked of it ---- */

enum receive chat_obey(struct chat *chat, struct message *m);
