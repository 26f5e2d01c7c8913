/* Room: what is said between a room and those who speak to it: payloads of the ROOM_* messages. Texts in a payload lie
 * in the same message, behind the struct, and live as long as it does. */
#pragma once

#include "proto/errors.h"
#include "proto/frame.h"
#include "proto/message.h"

struct shared; /* reference-counted bytes: actors/runtime/shared.h */

/* Names a room wherever it is spoken of: numbers alone, which mean the same in every process. */
struct room_key {
    uint16_t kind; /* struct room_ops, `number`; 0: no room */
    int64_t id;
};

/* What may be asked of any room. Numbers are fixed: each kind has its own from ROOM_OF_KIND on (proto/<kind>.h), and
 * none is given twice (classroom contract, sections 3, 4, 9.1). */
enum room_op {
    ROOM_LISTEN = 1, /* open a stream */
    ROOM_KICK = 2,   /* remove somebody */
    ROOM_END = 3,    /* close it for good */
    ROOM_OF_KIND = 32
};

/* "kick": the operation as operators read it; NULL: one of a kind's own, which names it (room_ops). */
const char *room_op_name(uint16_t op);

struct room_person {
    int32_t user; /* 0: nobody */
    bool teacher;
    struct text name;
};

struct room_command {
    uint16_t op; /* enum room_op, or one of the room's kind */
    struct room_person caller;
    struct room_person other; /* whom it is about; user 0 when there is no such person */
    bool by_operator;         /* may what the creator may; the caller is nobody */
    int32_t target;           /* a participant id; 0 when none was given */
    bool flag;                /* on or off, as the operation has it */
    struct text text;         /* what was written */
    struct text title;        /* of what it names */
    struct text data;         /* that goes with what was written, JSON */

    /* what a kind says besides: a struct of its own, of plain numbers; NULL: nothing */
    const void *more;
    uint32_t more_n; /* its bytes */

    /* LISTEN: the stream that asks, and where it was */
    uint64_t stream; /* unique in the process */
    enum last_id last;
    int32_t last_epoch;
    int64_t last_seq;
};

struct room_answer {
    enum error why;
    struct text body; /* JSON when why is ERROR_OK */
};

enum { ROOM_HELLO_MOST = 3 };

struct room_joined {
    enum error why; /* unless ERROR_OK the rest is empty */
    bool ends; /* not let in: the stream is told hello and ends. The participant: who was removed; 0: all is over */
    struct room_key room;
    uint64_t stream;
    int32_t participant, epoch;
    struct text hello; /* frames to write first, each of which stands where hello_at says; one without name: no more */
    struct frame_mark hello_at[ROOM_HELLO_MOST];
    struct shared **missed; /* frames from the room's ring, in order; owned by the message */
    uint32_t missed_count;
    int64_t log_after, log_last; /* events to be read from the log first; log_last 0: none */
    int64_t seq;                 /* the stream's place: the next event it gets is seq + 1 */
    struct text resumed;         /* a last frame after what was missed; may be empty */
    struct frame_mark resumed_at;
};

struct room_deliver {
    struct room_key room;
    int64_t seq;                   /* 0: ephemeral */
    struct shared *frame;          /* for everybody but those named below; NULL: for nobody else */
    struct shared *only_frame;     /* for the streams of one participant, instead of frame */
    int32_t only;                  /* that participant */
    int32_t user;                  /* who acted; 0: not known */
    const char *type;              /* of the event; static */
    bool end_only, end_all;        /* close these streams after it */
    uint64_t published, committed; /* for measuring: worker_now() then; 0: it waited for no commit */
};

struct room_cut {
    struct room_key room; /* kind 0: every stream of the worker */
};

struct room_leave {
    uint64_t stream;
    int32_t participant;
};

struct room_wake {
    char nothing;
};

/* Makes a command message: copies cmd, and what it points to behind it. NULL without memory. */
struct message *room_command_create(const struct room_command *cmd, struct return_address reply);

/* Makes an answer message to where `reply` says; body is copied. */
struct message *room_answer_create(enum error why, struct text body, struct return_address reply);

/* The same for who wants to listen; hello and resumed are copied, missed is taken over. */
struct message *room_joined_create(const struct room_joined *how, struct return_address reply);

/* Says what may be told of a ROOM_* message, but for the name of a kind's own operation; of others nothing. */
void room_tell(const struct message *m, struct message_told *ret);

static inline struct room_command *room_command(struct message *m)
{
    return (struct room_command *)m->payload;
}
static inline struct room_answer *room_answer(struct message *m)
{
    return (struct room_answer *)m->payload;
}
static inline struct room_joined *room_joined(struct message *m)
{
    return (struct room_joined *)m->payload;
}
static inline struct room_deliver *room_deliver(struct message *m)
{
    return (struct room_deliver *)m->payload;
}
static inline struct room_cut *room_cut(struct message *m)
{
    return (struct room_cut *)m->payload;
}
static inline struct room_leave *room_leave(struct message *m)
{
    return (struct room_leave *)m->payload;
}
