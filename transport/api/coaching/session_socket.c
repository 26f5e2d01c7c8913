/* The socket of a session (coaching contract, sections 11.1 to 11.3): what a device has measured goes to the session's
 * room, which tells all its sockets what comes of it; a frame that cannot be used is answered by one that says why. */
#include "actors/coaching/coaching.h"
#include "proto/base/json.h"
#include "proto/coaching.h"
#include "store/statements.h"
#include "transport/api/coaching/rooms.h"
#include "transport/http/document.h"
#include "transport/ws/ws.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

/* FRAMES_A_SECOND: of one socket; what comes beyond that is dropped, as is what finds the window of its sender taken. */
enum { MESSAGE_MOST = 65536, FRAMES_A_SECOND = 100, NANOSECONDS = 1000000000 };

/* ---- what a frame says ---- */

/* A number of the payload: absent it is 0. */
static const struct measure {
    const char *name;
    double most;
    const char *wrong;
} timestamp = { "timestamp_ms", 1LL << 53, "timestamp_ms must be a whole number, and not below 0" },
  rate = { "speaking_rate", 1000, "speaking_rate must be a number from 0 to 1000" },
  overlap = { "overlap_ratio", 1, "overlap_ratio must be a number from 0 to 1" };

static bool read_number(const json_t *payload, const struct measure *m, double *ret)
{
    const json_t *number = json_object_get(payload, m->name);
    *ret = json_number_value(number); /* 0 of what is none */
    return !number || (json_is_number(number) && *ret >= 0 && *ret <= m->most);
}

static const char *read_payload(const json_t *payload, struct coaching_frame *ret)
{
    double at;
    if (!json_is_object(payload))
        return "payload must be an object";
    if (!read_number(payload, &timestamp, &at) || at != trunc(at))
        return timestamp.wrong;
    ret->timestamp_ms = (int64_t)at;
    if (!read_number(payload, &rate, &ret->speaking_rate))
        return rate.wrong;
    return read_number(payload, &overlap, &ret->overlap_ratio) ? NULL : overlap.wrong;
}

static bool is_text(const json_t *value, const char *wanted)
{
    return json_is_string(value) &&
           text_is((struct text){ json_string_value(value), json_string_length(value) }, wanted);
}

/* Why it cannot be used; NULL: it can. */
static const char *read_tree(const json_t *tree, const char *sid, struct coaching_frame *ret)
{
    if (!json_is_object(tree))
        return "A message must be a JSON object";
    if (!is_text(json_object_get(tree, "type"), "client.feature_frame"))
        return "Invalid message type";
    if (!is_text(json_object_get(tree, "sid"), sid))
        return "Session ID mismatch";
    return read_payload(json_object_get(tree, "payload"), ret);
}

static const char *read_frame(struct text message, const char *sid, struct coaching_frame *ret)
{
    json_t *tree = document_fits(message) ? json_loadb(message.p, message.n, JSON_ALLOW_NUL, NULL) : NULL;
    const char *wrong = read_tree(tree, sid, ret);
    json_decref(tree);
    return wrong;
}

/* ---- the socket ---- */

struct talk {
    uint64_t second; /* of the worker's clock */
    uint32_t frames; /* that came in it */
    char sid[];
};

static bool opening(struct socket *s, struct request *rq)
{
    struct text sid = request_text(rq, "sid");
    struct talk *t = calloc(1, sizeof *t + sid.n + 1);
    if (!t)
        return false;
    memcpy(t->sid, sid.p, sid.n);
    ws_set_arg(s, t);
    return true;
}

static void closed(struct socket *s)
{
    free(ws_arg(s));
}

static void say_error(struct socket *s, const char *message)
{
    const struct talk *t = ws_arg(s);
    struct buf frame = { 0 }, payload = { 0 };
    struct json j = json_into(&payload);
    json_begin_object(&j, NULL);
    json_str(&j, "code", "BAD_REQUEST");
    json_str(&j, "message", message);
    json_end_object(&j);
    coaching_put_event(&frame, "server.error", text_of(t->sid), buf_view(&payload));
    if (frame.failed || payload.failed)
        ws_close(s, CLOSE_CODE_TRY_AGAIN, NULL, CLOSE_NO_MEMORY);
    else
        (void)ws_say(s, buf_view(&frame));
    buf_fini(&payload);
    buf_fini(&frame);
}

static bool too_fast(struct socket *s)
{
    struct talk *t = ws_arg(s);
    uint64_t second = worker_now(ws_worker(s)) / NANOSECONDS;
    t->frames = second == t->second ? t->frames : 0;
    t->second = second;
    return ++t->frames > FRAMES_A_SECOND;
}

/* Nobody waits for an answer: what comes of it the room tells all its sockets. Without memory it was not measured. */
static void measured(struct socket *s, const struct coaching_frame *frame)
{
    const struct room_command cmd = {
        .op = COACHING_FRAME, .caller.user = ws_participant(s), .more = frame, .more_n = sizeof *frame
    };
    struct message *m = room_command_create(&cmd, NO_RETURN);
    if (m)
        bus_send(worker_system(ws_worker(s)), coaching_address((int32_t)ws_room(s).id), m);
}

static void on_text(struct socket *s, struct text message)
{
    const struct talk *t = ws_arg(s);
    struct coaching_frame frame;
    const char *wrong = read_frame(message, t->sid, &frame);
    if (wrong)
        say_error(s, wrong);
    else if (!too_fast(s))
        measured(s, &frame);
}

static void on_binary(struct socket *s, struct text message)
{
    say_error(s, "A message must be text");
}

/* Events are told as their data, which name themselves; the end is told by that of the socket. */
static void put_event(const struct frame_parts *event, struct buf *out)
{
    if (text_is(event->name, COACHING_STATE) || text_is(event->name, COACHING_NUDGE))
        buf_text(out, event->data);
}

static const struct spelling spelling = { .protocol = &ws_protocol, .text = put_event };

const struct socket_ops coaching_session_socket_ops = {
    .spelling = &spelling,
    .max_message = MESSAGE_MOST,
    .over = "session ended",
    .opening = opening,
    .text = on_text,
    .binary = on_binary,
    .closed = closed,
};

/* ---- opening ---- */

static void on_session(struct request *rq, const struct db_result *r)
{
    if (r->status != DB_OK)
        respond_db(rq, r);
    else if (!r->rows)
        respond_error(rq, ERROR_COACHING_CLOSED);
    else
        ws_listen(rq, coaching_address((int32_t)db_int(r, 0, COACHING_SESSION_OPEN_NUMBER)));
}

void coaching_session_socket(struct request *rq)
{
    struct db_params p = { 0 };
    db_param_text(&p, request_text(rq, "sid"));
    db_param_int4(&p, request_caller(rq)->user_id);
    request_query(rq, &COACHING_SESSION_OPEN, &p, on_session);
}

void coaching_session_refuse(struct request *rq, enum error why)
{
    respond_error(rq, ERROR_NOT_AUTHORIZED);
}
