/* Kind: what a kind of room is made with. Its state begins with a struct room, its actor_kind takes the first three
 * functions below as they are, and its room_ops (room.h) hold its rules; those say what happens through the rest. All
 * but room_answer_now run on the home worker.
 *
 * A room's life: `init`, then `load` is asked and `read` gets its rows; commands go to `obey` while turns are taken;
 * `clear` when it leaves memory or is built anew. Its streams are cut then: they come back with their last id. */
#pragma once

#include "actors/room/room.h"

/* ---- functions of its actor_kind ---- */

bool room_activate(struct actor *self);
/* ROOM_COMMAND (answered by ROOM_ANSWER, or ROOM_JOINED for ROOM_LISTEN), ROOM_LEAVE, timers; ROOM_WAKE: being active is
 * all it asks for. */
enum receive room_receive(struct actor *self, struct message *m);
void room_passivate(struct actor *self);

/* What may be told of a message to it, for traces. */
void room_told(const struct actor *self, const struct message *m, struct message_told *ret);

/* Bytes that its listeners and its ring hold, whose frames others may hold too: a part of actor_kind.memory. */
uint64_t room_memory(const struct room *room);

/* Its name in what is said of it. */
static inline struct room_key room_key(const struct room *room)
{
    return (struct room_key){ actor_address(room->actor).kind->room->number, room->id };
}

/* ---- answers ---- */

/* Does persistence take turns now? */
bool room_can_write(const struct room *room);

/* Refuses a command; the rule of queueing behind uncommitted events is kept. */
void room_refuse(struct room *room, struct message *m, enum error why);

/* Refuses a message without a room that could queue it. Also on a sender's thread. */
void room_answer_now(struct worker *w, const struct message *m, enum error why);

/* There was not even memory for a turn: the command is refused at once and the room built anew. What receive returns.
 */
enum receive room_no_memory(struct room *room, const struct message *m);

/* ---- events (event.c) ---- */

/* The time of the next event: microseconds since 1970. */
int64_t room_now(struct room *room);

/* One durable thing that happened. Types are static, data are one line of JSON. */
struct room_event {
    int64_t at;       /* room_now */
    int32_t user;     /* who acted; 0: not known */
    const char *type; /* what streams call it; if nobody is told, what operators do */
    struct text data; /* absent: nobody is told */
    uint32_t bytes;   /* of what it says, for operators */

    int32_t only; /* a participant whose streams are told this instead; NULL: nobody's */
    const char *only_type;
    struct text only_data;
    bool end_only, end_all; /* close these streams after it */
};

/* Gives it the room's next number, which is returned, and tells the listeners when the turn is released. Its rows are
 * the kind's to write, as part of the same turn. */
int64_t room_say(struct room *room, struct turn *t, const struct room_event *e);

/* Sends an ephemeral event to one participant's streams: at once, or (t not NULL) when the turn is released. */
void room_whisper(struct room *room, struct turn *t, const char *type, struct text data, int32_t participant);

/* Tells all streams something ephemeral when the turn is released; without memory the turn fails. */
void room_call_out(struct room *room, struct turn *t, const char *type, struct text data);

/* Opens the object of an event's data. */
struct json room_begin_data(struct buf *data, const char *type);

/* ---- streams (stream.c) ---- */

/* Lets in the stream of a ROOM_LISTEN: from now on it listens, and when the turn is released it is told who it is, how
 * the room stands, and what it has missed up to the number `upto`: from the ring, or by the log. It misses the events
 * between that and the room's last, which tell of its own coming. */
void room_admit(struct room *room, struct turn *t, const struct message *m, int32_t participant, int64_t upto);

/* Who is not let in is told what those hear who are there when it happens: that ends a client's listening, while a
 * refusal has it come back for ever. `removed`: the participant; 0: the room is over. */
void room_turn_away(struct room *room, struct message *m, int32_t removed, const char *type, struct text data);
