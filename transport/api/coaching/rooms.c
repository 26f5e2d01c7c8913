/* What is asked of rooms: a session's end, a poke, and the sockets (coaching contract, sections 8.2, 10.2, 11). Who may is
 * checked by a statement; what follows is one turn of the room. */
#include "transport/api/coaching/rooms.h"

#include "actors/coaching/coaching.h"
#include "actors/inbox/inbox.h"
#include "proto/inbox.h"
#include "store/statements.h"
#include "transport/api/coaching/coaching.h"
#include "transport/asks.h"

/* ---- the end of a session ---- */

static void on_ended(struct request *rq, enum error why, struct message *answer)
{
    if (why)
        respond_error(rq, why);
    else
        respond_json(rq, 200, room_answer(answer)->body);
}

/* One that is over already needs no room. */
static void on_session(struct request *rq, const struct db_result *r)
{
    if (r->status != DB_OK || !r->rows)
        respond_db(rq, r);
    else if (db_null(r, 0, COACHING_FINALIZE_NUMBER))
        respond_json(rq, (int)db_int(r, 0, COACHING_FINALIZE_STATUS), db_text(r, 0, COACHING_FINALIZE_BODY));
    else {
        const struct room_command cmd = { .op = ROOM_END, .caller.user = request_caller(rq)->user_id };
        asks_room(rq, coaching_address((int32_t)db_int(r, 0, COACHING_FINALIZE_NUMBER)), &cmd, on_ended);
    }
}

static void finalize(struct request *rq)
{
    struct db_params p = { 0 };
    db_param_text(&p, request_text(rq, "sid"));
    db_param_int4(&p, request_caller(rq)->user_id);
    request_query(rq, &COACHING_FINALIZE, &p, on_session);
}

/* ---- a poke ---- */

/* What it is answered with was kept when the room was asked. */
static void on_poked(struct request *rq, enum error why, struct message *answer)
{
    const struct text *body = request_data(rq);
    if (why)
        respond_error(rq, why);
    else
        respond_json(rq, 200, *body);
}

static void ask_inbox(struct request *rq, const struct db_result *r)
{
    struct text *body = request_alloc(rq, sizeof *body);
    if (body)
        *body = request_keep(rq, db_text(r, 0, COACHING_POKE_BODY));
    if (!body || !body->p) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    request_set_data(rq, body);
    const struct room_command cmd = {
        .op = INBOX_POKE,
        .caller = { .user = request_caller(rq)->user_id, .name = db_text(r, 0, COACHING_POKE_SENDER) },
        .title = db_text(r, 0, COACHING_POKE_SHOWN),
        .data = db_text(r, 0, COACHING_POKE_POKE),
        .text = db_text(r, 0, COACHING_POKE_TOLD),
    };
    asks_room(rq, inbox_address((int32_t)db_int(r, 0, COACHING_POKE_RECEIVER)), &cmd, on_poked);
}

static void on_checked(struct request *rq, const struct db_result *r)
{
    if (r->status != DB_OK || !r->rows)
        respond_db(rq, r);
    else if (db_null(r, 0, COACHING_POKE_RECEIVER))
        respond_json(rq, (int)db_int(r, 0, COACHING_POKE_STATUS), db_text(r, 0, COACHING_POKE_BODY));
    else
        ask_inbox(rq, r);
}

static void poke(struct request *rq)
{
    struct db_params p = { 0 };
    db_param_int4(&p, request_caller(rq)->user_id);
    db_param_text(&p, request_text(rq, "relationship_id"));
    db_param_text(&p, request_text(rq, "receiver_id"));
    db_param_text(&p, request_text(rq, "type"));
    db_param_text(&p, request_text(rq, "emoji"));
    request_query(rq, &COACHING_POKE, &p, on_checked);
}

/* ---- the table ---- */

static const struct field poke_body[] = {
    { "relationship_id", FIELD_TEXT, .required = true, .max = COACHING_ID_MOST },
    { "receiver_id", FIELD_TEXT, .required = true, .max = COACHING_ID_MOST, .about = "a member of the relationship" },
    { "type", FIELD_TEXT, .required = true, .max = 64, .about = "love, miss_you, sorry, good_morning, good_night, …" },
    { "emoji", FIELD_TEXT, .nullable = true, .max = 64, .bytes = true },
    {},
};

static const struct field socket_query[] = {
    { "token", FIELD_TEXT, .max = 8192, .about = "an access token: browsers can send no header" },
    {},
};

#define SID "\"5a1e0d5c-1c1b-4b0e-9c64-5d3b7f0a9d11\""
#define NUDGE                                                                                                          \
    "{\"nudge_type\":\"PAUSE\",\"intensity\":1,\"message\":\"Consider pausing to let the other person speak.\"}"
#define POKED                                                                                                          \
    "{\"type\":\"emoji_poke\",\"poke_id\":" SID ",\"sender_id\":" SID ",\"emoji\":\"love\",\"relationship_id\":" SID   \
    ",\"created_at\":\"2026-01-29T11:29:39.123456Z\"}"

static const char about_session[] =
    "Text frames come: server.session_state (who takes part) whenever somebody connects, server.nudge to all, server.error to "
    "whom sent what cannot be used. Text frames go: {\"type\":\"client.feature_frame\",\"sid\":\"…\",\"payload\":"
    "{\"timestamp_ms\":0,\"speaking_rate\":2.3,\"overlap_ratio\":0.1}}; words per second, and the share of the last second in "
    "which both spoke. At the end of the session it is closed with 1000.";
static const char about_notifications[] =
    "The first frame is connection.established, with user_id; then each poke comes as emoji_poke. The text ping is answered by "
    "pong. Without a token that counts it is closed with 1008.";

const struct endpoint coaching_room_endpoints[] = {
    { POST, "/v1/sessions/{sid:text}/finalize", KNOWN, .also = "/v1/coach/sessions/{sid:text}/finalize",
      .handle = finalize, .summary = "End a session", .about = "As often as it is asked for. The report is made then.",
      .gives = "{\"ok\":true}", .refusals = REFUSALS(ERROR_SESSION_ID_NOT_FOUND, ERROR_NOT_AUTHORIZED) },
    { POST, "/v1/pokes", KNOWN, .also = "/v1/interaction/pokes", .handle = poke, .body_kind = BODY_JSON,
      .body = poke_body, .summary = "Poke somebody",
      .about = "Their notification sockets hear of it; without one, their phone does.",
      .example = "{\"relationship_id\":" SID ",\"receiver_id\":" SID ",\"type\":\"love\"}", .gives = "{\"id\":" SID "}",
      .refusals = REFUSALS(ERROR_RELATIONSHIP_NOT_FOUND, ERROR_SENDER_NO_MEMBER, ERROR_RECEIVER_NO_MEMBER) },
    { GET, "/v1/sessions/{sid:text}/ws", KNOWN, .also = "/v1/interaction/sessions/{sid:text}/ws",
      .handle = coaching_session_socket, .unknown = coaching_session_refuse, .any_origin = true,
      .socket = &coaching_session_socket_ops, .query = socket_query, .summary = "Be in a session, by WebSocket",
      .about = about_session, .gives = "{\"type\":\"server.nudge\",\"sid\":" SID ",\"payload\":" NUDGE "}",
      .refusals = REFUSALS(ERROR_NOT_FOUND, ERROR_COACHING_CLOSED, ERROR_NOT_AUTHORIZED) },
    { GET, "/v1/interaction/notifications", KNOWN, .handle = coaching_notifications_socket,
      .unknown = coaching_notifications_refuse, .any_origin = true, .socket = &coaching_notifications_ops,
      .query = socket_query, .summary = "Hear of pokes, by WebSocket", .about = about_notifications, .gives = POKED },
    {},
};
