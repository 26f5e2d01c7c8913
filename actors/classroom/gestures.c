/* Gestures of a class: muting, and the signals of live voice (classroom contract, sections 4 and 9.3). */
#include "actors/classroom/command.h"

/* ---- muting ---- */

void class_put_muted(struct buf *data, const struct person *p)
{
    struct json j = room_begin_data(data, event_name(EVENT_PARTICIPANT_MUTED));
    json_int(&j, "participant_id", p->id);
    json_bool(&j, "is_muted", p->muted);
    json_end_object(&j);
}

static void set_muted(struct command *c, struct person *who, bool muted, bool by_self)
{
    who->muted = muted;
    person_store(c->room, who, c->turn);
    struct happening h = { .at = room_now(&c->room->base),
                           .user = c->said->caller.user,
                           .log = muted ? "participant_muted" : "participant_unmuted",
                           .event = EVENT_PARTICIPANT_MUTED };
    struct buf details = { 0 }, data = { 0 };
    struct json j = json_into(&details);
    json_begin_object(&j, NULL);
    json_int(&j, "participant_id", who->id);
    json_int(&j, "target_user_id", who->user);
    json_bool(&j, muted ? "is_self_mute" : "is_self_unmute", by_self);
    json_end_object(&j);
    class_put_muted(&data, who);
    command_say(c, &h, &details, &data);
}

void command_mute(struct command *c)
{
    set_muted(c, c->target, c->said->flag, c->target->user == c->said->caller.user);
    command_answer(c, c->said->flag ? TEXT("{\"ok\":true,\"muted\":true}") : TEXT("{\"ok\":true,\"muted\":false}"));
}

void command_mute_self(struct command *c)
{
    set_muted(c, c->self, c->said->flag, true);
    command_ok(c);
}

void command_mute_other(struct command *c)
{
    set_muted(c, c->target, c->said->op == ROOM_MUTE_OTHER, false);
    command_ok(c);
}

/* So that a gesture over a crowd is no transaction of tens of thousands of rows. */
enum { MUTED_PER_TURN = 256 };

/* What has been said so far is a turn of its own; the answer belongs to the last. Without memory the turn fails. */
static bool go_on_in_another_turn(struct command *c)
{
    struct turn *next = turn_begin(c->room->base.actor);
    if (!next) {
        c->turn->failed = true;
        return false;
    }
    turn_end(c->turn);
    c->turn = next;
    return true;
}

/* Everybody but the creator whose flag is another; who is away comes back with it. Each is told and kept by itself, as
 * clients know it, so that whatever part of a crowd has been committed is true. */
void command_mute_all(struct command *c)
{
    struct classroom *room = c->room;
    uint32_t muted = 0;
    for (uint32_t i = 0; i < room->npeople; i++) {
        struct person *p = &room->people[i];
        if (p->kicked || p->user == room->creator || p->muted == c->said->flag)
            continue;
        if (muted && muted % MUTED_PER_TURN == 0 && !go_on_in_another_turn(c))
            return;
        set_muted(c, p, c->said->flag, false);
        muted++;
    }
    command_ok(c);
}

/* ---- live voice: relayed, never stored ---- */

/* Waits for nothing, unless the sender's own row may not be on disk yet. */
void command_signal_peer(struct command *c)
{
    struct turn *wait = c->self->quiet ? c->turn : NULL;
    struct buf data = { 0 };
    struct json j = room_begin_data(&data, "webrtc_signal");
    json_int(&j, "from", c->self->id);
    json_int(&j, "to", c->said->target);
    json_raw(&j, "payload", c->said->text.p ? c->said->text : TEXT("null"));
    json_end_object(&j);
    if (!data.failed)
        room_whisper(&c->room->base, wait, event_name(EVENT_WEBRTC_SIGNAL), buf_view(&data), c->said->target);
    buf_fini(&data);
    struct message *m = room_answer_create(ERROR_OK, TEXT("{\"ok\":true}"), c->message->reply);
    if (wait)
        turn_say(wait, m);
    else if (m)
        (void)bus_reply(worker_system(actor_worker(c->room->base.actor)), m->reply, m);
}
