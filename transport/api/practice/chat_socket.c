/* The socket of a conversation (practice contract, section 7.6): what comes is said in its room, which tells all its
 * sockets what happens, this one too; a frame that cannot be used is answered by one that says why. */
#include "actors/chat/chat.h"
#include "proto/base/json.h"
#include "proto/base/utf8.h"
#include "proto/chat.h"
#include "proto/field.h"
#include "transport/api/practice/practice.h"
#include "transport/asks.h"
#include "transport/budgets/budgets.h"
#include "transport/http/document.h"
#include "transport/ws/ws.h"

#include <jansson.h>
#include <stdlib.h>

enum { ASKED_MOST = 16 }; /* messages of one socket that its room has not taken yet; the others wait */

/* ---- what a frame says ---- */

struct talk_frame {
    const char *wrong; /* why it cannot be used; NULL: it can */
    bool ping;
    struct text content; /* borrows from the tree, or from the frame */
    json_t *tree;        /* NULL: the frame itself is the content */
    char *metadata;      /* NULL: none */
};

static bool is_type(const json_t *type, const char *word)
{
    return json_is_string(type) && !strcmp(json_string_value(type), word);
}

static void read_metadata(struct talk_frame *f)
{
    const json_t *metadata = json_object_get(f->tree, "message_metadata") ?: json_object_get(f->tree, "metadata");
    if (!metadata || json_is_null(metadata))
        return;
    f->metadata = json_is_object(metadata) ? json_dumps(metadata, JSON_COMPACT) : NULL;
    if (!json_is_object(metadata))
        f->wrong = "message_metadata must be an object";
    else if (!f->metadata)
        f->wrong = error_detail(ERROR_OVERLOADED);
    else if (strlen(f->metadata) > PRACTICE_METADATA_MOST || strstr(f->metadata, "\\u0000"))
        f->wrong = "message_metadata cannot be kept";
}

static void read_object(struct talk_frame *f)
{
    const json_t *type = json_object_get(f->tree, "type"), *content = json_object_get(f->tree, "content");
    f->ping = is_type(type, "ping");
    if (f->ping)
        return;
    f->content = (struct text){ json_string_value(content), json_string_length(content) };
    if (type && !is_type(type, "message"))
        f->wrong = "type must be message or ping";
    else if (!json_is_string(content))
        f->wrong = "content must be a string";
    else
        read_metadata(f);
}

static void check_content(struct talk_frame *f)
{
    if (!utf8_trim(f->content).n)
        f->wrong = "content must not be empty";
    else if (memchr(f->content.p, 0, f->content.n))
        f->wrong = "content must not have NUL in it";
    else if (utf8_count(f->content) > PRACTICE_CONTENT_MOST)
        f->wrong = "content is too long";
}

static struct talk_frame read_frame(struct text message)
{
    struct talk_frame f = { .content = message };
    f.tree = document_fits(message) ? json_loadb(message.p, message.n, JSON_ALLOW_NUL, NULL) : NULL;
    if (f.tree && !json_is_object(f.tree)) {
        json_decref(f.tree);
        f.tree = NULL;
    }
    if (f.tree)
        read_object(&f);
    if (!f.ping && !f.wrong)
        check_content(&f);
    return f;
}

static void frame_fini(struct talk_frame *f)
{
    json_decref(f->tree);
    free(f->metadata);
}

/* ---- the socket ---- */

/* Outlives its socket as long as the room is being asked. */
struct talk {
    struct socket *socket; /* NULL: it has ended */
    struct room_person who;
    uint32_t asked; /* messages that the room has not taken yet */
    bool paused;
};

static bool opening(struct socket *s, struct request *rq)
{
    struct talk *t = calloc(1, sizeof *t);
    if (!t)
        return false;
    *t = (struct talk){ .socket = s, .who = { .user = request_caller(rq)->user_id } };
    ws_set_arg(s, t);
    return true;
}

static void release(struct talk *t)
{
    if (!t->socket && !t->asked)
        free(t);
}

static void closed(struct socket *s)
{
    struct talk *t = ws_arg(s);
    if (!t)
        return;
    t->socket = NULL;
    release(t);
}

static void say_error(struct socket *s, const char *detail)
{
    struct buf frame = { 0 };
    struct json j = json_into(&frame);
    json_begin_object(&j, NULL);
    json_str(&j, "type", "error");
    json_str(&j, "detail", detail);
    json_end_object(&j);
    if (frame.failed)
        ws_close(s, 1013, NULL, CLOSE_NO_MEMORY);
    else
        (void)ws_say(s, buf_view(&frame));
    buf_fini(&frame);
}

/* What the room has taken, its sockets hear from it. */
static void on_taken(void *arg, enum error why, struct message *answer)
{
    struct talk *t = arg;
    bool resume = t->paused;
    t->paused = false;
    if (t->socket && why)
        say_error(t->socket, error_detail(why));
    if (t->socket && resume)
        ws_resume(t->socket);
    t->asked--; /* only now: either of these may end the socket */
    release(t);
}

/* One message after the other: the room gets them in the order in which they came. */
static void say(struct socket *s, const struct talk_frame *f)
{
    struct talk *t = ws_arg(s);
    const struct room_command cmd = {
        .op = CHAT_SAY, .caller = t->who, .text = f->content, .data = text_of(f->metadata)
    };
    if (budget_spend(ws_worker(s), BUDGET_QUESTIONS, payer_person(t->who.user), 1)) {
        say_error(s, error_detail(ERROR_TOO_MANY_REQUESTS));
        return;
    }
    t->asked++;
    if (!asks_plain(ws_worker(s), chat_address((int32_t)ws_room(s).id), &cmd, on_taken, t)) {
        t->asked--;
        say_error(s, error_detail(ERROR_OVERLOADED));
    } else if (t->asked >= ASKED_MOST) {
        t->paused = true;
        ws_pause(s);
    }
}

static void on_text(struct socket *s, struct text message)
{
    struct talk_frame f = read_frame(message);
    if (f.wrong)
        say_error(s, f.wrong);
    else if (f.ping)
        (void)ws_say(s, TEXT("{\"type\":\"pong\"}"));
    else
        say(s, &f);
    frame_fini(&f);
}

/* Events are told as their data, which name themselves; of what is not the conversation's own nothing is told. */
static void put_event(const struct frame_parts *event, struct buf *out)
{
    static const char *const told[] = { CHAT_MESSAGE, CHAT_DELTA, CHAT_ENDED };
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        if (text_is(event->name, told[i]))
            buf_text(out, event->data);
}

static const struct spelling spelling = { .protocol = &ws_protocol, .text = put_event };

const struct socket_ops practice_chat_socket_ops = {
    .spelling = &spelling, .opening = opening, .text = on_text, .closed = closed
};

/* What is no number names no conversation. */
void practice_chat_socket(struct request *rq)
{
    int64_t id;
    if (field_read_integer(request_text(rq, "session_id"), &id) && id > 0 && id <= INT32_MAX)
        ws_listen(rq, chat_address((int32_t)id));
    else
        respond_error(rq, ERROR_CHAT_NOT_FOUND);
}
