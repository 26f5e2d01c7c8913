/* Classroom: live sessions over HTTP and server-sent events. What each path answers: contract "classroom". */
#include "actors/classroom/classroom.h"

#include "proto/base/utf8.h"
#include "proto/classroom.h"
#include "proto/config/config.h"
#include "proto/config/config_live.h"
#include "store/statements.h"
#include "transport/api/account/account.h"
#include "transport/api/classroom/classroom.h"
#include "transport/api/list.h"
#include "transport/asks.h"
#include "transport/people/people.h"
#include "transport/sse/sse.h"
#include "transport/transport.h"
#include "transport/ws/ask.h"

/* ---- asking the room ---- */

static void on_answer(struct request *rq, enum error why, struct message *answer)
{
    if (why)
        respond_error(rq, why);
    else
        respond_json(rq, 200, room_answer(answer)->body);
}

struct room_command classroom_command(struct request *rq, uint16_t op)
{
    const struct caller *c = request_caller(rq);
    return (struct room_command){ .op = op, .caller = { c->user_id, c->rank >= TEACHER, c->name } };
}

void classroom_ask(struct request *rq, const struct room_command *cmd)
{
    asks_room(rq, classroom_address(request_int(rq, "session_id")), cmd, on_answer);
}

static void end_session(struct request *rq)
{
    struct room_command cmd = classroom_command(rq, ROOM_END);
    classroom_ask(rq, &cmd);
}

static void kick(struct request *rq)
{
    struct room_command cmd = classroom_command(rq, ROOM_KICK);
    cmd.target = request_int(rq, "participant_id");
    classroom_ask(rq, &cmd);
}

/* The query decides; the body counts when it is silent, as the app sends it; neither means mute. */
static void mute(struct request *rq)
{
    struct room_command cmd = classroom_command(rq, ROOM_MUTE);
    cmd.target = request_int(rq, "participant_id");
    cmd.flag = !request_has(rq, "mute") || request_bool(rq, "mute");
    classroom_ask(rq, &cmd);
}

static void chat(struct request *rq)
{
    struct room_command cmd = classroom_command(rq, ROOM_CHAT);
    cmd.target = request_int(rq, "participant_id");
    cmd.text = request_text(rq, "message");
    classroom_ask(rq, &cmd);
}

/* ---- what was written ---- */

static void bind_session(struct request *rq, struct db_params *p)
{
    db_param_int4(p, request_int(rq, "session_id"));
}

static void on_reader(struct request *rq, const struct db_result *r)
{
    static const struct list_kind kind = { &CLASSROOM_CHAT_MESSAGES, bind_session };
    if (r->status != DB_OK)
        respond_db(rq, r);
    else if (!r->rows)
        respond_error(rq, ERROR_SESSION_NOT_FOUND);
    else if (!db_bool(r, 0, CLASSROOM_CHAT_READER_MAY_READ))
        respond_error(rq, ERROR_NOT_IN_SESSION);
    else
        list_answer_whole(rq, &kind);
}

static void read_chat(struct request *rq)
{
    struct db_params p = { 0 };
    db_param_int4(&p, request_caller(rq)->user_id);
    bind_session(rq, &p);
    request_query(rq, &CLASSROOM_CHAT_READER, &p, on_reader);
}

/* ---- join ---- */

static void on_other(void *arg, enum error why, const struct caller *who)
{
    struct request *rq = arg;
    struct room_command cmd = classroom_command(rq, ROOM_JOIN);
    if (why == ERROR_UNAVAILABLE) {
        respond_error(rq, why);
        return;
    }
    if (!why && who->rank > ANYONE)
        cmd.other = (struct room_person){ who->user_id, who->rank >= TEACHER, who->name };
    classroom_ask(rq, &cmd); /* the room names what is wrong in the contract's order, an unknown person included */
}

static void join(struct request *rq)
{
    struct people *people = transport_of(request_worker(rq))->people;
    const struct area *area = request_area(rq);
    struct caller other = *request_caller(rq);
    int32_t user_id = request_has(rq, "user_id") ? request_int(rq, "user_id") : other.user_id;
    if (user_id == other.user_id || people_find(people, user_id, area, &other))
        on_other(rq, ERROR_OK, &other);
    else if (!people_load(people, user_id, area, on_other, rq))
        respond_error(rq, ERROR_OVERLOADED);
}

/* ---- actions ---- */

static const struct action {
    const char *type;
    enum classroom_op op;
    bool mute; /* what an absent mute means */
} actions[] = {
    { "mute_self", ROOM_MUTE_SELF },         { "raise_hand", ROOM_RAISE_HAND },
    { "lower_hand", ROOM_LOWER_HAND },       { "chat", ROOM_SAY },
    { "mute_participant", ROOM_MUTE_OTHER }, { "unmute_participant", ROOM_UNMUTE_OTHER },
    { "mute_all", ROOM_MUTE_ALL, true },     { "lower_participant_hand", ROOM_LOWER_OTHER },
    { "lower_all_hands", ROOM_LOWER_ALL },   { "kick_participant", ROOM_KICK_OTHER },
    { "end_session", ROOM_END_BY_ACTION },   { "webrtc_signal", ROOM_SIGNAL },
};

static const struct action *action_of(struct text type)
{
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (text_is(type, actions[i].type))
            return &actions[i];
    return NULL;
}

static void refuse_action(struct request *rq, struct text type)
{
    struct buf detail = { 0 };
    buf_puts(&detail, error_detail(ERROR_UNKNOWN_ACTION));
    buf_puts(&detail, ": '");
    buf_text(&detail, type);
    buf_putc(&detail, '\'');
    respond_detail(rq, ERROR_UNKNOWN_ACTION, buf_view(&detail));
    buf_fini(&detail);
}

/* A class in which all talk begins with as many signals of each as there are others: they are no actions of a person's,
 * but counted by themselves. False: it has been answered. */
static bool pay_signal(struct request *rq)
{
    size_t n = request_text(rq, "payload").n;
    if (n > (size_t)config_here()->signal_bytes) {
        respond_error(rq, ERROR_SIGNAL_TOO_LARGE);
        return false;
    }
    if (!request_spend(rq, BUDGET_SIGNALS, 1) || !request_spend(rq, BUDGET_SIGNAL_BYTES, n))
        return false;
    request_return(rq, BUDGET_ACTIONS, 1);
    return true;
}

static void act(struct request *rq)
{
    const struct action *action = action_of(request_text(rq, "type"));
    if (!action) {
        refuse_action(rq, request_text(rq, "type"));
        return;
    }
    if (action->op == ROOM_SIGNAL && !pay_signal(rq))
        return;
    struct room_command cmd = classroom_command(rq, action->op);
    cmd.flag = request_has(rq, "mute") ? request_bool(rq, "mute") : action->mute;
    cmd.target = request_int(rq, "target_participant_id");
    cmd.text = action->op == ROOM_SIGNAL ? request_text(rq, "payload") : utf8_trim(request_text(rq, "text"));
    classroom_ask(rq, &cmd);
}

/* ---- the stream ---- */

void classroom_stream(struct request *rq)
{
    sse_open(rq, classroom_address(request_int(rq, "session_id")));
}

/* ---- the socket ---- */

static void socket_open(struct request *rq)
{
    ws_listen(rq, classroom_address(request_int(rq, "session_id")));
}

static void socket_text(struct socket *s, struct text message);

static const struct socket_ops socket_ops = { .text = socket_text };

/* ---- the table ---- */

static const char *const roles[] = { "teacher", "student", NULL };
static const char *const grants[] = { "password", NULL };

static const struct field register_body[] = {
    { "name", FIELD_TEXT, .required = true, .trim = true, .min = 1, .max = 200, .about = "shown to others" },
    { "phone_number", FIELD_TEXT, .required = true, .trim = true, .min = 10, .max = 20,
      .about = "the name to sign in with" },
    { "password", FIELD_TEXT, .required = true, .password = true, .min = 6, .max = 1024,
      .about = "kept as a bcrypt hash only" },
    { "role", FIELD_TEXT, .required = true, .oneof = roles, .about = "any letter case" },
    { "signup_code", FIELD_TEXT, .nullable = true, .max = 200, .about = "of teachers, where the server wants one" },
    {},
};
static const struct field login_form[] = {
    { "username", FIELD_TEXT, .required = true, .trim = true, .min = 1, .max = 200, .about = "the phone number" },
    { "password", FIELD_TEXT, .required = true, .password = true, .min = 1, .max = 1024 },
    { "grant_type", FIELD_TEXT, .oneof = grants },
    { "scope", FIELD_TEXT, .max = 1000 },
    { "client_id", FIELD_TEXT, .max = 1000 },
    { "client_secret", FIELD_TEXT, .max = 1000 },
    {},
};
static const struct field session_body[] = {
    { "title", FIELD_TEXT, .required = true, .visible = true, .min = 1, .max = 500 },
    {},
};
static const struct field join_form[] = {
    { "user_id", FIELD_INT32, .about = "whom to add; the caller if absent" },
    {},
};
static const struct field mute_flag[] = {
    { "mute", FIELD_BOOL, .nullable = true, .about = "true if absent" },
    {},
};
static const struct field chat_body[] = {
    { "participant_id", FIELD_INT32, .required = true, .about = "the caller's own in this session" },
    { "message", FIELD_TEXT, .required = true, .min = 1, .max = 2000 },
    {},
};
static const struct field action_body[] = {
    { "type", FIELD_TEXT, .required = true, .max = 100, .about = "which gesture" },
    { "mute", FIELD_BOOL, .nullable = true, .about = "for mute_self (absent: false) and mute_all (absent: true)" },
    { "text", FIELD_TEXT, .nullable = true, .max = 2000, .about = "for chat" },
    { "target_participant_id", FIELD_INT32, .nullable = true,
      .about = "whom the creator means; to whom a signal goes" },
    { "payload", FIELD_OBJECT, .nullable = true, .max = 262144,
      .about = "for webrtc_signal: relayed untouched; over signal-bytes it is refused" },
    {},
};
static const struct field logs_query[] = {
    { "event_type", FIELD_TEXT, .max = 50, .about = "only this type" },
    { "limit", FIELD_INT32, .min = 1, .max = 1000, .def = "100" },
    {},
};
static const struct field stream_query[] = {
    { "lastEventId", FIELD_TEXT, .alias = "last_event_id", .max = 8192,
      .about = "like the header Last-Event-ID, for clients that cannot send it" },
    {},
};

#define STAMP "\"2026-02-24T16:24:20.666428\""
#define SESSION                                                                                                        \
    "\"session_id\":1,\"title?\":\"My Test Session\",\"is_active\":true,\"created_by?\":1,\"created_at\":" STAMP       \
    ",\"ended_at?\":null,\"participant_count\":0"
#define MESSAGE                                                                                                        \
    "{\"message_id\":1,\"session_id\":1,\"participant_id\":1,\"message\":\"Hello\",\"timestamp\":" STAMP               \
    ",\"is_system_message\":false}"

static const struct field socket_query[] = {
    { "last_event_id", FIELD_TEXT, .alias = "lastEventId", .max = 8192,
      .about = "of the last event that has come: goes on behind it without loss" },
    {},
};

static const char stream_example[] =
    "retry: 2000\n\nevent: connected\ndata: {\"session_id\":1,\"participant_id\":1,\"user_id\":2}\n\n"
    "id: 1-2\nevent: session_state\ndata: {\"type\":\"session_state\", …}\n\n"
    "id: 1-3\nevent: hand_raised\ndata: {\"type\":\"hand_raised\",\"participant_id\":1,\"hands\":[1]}\n\n";
static const struct answer stream_answers[] = {
    { 200,
      "Events, for as long as the session and the connection last. Who was removed, or comes after the end, gets one "
      "event, kicked or session_ended. While the server cannot serve it, who accepts text/event-stream gets an end with "
      "retry:, others 503",
      .content = "text/event-stream" },
    {},
};
static const struct answer participant_answers[] = { { 403, "You are not a participant in this session" }, {} };
static const char socket_example[] =
    "{\"event\":\"hand_raised\",\"id\":\"1-3\",\"data\":{\"type\":\"hand_raised\",\"participant_id\":1,\"hands\":[1]}}";
static const char about_socket[] =
    "What the stream tells, in text frames: the name of the event, its id where it has one, what it says. Connecting "
    "joins. A frame of the client's is an action, the body of POST /sessions/{session_id}/action; its member ref, of any "
    "type, comes back in the answer: {\"ref\":1,\"status\":200,\"body\":{\"ok\":true}}, or status and detail of the "
    "refusal. Actions are answered in their order. Closed with 1000 when the session has ended, 4403 who was removed, 4401 "
    "when the token has ended, 4408 who is too far behind, 1013 and 1001 who should come back with the last id. No "
    "subprotocol, no extension.";
static const char about_action[] =
    "mute_self (mute), raise_hand, lower_hand, chat (text), webrtc_signal (target_participant_id, payload): anybody in the "
    "session. mute_participant, unmute_participant, lower_participant_hand, kick_participant (target_participant_id), "
    "mute_all (mute), lower_all_hands, end_session: the creator, who need not have joined.";

static const struct endpoint endpoints[] = {
    { POST, "/auth/register", ANYONE, .handle = account_register, .body_kind = BODY_JSON, .body = register_body,
      .summary = "Sign up",
      .refusals =
          REFUSALS(ERROR_PHONE_TAKEN, ERROR_TEACHER_SIGNUP_CLOSED, ERROR_TEACHER_SIGNUP_CODE, ERROR_TOO_MANY_ATTEMPTS),
      .example =
          "{\"name\":\"Test Teacher\",\"phone_number\":\"9999999999\",\"password\":\"pass123\",\"role\":\"teacher\"}",
      .gives = "{\"user_id\":1,\"name\":\"Test Teacher\",\"phone_number\":\"9999999999\",\"role\":\"teacher\","
               "\"created_at\":" STAMP "}" },
    { POST, "/auth/login", ANYONE, .handle = account_login, .body_kind = BODY_FORM, .body = login_form,
      .summary = "Sign in and get a token",
      .about = "The password flow of OAuth2; the token is good for a week, and can be renewed.",
      .refusals = REFUSALS(ERROR_INVALID_CREDENTIALS, ERROR_TOO_MANY_ATTEMPTS),
      .example = "{\"username\":\"9999999999\",\"password\":\"pass123\"}",
      .gives = "{\"access_token\":\"eyJhbGciOiJIUzI1NiJ9.e30.signature\",\"token_type\":\"bearer\",\"user_id\":1,"
               "\"role\":\"teacher\",\"name\":\"Test Teacher\"}" },
    { GET, "/users/students", TEACHER, .statement = &CLASSROOM_STUDENTS, .summary = "List students",
      .gives = "[{\"user_id\":2,\"name\":\"Test Student\",\"phone_number\":\"8888888888\",\"role\":\"student\","
               "\"created_at\":" STAMP "}]" },
    { POST, "/sessions", TEACHER, .statement = &CLASSROOM_CREATE, .body_kind = BODY_JSON, .body = session_body,
      .summary = "Open a session", .example = "{\"title\":\"My Test Session\"}", .gives = "{" SESSION "}" },
    { GET, "/sessions/active", KNOWN, .statement = &CLASSROOM_ACTIVE, .summary = "List active sessions",
      .about = "A teacher gets the sessions they created, a student all.",
      .gives = "[{" SESSION ",\"teacher_name?\":\"Test Teacher\"}]" },
    { DELETE, "/sessions/{session_id:int32}", TEACHER, .handle = end_session, .summary = "End a session",
      .about = "Nothing is deleted: it can still be read.",
      .refusals = REFUSALS(ERROR_SESSION_NOT_FOUND, ERROR_SESSION_ENDED, ERROR_ONLY_CREATOR_CAN_END),
      .gives = "{\"ok\":true,\"message\":\"Session ended successfully\"}" },
    { GET, "/sessions/{session_id:int32}/state", KNOWN, .open = classroom_open, .statement = &CLASSROOM_STATE,
      .summary = "Who is in a session", .about = "For the creator and for people of the session.",
      .answers = participant_answers, .refusals = REFUSALS(ERROR_SESSION_NOT_FOUND),
      .gives = "{\"session_id\":1,\"is_active\":true,\"participants\":[{\"id\":1,\"user_id\":2,\"name\":\"Test "
               "Student\",\"muted\":false,\"hand_raised\":false}],\"active_audio\":null}" },
    { POST, "/sessions/{session_id:int32}/join", KNOWN, .handle = join, .body_kind = BODY_FORM, .body = join_form,
      .summary = "Join, or add a student as the creator", .about = "Joining again gives the same participant_id.",
      .refusals = REFUSALS(ERROR_SESSION_NOT_FOUND, ERROR_SESSION_NOT_ACTIVE, ERROR_USER_NOT_FOUND,
                           ERROR_ONLY_CREATOR_ADDS, ERROR_ONLY_STUDENTS_ADDED, ERROR_KICKED, ERROR_SESSION_FULL),
      .example = "{\"user_id\":2}", .gives = "{\"ok\":true,\"participant_id\":1}" },
    { DELETE, "/sessions/{session_id:int32}/participants/{participant_id:int32}", TEACHER, .handle = kick,
      .summary = "Remove a participant", .about = "They stay out until the creator adds or invites them again.",
      .refusals = REFUSALS(ERROR_PARTICIPANT_NOT_FOUND, ERROR_SESSION_NOT_ACTIVE, ERROR_NOT_YOUR_SESSION),
      .gives = "{\"ok\":true}" },
    { POST, "/sessions/{session_id:int32}/participants/{participant_id:int32}/mute", TEACHER, .handle = mute,
      .query = mute_flag, .body_kind = BODY_JSON_OPTIONAL, .body = mute_flag, .summary = "Mute or unmute a participant",
      .refusals = REFUSALS(ERROR_PARTICIPANT_NOT_FOUND, ERROR_SESSION_NOT_ACTIVE, ERROR_NOT_YOUR_SESSION),
      .example = "{\"mute\":true}", .gives = "{\"ok\":true,\"muted\":true}" },
    { POST, "/sessions/{session_id:int32}/chat", KNOWN, .handle = chat, .body_kind = BODY_JSON, .body = chat_body,
      .summary = "Write a chat message",
      .refusals = REFUSALS(ERROR_SESSION_NOT_FOUND, ERROR_INVALID_PARTICIPANT, ERROR_NOT_YOUR_PARTICIPANT, ERROR_KICKED,
                           ERROR_SESSION_NOT_ACTIVE),
      .example = "{\"participant_id\":1,\"message\":\"Hello\"}", .gives = MESSAGE },
    { GET, "/sessions/{session_id:int32}/chat", KNOWN, .handle = read_chat, .summary = "Read the chat",
      .about = "For the creator and for people of the session, oldest first.", .answers = participant_answers,
      .refusals = REFUSALS(ERROR_SESSION_NOT_FOUND), .gives = "[" MESSAGE "]" },
    { GET, "/sessions/{session_id:int32}/logs", TEACHER, .statement = &CLASSROOM_LOGS, .query = logs_query,
      .summary = "Read the log, newest first",
      .refusals = REFUSALS(ERROR_SESSION_NOT_FOUND, ERROR_ONLY_CREATOR_READS_LOGS),
      .gives = "{\"session_id\":1,\"total_logs\":1,\"logs\":[{\"log_id\":1,\"event_type\":\"session_created\","
               "\"user_id?\":1,\"event_details\":{},\"created_at\":" STAMP "}]}" },
    { GET, "/sessions/{session_id:int32}/logs/summary", TEACHER, .statement = &CLASSROOM_SUMMARY,
      .summary = "Counts over the whole log",
      .refusals = REFUSALS(ERROR_SESSION_NOT_FOUND, ERROR_ONLY_CREATOR_READS_LOGS),
      .gives =
          "{\"session_id\":1,\"total_events\":3,\"event_counts\":{\"session_created*\":1,\"participant_joined*\":1,"
          "\"participant_muted*\":1},\"unique_participants_joined\":1,\"participants_left\":0,"
          "\"first_event?\":" STAMP ",\"last_event?\":" STAMP "}" },
    { GET, "/sse/sessions/{session_id:int32}", KNOWN, .handle = classroom_stream, .event_stream = true,
      .query = stream_query, .summary = "Follow a session",
      .about =
          "Server-sent events. Connecting joins. The header Last-Event-ID resumes without loss. The page /docs shows "
          "the first five seconds.",
      .answers = stream_answers, .refusals = REFUSALS(ERROR_SESSION_NOT_FOUND, ERROR_SESSION_FULL),
      .gives = stream_example },
    { GET, "/ws/sessions/{session_id:int32}", KNOWN, .handle = socket_open, .socket = &socket_ops,
      .query = socket_query, .summary = "Follow a session and act in it, by WebSocket", .about = about_socket,
      .refusals = REFUSALS(ERROR_SESSION_NOT_FOUND, ERROR_SESSION_FULL), .gives = socket_example },
    { POST, "/sessions/{session_id:int32}/action", KNOWN, .handle = act, .body_kind = BODY_JSON, .body = action_body,
      .summary = "One gesture: mute, hand, chat, kick, end, signal", .about = about_action,
      .refusals = REFUSALS(ERROR_NOT_A_PARTICIPANT, ERROR_SESSION_NOT_ACTIVE, ERROR_KICKED, ERROR_UNKNOWN_ACTION,
                           ERROR_EMPTY_MESSAGE, ERROR_TARGET_REQUIRED, ERROR_TARGET_NOT_FOUND,
                           ERROR_TEACHER_PERMISSION_REQUIRED, ERROR_SIGNAL_TOO_LARGE),
      .example = "{\"type\":\"raise_hand\"}", .gives = "{\"ok\":true}" },
    {},
};

/* A frame is an action. */
static void socket_text(struct socket *s, struct text message)
{
    const struct endpoint *action = endpoints;
    struct buf id = { 0 };
    while (action->handle != act)
        action++;
    buf_int(&id, ws_room(s).id);
    ws_ask(s, action, (struct text[]){ buf_view(&id), { 0 } }, message);
    buf_fini(&id);
}

static const struct area_role area_roles[] = { { "teacher", TEACHER }, { "student", STUDENT }, {} };

const struct area classroom_area = {
    .name = "classroom",
    .about = "Live audio classrooms",
    .endpoints = { endpoints, audio_endpoints, playback_endpoints, reports_endpoints, notify_endpoints,
                   password_endpoints, token_endpoints },
    .cors = { .configured = &config.cors_origins, .credentials = true, .max_age = 600 },
    .identify = classroom_identify,
    .bare_user_id = true,
    .roles = area_roles,
    .says = { .forbidden = ERROR_TEACHER_ROLE_REQUIRED },
    .json_before_identity = true,
};
