/* Sim help: the class, its people, time and the database. What arrives at the workers is in sim_ingress_help.c, the
 * laws at rest in sim_laws_help.c. */
#include "sim_help.h"

#include "actors/room/ids.h"
#include "proto/base/log.h"
#include "sim_ingress_help.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST_STEPS = 1000000, MOST_ROUNDS = 10000, SILENT = LOG_ERROR + 1 };

const struct sim_options sim_usual = { .seed = 1,
                                       .workers = 2,
                                       .rooms = 1,
                                       .ring = 64,
                                       .mailbox = 1024,
                                       .ingress_mailbox = 262144,
                                       .batch_turns = 500,
                                       .idle_ns = 300 * SECOND,
                                       .grace_ns = 15 * SECOND,
                                       .wait_ns = 5 * SECOND };

/* ---- the process ---- */

static void on_up(struct worker *w, bool up)
{
    struct persistence *p = worker_service(w, SERVICE_PERSISTENCE);
    if (p)
        persistence_db_up(p, up);
}

static void on_read_up(struct worker *w, bool up)
{
}

static bool begin(struct worker *w, void *arg)
{
    struct sim *sim = arg;
    const struct sim_options *o = &sim->options;
    worker_set_service(w, SERVICE_TRANSPORT, sim);
    worker_set_service(w, SERVICE_DB_READ, fake_db_open(sim->store, w, false, o->wait_ns, on_read_up));
    worker_set_service(w, SERVICE_DB_WRITE, fake_db_open(sim->store, w, true, o->wait_ns, on_up));
    worker_set_service(w, SERVICE_IDS, ids_create(w));
    worker_set_service(w, SERVICE_PERSISTENCE, persistence_create(w, o->batch_turns, o->wait_ns));
    return worker_service(w, SERVICE_IDS) && worker_service(w, SERVICE_PERSISTENCE);
}

static void wake_left_behind(struct sim *sim)
{
    int32_t rooms[16];
    int n = fake_store_left_behind(sim->store, rooms, 16);
    for (int i = 0; i < n; i++) {
        struct message *m = message_create(MESSAGE_ROOM_WAKE, sizeof(struct room_wake));
        assert_non_null(m);
        bus_send(sim->system, classroom_address(rooms[i]), m);
    }
}

static void boot(struct sim *sim)
{
    const struct sim_options *o = &sim->options;
    const struct system_options system = { .workers = o->workers, .seed = o->seed * 1000 + (uint64_t)sim->life };
    sim->life++;
    classroom_setup(o->ring, o->idle_ns, o->grace_ns, o->mailbox);
    sim->system = system_create(&system);
    assert_non_null(sim->system);
    assert_true(system_set_ingress(sim->system, sim_ingress_kind(o->ingress_mailbox)));
    assert_true(system_add_kind(sim->system, classroom_kind()));
    assert_true(sim_start(sim->system, begin, sim));
    if (sim->wall)
        sim_set_wall(sim->system, sim->wall);
    wake_left_behind(sim);
}

static void shut(struct sim *sim)
{
    sim->wall = sim_wall(sim->system);
    system_stop(sim->system);
    for (int i = 0; i < sim->options.workers; i++) {
        struct worker *w = system_worker(sim->system, i);
        persistence_destroy(worker_service(w, SERVICE_PERSISTENCE));
        ids_destroy(worker_service(w, SERVICE_IDS));
    }
    system_destroy(sim->system);
    fake_store_close(sim->store);
    for (struct sim_stream *s = sim->streams; s; s = s->next)
        sim_stream_forget(s);
}

void sim_crash(struct sim *sim)
{
    sim_crash_for(sim, 0);
}

void sim_crash_for(struct sim *sim, uint64_t ns)
{
    shut(sim);
    sim->wall += (int64_t)(ns / 1000);
    boot(sim);
}

/* ---- beginning and end ---- */

static struct sim *create(const struct sim_options *o)
{
    struct sim *sim = calloc(1, sizeof *sim);
    assert_non_null(sim);
    log_setup((enum log_level)(int)SILENT, false);
    sim->options = *o;
    sim->alive = message_alive();
    sim->store = fake_store_create();
    sim->room = 1;
    return sim;
}

/* "Ada teaches" is a teacher called Ada. */
static void add_person(struct sim *sim, const char *who)
{
    char name[24];
    int n = (int)strcspn(who, " ");
    snprintf(name, sizeof name, "%.*s", n, who);
    (void)fake_store_user(sim->store, name, !strcmp(who + n, " teaches"));
}

static void populate(struct sim *sim, const char *first, va_list rest)
{
    add_person(sim, first);
    for (const char *who; (who = va_arg(rest, const char *));)
        add_person(sim, who);
    for (int i = 0; i < sim->options.rooms; i++)
        (void)fake_store_session(sim->store, 1);
}

struct sim *sim_house(const struct sim_options *o, const char *first, ...)
{
    struct sim *sim = create(o);
    va_list rest;
    va_start(rest, first);
    populate(sim, first, rest);
    va_end(rest);
    boot(sim);
    sim_play(sim);
    return sim;
}

struct sim *sim_class_of(const struct sim_options *o, const char *first, ...)
{
    struct sim *sim = create(o);
    va_list rest;
    va_start(rest, first);
    populate(sim, first, rest);
    va_end(rest);
    boot(sim);
    for (int32_t user = 1; strcmp(fake_store_user_name(sim->store, user), "nobody"); user++) {
        sim_listen(sim, fake_store_user_name(sim->store, user));
        sim_play(sim);
        assert_answered(sim, fake_store_user_name(sim->store, user), ERROR_OK);
    }
    for (struct sim_client *c = sim->clients; c; c = c->next)
        buf_reset(&c->heard);
    return sim;
}

static void free_people(struct sim *sim)
{
    for (struct sim_client *c = sim->clients, *next; c; c = next) {
        next = c->next;
        buf_fini(&c->heard);
        buf_fini(&c->snapshot);
        buf_fini(&c->hands);
        free(c->shown);
        free(c);
    }
    for (struct sim_stream *s = sim->streams, *next; s; s = next) {
        next = s->next;
        buf_fini(&s->resumed);
        free(s);
    }
}

void sim_end(struct sim *sim)
{
    sim_store_back(sim);
    sim_store_commits(sim);
    sim_wait(sim, 30 * SECOND);
    sim_check_rest(sim);
    shut(sim);
    free_people(sim);
    free(sim->asks);
    fake_store_destroy(sim->store);
    buf_fini(&sim->broken);
    assert_int_equal(message_alive(), sim->alive);
    free(sim);
}

/* ---- time ---- */

/* Decides about what may be decided. False: nothing was. */
static bool answer_pending(struct sim *sim)
{
    bool any = false;
    for (int i = 0; i < 2 * sim->options.workers; i++) {
        struct fake_db *db = fake_db_of(sim->store, i / 2, i % 2);
        bool held = i % 2 ? sim->holds : sim->holds_reads;
        while (!held && fake_db_pending(db)) {
            fake_db_decide(db, FAKE_DONE);
            any = true;
        }
    }
    return any;
}

static bool pay_leaves(struct sim *sim)
{
    bool any = false;
    for (struct sim_stream *s = sim->streams; s; s = s->next)
        if (s->leave_owed && s->life == sim->life) {
            sim_stream_leave(sim, s);
            any |= !s->leave_owed;
        }
    return any;
}

void sim_play(struct sim *sim)
{
    int rounds = 0;
    do {
        assert_true(sim_run(sim->system, MOST_STEPS) < MOST_STEPS);
        if (++rounds > MOST_ROUNDS)
            fail_msg("seed %llu: it never comes to rest", (unsigned long long)sim->options.seed);
    } while (answer_pending(sim) || pay_leaves(sim));
    sim_check(sim);
}

void sim_wait(struct sim *sim, uint64_t ns)
{
    sim_play(sim);
    for (uint64_t gone = 0; gone < ns; gone += 50 * MS) {
        sim_advance(sim->system, 50 * MS);
        sim_play(sim);
    }
}

/* ---- people ---- */

static int32_t user_of(const struct sim *sim, const char *who)
{
    char name[24];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(who, "/"), who);
    return fake_store_user_id(sim->store, name);
}

static int32_t participant_of(const struct sim *sim, int32_t user)
{
    const struct fake_person *p = fake_store_person(sim->store, sim->room, user);
    return p ? p->id : 0;
}

static int ask(struct sim *sim, const struct room_command *cmd, int worker, struct sim_stream *stream)
{
    if (sim->nasks == sim->asks_cap) {
        sim->asks_cap = sim->asks_cap ? sim->asks_cap * 2 : 64;
        sim->asks = realloc(sim->asks, (size_t)sim->asks_cap * sizeof *sim->asks);
        assert_non_null(sim->asks);
    }
    struct sim_ask *a = &sim->asks[sim->nasks];
    *a = (struct sim_ask){
        .user = cmd->caller.user, .room = sim->room, .life = sim->life, .op = cmd->op, .stream = stream
    };
    if (cmd->op == ROOM_CHAT || cmd->op == ROOM_SAY)
        snprintf(a->text, sizeof a->text, "%.*s", (int)cmd->text.n, cmd->text.p);
    struct return_address back = { worker, (uint32_t)sim->nasks, (uint32_t)sim->life };
    struct message *m = room_command_create(cmd, back);
    assert_non_null(m);
    bus_send(sim->system, classroom_address(sim->room), m);
    return sim->nasks++;
}

static struct room_person person(const struct sim *sim, int32_t user)
{
    if (!user)
        return (struct room_person){ 0 };
    return (struct room_person){ user, fake_store_is_teacher(sim->store, user),
                                 text_of(fake_store_user_name(sim->store, user)) };
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
    (void)fake_store_audio(sim->store, user_of(sim, owner), title, duration);
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
    struct fake_file f = fake_store_file(sim->store, title);
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
    int32_t user = user_of(sim, who), other = *rest && v->takes == ANOTHER ? user_of(sim, rest) : 0;
    struct room_command cmd = {
        .op = v->op, .caller = person(sim, user), .flag = v->flag, .by_operator = v->by_operator
    };
    struct classroom_audio audio = { 0 };
    if (v->takes == AUDIO)
        take_audio(sim, rest, &cmd, &audio);
    if (v->op == ROOM_JOIN)
        cmd.other = person(sim, *rest ? other : user);
    else if (v->op == ROOM_INVITE)
        cmd.other = person(sim, other);
    else if (v->takes == ANOTHER)
        cmd.target = participant_of(sim, other);
    if (v->takes == TEXT_OF || v->takes == OWN_TEXT)
        cmd.text = text_of(rest);
    if (v->takes == OWN_TEXT)
        cmd.target = participant_of(sim, user);
    return ask(sim, &cmd, (user + sim->nasks) % sim->options.workers, NULL);
}

struct sim_client *sim_client(struct sim *sim, const char *who)
{
    for (struct sim_client *c = sim->clients; c; c = c->next)
        if (c->room == sim->room && !strcmp(c->name, who))
            return c;
    return NULL;
}

static struct sim_client *client_create(struct sim *sim, const char *who)
{
    struct sim_client *c = calloc(1, sizeof *c);
    assert_non_null(c);
    snprintf(c->name, sizeof c->name, "%s", who);
    c->user = user_of(sim, who);
    c->room = sim->room;
    c->next = sim->clients;
    sim->clients = c;
    return c;
}

struct sim_client *sim_listen(struct sim *sim, const char *who)
{
    struct sim_client *c = sim_client(sim, who);
    struct sim_stream *s = calloc(1, sizeof *s);
    assert_non_null(s);
    if (!c)
        c = client_create(sim, who);
    *s = (struct sim_stream){ .client = c, .id = ++sim->streams_made, .life = sim->life, .next = sim->streams };
    s->worker = (int)(s->id % (uint64_t)sim->options.workers);
    s->held_end = &s->held;
    sim->streams = s;
    c->stream = s;
    struct room_command cmd = { .op = ROOM_LISTEN,
                                .caller = person(sim, c->user),
                                .stream = s->id,
                                .last = c->last ? LAST_ID_GOOD : LAST_ID_NONE,
                                .last_epoch = 1,
                                .last_seq = c->last };
    (void)ask(sim, &cmd, s->worker, s);
    return c;
}

bool sim_is_open(const struct sim_client *c)
{
    return c->stream->state == SIM_OPEN;
}

void sim_vanish(struct sim *sim, const char *who)
{
    struct sim_client *c = sim_client(sim, who);
    assert_non_null(c);
    struct sim_stream *s = c->stream;
    if (s->state == SIM_ASKED)
        s->abandoned = true;
    else if (s->state != SIM_CLOSED)
        sim_stream_close(sim, s, true);
}

/* ---- the database ---- */

int sim_home(const struct sim *sim, int32_t room)
{
    return worker_index(system_home(sim->system, classroom_address(room)));
}

void sim_store_holds(struct sim *sim)
{
    sim->holds = true;
}

void sim_store_commits(struct sim *sim)
{
    sim->holds = sim->holds_reads = false;
    sim_play(sim);
}

void sim_store_does(struct sim *sim, enum fake_outcome outcome)
{
    sim_play(sim);
    fake_db_decide(fake_db_of(sim->store, sim_home(sim, sim->room), true), outcome);
    sim_play(sim);
}

void sim_store_away(struct sim *sim)
{
    for (int i = 0; i < 2 * sim->options.workers; i++)
        fake_db_away(fake_db_of(sim->store, i / 2, i % 2));
    sim_play(sim);
}

void sim_store_back(struct sim *sim)
{
    for (int i = 0; i < 2 * sim->options.workers; i++)
        fake_db_back(fake_db_of(sim->store, i / 2, i % 2));
    sim_play(sim);
}

/* ---- assertions ---- */

void sim_assert_heard(struct sim *sim, const char *who, const char *expected, const char *file, int line)
{
    struct sim_client *c = sim_client(sim, who);
    sim_play(sim);
    buf_putc(&c->heard, 0);
    const char *got = c->heard.n > 1 ? c->heard.p : "";
    _assert_string_equal(got, expected, file, line);
    buf_reset(&c->heard);
}

void sim_assert_hands(struct sim *sim, const char *who, const char *expected, const char *file, int line)
{
    char got[256];
    sim_play(sim);
    const struct sim_client *c = sim_client(sim, who);
    snprintf(got, sizeof got, "%.*s", (int)c->hands.n, c->hands.n ? c->hands.p : "");
    _assert_string_equal(got, expected, file, line);
}

void sim_assert_answer(struct sim *sim, const char *who, int why, const char *file, int line)
{
    int32_t user = user_of(sim, who);
    sim_play(sim);
    int at = sim->nasks - 1;
    while (at >= 0 && sim->asks[at].user != user)
        at--;
    _assert_true(at >= 0, "somebody has asked", file, line);
    const struct sim_ask *a = &sim->asks[at];
    _assert_string_equal(a->answered ? error_name(a->why) : "unanswered",
                         why < 0 ? "unanswered" : error_name((enum error)why), file, line);
}
