/* The rules of a class (classroom contract, sections 3, 4, 7, 9.3, 12), one row per command; chat, coming and going,
 * the end. Gestures and playback have files of their own. */
#include "actors/classroom/command.h"
#include "actors/room/ids.h"
#include "store/statements.h"

#include <assert.h>
#include <stdio.h>

struct command_spec {
    void (*run)(struct command *c);
    bool member;            /* the caller must be a participant, or the creator */
    bool self;              /* acts as a participant: the creator who never joined becomes one quietly */
    enum error not_creator; /* unless OK, only the creator may, others get this */
    bool target;            /* needs a participant to act on */
    enum error no_target;   /* what an unknown one is called; looked for before the rights if target_first */
    bool target_first;
    bool relays;         /* needs a target id, but nobody need have it */
    bool writes;         /* needs a text, and an id for it */
    bool plays;          /* an audio file that is named must be one that the caller may play */
    enum error no_audio; /* what it is called when none is named nor selected; OK: none need be */
    enum error no_other; /* what it is called when the person named is unknown; OK: nobody is named */
    enum error never;    /* what it is called when all else is right */
    enum error missing;  /* what an unknown session is called */
    enum error ended;    /* what an ended session is called */
};

/* ---- chat ---- */

/* Writes and tells one chat message; its id must be at hand. */
static void chat(struct command *c, int32_t message_id, struct text text, int64_t at)
{
    struct buf quoted = { 0 }, details = { 0 }, data = { 0 };
    size_t points = json_escape(&quoted, text);
    struct happening h = { .at = at, .user = c->self->user, .log = "chat_message", .event = EVENT_CHAT };
    struct json j = json_into(&details);
    json_begin_object(&j, NULL);
    json_int(&j, "participant_id", c->self->id);
    json_raw(&j, "message", buf_view(&quoted));
    json_int(&j, "message_length", (int64_t)points);
    json_end_object(&j);
    frame_chat_data(&data, c->self->id, text_of(c->self->name), buf_view(&quoted), at);
    c->turn->failed = c->turn->failed || quoted.failed;
    command_say(c, &h, &details, &data);
    buf_fini(&quoted);

    struct buf *rows = &c->turn->rows;
    size_t row = journal_begin(rows, &CLASSROOM_PUT_CHAT);
    journal_int4(rows, message_id);
    journal_int4(rows, c->room->base.id);
    journal_int4(rows, c->self->id);
    journal_text(rows, text);
    journal_timestamp(rows, at);
    journal_end(rows, row);
}

/* POST action */
static void say_chat(struct command *c)
{
    chat(c, c->message_id, c->said->text, room_now(&c->room->base));
    command_ok(c);
}

/* POST chat */
static void post_chat(struct command *c)
{
    int64_t at = room_now(&c->room->base);
    chat(c, c->message_id, c->said->text, at);
    struct buf body = { 0 };
    struct json j = json_into(&body);
    json_begin_object(&j, NULL);
    json_int(&j, "message_id", c->message_id);
    json_int(&j, "session_id", c->room->base.id);
    json_int(&j, "participant_id", c->self->id);
    json_text(&j, "message", c->said->text);
    json_time(&j, "timestamp", at);
    json_bool(&j, "is_system_message", false);
    json_end_object(&j);
    c->turn->failed = c->turn->failed || body.failed;
    command_answer(c, buf_view(&body));
    buf_fini(&body);
}

/* ---- coming and going ---- */

static void say_added(struct command *c, const struct person *p, bool fresh)
{
    const char *name = fresh ? "participant_added" : "participant_already_present";
    struct happening h = { .at = room_now(&c->room->base),
                           .user = p->user,
                           .log = fresh ? "participant_joined" : NULL,
                           .event = fresh ? EVENT_PARTICIPANT_ADDED : EVENT_PARTICIPANT_ALREADY_PRESENT };
    struct buf details = { 0 }, data = { 0 };
    if (fresh)
        class_put_joined(&details, p, h.at, false);
    struct json j = room_begin_data(&data, name);
    json_int(&j, "participant_id", p->id);
    json_int(&j, "user_id", p->user);
    json_str(&j, "name", p->name);
    if (p->hand.at)
        hands_tell(c->room, &j);
    json_end_object(&j);
    command_say(c, &h, &details, &data);
}

/* The log's row of what an operator did has no user; this says why. */
static void put_operator(const struct command *c, struct json *details)
{
    if (c->said->by_operator)
        json_bool(details, "operator", true);
}

static void kick(struct command *c)
{
    struct person *who = c->target;
    struct classroom *room = c->room;
    bool listened = who->streams > 0;
    if (who->hand.at)
        command_take_down(c, who);
    who->kicked = true;
    who->present = who->was_connected = false;
    struct happening h = { .at = room_now(&room->base),
                           .user = c->said->caller.user,
                           .log = "participant_kicked",
                           .event = EVENT_PARTICIPANT_KICKED,
                           .only = who->id,
                           .end_only = true,
                           .only_event = "kicked",
                           .only_data = KICKED_DATA };
    who->left_at = h.at;
    who->streams = 0;
    person_store(room, who, c->turn);
    struct buf details = { 0 }, data = { 0 };
    struct json j = json_into(&details);
    json_begin_object(&j, NULL);
    json_int(&j, "participant_id", who->id);
    json_int(&j, "kicked_user_id", who->user);
    json_str(&j, "reason", "Removed by teacher");
    json_time(&j, "kicked_at", h.at);
    put_operator(c, &j);
    json_end_object(&j);
    j = room_begin_data(&data, "participant_kicked");
    json_int(&j, "participant_id", who->id);
    json_end_object(&j);
    command_say(c, &h, &details, &data);
    listeners_remove_person(&room->base.listeners, who->id);
    if (listened)
        class_person_left(room, c->turn, who, true);
    command_ok(c);
}

/* ---- the end ---- */

static void end_session(struct command *c)
{
    struct classroom *room = c->room;
    struct happening h = { .at = room_now(&room->base),
                           .user = c->said->caller.user,
                           .log = "session_ended",
                           .event = EVENT_SESSION_ENDED,
                           .end_all = true };
    struct buf details = { 0 }, data = { 0 };
    struct json j = json_into(&details);
    json_begin_object(&j, NULL);
    json_time(&j, "ended_at", h.at);
    put_operator(c, &j);
    json_end_object(&j);
    buf_text(&data, ENDED_DATA);
    command_say(c, &h, &details, &data);
    room->active = false;
    class_stop_playback(room, c->turn, h.at);
    size_t row = journal_begin(&c->turn->rows, &CLASSROOM_END_SESSIONS);
    journal_int4(&c->turn->rows, room->base.id);
    journal_timestamp(&c->turn->rows, h.at);
    journal_end(&c->turn->rows, row);
    listeners_fini(&room->base.listeners);
    for (uint32_t i = 0; i < room->npeople; i++) {
        struct person *p = &room->people[i];
        if (p->streams || p->was_connected)
            class_person_left(room, c->turn, p, false);
    }
    command_answer(c, c->said->op == ROOM_END ? TEXT("{\"ok\":true,\"message\":\"Session ended successfully\"}")
                                              : TEXT("{\"ok\":true}"));
}

/* ---- the table ---- */

#define BY_ACTION  .member = true, .missing = ERROR_NOT_A_PARTICIPANT, .ended = ERROR_SESSION_NOT_ACTIVE
#define AS_MEMBER  .self = true, BY_ACTION
#define AS_TEACHER .not_creator = ERROR_TEACHER_PERMISSION_REQUIRED, BY_ACTION
#define AT_THE_PLAYER                                                                                                  \
    .plays = true, .not_creator = ERROR_NOT_YOUR_SESSION, .missing = ERROR_SESSION_NOT_FOUND,                          \
    .ended = ERROR_SESSION_NOT_ACTIVE

static const struct command_spec commands[ROOM_OP_COUNT] = {
    [ROOM_MUTE] = { command_mute, .not_creator = ERROR_NOT_YOUR_SESSION, .target = true, .target_first = true,
                    .no_target = ERROR_PARTICIPANT_NOT_FOUND, .missing = ERROR_PARTICIPANT_NOT_FOUND,
                    .ended = ERROR_SESSION_NOT_ACTIVE },
    [ROOM_KICK] = { kick, .not_creator = ERROR_NOT_YOUR_SESSION, .target = true, .target_first = true,
                    .no_target = ERROR_PARTICIPANT_NOT_FOUND, .missing = ERROR_PARTICIPANT_NOT_FOUND,
                    .ended = ERROR_SESSION_NOT_ACTIVE },
    [ROOM_END] = { end_session, .not_creator = ERROR_ONLY_CREATOR_CAN_END, .missing = ERROR_SESSION_NOT_FOUND,
                   .ended = ERROR_SESSION_ENDED },
    [ROOM_INVITE] = { command_invite, .not_creator = ERROR_NOT_YOUR_SESSION, .no_other = ERROR_STUDENT_NOT_FOUND,
                      .missing = ERROR_SESSION_NOT_FOUND, .ended = ERROR_SESSION_NOT_ACTIVE },
    [ROOM_MUTE_SELF] = { command_mute_self, AS_MEMBER },
    [ROOM_RAISE_HAND] = { command_raise_hand, AS_MEMBER },
    [ROOM_LOWER_HAND] = { command_lower_hand, AS_MEMBER },
    [ROOM_SAY] = { say_chat, AS_MEMBER, .writes = true },
    [ROOM_MUTE_OTHER] = { command_mute_other, AS_TEACHER, .target = true, .no_target = ERROR_TARGET_NOT_FOUND },
    [ROOM_UNMUTE_OTHER] = { command_mute_other, AS_TEACHER, .target = true, .no_target = ERROR_TARGET_NOT_FOUND },
    [ROOM_MUTE_ALL] = { command_mute_all, AS_TEACHER },
    [ROOM_LOWER_OTHER] = { command_lower_other, AS_TEACHER, .target = true, .no_target = ERROR_TARGET_NOT_FOUND },
    [ROOM_LOWER_ALL] = { command_lower_all, AS_TEACHER },
    [ROOM_KICK_OTHER] = { kick, AS_TEACHER, .target = true, .no_target = ERROR_TARGET_NOT_FOUND },
    [ROOM_END_BY_ACTION] = { end_session, AS_TEACHER },
    [ROOM_SIGNAL] = { command_signal_peer, AS_MEMBER, .relays = true },
    [ROOM_AUDIO_SELECT] = { command_audio_select, AT_THE_PLAYER },
    [ROOM_AUDIO_PLAY] = { command_audio_play, AT_THE_PLAYER, .no_audio = ERROR_NO_AUDIO_IN_SESSION },
    [ROOM_AUDIO_PAUSE] = { command_audio_pause, AT_THE_PLAYER },
    [ROOM_AUDIO_STATE] = { command_audio_state, .ended = ERROR_SESSION_NOT_ACTIVE },
    [ROOM_CONTROL_PLAY] = { command_audio_play, AT_THE_PLAYER, .no_audio = ERROR_NO_AUDIO_SELECTED },
    [ROOM_CONTROL_PAUSE] = { command_audio_pause, AT_THE_PLAYER, .no_audio = ERROR_NO_AUDIO_SELECTED },
    [ROOM_CONTROL_SEEK] = { command_audio_seek, AT_THE_PLAYER, .no_audio = ERROR_NO_AUDIO_SELECTED },
    [ROOM_CONTROL_SPEED] = { command_audio_speed, AT_THE_PLAYER, .no_audio = ERROR_NO_AUDIO_SELECTED },
    [ROOM_CONTROL_OTHER] = { .never = ERROR_INVALID_ACTION, AT_THE_PLAYER, .no_audio = ERROR_NO_AUDIO_SELECTED },
};

/* ---- commands that are more than a row ---- */

static enum error may_join(const struct classroom *room, const struct room_command *said)
{
    if (!room->active)
        return ERROR_SESSION_NOT_ACTIVE;
    if (!said->other.user)
        return ERROR_USER_NOT_FOUND;
    if (said->other.user == said->caller.user) {
        struct person *p = person_by_user(room, said->caller.user);
        return p && person_banned(room, p) ? ERROR_KICKED : ERROR_OK;
    }
    if (said->caller.user != room->creator)
        return ERROR_ONLY_CREATOR_ADDS;
    return said->other.teacher ? ERROR_ONLY_STUDENTS_ADDED : ERROR_OK;
}

static enum receive join(struct classroom *room, struct message *m)
{
    const struct room_command *said = room_command(m);
    enum error why = may_join(room, said);
    if (why) {
        room_refuse(&room->base, m, why);
        return RECEIVED;
    }
    bool fresh;
    enum receive so_far;
    struct person *p = class_enter(room, m, &said->other, &fresh, &so_far);
    if (!p)
        return so_far;
    struct command c = { .room = room, .message = m, .said = said, .turn = turn_begin(room->base.actor) };
    if (!c.turn)
        return room_no_memory(&room->base, m);
    bool came = !p->present;
    p->present = true;
    p->kicked = false;
    person_store(room, p, c.turn);
    say_added(&c, p, fresh);
    if (came)
        class_say_flags(room, c.turn, p);
    char body[64];
    int n = snprintf(body, sizeof body, "{\"ok\":true,\"participant_id\":%d}", p->id);
    command_answer(&c, (struct text){ body, (size_t)n });
    turn_end(c.turn);
    return RECEIVED;
}

/* Takes the id of the message about to be written. False: *ret_receive says what receive must return. */
static bool take_message_id(struct command *c, enum receive *ret_receive)
{
    struct ids *ids = worker_ids(actor_worker(c->room->base.actor));
    enum ids_take took = ids_take(ids, &CLASSROOM_MESSAGE_IDS, c->room->base.actor, &c->message_id);
    *ret_receive = took == IDS_LATER ? RECEIVE_LATER : RECEIVED;
    if (took == IDS_AWAY)
        room_refuse(&c->room->base, c->message, ERROR_UNAVAILABLE);
    return took == IDS_TAKEN;
}

/* Runs a command whose checks have passed. */
static enum receive run(struct command *c, void (*command)(struct command *c))
{
    c->turn = turn_begin(c->room->base.actor);
    if (!c->turn)
        return room_no_memory(&c->room->base, c->message);
    command(c);
    turn_end(c->turn);
    return RECEIVED;
}

static enum receive write_as(struct classroom *room, struct message *m)
{
    const struct room_command *said = room_command(m);
    struct person *p = person_by_id(room, said->target);
    enum error why = !p                             ? ERROR_INVALID_PARTICIPANT
                     : p->user != said->caller.user ? ERROR_NOT_YOUR_PARTICIPANT
                     : person_banned(room, p)       ? ERROR_KICKED
                     : !room->active                ? ERROR_SESSION_NOT_ACTIVE
                                                    : ERROR_OK;
    if (why) {
        room_refuse(&room->base, m, why);
        return RECEIVED;
    }
    struct command c = { .room = room, .message = m, .said = said, .self = p };
    enum receive so_far;
    return take_message_id(&c, &so_far) ? run(&c, post_chat) : so_far;
}

/* ---- commands that are a row ---- */

/* In the order in which the contract wants the errors. */
static enum error check(struct command *c, const struct command_spec *spec)
{
    const struct classroom *room = c->room;
    const struct room_command *said = c->said;
    bool creator = said->by_operator || said->caller.user == room->creator;
    c->self = person_by_user(room, said->caller.user);
    c->target = person_by_id(room, said->target);
    if (spec->member && !c->self && !creator)
        return spec->missing;
    if (spec->target_first && !c->target)
        return spec->no_target;
    if (!room->active)
        return spec->ended;
    if (spec->member && c->self && person_banned(room, c->self))
        return ERROR_KICKED;
    if (spec->not_creator && !creator)
        return spec->not_creator;
    if ((spec->target || spec->relays) && !said->target)
        return ERROR_TARGET_REQUIRED;
    if (spec->target && !c->target)
        return spec->no_target;
    if (spec->no_other && !said->other.user)
        return spec->no_other;
    if (spec->plays && c->audio->named && !c->audio->known)
        return ERROR_AUDIO_NOT_FOUND;
    if (spec->no_audio && !c->audio->named && !room->playback.audio)
        return spec->no_audio;
    if (spec->writes && !said->text.n)
        return ERROR_EMPTY_MESSAGE;
    return spec->never;
}

/* The creator acts without having joined: a participant from now on, but not present and not announced. */
static enum receive enter_quietly(struct command *c)
{
    bool fresh;
    enum receive so_far;
    c->self = class_enter(c->room, c->message, &c->said->caller, &fresh, &so_far);
    if (!c->self)
        return so_far;
    c->self->left_at = c->self->joined_at;
    c->self->quiet = true;
    c->turn = turn_begin(c->room->base.actor);
    if (!c->turn)
        return room_no_memory(&c->room->base, c->message);
    person_store(c->room, c->self, c->turn);
    turn_end(c->turn);
    return RECEIVED;
}

static enum receive command(struct classroom *room, struct message *m)
{
    const struct room_command *said = room_command(m);
    const struct command_spec *spec = &commands[said->op];
    struct command c = { .room = room, .message = m, .said = said, .audio = classroom_audio_of(said) };
    enum receive so_far = RECEIVED;
    assert(said->op < ROOM_OP_COUNT && (spec->run || spec->never));
    assert(!spec->self || !spec->target); /* a creator who enters quietly moves the people in memory */
    enum error why = check(&c, spec);
    if (why) {
        room_refuse(&room->base, m, why);
        return RECEIVED;
    }
    if (spec->self && !c.self) {
        so_far = enter_quietly(&c);
        if (!c.self || so_far != RECEIVED)
            return so_far;
    }
    if (spec->writes && !take_message_id(&c, &so_far))
        return so_far;
    return run(&c, spec->run);
}

enum receive class_obey(struct classroom *room, struct message *m)
{
    switch (room_command(m)->op) {
    case ROOM_LISTEN:
        return class_listen(room, m);
    case ROOM_JOIN:
        return join(room, m);
    case ROOM_CHAT:
        return write_as(room, m);
    default:
        return command(room, m);
    }
}

enum error class_missing(uint16_t op)
{
    return commands[op].missing ? commands[op].missing : ERROR_SESSION_NOT_FOUND;
}
