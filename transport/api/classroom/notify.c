/* Notify: inviting people, and the push tokens of their devices (classroom contract, sections 4 and 10). The invite
 * itself is the room's; the pushes go out of the outbox later, the answer never waits for them. */
#include "actors/classroom/classroom.h"

#include "proto/base/json.h"
#include "store/statements.h"
#include "transport/api/classroom/classroom.h"
#include "transport/asks.h"
#include "transport/services/fcm/pushes.h"
#include "transport/transport.h"

/* ---- invite ---- */

/* What the answer says beside what the request has. In the request's memory. */
struct invite {
    struct text name;
    int64_t tokens;
};

static void on_invited(struct request *rq, enum error why, struct message *answer)
{
    const struct invite *i = request_data(rq);
    struct buf body = { 0 }, said = { 0 };
    if (why) {
        respond_error(rq, why);
        return;
    }
    buf_puts(&said, "Invitation sent to ");
    buf_text(&said, i->name);
    struct json j = json_into(&body);
    json_begin_object(&j, NULL);
    json_bool(&j, "ok", true);
    json_text(&j, "message", buf_view(&said));
    json_int(&j, "student_id", request_int(rq, "student_id"));
    json_int(&j, "session_id", request_int(rq, "session_id"));
    json_int(&j, "notifications_sent", i->tokens);
    json_end_object(&j);
    body.failed = body.failed || said.failed;
    respond_built(rq, 200, &body);
    buf_fini(&said);
}

/* The room is asked also when there is no such person: it names what is wrong in the contract's order. */
static void on_invitee(struct request *rq, const struct db_result *r)
{
    struct room_command cmd = classroom_command(rq, ROOM_INVITE);
    struct invite *i = request_alloc(rq, sizeof *i);
    if (r->status != DB_OK) {
        respond_db(rq, r);
        return;
    }
    if (r->rows && i) {
        *i = (struct invite){ request_keep(rq, db_text(r, 0, CLASSROOM_INVITEE_NAME)),
                              db_int(r, 0, CLASSROOM_INVITEE_TOKENS) };
        cmd.other = (struct room_person){ request_int(rq, "student_id"),
                                          text_is(db_text(r, 0, CLASSROOM_INVITEE_ROLE), "teacher"), i->name };
    }
    if (!i || (r->rows && !i->name.p)) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    cmd.flag = pushes_on();
    request_set_data(rq, i);
    asks_room(rq, classroom_address(request_int(rq, "session_id")), &cmd, on_invited);
}

static void invite(struct request *rq)
{
    struct db_params p = { 0 };
    if (!request_spend(rq, BUDGET_INVITES, 1))
        return;
    db_param_int4(&p, request_int(rq, "student_id"));
    db_param_int4(&p, request_int(rq, "session_id"));
    request_query(rq, &CLASSROOM_INVITEE, &p, on_invitee);
}

/* ---- push tokens ---- */

static void on_removed(struct request *rq, const struct db_result *r)
{
    if (r->status != DB_OK)
        respond_db(rq, r);
    else
        respond_json(rq, 200, db_text(r, 0, CLASSROOM_TOKEN_REMOVE_BODY));
}

/* By the query, as the app sends it, or by the body. */
static void remove_token(struct request *rq)
{
    struct db_params p = { 0 };
    if (!request_has(rq, "token")) {
        respond_invalid(rq, "body", "token", "field required", "value_error.missing");
        return;
    }
    db_param_int4(&p, request_caller(rq)->user_id);
    db_param_text(&p, request_text(rq, "token"));
    request_query(rq, &CLASSROOM_TOKEN_REMOVE, &p, on_removed);
}

/* ---- the table ---- */

enum { TOKEN_MOST = 4096 };

static const struct field invite_form[] = {
    { "student_id", FIELD_INT32, .required = true, .about = "whom to invite" },
    {},
};
static const struct field register_body[] = {
    { "token", FIELD_TEXT, .required = true, .min = 1, .max = TOKEN_MOST, .about = "the device's push token" },
    { "device_type", FIELD_TEXT, .nullable = true, .max = 200, .def = "unknown",
      .about = "mobile, web …; the first 20 characters are kept" },
    {},
};
static const struct field remove_token_field[] = {
    { "token", FIELD_TEXT, .nullable = true, .max = TOKEN_MOST, .about = "in the query or in the body" },
    {},
};

const struct endpoint notify_endpoints[] = {
    { POST, "/sessions/{session_id:int32}/invite", TEACHER, .handle = invite, .body_kind = BODY_FORM,
      .body = invite_form, .summary = "Invite somebody to a session",
      .about = "Each of their devices gets a push; who was removed may join again. notifications_sent is the number of "
               "devices on file.",
      .refusals =
          REFUSALS(ERROR_SESSION_NOT_FOUND, ERROR_SESSION_NOT_ACTIVE, ERROR_NOT_YOUR_SESSION, ERROR_STUDENT_NOT_FOUND),
      .example = "{\"student_id\":2}",
      .gives = "{\"ok\":true,\"message\":\"Invitation sent to Test Student\",\"student_id\":2,\"session_id\":1,"
               "\"notifications_sent\":0}" },
    { POST, "/users/fcm-token", KNOWN, .statement = &PUSH_REGISTER, .body_kind = BODY_JSON, .body = register_body,
      .summary = "Register a device for pushes", .about = "A token belongs to the person who registered it last.",
      .example = "{\"token\":\"fcm-token-of-the-device\",\"device_type\":\"mobile\"}",
      .gives = "{\"ok\":true,\"message\":\"Token registered\"}" },
    { DELETE, "/users/fcm-token", KNOWN, .handle = remove_token, .query = remove_token_field,
      .body_kind = BODY_JSON_OPTIONAL, .body = remove_token_field, .summary = "Forget a device",
      .example = "{\"token\":\"fcm-token-of-the-device\"}", .gives = "{\"ok\":true,\"message\":\"Token removed\"}" },
    {},
};
