/* What a classroom holds, shared by the files of this folder and by nobody else. Home worker's thread only. */
#pragma once

#include "actors/classroom/position.h"
#include "actors/room/ids.h"
#include "actors/room/kind.h"
#include "proto/classroom.h"

extern struct actor_kind classroom_actor;

/* Somebody's place in the queue of raised hands. */
struct hand {
    int64_t at;             /* when it was raised; 0: it is down */
    uint32_t before, after; /* private to hands.c */
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
    struct room base;
    int32_t creator;
    bool active;
    uint64_t grace_ns; /* for people to come back after a restart */
    struct person *people;
    uint32_t npeople, cap, people_most; /* people_most: then nobody new comes in but the creator */
    struct idmap by_user, by_id;
    struct hands hands;
    struct playback playback;
    struct playing playing;
};

/* ---- people.c: who is in the room ---- */

struct person *person_by_user(const struct classroom *room, int32_t user);
struct person *person_by_id(const struct classroom *room, int32_t id);

/* Must this person stay out until the creator adds or invites them again? The creator is never shut out. */
bool person_banned(const struct classroom *room, const struct person *p);

/* Adds somebody; NULL without memory. The name is copied. */
struct person *person_add(struct classroom *room, int32_t id, const struct room_person *who, int64_t joined_at);

/* The caller's person, made if it does not exist yet. In a full room, without memory or ids it has answered (*ret_receive says what
 * receive must return) and the result is NULL. */
struct person *class_enter(struct classroom *room, struct message *m, const struct room_person *who, bool *ret_fresh,
                           enum receive *ret_receive);

/* Writes the person's row as part of the turn. */
void person_store(const struct classroom *room, const struct person *p, struct turn *t);

/* ---- hands.c: the queue of raised hands ---- */

/* Puts a person at its end; one who is in it already keeps the place. */
void hands_raise(struct classroom *room, struct person *p, int64_t at);

/* Writes "hands": the participant ids in order. */
void hands_put(const struct classroom *room, struct json *out);

/* The same for an event: no more than its front, and then "hands_more", how many more there are. */
void hands_tell(const struct classroom *room, struct json *out);

/* The data of hand_raised or hand_lowered: how it is with their hand now. */
void class_put_hand(struct buf *data, const struct classroom *room, const struct person *p);

/* ---- gestures.c: muting ---- */

/* The data of participant_muted: how it is with somebody now. */
void class_put_muted(struct buf *data, const struct person *p);

/* ---- say.c: what the room says and writes ---- */

/* One thing that happened. */
struct happening {
    int64_t at;
    int32_t user;        /* who acted */
    const char *log;     /* event_type of the log row; NULL: not logged */
    struct text details; /* of the log row, JSON */
    enum event event;
    struct text data;       /* of the event, JSON; absent: nobody is told */
    int32_t only;           /* a participant whose streams are told only_event instead */
    const char *only_event; /* NULL: nobody's are */
    struct text only_data;
    bool end_only, end_all; /* close these streams after it */
};

/* The data of kicked and session_ended: told when it happens, and to streams that come afterwards. */
#define KICKED_DATA TEXT("{\"type\":\"kicked\",\"reason\":\"Removed by teacher\"}")
#define ENDED_DATA  TEXT("{\"type\":\"session_ended\"}")

/* Gives the happening its number, writes its rows and tells the listeners. */
void class_say(struct classroom *room, struct turn *t, const struct happening *h);

/* The same with details and data from these bufs (data empty: nobody is told), which it frees. */
void class_say_these(struct classroom *room, struct turn *t, struct happening *h, struct buf *details,
                     struct buf *data);

/* The details of a participant_joined log row. A stream's are marked, so that the log tells when somebody was present
 * and not only that they joined. */
void class_put_joined(struct buf *details, const struct person *p, int64_t at, bool stream);

/* ---- stream.c: opening and ending streams ---- */

enum receive class_listen(struct classroom *room, struct message *m);

/* A stream of theirs has ended; their last one ends their presence. */
void class_stream_left(struct classroom *room, int32_t participant);

/* Those who had a stream before the restart and have not come back have left. */
void class_end_grace(struct classroom *room);

/* Arms the actor's one timer, which ends in class_end_grace. */
void class_grant_grace(struct classroom *room);

/* Says behind somebody's coming what outlives their absence, for clients take whoever comes for unmuted and without a
 * hand (classroom contract, section 9.2). */
void class_say_flags(struct classroom *room, struct turn *t, const struct person *p);

/* Logs and tells that somebody has left; the row is written too. */
void class_person_left(struct classroom *room, struct turn *t, struct person *p, bool tell);

/* ---- playback.c: the class's audio ---- */

/* The playback columns of CLASSROOM_LOAD. False: no memory. */
bool class_read_playback(struct classroom *room, const struct db_result *r);

/* Writes the record of the contract, section 6.1. `heard`: for somebody who may hear the file, so with a signed address
 * of it where one is needed; it must not be kept. */
void class_put_playback(const struct classroom *room, const char *key, bool heard, struct json *out);

/* The session ends: nothing plays any more. */
void class_stop_playback(struct classroom *room, struct turn *t, int64_t at);

/* ---- snapshot.c: the whole room at once ---- */

/* Reads the answer of CLASSROOM_LOAD into an empty room. False: no memory. */
bool classroom_read(struct classroom *room, const struct db_result *r);

/* Releases everything the state owns but its room, and leaves it empty. */
void classroom_clear(struct classroom *room);

/* The data of a session_state event for one participant. */
void classroom_snapshot(const struct classroom *room, int32_t own, struct buf *out);

/* ---- rules.c: what may be asked of the room ---- */

/* Judges one ROOM_COMMAND and does it. What receive returns. */
enum receive class_obey(struct classroom *room, struct message *m);

/* What an unknown session is called in the answer to this command. */
enum error class_missing(uint16_t op);
