/* Class help: its verbs, and what it brings to the simulation. */
#include "class_help.h"

#include "actors/room_kinds.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- what a yes leaves in the log ---- */

static const char *const durable[ROOM_OP_COUNT] = {
    [ROOM_RAISE_HAND] = "hand_raised",      [ROOM_LOWER_HAND] = "hand_lowered",
    [ROOM_KICK] = "participant_kicked",     [ROOM_KICK_OTHER] = "participant_kicked",
    [ROOM_END] = "session_ended",           [ROOM_END_BY_ACTION] = "session_ended",
    [ROOM_CHAT] = "chat_message",           [ROOM_SAY] = "chat_message",
    [ROOM_AUDIO_SELECT] = "audio_selected", [ROOM_AUDIO_PLAY] = "audio_play",
    [ROOM_AUDIO_PAUSE] = "audio_pause",     [ROOM_CONTROL_PLAY] = "audio_play",
    [ROOM_CONTROL_PAUSE] = "audio_pause",   [ROOM_CONTROL_SEEK] = "audio_seek",
    [ROOM_CONTROL_SPEED] = "audio_play",    [ROOM_INVITE] = "participant_invited",
    [ROOM_LOWER_OTHER] = "hand_lowered",
};

/* ---- people ---- */

static int32_t participant_of(const struct sim *sim, int32_t user)
{
    const struct fake_person *p = class_person(sim->store, sim->room, user);
    return p ? p->id : 0;
}

static const struct verb {
    const char *name;
    uint16_t op;
    bool flag;
    enum { ALONE, ANOTHER, TEXT_OF, OWN_TEXT, AUDIO } takes;
    bool by_operator;
} verbs[] = {
    { "raise_hand", ROOM_RAISE_HAND },
    { "lower_hand", ROOM_LOWER_HAND },
    { "mute_self", ROOM_MUTE_SELF, true },
    { "unmute_self", ROOM_MUTE_SELF, false },
    { "chat", ROOM_SAY, .takes = TEXT_OF },
    { "post", ROOM_CHAT, .takes = OWN_TEXT },
    { "join", ROOM_JOIN, .takes = ANOTHER },
    { "mute", ROOM_MUTE, true, ANOTHER },
    { "unmute", ROOM_MUTE, false, ANOTHER },
    { "kick", ROOM_KICK, .takes = ANOTHER },
    { "mute_other", ROOM_MUTE_OTHER, .takes = ANOTHER },
    { "unmute_other", ROOM_UNMUTE_OTHER, .takes = ANOTHER },
    { "mute_all", ROOM_MUTE_ALL, true },
    { "unmute_all", ROOM_MUTE_ALL, false },
    { "lower_other", ROOM_LOWER_OTHER, .takes = ANOTHER },
    { "lower_all", ROOM_LOWER_ALL },
    { "kick_other", ROOM_KICK_OTHER, .takes = ANOTHER },
    { "signal", ROOM_SIGNAL, .takes = ANOTHER },
    { "invite", ROOM_INVITE, true, ANOTHER },
    { "end", ROOM_END },
    { "op_kick", ROOM_KICK, .takes = ANOTHER, .by_operator = true },
    { "op_end", ROOM_END, .by_operator = true },
    { "end_by_action", ROOM_END_BY_ACTION },
    { "select", ROOM_AUDIO_SELECT, .takes = AUDIO },
    { "rest_play", ROOM_AUDIO_PLAY, .takes = AUDIO },
    { "rest_pause", ROOM_AUDIO_PAUSE, .takes = AUDIO },
    { "audio_state", ROOM_AUDIO_STATE, .takes = AUDIO },
    { "play", ROOM_CONTROL_PLAY, .takes = AUDIO },
    { "pause", ROOM_CONTROL_PAUSE, .takes = AUDIO },
    { "seek", ROOM_CONTROL_SEEK, .takes = AUDIO },
    { "speed", ROOM_CONTROL_SPEED, .takes = AUDIO },
    { "rewind", ROOM_CONTROL_OTHER, .takes = AUDIO },
};

void sim_audio(struct sim *sim, const char *owner, const char *title, double duration)
{
    (void)class_audio(sim->store, sim_user(sim, owner), title, duration);
}

/* "hymn 10 1.5" */
static void take_audio(const struct sim *sim, const char *words, struct room_command *cmd,
                       struct classroom_audio *audio)
{
    char title[24] = "-", position[24] = "-", speed[24] = "-";
    (void)sscanf(words, "%23s %23s %23s", title, position, speed);
    audio->placed = strcmp(position, "-") != 0;
    audio->position = audio->placed ? atof(position) : 0;
    audio->speed = strcmp(speed, "-") != 0 ? atof(speed) : 1;
    cmd->more = audio;
    cmd->more_n = sizeof *audio;
    if (!strcmp(title, "-"))
        return;
    struct fake_file f = class_file(sim->store, title);
    audio->named = true;
    audio->known = f.title && f.owner == cmd->caller.user;
    audio->id = f.id;
    audio->duration = f.duration;
    cmd->title = text_of(f.title);
}

int sim_post(struct sim *sim, const char *who, const char *what)
{
    size_t n = strcspn(what, " ");
    const char *rest = what[n] ? what + n + 1 : "";
    const struct verb *v = verbs;
    while (strlen(v->name) != n || memcmp(v->name, what, n) != 0)
        assert_true(++v < verbs + sizeof verbs / sizeof *verbs);
    int32_t user = sim_user(sim, who), other = *rest && v->takes == ANOTHER ? sim_user(sim, rest) : 0;
    struct room_command cmd = {
        .op = v->op, .caller = sim_person(sim, user), .flag = v->flag, .by_operator = v->by_operator
    };
    struct classroom_audio audio = { 0 };
    if (v->takes == AUDIO)
        take_audio(sim, rest, &cmd, &audio);
    if (v->op == ROOM_JOIN)
        cmd.other = sim_person(sim, *rest ? other : user);
    else if (v->op == ROOM_INVITE)
        cmd.other = sim_person(sim, other);
    else if (v->takes == ANOTHER)
        cmd.target = participant_of(sim, other);
    if (v->takes == TEXT_OF || v->takes == OWN_TEXT)
        cmd.text = text_of(rest);
    if (v->takes == OWN_TEXT)
        cmd.target = participant_of(sim, user);
    return sim_ask(sim, &cmd, durable[v->op], v->op == ROOM_CHAT || v->op == ROOM_SAY ? cmd.text : (struct text){ 0 });
}

struct sim *sim_class_of(const struct sim_options *o, const char *first, ...)
{
    va_list rest;
    va_start(rest, first);
    struct sim *sim = sim_house_of(o, first, rest);
    va_end(rest);
    for (int32_t user = 1; strcmp(fake_store_user_name(sim->store, user), "nobody"); user++) {
        sim_listen(sim, fake_store_user_name(sim->store, user));
        sim_play(sim);
        assert_answered(sim, fake_store_user_name(sim->store, user), ERROR_OK);
    }
    for (struct sim_client *c = sim->clients; c; c = c->next)
        buf_reset(&c->heard);
    return sim;
}

/* ---- what it brings ---- */

static void setup(const struct sim_options *o)
{
    classroom_setup(o->grace_ns, o->people ?: 1000);
}

static void wake_left_behind(struct sim *sim)
{
    int32_t rooms[16];
    int n = class_left_behind(sim->store, rooms, 16);
    for (int i = 0; i < n; i++) {
        struct message *m = message_create(MESSAGE_ROOM_WAKE, sizeof(struct room_wake));
        assert_non_null(m);
        bus_send(sim->system, classroom_address(rooms[i]), m);
    }
}

const struct sim_kind sim_classroom = { .ops = &classroom_ops,
                                        .tables = &class_tables,
                                        .end_event = "session_ended",
                                        .only_event = "kicked",
                                        .coming = 1,
                                        .client_size = sizeof(struct class_client),
                                        .forget = class_forget,
                                        .setup = setup,
                                        .started = wake_left_behind,
                                        .event = class_event,
                                        .active = class_active,
                                        .rows = class_logs,
                                        .marked = class_chats,
                                        .hear = class_hear,
                                        .summarise = class_summarise,
                                        .check_ask = class_check_ask,
                                        .check_room = class_check_room,
                                        .check_tables = class_check_tables,
                                        .check_client = class_check_client,
                                        .check_let_in = class_check_let_in,
                                        .prepare = class_prepare,
                                        .post = class_post,
                                        .witness = class_witness };

const struct sim_options sim_usual = { .seed = 1,
                                       .kinds = { &sim_classroom },
                                       .workers = 2,
                                       .rooms = 1,
                                       .ring = 64,
                                       .mailbox = 1024,
                                       .ingress_mailbox = 262144,
                                       .batch_turns = 500,
                                       .idle_ns = 300 * SECOND,
                                       .grace_ns = 15 * SECOND,
                                       .wait_ns = 5 * SECOND };
