/* Playback in a class: select, play, pause, seek, speed (classroom contract, section 6). Each changes the record, says
 * an event with the effective position, and writes where the class is now, all in one turn; so a room that is built
 * anew goes on from the wall clock. */
#include "actors/classroom/command.h"
#include "proto/identity/signed_url.h"
#include "store/statements.h"

/* How a log row of playback is called, and whether it tells the speed. */
struct log_as {
    const char *type;
    bool speed;
};
static const struct log_as as_play = { "audio_play", true }, as_pause = { "audio_pause", false },
                           as_seek = { "audio_seek", false };

static uint64_t now_of(const struct classroom *room)
{
    return worker_now(actor_worker(room->base.actor));
}

static void put_audio_id(struct json *j, const struct playback *p)
{
    if (p->audio)
        json_int(j, "audio_id", p->audio);
    else
        json_nil(j, "audio_id");
}

/* ---- what is written ---- */

static void put_audio(struct buf *rows, int32_t audio)
{
    if (audio)
        journal_int4(rows, audio);
    else
        journal_null(rows);
}

static void put_playing(const struct classroom *room, struct turn *t, int64_t ended_at)
{
    const struct playing *p = &room->playing;
    size_t row = journal_begin(&t->rows, &CLASSROOM_PUT_PLAYBACK);
    journal_int4(&t->rows, room->base.id);
    journal_timestamp(&t->rows, p->since);
    journal_timestamp(&t->rows, ended_at);
    put_audio(&t->rows, p->audio);
    journal_int4(&t->rows, p->by);
    journal_float8(&t->rows, p->speed);
    journal_end(&t->rows, row);
}

static void end_playing(struct classroom *room, struct turn *t, int64_t at)
{
    if (room->playing.since)
        put_playing(room, t, at);
    room->playing = (struct playing){ 0 };
}

static void begin_playing(struct command *c, int64_t at)
{
    const struct playback *p = &c->room->playback;
    end_playing(c->room, c->turn, at);
    c->room->playing = (struct playing){ at, p->audio, c->said->caller.user, p->speed };
    put_playing(c->room, c->turn, 0);
}

static void put_state(const struct classroom *room, struct turn *t)
{
    const struct playback *p = &room->playback;
    size_t row = journal_begin(&t->rows, &CLASSROOM_PUT_PLAYBACK_STATE);
    journal_int4(&t->rows, room->base.id);
    put_audio(&t->rows, p->audio);
    journal_text(&t->rows, text_of(playback_status_name(p->status)));
    journal_float8(&t->rows, p->speed);
    journal_float8(&t->rows, playback_position(p, now_of(room)));
    journal_timestamp(&t->rows, worker_wall(actor_worker(room->base.actor)));
    journal_end(&t->rows, row);
}

/* A file may have been deleted meanwhile: then nothing plays. */
bool class_read_playback(struct classroom *room, const struct db_result *r)
{
    struct playback *p = &room->playback;
    struct worker *w = actor_worker(room->base.actor);
    int32_t audio = (int32_t)db_int(r, 0, CLASSROOM_LOAD_AUDIO_ID);
    enum playback_status status = playback_read_status(db_text(r, 0, CLASSROOM_LOAD_STATUS));
    if (db_null(r, 0, CLASSROOM_LOAD_STATUS))
        return true;
    if (audio &&
        !playback_select(p, audio, db_text(r, 0, CLASSROOM_LOAD_TITLE), db_real(r, 0, CLASSROOM_LOAD_DURATION)))
        return false;
    if (!audio && status == PLAYBACK_PLAYING)
        status = PLAYBACK_STOPPED;
    playback_restore(p, status, db_real(r, 0, CLASSROOM_LOAD_POSITION), db_real(r, 0, CLASSROOM_LOAD_SPEED),
                     worker_wall(w) - db_stamp(r, 0, CLASSROOM_LOAD_AS_OF), worker_now(w));
    room->playing = (struct playing){ db_stamp(r, 0, CLASSROOM_LOAD_PLAYING_SINCE),
                                      (int32_t)db_int(r, 0, CLASSROOM_LOAD_PLAYING_AUDIO),
                                      (int32_t)db_int(r, 0, CLASSROOM_LOAD_PLAYING_BY),
                                      db_real(r, 0, CLASSROOM_LOAD_PLAYING_SPEED) };
    return true;
}

void class_stop_playback(struct classroom *room, struct turn *t, int64_t at)
{
    end_playing(room, t, at); /* also that of a file whose row was deleted meanwhile */
    if (room->playback.status != PLAYBACK_PLAYING)
        return;
    playback_pause(&room->playback, playback_position(&room->playback, now_of(room)));
    put_state(room, t);
}

/* ---- what is said ---- */

void class_put_playback(const struct classroom *room, const char *key, bool heard, struct json *out)
{
    const struct playback *p = &room->playback;
    struct buf url = { 0 };
    if (heard && p->audio && !audio_url_open()) {
        audio_url_put(&url, p->audio, worker_wall(actor_worker(room->base.actor)) / 1000000);
        buf_putc(&url, 0);
    }
    playback_put(p, now_of(room), key, url.failed ? NULL : url.p, out);
    buf_fini(&url);
}

/* The creator, and whoever is or was in the room and may come back. */
static bool may_hear(const struct classroom *room, int32_t user)
{
    const struct person *p = person_by_user(room, user);
    return user == room->creator || (p && !p->kicked);
}

/* Says the event and logs it, with this position in the log. The time of both. */
static int64_t tell(struct command *c, enum event event, const struct log_as *log, double position)
{
    const struct playback *p = &c->room->playback;
    struct happening h = {
        .at = room_now(&c->room->base), .user = c->said->caller.user, .log = log->type, .event = event
    };
    struct buf details = { 0 }, data = { 0 };
    struct json j = json_into(&details);
    json_begin_object(&j, NULL);
    put_audio_id(&j, p);
    json_double(&j, "position", position);
    if (log->speed)
        json_double(&j, "speed", p->speed);
    json_end_object(&j);
    j = room_begin_data(&data, event_name(event));
    put_audio_id(&j, p);
    json_double(&j, "speed", p->speed);
    json_double(&j, "position", playback_position(p, now_of(c->room)));
    json_str(&j, "title", p->title);
    json_double(&j, "duration", p->duration);
    json_end_object(&j);
    command_say(c, &h, &details, &data);
    return h.at;
}

/* Writes where the class is, and answers: POST control with the record, the others with ok. */
static void finish(struct command *c, const char *action)
{
    put_state(c->room, c->turn);
    if (c->said->op < ROOM_CONTROL_PLAY) {
        command_ok(c);
        return;
    }
    struct buf body = { 0 };
    struct json j = json_into(&body);
    json_begin_object(&j, NULL);
    json_bool(&j, "ok", true);
    json_str(&j, "action", action);
    class_put_playback(c->room, "playback", true, &j);
    json_end_object(&j);
    c->turn->failed = c->turn->failed || body.failed;
    command_answer(c, buf_view(&body));
    buf_fini(&body);
}

/* ---- the commands ---- */

/* The file that is named becomes the selected one. */
static void take_audio(struct command *c)
{
    const struct classroom_audio *a = c->audio;
    if (a->named && !playback_select(&c->room->playback, a->id, c->said->title, a->duration))
        c->turn->failed = true;
}

void command_audio_select(struct command *c)
{
    struct playback *p = &c->room->playback;
    struct happening h = { .at = room_now(&c->room->base),
                           .user = c->said->caller.user,
                           .log = "audio_selected",
                           .event = EVENT_AUDIO_SELECTED };
    struct buf details = { 0 }, data = { 0 }, body = { 0 };
    end_playing(c->room, c->turn, h.at);
    take_audio(c);
    struct json j = json_into(&details);
    json_begin_object(&j, NULL);
    put_audio_id(&j, p);
    json_str(&j, "audio_title", p->title);
    json_end_object(&j);
    j = room_begin_data(&data, "audio_selected");
    put_audio_id(&j, p);
    json_str(&j, "title", p->title);
    json_end_object(&j);
    command_say(c, &h, &details, &data);
    put_state(c->room, c->turn);
    j = json_into(&body);
    json_begin_object(&j, NULL);
    json_bool(&j, "ok", true);
    put_audio_id(&j, p);
    json_str(&j, "title", p->title);
    json_end_object(&j);
    c->turn->failed = c->turn->failed || body.failed;
    command_answer(c, buf_view(&body));
    buf_fini(&body);
}

void command_audio_play(struct command *c)
{
    take_audio(c);
    playback_play(&c->room->playback, c->audio->position, c->audio->speed, now_of(c->room));
    begin_playing(c, tell(c, EVENT_AUDIO_PLAY, &as_play, c->audio->position));
    finish(c, "play");
}

/* The audio and the speed that a pause or a seek names change nothing: the app always sends some. */
void command_audio_pause(struct command *c)
{
    struct playback *p = &c->room->playback;
    playback_pause(p, c->audio->placed ? c->audio->position : playback_position(p, now_of(c->room)));
    end_playing(c->room, c->turn, tell(c, EVENT_AUDIO_PAUSE, &as_pause, p->position));
    finish(c, "pause");
}

/* While playing it is told as a play, on which the app restarts its player. */
void command_audio_seek(struct command *c)
{
    struct playback *p = &c->room->playback;
    bool playing = p->status == PLAYBACK_PLAYING;
    playback_seek(p, c->audio->position, now_of(c->room));
    (void)tell(c, playing ? EVENT_AUDIO_PLAY : EVENT_AUDIO_SEEK, &as_seek, c->audio->position);
    finish(c, playing ? "play" : "seek");
}

void command_audio_speed(struct command *c)
{
    struct playback *p = &c->room->playback;
    playback_set_speed(p, c->audio->speed, now_of(c->room));
    int64_t at = tell(c, EVENT_AUDIO_SPEED_CHANGE, &as_play, playback_position(p, now_of(c->room)));
    if (p->status == PLAYBACK_PLAYING)
        begin_playing(c, at);
    finish(c, "speed");
}

void command_audio_state(struct command *c)
{
    struct buf body = { 0 };
    struct json j = json_into(&body);
    class_put_playback(c->room, NULL, may_hear(c->room, c->said->caller.user), &j);
    c->turn->failed = c->turn->failed || body.failed;
    command_answer(c, buf_view(&body));
    buf_fini(&body);
}
