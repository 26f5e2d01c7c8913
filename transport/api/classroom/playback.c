/* Playback: what plays in a class, and where (classroom contract, section 6). The room judges and does it; the audio
 * file that a request names is looked up first and goes along. */
#include "proto/identity/signed_url.h"
#include "store/statements.h"
#include "transport/api/classroom/classroom.h"

#include <math.h>

/* ---- the file that is named ---- */

/* What is said of playback, until the file has been looked up. */
struct wish {
    struct room_command cmd;
    struct classroom_audio audio;
};

static void ask(struct request *rq, const struct wish *wish)
{
    struct room_command cmd = wish->cmd;
    cmd.more = &wish->audio;
    cmd.more_n = sizeof wish->audio;
    classroom_ask(rq, &cmd);
}

/* The command goes to the room also when there is no such file: the room names what is wrong in the contract's order.
 */
static void on_file(struct request *rq, const struct db_result *r)
{
    struct wish *wish = request_data(rq);
    if (r->status != DB_OK) {
        respond_db(rq, r);
        return;
    }
    wish->audio.known = r->rows > 0;
    if (r->rows) {
        wish->cmd.title = db_text(r, 0, CLASSROOM_PLAYABLE_TITLE);
        wish->audio.duration = db_real(r, 0, CLASSROOM_PLAYABLE_DURATION);
    }
    ask(rq, wish);
}

static void ask_with_file(struct request *rq, const struct wish *wish)
{
    struct wish *kept = wish->audio.named ? request_alloc(rq, sizeof *kept) : NULL;
    struct db_params p = { 0 };
    if (!wish->audio.named) {
        ask(rq, wish);
        return;
    }
    if (!kept) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    *kept = *wish;
    request_set_data(rq, kept);
    db_param_int4(&p, wish->cmd.caller.user);
    db_param_int4(&p, wish->audio.id);
    request_query(rq, &CLASSROOM_PLAYABLE, &p, on_file);
}

static struct wish wish_of(struct request *rq, enum classroom_op op)
{
    return (struct wish){
        .cmd = classroom_command(rq, op),
        .audio = { .named = request_has(rq, "audio_id"), .id = request_int(rq, "audio_id"), .duration = NAN },
    };
}

/* ---- the endpoints ---- */

static void choose(struct request *rq)
{
    struct wish wish = wish_of(rq, ROOM_AUDIO_SELECT);
    ask_with_file(rq, &wish);
}

static void play(struct request *rq)
{
    struct wish wish = wish_of(rq, ROOM_AUDIO_PLAY);
    wish.audio.position = request_real(rq, "position");
    wish.audio.speed = request_real(rq, "speed");
    ask_with_file(rq, &wish);
}

static void pause_playback(struct request *rq)
{
    struct room_command cmd = classroom_command(rq, ROOM_AUDIO_PAUSE);
    classroom_ask(rq, &cmd);
}

static void state(struct request *rq)
{
    struct room_command cmd = classroom_command(rq, ROOM_AUDIO_STATE);
    classroom_ask(rq, &cmd);
}

static enum classroom_op control_of(struct text action)
{
    static const struct {
        const char *action;
        enum classroom_op op;
    } controls[] = {
        { "play", ROOM_CONTROL_PLAY },
        { "pause", ROOM_CONTROL_PAUSE },
        { "seek", ROOM_CONTROL_SEEK },
        { "speed", ROOM_CONTROL_SPEED },
    };
    for (size_t i = 0; i < sizeof controls / sizeof *controls; i++)
        if (text_is(action, controls[i].action))
            return controls[i].op;
    return ROOM_CONTROL_OTHER;
}

static void control(struct request *rq)
{
    struct wish wish = wish_of(rq, control_of(request_text(rq, "action")));
    wish.audio.position = request_real(rq, "position");
    wish.audio.speed = request_real(rq, "speed");
    wish.audio.placed = request_has(rq, "position");
    ask_with_file(rq, &wish);
}

/* ---- the table ---- */

#define SPEED    "speed", FIELD_REAL, .max = 4, .above = true, .def = "1.0"
#define POSITION "position", FIELD_REAL, .max = 1e9, .def = "0.0"

static const struct field select_query[] = {
    { "audio_id", FIELD_INT32, .required = true, .about = "one of the caller's own files" },
    {},
};
static const struct field play_form[] = {
    { "audio_id", FIELD_INT32, .about = "one of the caller's own files; the selected one if absent" },
    { SPEED },
    { POSITION, .about = "seconds" },
    {},
};
static const struct field control_body[] = {
    { "action", FIELD_TEXT, .required = true, .max = 100, .about = "play, pause, seek or speed" },
    { "audio_id", FIELD_INT32, .nullable = true, .about = "for play; the selected one if absent" },
    { SPEED, .about = "for play and speed" },
    { POSITION, .about = "for play, pause and seek: seconds; a pause without one stays where the class is" },
    {},
};

#define RECORD                                                                                                         \
    "{\"audio_id?\":1,\"status\":\"playing\",\"speed\":1.0,\"position\":12.5,\"title?\":\"Lesson "                     \
    "1\",\"duration?\":60.0,\"stream_url-\":\"" AUDIO_URL_EXAMPLE "\"}"
#define FOR_THE_CREATOR ERROR_SESSION_NOT_FOUND, ERROR_SESSION_NOT_ACTIVE, ERROR_NOT_YOUR_SESSION

const struct endpoint playback_endpoints[] = {
    { POST, "/sessions/{session_id:int32}/audio/select", TEACHER, .handle = choose, .query = select_query,
      .summary = "Choose the audio of a class", .about = "It stops at 0; the speed stays.",
      .refusals = REFUSALS(FOR_THE_CREATOR, ERROR_AUDIO_NOT_FOUND),
      .gives = "{\"ok\":true,\"audio_id\":1,\"title\":\"Lesson 1\"}" },
    { POST, "/sessions/{session_id:int32}/audio/play", TEACHER, .handle = play, .body_kind = BODY_FORM,
      .body = play_form, .summary = "Play for everybody in the class",
      .refusals = REFUSALS(FOR_THE_CREATOR, ERROR_AUDIO_NOT_FOUND, ERROR_NO_AUDIO_IN_SESSION), .gives = "{\"ok\":true}",
      .example = "{\"speed\":1.0,\"position\":12.5}" },
    { POST, "/sessions/{session_id:int32}/audio/pause", TEACHER, .handle = pause_playback,
      .summary = "Pause where the class is", .refusals = REFUSALS(FOR_THE_CREATOR), .gives = "{\"ok\":true}" },
    { POST, "/sessions/{session_id:int32}/audio/control", TEACHER, .handle = control, .body_kind = BODY_JSON,
      .body = control_body, .summary = "Play, pause, seek, or change the speed",
      .about = "Audio and speed of a pause or a seek change nothing.",
      .refusals = REFUSALS(FOR_THE_CREATOR, ERROR_AUDIO_NOT_FOUND, ERROR_NO_AUDIO_SELECTED, ERROR_INVALID_ACTION),
      .gives = "{\"ok\":true,\"action\":\"play\",\"playback\":" RECORD "}",
      .example = "{\"action\":\"play\",\"audio_id\":1,\"speed\":1.0,\"position\":0.0}" },
    { GET, "/sessions/{session_id:int32}/audio/state", KNOWN, .handle = state,
      .summary = "What plays, and where the class is in it",
      .about = "For the people of the class with the address where players hear it, if not everybody may.",
      .refusals = REFUSALS(ERROR_SESSION_NOT_FOUND, ERROR_SESSION_NOT_ACTIVE), .gives = RECORD },
    {},
};
