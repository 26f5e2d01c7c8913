/* Fake store: the classroom's tables in memory behind the operations of store/db.h, for the simulation. It knows the
 * statements that rooms use by their pointers, keeps the database's constraints, and answers only when told to, with
 * the outcome it is told. The tables outlive the connections: a crash is a new system over the same store. One thread.
 */
#pragma once

#include "actors/runtime/worker.h"
#include "store/db.h"

struct fake_store;
struct fake_db; /* one connection */

/* What becomes of the oldest statement or transaction of a connection. */
enum fake_outcome {
    FAKE_DONE,      /* it happens, unless a constraint refuses it */
    FAKE_RETRY,     /* refused for a passing reason: nothing happens */
    FAKE_LOST,      /* the connection breaks, nothing happened; everything under way is answered with DB_LOST */
    FAKE_LOST_DONE, /* the connection breaks after it happened */
    FAKE_OUTCOMES
};

/* A text with this in it is refused by the database, like a character that its encoding does not have. */
#define FAKE_POISON "poison"

struct fake_store *fake_store_create(void);
void fake_store_destroy(struct fake_store *s);

/* What a law of the store that was broken says, or NULL: a hole in a session's numbers, two rows for one person. */
const char *fake_store_broken(const struct fake_store *s);

/* ---- rows made beforehand ---- */

int32_t fake_store_user(struct fake_store *s, const char *name, bool teacher);
int32_t fake_store_audio(struct fake_store *s, int32_t owner, const char *title, double duration); /* NaN: unknown */
int32_t fake_store_session(struct fake_store *s, int32_t creator); /* event 1 is in its log */

/* ---- reading the tables ---- */

int32_t fake_store_user_id(const struct fake_store *s, const char *name); /* 0: nobody */
const char *fake_store_user_name(const struct fake_store *s, int32_t user);
int fake_store_sessions(const struct fake_store *s); /* ids are 1 … n */
bool fake_store_active(const struct fake_store *s, int32_t session);
int64_t fake_store_seq(const struct fake_store *s, int32_t session);
int fake_store_invites(const struct fake_store *s, int32_t session); /* rows that queue pushes */
int fake_store_logs(const struct fake_store *s, int32_t session, int32_t user, const char *type); /* how many */
int fake_store_chat_logs(const struct fake_store *s, int32_t session, const char *text);
int fake_store_chats(const struct fake_store *s, int32_t session, const char *text);
int fake_store_left_behind(const struct fake_store *s, int32_t *ret, int most); /* CLASSROOM_LEFT_BEHIND */
uint64_t fake_store_digest(const struct fake_store *s);

struct fake_person {
    int32_t id, session, user;
    int64_t joined, left; /* left 0: null */
    int64_t hand;         /* 0: down */
    bool muted, kicked, connected;
};
/* A row of participants, or NULL; borrowed until the next commit. */
bool fake_store_is_teacher(const struct fake_store *s, int32_t user);
const struct fake_person *fake_store_person_with_id(const struct fake_store *s, int32_t id);
const struct fake_person *fake_store_person(const struct fake_store *s, int32_t session, int32_t user);
int fake_store_people(const struct fake_store *s, int32_t session);

/* A row of playback_state; status is a literal, NULL: there is no row. */
struct fake_playback {
    const char *status;
    int32_t audio; /* 0: null */
    double speed, position;
    int64_t as_of;
};
struct fake_playback fake_store_playback(const struct fake_store *s, int32_t session);

/* Where the class is at this wall-clock time, by that row and the file's duration. */
double fake_store_position(const struct fake_store *s, int32_t session, int64_t wall);

/* A row of playback. */
struct fake_playing {
    int32_t session, audio, by;
    int64_t started, ended; /* ended 0: null */
    double speed;
};
int fake_store_playings(const struct fake_store *s, int32_t session, bool open); /* how many, or how many open ones */

/* A file by its title: NULL title: there is none. Borrowed. */
struct fake_file {
    int32_t id, owner;
    const char *title;
    double duration;
};
struct fake_file fake_store_file(const struct fake_store *s, const char *title);

/* The names of those with a raised hand, in order: "Ben Cem". */
void fake_store_hands(const struct fake_store *s, int32_t session, struct buf *out);

/* The event as a resumed stream gets it from the log: the frame without its id; false if nobody was told of it. */
bool fake_store_event(const struct fake_store *s, int32_t session, int64_t seq, struct buf *ret_name,
                      struct buf *ret_data);

/* ---- connections ---- */

/* Opens a connection for the worker; on_up is called on its thread when it comes or goes. Statements wait for an absent
 * connection so long, then get DB_AWAY. */
struct db *fake_db_open(struct fake_store *s, struct worker *w, bool writes, uint64_t wait_ns,
                        void (*on_up)(struct worker *w, bool up));
/* All connections, without an answer to anybody: the process is gone. After the workers have ended. */
void fake_store_close(struct fake_store *s);

struct fake_db *fake_db_of(struct fake_store *s, int worker, bool writes);

/* Statements and transactions that nobody has decided about. */
int fake_db_pending(const struct fake_db *db);

/* Decides about the oldest one; it happens, and is answered, in a later turn of the worker. */
void fake_db_decide(struct fake_db *db, enum fake_outcome outcome);

/* The connection goes (answering what is under way with DB_LOST, nothing of it happened) or comes back. */
void fake_db_away(struct fake_db *db);
void fake_db_back(struct fake_db *db);
bool fake_db_is_up(const struct fake_db *db);
