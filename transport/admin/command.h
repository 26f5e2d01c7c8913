/* Command: one thing an operator can ask, as a row of a table. Each group of commands is a file of its own that exports
 * such a table; tables.c lists them. Commands run one at a time, on the thread of commands, which may ask the
 * workers (ask.h) for half a second and must do nothing else that can take long: no file, no database. */
#pragma once

#include "actors/runtime/bus.h"
#include "transport/admin/request.h"

enum { ADMIN_ROWS_MAX = 1000 };

struct audit;

/* What a command wishes of the main thread. TAKE_OVER: a parameter has changed (proto/config/config_live.h). */
enum admin_wish { ADMIN_STOP, ADMIN_DRAIN, ADMIN_UNDRAIN, ADMIN_TAKE_OVER, ADMIN_WISHES };

/* The server, as far as commands know it. */
struct server_view {
    struct system *system;
    struct audit *audit;                                  /* may be NULL */
    const char *version;                                  /* of the program */
    const char *address;                                  /* that the server listens on */
    const char *console;                                  /* likewise the console; NULL: none */
    void (*wish)(enum admin_wish what);                   /* tells the main thread and returns at once; may be NULL */
    void (*describe)(struct worker *w, struct json *out); /* a worker's own numbers; may be NULL. On its thread */
};

/* What an answer says beside its data. Written by the helpers of ask.h; private to them and answer.c. */
struct admin_notes {
    uint64_t silent;  /* a bit per worker that did not answer in time */
    int64_t left_off; /* rows for which there was no room */
    struct buf again; /* the arguments to go on with, as the inside of a JSON array; empty: there is no more */
    int64_t again_ms;
    int64_t until_ms; /* monotonic: when the workers have been asked long enough */
    const char *note; /* a sentence beside the data; static */
};

struct admin_given {
    const char *name, *value;
};

/* Who asks, as the socket says. */
struct admin_caller {
    int64_t uid, pid; /* -1: not known */
    bool viewer;      /* came by the viewers' socket */
};

/* A command being asked. All texts live as long as the call. */
struct admin_call {
    const struct server_view *server;
    struct system *system;
    const char *state; /* of the server, as `info` shows it */
    const struct admin_command *command;
    struct admin_caller caller;
    const char *args[ADMIN_ARGS_MAX]; /* the words in place of the row's placeholders, literal words left out */
    size_t nargs;
    struct admin_given given[ADMIN_ARGS_MAX]; /* private: see admin_option */
    size_t ngiven;
    struct admin_notes *notes; /* private: see ask.h */
};

/* `args` is the grammar by which a request finds its row, and the help text (see usage.h):
 * "ID kick PARTICIPANT", "[--kind KIND] [--top N] [--by mailbox|cpu]", "level [LEVEL]". Rows of the same name differ
 * in their literal words or in how many words they take. */
struct admin_command {
    const char *name, *args, *about;
    bool changes;      /* refused on the viewers' socket, and audited */
    const char *gives; /* what `data` is like: an example with marks (proto/openapi/like.h) */
    /* Writes one JSON value. False with a sentence in why, and then whatever is in `data` is dropped. */
    bool (*run)(const struct admin_call *call, struct json *data, struct buf *why);
};

/* The tables, each ended by a zeroed row. */
extern const struct admin_command admin_server[], admin_actors[], admin_stored[], admin_rooms[], admin_users[];
extern const struct admin_command admin_config[], admin_life[], admin_measures[], admin_events[], admin_memory[];
extern const struct admin_command admin_conns[], admin_trace[], admin_slow[], admin_budgets[];

/* The value given for an option, "" for a flag that is there, NULL if it is not. */
const char *admin_option(const struct admin_call *call, const char *name);

/* A whole number within bounds. `what` names it in the sentence in why. */
bool admin_read_number(const char *what, const char *text, int64_t least, int64_t most, int64_t *ret, struct buf *why);
/* An actor's address, kind/id. False, and nothing is said: it is none, or there is no such kind. */
bool admin_read_address(struct system *s, const char *text, struct address *ret);

/* The room that a text names: kind/id, or a number alone, of a room of the first kind. False with a sentence in why. */
bool admin_read_room(const struct admin_call *call, const char *text, struct address *ret, struct buf *why);

/* A whole number like admin_read_number's for an option; `absent` if it is not given. */
bool admin_number(const struct admin_call *call, const char *name, int64_t least, int64_t most, int64_t absent,
                  int64_t *ret, struct buf *why);
