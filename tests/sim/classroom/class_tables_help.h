/* Class tables: what the statements of the classroom do, on tables in memory, and what tests ask of those. One thread at
 * a time. */
#pragma once

#include "tests/sim/fake_store_help.h"

extern const struct fake_kind class_tables;

/* ---- rows ---- */

struct fake_person {
    int32_t id, session, user;
    int64_t joined, left; /* left 0: null */
    int64_t hand;         /* 0: down */
    bool muted, kicked, connected;
};
/* A row of playback_state; status is a literal, NULL: there is no row. */
struct fake_playback {
    const char *status;
    int32_t audio; /* 0: null */
    double speed, position;
    int64_t as_of;
};
/* A row of playback. */
struct fake_playing {
    int32_t session, audio, by;
    int64_t started, ended; /* ended 0: null */
    double speed;
};
struct fake_session {
    int32_t creator; /* 0: the room is of another kind */
    bool active;
    int64_t ended;
    struct fake_playback playback; /* its row of playback_state */
};
struct fake_audio {
    char *title;
    double duration;
    int32_t owner;
};
struct fake_log {
    int32_t session, user;
    char *type, *details;
    int64_t at, seq;
};
struct fake_event {
    int32_t session;
    int64_t seq;
    char *name, *data;
};
struct fake_chat {
    int32_t id, session, participant;
    char *text;
    int64_t at;
};

struct fake_invite {
    int32_t session, by, user;
};

#define CLASS_TABLES(X)                                                                                                \
    X(session, sessions)                                                                                               \
    X(person, people)                                                                                                  \
    X(log, logs)                                                                                                       \
    X(event, events)                                                                                                   \
    X(chat, chats)                                                                                                     \
    X(audio, audios)                                                                                                   \
    X(playing, playings)                                                                                               \
    X(invite, invites)

struct class_tables {
    struct fake_tables *base;
#define CLASS_TABLE(row, table)                                                                                        \
    struct fake_##row *table;                                                                                          \
    int n##table, table##_cap;
    CLASS_TABLES(CLASS_TABLE)
#undef CLASS_TABLE
    int64_t next_person, next_message; /* the sequences */
};

struct fake_session *class_session_of(const struct class_tables *t, int64_t id); /* NULL: there is none */

/* class_playback_help.c: the playback statements, their columns of CLASSROOM_LOAD (11 cells), and what must hold of the
 * table playback after every commit. */
bool class_write_playing(void *own, const struct text *v, struct fake_refusal *why);
bool class_write_playback(void *own, const struct text *v, struct fake_refusal *why);
void class_playback_cells(char **cells, const struct class_tables *t, int32_t session);
void class_check_playings(void *own);

/* ---- for tests: rows made beforehand, and what stands in the tables ---- */

int32_t class_audio(struct fake_store *s, int32_t owner, const char *title, double duration); /* NaN: unknown */

bool class_active(const struct fake_store *s, int32_t session);
int class_invites(const struct fake_store *s, int32_t session); /* rows that queue pushes */
int class_logs(const struct fake_store *s, int32_t session, int32_t user, const char *type); /* how many */
int class_chat_logs(const struct fake_store *s, int32_t session, const char *text);
int class_chats(const struct fake_store *s, int32_t session, const char *text);
int class_left_behind(const struct fake_store *s, int32_t *ret, int most); /* CLASSROOM_LEFT_BEHIND */

/* A row of participants, or NULL; borrowed until the next commit. */
const struct fake_person *class_person_with_id(const struct fake_store *s, int32_t id);
const struct fake_person *class_person(const struct fake_store *s, int32_t session, int32_t user);
int class_people(const struct fake_store *s, int32_t session);

struct fake_playback class_playback(const struct fake_store *s, int32_t session);

/* Where the class is at this wall-clock time, by that row and the file's duration. */
double class_position(const struct fake_store *s, int32_t session, int64_t wall);

int class_playings(const struct fake_store *s, int32_t session, bool open); /* how many, or how many open ones */

/* A file by its title: NULL title: there is none. Borrowed. */
struct fake_file {
    int32_t id, owner;
    const char *title;
    double duration;
};
struct fake_file class_file(const struct fake_store *s, const char *title);

/* The names of those with a raised hand, in order: "Ben Cem". */
void class_hands(const struct fake_store *s, int32_t session, struct buf *out);

/* The event as a resumed stream gets it from the log: the frame without its id; false if nobody was told of it. */
bool class_event(const struct fake_store *s, int32_t session, int64_t seq, struct buf *ret_name, struct buf *ret_data);
