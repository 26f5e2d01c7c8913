/* Sim help: rooms, people, time and the database. What arrives at the workers is in sim_ingress_help.c, the laws at rest in
 * sim_laws_help.c. */
#include "sim_help.h"

#include "actors/room/ids.h"
#include "proto/base/log.h"
#include "sim_ingress_help.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST_STEPS = 1000000, MOST_ROUNDS = 10000, SILENT = LOG_ERROR + 1 };

const struct sim_kind *sim_kind_of(const struct sim *sim, int32_t room)
{
    int n = 0;
    while (n < SIM_KINDS_MOST && sim->options.kinds[n])
        n++;
    return sim->options.kinds[(room - 1) % n];
}

struct address sim_address(const struct sim *sim, int32_t room)
{
    return (struct address){ .kind = sim_kind_of(sim, room)->ops->kind, .id = room };
}

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
    sim_lock(sim);
    worker_set_service(w, SERVICE_DB_READ, fake_db_open(sim->store, w, false, o->wait_ns, on_read_up));
    worker_set_service(w, SERVICE_DB_WRITE, fake_db_open(sim->store, w, true, o->wait_ns, on_up));
    sim_unlock(sim);
    worker_set_service(w, SERVICE_IDS, ids_create(w));
    worker_set_service(w, SERVICE_PERSISTENCE,
                       persistence_create(w, &(struct persistence_options){ .turns = o->batch_turns,
                                                                            .rows = o->batch_rows ?: 2000,
                                                                            .bytes = 4 << 20,
                                                                            .wait_ns = o->wait_ns }));
    return worker_service(w, SERVICE_IDS) && worker_service(w, SERVICE_PERSISTENCE);
}

static void boot(struct sim *sim)
{
    const struct sim_options *o = &sim->options;
    const struct system_options system = { .workers = o->workers, .seed = o->seed * 1000 + (uint64_t)sim->life };
    sim->life++;
    sim->system = system_create(&system);
    assert_non_null(sim->system);
    assert_true(system_set_ingress(sim->system, sim_ingress_kind(o->ingress_mailbox)));
    for (int i = 0; i < SIM_KINDS_MOST && o->kinds[i]; i++) {
        room_kind_setup(o->kinds[i]->ops, o->ring, o->idle_ns, o->mailbox);
        if (o->kinds[i]->setup)
            o->kinds[i]->setup(o);
        assert_true(system_add_kind(sim->system, o->kinds[i]->ops->kind));
    }
    assert_true(o->threads ? system_start(sim->system, begin, NULL, sim) : sim_start(sim->system, begin, sim));
    if (sim->wall)
        sim_set_wall(sim->system, sim->wall);
    for (int i = 0; i < SIM_KINDS_MOST && o->kinds[i]; i++)
        if (o->kinds[i]->started)
            o->kinds[i]->started(sim);
}

static void shut(struct sim *sim)
{
    if (!sim->options.threads)
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
    for (int i = 0; i < SIM_KINDS_MOST && o->kinds[i]; i++)
        sim->tables[i] = o->kinds[i]->tables;
    sim->store = fake_store_create(sim->tables);
    sim->room = 1;
    assert_int_equal(pthread_mutex_init(&sim->lock, NULL), 0);
    if (o->threads)
        fake_store_threads(sim->store, &sim->lock, MS, o->faults);
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
    for (int32_t room = 1; room <= sim->options.rooms; room++) {
        int kind = 0;
        while (sim->options.kinds[kind] != sim_kind_of(sim, room))
            kind++;
        assert_int_equal(fake_store_room(sim->store, kind), room);
    }
}

struct sim *sim_house_of(const struct sim_options *o, const char *first, va_list rest)
{
    struct sim *sim = create(o);
    populate(sim, first, rest);
    boot(sim);
    return sim;
}

struct sim *sim_house(const struct sim_options *o, const char *first, ...)
{
    va_list rest;
    va_start(rest, first);
    struct sim *sim = sim_house_of(o, first, rest);
    va_end(rest);
    if (!o->threads)
        sim_play(sim);
    return sim;
}

static void free_people(struct sim *sim)
{
    for (struct sim_client *c = sim->clients, *next; c; c = next) {
        next = c->next;
        buf_fini(&c->heard);
        buf_fini(&c->snapshot);
        if (sim_kind_of(sim, c->room)->forget)
            sim_kind_of(sim, c->room)->forget(c);
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
    sim_destroy(sim);
}

void sim_destroy(struct sim *sim)
{
    shut(sim);
    free_people(sim);
    free(sim->asks);
    fake_store_destroy(sim->store);
    buf_fini(&sim->broken);
    pthread_mutex_destroy(&sim->lock);
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

bool sim_pay_leaves(struct sim *sim)
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
    } while (answer_pending(sim) || sim_pay_leaves(sim));
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

int32_t sim_user(const struct sim *sim, const char *who)
{
    char name[24];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(who, "/"), who);
    return fake_store_user_id(sim->store, name);
}

static struct sim_ask *new_ask(struct sim *sim, const struct room_command *cmd, struct sim_stream *stream)
{
    if (sim->nasks == sim->asks_cap) {
        sim->asks_cap = sim->asks_cap ? sim->asks_cap * 2 : 64;
        sim->asks = realloc(sim->asks, (size_t)sim->asks_cap * sizeof *sim->asks);
        assert_non_null(sim->asks);
    }
    struct sim_ask *a = &sim->asks[sim->nasks++];
    *a = (struct sim_ask){
        .user = cmd->caller.user, .room = sim->room, .life = sim->life, .op = cmd->op, .stream = stream
    };
    if (!sim->options.threads)
        a->asked = sim_wall(sim->system);
    return a;
}

static void say(struct sim *sim, const struct room_command *cmd, int worker, int slot)
{
    struct return_address back = { worker, (uint32_t)slot, (uint32_t)sim->life };
    struct message *m = room_command_create(cmd, back);
    assert_non_null(m);
    bus_send(sim->system, sim_address(sim, sim->room), m);
}

struct room_person sim_person(const struct sim *sim, int32_t user)
{
    if (!user)
        return (struct room_person){ 0 };
    return (struct room_person){ user, fake_store_is_teacher(sim->store, user),
                                 text_of(fake_store_user_name(sim->store, user)) };
}

int sim_ask(struct sim *sim, const struct room_command *cmd, const char *leaves, struct text mark)
{
    int at = sim->nasks, worker = (int)((uint32_t)cmd->caller.user + (uint32_t)at) % sim->options.workers;
    struct sim_ask *a = new_ask(sim, cmd, NULL);
    a->leaves = leaves;
    snprintf(a->mark, sizeof a->mark, "%.*s", (int)mark.n, mark.n ? mark.p : "");
    say(sim, cmd, worker, at);
    return at;
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
    struct sim_client *c = calloc(1, sim_kind_of(sim, sim->room)->client_size);
    assert_non_null(c);
    snprintf(c->name, sizeof c->name, "%s", who);
    c->user = sim_user(sim, who);
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
    *s = (struct sim_stream){
        .sim = sim, .client = c, .id = ++sim->streams_made, .life = sim->life, .next = sim->streams
    };
    s->worker = (int)(s->id % (uint64_t)sim->options.workers);
    s->held_end = &s->held;
    sim->streams = s;
    c->stream = s;
    struct room_command cmd = { .op = ROOM_LISTEN,
                                .caller = sim_person(sim, c->user),
                                .stream = s->id,
                                .last = c->last ? LAST_ID_GOOD : LAST_ID_NONE,
                                .last_epoch = SIM_EPOCH,
                                .last_seq = c->last };
    (void)new_ask(sim, &cmd, s);
    say(sim, &cmd, s->worker, sim->nasks - 1);
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
    return worker_index(sim_worker(sim, room));
}

struct worker *sim_worker(const struct sim *sim, int32_t room)
{
    return system_home(sim->system, sim_address(sim, room));
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

void sim_assert_answer(struct sim *sim, const char *who, int why, const char *file, int line)
{
    int32_t user = sim_user(sim, who);
    sim_play(sim);
    int at = sim->nasks - 1;
    while (at >= 0 && sim->asks[at].user != user)
        at--;
    _assert_true(at >= 0, "somebody has asked", file, line);
    const struct sim_ask *a = &sim->asks[at];
    _assert_string_equal(a->answered ? error_name(a->why) : "unanswered",
                         why < 0 ? "unanswered" : error_name((enum error)why), file, line);
}
