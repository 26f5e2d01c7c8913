/* Conversations with the tutor (practice contract, section 7). A message is said in its room, which answers when it is
 * stored; then the room is asked to tell when it has its reply, and only then the request is answered. */
#include "actors/chat/chat.h"

#include "proto/chat.h"
#include "store/statements.h"
#include "transport/api/list.h"
#include "transport/api/practice/practice.h"
#include "transport/asks.h"
#include "transport/transport.h"

enum { TRIES_MOST = 3 };

/* ---- asking the room ---- */

static struct room_command command(struct request *rq, uint16_t op)
{
    const struct caller *c = request_caller(rq);
    return (struct room_command){ .op = op, .caller = { c->user_id, c->rank >= TEACHER, c->name } };
}

static struct address room_of_path(struct request *rq)
{
    return chat_address(request_int(rq, "session_id"));
}

/* ---- what was said ---- */

static void bind_session(struct request *rq, struct db_params *p)
{
    db_param_int4(p, request_int(rq, "session_id"));
}

static void on_owner(struct request *rq, const struct db_result *r)
{
    static const struct list_kind kind = { &PRACTICE_CHAT_MESSAGES, bind_session };
    if (r->status != DB_OK)
        respond_db(rq, r);
    else if (!r->rows)
        respond_error(rq, ERROR_CHAT_NOT_FOUND);
    else if (!db_bool(r, 0, PRACTICE_CHAT_OWNER_MAY_READ))
        respond_error(rq, ERROR_CHATS_OF_OTHERS);
    else
        list_answer(rq, &kind);
}

static void list_messages(struct request *rq)
{
    struct db_params p = { 0 };
    bind_session(rq, &p);
    db_param_text(&p, request_caller(rq)->role);
    db_param_int4(&p, request_caller(rq)->account);
    request_query(rq, &PRACTICE_CHAT_OWNER, &p, on_owner);
}

/* ---- a message ---- */

/* One that is stored. */
struct sent {
    struct text message;
    struct chat_await await;
    int tries;
};

static void await_reply(struct request *rq);

/* The message is stored, so whatever becomes of its reply is no reason to refuse it. A room that is being built anew is
 * asked again. */
static void on_reply(struct request *rq, enum error why, struct message *answer)
{
    struct sent *sent = request_data(rq);
    bool again = (why == ERROR_UNAVAILABLE || why == ERROR_OVERLOADED) && ++sent->tries < TRIES_MOST;
    if (again && request_alive(rq) && !transport_of(request_worker(rq))->draining)
        await_reply(rq);
    else
        respond_json(rq, 200, sent->message);
}

static void await_reply(struct request *rq)
{
    const struct sent *sent = request_data(rq);
    struct room_command cmd = command(rq, CHAT_AWAIT);
    cmd.more = &sent->await;
    cmd.more_n = sizeof sent->await;
    asks_room_long(rq, room_of_path(rq), &cmd, on_reply);
}

static void on_stored(struct request *rq, enum error why, struct message *answer)
{
    struct sent *sent = why ? NULL : request_alloc(rq, sizeof *sent);
    if (why) {
        request_return(rq, BUDGET_QUESTIONS,
                       1); /* clients ask in vain as long as they like (practice contract, section 1) */
        respond_error(rq, why);
        return;
    }
    struct text body = room_answer(answer)->body;
    if (sent)
        *sent = (struct sent){ .message = request_keep(rq, body), .await.message = chat_message_id(body) };
    if (!sent || !sent->message.p) {
        respond_json(rq, 200, body);
        return;
    }
    request_set_data(rq, sent);
    await_reply(rq);
}

static void send_message(struct request *rq)
{
    struct room_command cmd = command(rq, CHAT_SAY);
    cmd.text = request_text(rq, "content");
    cmd.data = request_text(rq, "message_metadata");
    if (request_spend(rq, BUDGET_QUESTIONS, 1))
        asks_room(rq, room_of_path(rq), &cmd, on_stored);
}

/* ---- the end ---- */

static void on_ended(struct request *rq, enum error why, struct message *answer)
{
    if (why)
        respond_error(rq, why);
    else
        respond_json(rq, 200, room_answer(answer)->body);
}

static void end_session(struct request *rq)
{
    const struct room_command cmd = command(rq, ROOM_END);
    asks_room(rq, room_of_path(rq), &cmd, on_ended);
}

/* ---- the table ---- */

static const struct field session_query[] = {
    { "student_id", FIELD_ID, .required = true, .about = "the caller's" },
    { "topic", FIELD_TEXT, .max = 65536, .about = "cut after 100 characters" },
    { "agent_type", FIELD_TEXT, .max = 50, .def = "general",
      .about = "general, concepts, debug or exercise; another is as general" },
    {},
};
static const struct field paging[] = {
    { "skip", FIELD_INT32, .max = INT32_MAX, .def = "0" },
    { "limit", FIELD_INT32, .min = 1, .max = 1000, .def = "100" },
    {},
};
static const struct field message_body[] = {
    { "content", FIELD_TEXT, .required = true, .visible = true, .min = 1, .max = PRACTICE_CONTENT_MOST },
    { "message_metadata", FIELD_OBJECT, .nullable = true, .alias = "metadata", .max = PRACTICE_METADATA_MOST },
    {},
};

static const struct field socket_query[] = {
    { "token", FIELD_TEXT, .max = 8192, .about = "a token, or ROLE|ID|EMAIL, for browsers, which can send no header" },
    {},
};

#define STAMP "\"2026-01-29T11:29:39.123456\""
#define SESSION                                                                                                        \
    "{\"id\":5,\"student_id\":7,\"session_id\":\"5a1e0d5c-1c1b-4b0e-9c64-5d3b7f0a9d11\",\"topic?\":\"loops\","         \
    "\"agent_type\":\"general\",\"is_active\":true,\"created_at\":" STAMP ",\"updated_at\":" STAMP                     \
    ",\"ended_at?\":null}"
#define MESSAGE                                                                                                        \
    "{\"id\":11,\"session_id\":5,\"role\":\"user\",\"content\":\"What is a loop?\",\"message_metadata\":{},"           \
    "\"metadata\":{},\"created_at\":" STAMP "}"

static const struct answer created[] = { { 201, "Made" }, {} };

#define FRAME                                                                                                          \
    "{\"type\":\"message\",\"id\":12,\"session_id\":5,\"role\":\"assistant\",\"content\":\"One that says it again.\"," \
    "\"message_metadata\":{},\"metadata\":{},\"created_at\":" STAMP "}"
static const char about_socket[] =
    "A text frame is a message: {\"content\":\"…\",\"message_metadata\":{}}, or any text that is no JSON object. What is "
    "said in the conversation comes as frames: message (with role user or assistant), delta (pieces of the reply that is "
    "being written), error (detail), ended. {\"type\":\"ping\"} is answered by {\"type\":\"pong\"}.";

const struct endpoint practice_chat_endpoints[] = {
    { POST, "/api/chat/sessions/", KNOWN, .statement = &PRACTICE_CHAT_CREATE, .query = session_query,
      .summary = "Begin a conversation with the tutor", .gives = SESSION, .answers = created,
      .refusals = REFUSALS(ERROR_CHAT_FOR_ANOTHER) },
    { GET, "/api/chat/sessions/{student_id:id}", KNOWN, .statement = &PRACTICE_CHAT_SESSIONS, .query = paging,
      .summary = "A student's conversations", .about = "Newest first.", .gives = "[" SESSION "]",
      .refusals = REFUSALS(ERROR_CHATS_OF_OTHERS) },
    { GET, "/api/chat/sessions/{session_id:id}/messages", KNOWN, .handle = list_messages, .query = paging,
      .summary = "What was said", .about = "Oldest first.", .gives = "[" MESSAGE "]",
      .refusals = REFUSALS(ERROR_CHAT_NOT_FOUND, ERROR_CHATS_OF_OTHERS) },
    { POST, "/api/chat/sessions/{session_id:id}/messages", KNOWN, .handle = send_message, .body_kind = BODY_JSON,
      .body = message_body, .summary = "Say something to the tutor",
      .about = "Answered with the message itself, when the tutor's reply is stored too.",
      .example = "{\"content\":\"What is a loop?\"}", .gives = MESSAGE,
      .refusals = REFUSALS(ERROR_CHAT_NOT_FOUND, ERROR_CHAT_OWNER_SENDS, ERROR_CHAT_NOT_ACTIVE) },
    { PUT, "/api/chat/sessions/{session_id:id}/end", KNOWN, .handle = end_session, .summary = "End a conversation",
      .about = "It can still be read.", .gives = "{\"message\":\"Chat session ended\"}",
      .refusals = REFUSALS(ERROR_CHAT_NOT_FOUND, ERROR_CHAT_OWNER_ENDS) },
    { GET, "/api/chat/ws/{session_id:text}", KNOWN, .handle = practice_chat_socket, .socket = &practice_chat_socket_ops,
      .query = socket_query, .summary = "Talk to the tutor, by WebSocket", .about = about_socket,
      .refusals = REFUSALS(ERROR_CHAT_NOT_FOUND, ERROR_CHAT_OWNER_LISTENS, ERROR_CHAT_OVER), .gives = FRAME },
    {},
};
