/* Classroom: live sessions over HTTP and server-sent events. What each path answers: contract "classroom". */
#include "actors/classroom.h"

#include "proto/config.h"
#include "proto/room.h"
#include "proto/utf8.h"
#include "store/statements.h"
#include "transport/api/api.h"
#include "transport/asks.h"
#include "transport/people.h"
#include "transport/sse/sse.h"
#include "transport/transport.h"

/* ---- asking the room ---- */

static void on_answer(struct request *rq, enum error why, struct message *answer)
{
    if (why)
        respond_error(rq, why);
    else
        respond_json(rq, 200, room_answer(answer)->body);
}

struct room_command classroom_command(struct request *rq, enum room_op op)
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
    enum room_op op;
} actions[] = {
    { "mute_self", ROOM_MUTE_SELF },         { "raise_hand", ROOM_RAISE_HAND },
    { "lower_hand", ROOM_LOWER_HAND },       { "chat", ROOM_SAY },
    { "mute_participant", ROOM_MUTE_OTHER }, { "unmute_participant", ROOM_UNMUTE_OTHER },
    { "kick_participant", ROOM_KICK_OTHER }, { "end_session", ROOM_END_BY_ACTION },
    { "webrtc_signal", ROOM_SIGNAL },
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

static void act(struct request *rq)
{
    const struct action *action = action_of(request_text(rq, "type"));
    if (!action) {
        refuse_action(rq, request_text(rq, "type"));
        return;
    }
    struct room_command cmd = classroom_command(rq, action->op);
    cmd.flag = request_bool(rq, "mute");
    cmd.target = request_int(rq, "target_participant_id");
    cmd.text = action->op == ROOM_SIGNAL ? request_text(rq, "payload") : utf8_trim(request_text(rq, "text"));
    classroom_ask(rq, &cmd);
}

/* ---- the stream ---- */

void classroom_stream(struct request *rq)
{
    struct text last = request_header(rq, "last-event-id");
    if (!last.p)
        last = request_text(rq, "last_event_id");
    sse_open(rq, classroom_address(request_int(rq, "session_id")), last);
}

/* ---- the table ---- */

static const char *const roles[] = { "teacher", "student", NULL };
static const char *const grants[] = { "password", NULL };

static const struct field register_body[] = {
    { "name", FIELD_TEXT, .required = true, .min = 1, .max = 200, .about = "shown to others" },
    { "phone_number", FIELD_TEXT, .required = true, .min = 10, .max = 20, .about = "the name to sign in with" },
    { "password", FIELD_TEXT, .required = true, .min = 6, .max = 1024 },
    { "role", FIELD_TEXT, .required = true, .oneof = roles, .about = "any letter case" },
    {},
};
static const struct field login_form[] = {
    { "username", FIELD_TEXT, .required = true, .min = 1, .max = 200, .about = "the phone number" },
    { "password", FIELD_TEXT, .required = true, .min = 1, .max = 1024 },
    { "grant_type", FIELD_TEXT, .oneof = grants },
    { "scope", FIELD_TEXT, .max = 1000 },
    { "client_id", FIELD_TEXT, .max = 1000 },
    { "client_secret", FIELD_TEXT, .max = 1000 },
    {},
};
static const struct field session_body[] = {
    { "title", FIELD_TEXT, .required = true, .min = 1, .max = 500 },
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
    { "participant_id", FIELD_INT32, .required = true },
    { "message", FIELD_TEXT, .required = true, .min = 1, .max = 2000 },
    {},
};
static const struct field action_body[] = {
    { "type", FIELD_TEXT, .required = true, .max = 100 },
    { "mute", FIELD_BOOL, .nullable = true, .about = "for mute_self" },
    { "text", FIELD_TEXT, .nullable = true, .max = 2000, .about = "for chat" },
    { "target_participant_id", FIELD_INT32, .nullable = true },
    { "payload", FIELD_OBJECT, .nullable = true, .max = 262144, .about = "for webrtc_signal: relayed untouched" },
    {},
};
static const struct field logs_query[] = {
    { "event_type", FIELD_TEXT, .max = 50, .about = "only this type" },
    { "limit", FIELD_INT32, .min = 1, .max = 1000, .def = "100" },
    {},
};
static const struct field stream_query[] = {
    { "last_event_id", FIELD_TEXT, .max = 8192, .about = "like the header Last-Event-ID" },
    {},
};

#define ERRORS_OF(name, ...) static const struct answer name[] = { __VA_ARGS__, {} }
ERRORS_OF(register_errors, { 400, "Phone already registered" });
ERRORS_OF(login_errors, { 400, "The form cannot be read" }, { 401, "Invalid credentials" },
          { 429, "Too many failed attempts" });
ERRORS_OF(teacher_errors, { 403, "Teacher role required, or not your session" }, { 404, "Not found" });
ERRORS_OF(room_errors, { 400, "The session is not active" }, { 403, "Not allowed" }, { 404, "Not found" });
ERRORS_OF(state_errors, { 404, "Session not found" });

static const struct endpoint endpoints[] = {
    { POST, "/auth/register", ANYONE, .handle = account_register, .body_kind = BODY_JSON, .body = register_body,
      .summary = "Sign up", .answers = register_errors,
      .example =
          "{\"name\":\"Test Teacher\",\"phone_number\":\"9999999999\",\"password\":\"pass123\",\"role\":\"teacher\"}" },
    { POST, "/auth/login", ANYONE, .handle = account_login, .body_kind = BODY_FORM, .body = login_form,
      .summary = "Sign in and get a token", .answers = login_errors },
    { GET, "/users/students", TEACHER, .statement = &CLASSROOM_STUDENTS, .summary = "List students" },
    { POST, "/sessions", TEACHER, .statement = &CLASSROOM_CREATE, .body_kind = BODY_JSON, .body = session_body,
      .summary = "Open a session", .answers = teacher_errors, .example = "{\"title\":\"My Test Session\"}" },
    { GET, "/sessions/active", KNOWN, .statement = &CLASSROOM_ACTIVE, .summary = "List active sessions",
      .about = "A teacher gets the sessions they created, a student all." },
    { DELETE, "/sessions/{session_id:int32}", TEACHER, .handle = end_session, .summary = "End a session",
      .answers = room_errors },
    { GET, "/sessions/{session_id:int32}/state", ANYONE, .statement = &CLASSROOM_STATE,
      .summary = "Who is in a session", .answers = state_errors },
    { POST, "/sessions/{session_id:int32}/join", KNOWN, .handle = join, .body_kind = BODY_FORM, .body = join_form,
      .summary = "Join, or add a student as the creator", .answers = room_errors },
    { DELETE, "/sessions/{session_id:int32}/participants/{participant_id:int32}", TEACHER, .handle = kick,
      .summary = "Remove a participant", .answers = room_errors },
    { POST, "/sessions/{session_id:int32}/participants/{participant_id:int32}/mute", TEACHER, .handle = mute,
      .query = mute_flag, .body_kind = BODY_JSON_OPTIONAL, .body = mute_flag, .summary = "Mute or unmute a participant",
      .answers = room_errors },
    { POST, "/sessions/{session_id:int32}/chat", KNOWN, .handle = chat, .body_kind = BODY_JSON, .body = chat_body,
      .summary = "Write a chat message", .answers = room_errors,
      .example = "{\"participant_id\":1,\"message\":\"Hello\"}" },
    { GET, "/sessions/{session_id:int32}/chat", KNOWN, .statement = &CLASSROOM_CHAT, .summary = "Read the chat",
      .answers = room_errors },
    { GET, "/sessions/{session_id:int32}/logs", TEACHER, .statement = &CLASSROOM_LOGS, .query = logs_query,
      .summary = "Read the log, newest first", .answers = teacher_errors },
    { GET, "/sessions/{session_id:int32}/logs/summary", TEACHER, .statement = &CLASSROOM_SUMMARY, .slow = true,
      .summary = "Counts over the whole log", .answers = teacher_errors },
    { GET, "/sse/sessions/{session_id:int32}", KNOWN, .handle = classroom_stream, .query = stream_query,
      .summary = "Follow a session",
      .about = "Server-sent events. Connecting joins. Last-Event-ID resumes without loss.", .answers = room_errors },
    { POST, "/sessions/{session_id:int32}/action", KNOWN, .handle = act, .body_kind = BODY_JSON, .body = action_body,
      .summary = "One gesture: mute, hand, chat, kick, end, signal", .answers = room_errors,
      .example = "{\"type\":\"raise_hand\"}" },
    {},
};

static const struct area_role area_roles[] = { { "teacher", TEACHER }, { "student", STUDENT }, {} };

const struct area classroom_area = {
    .name = "classroom",
    .about = "Live audio classrooms",
    .endpoints = { endpoints, playback_endpoints, reports_endpoints, notify_endpoints },
    .cors = { .configured = &config.cors_origins, .credentials = true, .max_age = 600 },
    .identify = classroom_identify,
    .bare_user_id = true,
    .roles = area_roles,
    .says = { .forbidden = ERROR_TEACHER_ROLE_REQUIRED },
    .json_before_identity = true,
};
