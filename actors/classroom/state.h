/* What a classroom holds, shared by the files classroom*.c and by nobody else. Home worker's thread only. */
#pragma once

#include "actors/classroom/position.h"
#include "actors/room/ids.h"
#include "actors/room/listeners.h"
#include "proto/classroom.h"

extern const char classroom_kind_name[]; /* one pointer for all room keys */
extern struct actor_kind classroom_actor;

/* Somebody's place in the queue of raised hands. */
struct hand {
    int64_t at;             /* when it was raised; 0: it is down */
    uint32_t before, after; /* private to classroom_hands.c */
};

struct hands {
    uint32_t first, last, n;
};

struct person {
    int32_t id, user; /* participant id, user id */
    uint32_t streams;
    bool teacher, muted, kicked;
    struct hand hand;
    bool present;       /* in the room: joined or connected, and has not left */
    bool quiet;         /* the creator, a participant only because of an action; may not be on disk yet */
    bool was_connected; /* had a stream when the room was last in memory, and has not come back yet */
    int64_t joined_at, left_at;
    char *name;
};

/* The playing that is not over yet: an open row of the table playback. */
struct playing {
    int64_t since; /* 0: nothing plays */
    int32_t audio, by;
    double speed;
};

struct classroom {
    struct actor *actor;
    int32_t id, creator, epoch;
    bool active;
    int64_t seq;       /* of the last event, committed or not */
    uint64_t grace_ns; /* for people to come back after a restart */
    int64_t last_at;   /* time of the last event: times rise strictly within a room */
    struct person *people;
    uint32_t npeople, cap;
    struct idmap by_user, by_id;
    struct hands hands;
    struct listeners ears;
    struct playback playback;
    struct playing playing;
};

/* ---- classroom_people.c: who is in the room ---- */

struct person *person_by_user(const struct classroom *room, int32_t user);
struct person *person_by_id(const struct classroom *room, int32_t id);

/* Must this person stay out until the creator adds or invites them again? The creator is never shut out. */
bool person_banned(const struct classroom *room, const struct person *p);

/* Adds somebody; NULL without memory. The name is copied. */
struct person *person_add(struct classroom *room, int32_t id, const struct room_person *who, int64_t joined_at);

/* The caller's person, made if it does not exist yet. Without memory or ids it has answered (*ret_receive says what
 * receive must return) and the result is NULL. */
struct person *room_enter(struct classroom *room, struct message *m, const struct room_person *who, bool *ret_fresh,
                          enum receive *ret_receive);

/* Writes the person's row as part of the turn. */
void person_store(const struct classroom *room, const struct person *p, struct turn *t);

/* Reads the answer of CLASSROOM_LOAD into an empty room. False: no memory. */
bool classroom_read(struct classroom *room, const struct db_result *r);

/* Releases everything the state owns and leaves it empty. */
void classroom_clear(struct classroom *room);

/* The data of a session_state event for one participant. */
void classroom_snapshot(const struct classroom *room, int32_t own, struct buf *out);

/* ---- classroom_hands.c: the queue of raised hands ---- */

/* Puts a person at its end; one who is in it already keeps the place. */
void hands_raise(struct classroom *room, struct person *p, int64_t at);

/* Writes "hands": the participant ids in order. */
void hands_put(const struct classroom *room, struct json *out);

/* The same for an event: no more than its front, and then "hands_more", how many more there are. */
void hands_tell(const struct classroom *room, struct json *out);

/* ---- classroom_say.c: what the room says and writes ---- */

/* The time of the next event. */
int64_t room_now(struct classroom *room);

/* The numbers and texts of one thing that happened. */
struct happening {
    int64_t seq, at;
    int32_t user;        /* who acted */
    const char *log;     /* event_type of the log row; NULL: not logged */
    struct text details; /* of the log row, JSON */
    enum event event;
    struct text data;       /* of the event, JSON; absent: nobody is told */
    struct room_deliver to; /* only, end_*; the frames are filled in */
    struct text only_data;  /* data of only_event for to.only */
    const char *only_event;
};

/* The data of kicked and session_ended: told when it happens, and to streams that come afterwards. */
#define KICKED_DATA TEXT("{\"type\":\"kicked\",\"reason\":\"Removed by teacher\"}")
#define ENDED_DATA  TEXT("{\"type\":\"session_ended\"}")

/* Gives the happening its number, writes its rows and tells the listeners. */
void room_say(struct classroom *room, struct turn *t, struct happening *h);

/* The same with details and data from these bufs (data empty: nobody is told), which it frees. */
void room_say_these(struct classroom *room, struct turn *t, struct happening *h, struct buf *details, struct buf *data);

/* The details of a participant_joined log row. A stream's are marked, so that the log tells when somebody was present
 * and not only that they joined. */
void room_put_joined(struct buf *details, const struct person *p, int64_t at, bool stream);

/* The data of participant_muted, and of hand_raised or hand_lowered: how it is with somebody now. */
void room_put_muted(struct buf *data, const struct person *p);
void room_put_hand(struct buf *data, const struct classroom *room, const struct person *p);

/* Says behind somebody's coming what outlives their absence, for clients take whoever comes for unmuted and without a
 * hand (classroom contract, section 9.2). */
void room_say_flags(struct classroom *room, struct turn *t, const struct person *p);

/* Opens the object of an event's data. */
struct json room_begin_data(struct buf *data, const char *type);

/* Sends an ephemeral event to one participant's streams: at once, or (t not NULL) when the turn is released. */
void room_whisper(struct classroom *room, struct turn *t, enum event e, struct text data, int32_t participant);

/* Refuses a command; the rule of queueing behind uncommitted events is kept. */
void room_refuse(struct classroom *room, struct message *m, enum error why);

/* Refuses a message without a room that could queue it. Also on a sender's thread. */
void room_answer_now(struct worker *w, const struct message *m, enum error why);

/* There was not even memory for a turn: the command is refused at once and the room built anew. What receive returns.
 */
enum receive room_no_memory(struct classroom *room, const struct message *m);

/* ---- classroom_stream.c: opening and ending streams ---- */

/* Does persistence take turns now? */
bool room_can_write(const struct classroom *room);

enum receive room_listen(struct classroom *room, struct message *m);
void room_leave_stream(struct classroom *room, const struct room_leave *leave);

/* Those who had a stream before the restart and have not come back have left. */
void room_end_grace(struct classroom *room);

/* Arms the actor's one timer, which ends in room_end_grace. */
void room_grant_grace(struct classroom *room);

/* Logs and tells that somebody has left; the row is written too. */
void room_person_left(struct classroom *room, struct turn *t, struct person *p, bool tell);

/* ---- classroom_playback.c: the class's audio ---- */

/* The playback columns of CLASSROOM_LOAD. False: no memory. */
bool room_read_playback(struct classroom *room, const struct db_result *r);

/* Writes the record of the contract, section 6.1. `heard`: for somebody who may hear the file, so with a signed address
 * of it where one is needed; it must not be kept. */
void room_put_playback(const struct classroom *room, const char *key, bool heard, struct json *out);

/* The session ends: nothing plays any more. */
void room_stop_playback(struct classroom *room, struct turn *t, int64_t at);

/* ---- classroom_rules.c: what may be asked of the room ---- */

/* Judges one ROOM_COMMAND and does it. What receive returns. */
enum receive room_obey(struct classroom *room, struct message *m);

/* What an unknown session is called in the answer to this command. */
enum error room_missing(uint16_t op);
