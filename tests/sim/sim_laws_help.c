/* Sim laws: what must hold when everything is at rest, whatever happened before and whatever the kind of room. */
#include "sim_ingress_help.h"

#include <stdio.h>

void sim_check(struct sim *sim)
{
    const char *store = fake_store_broken(sim->store);
    if (store)
        fail_msg("seed %llu: %s", (unsigned long long)sim->options.seed, store);
    if (sim->broken.n)
        fail_msg("seed %llu: %s", (unsigned long long)sim->options.seed, sim->broken.p);
}

/* ---- answers ---- */

/* In doubt: nobody was told, or told to try again. */
static bool in_doubt(const struct sim_ask *a)
{
    return !a->answered || a->why == ERROR_UNAVAILABLE || a->why == ERROR_OVERLOADED || a->why == ERROR_INTERNAL;
}

static void check_ask(struct sim *sim, int at)
{
    const struct sim_ask *a = &sim->asks[at];
    const struct sim_kind *kind = sim_kind_of(sim, a->room);
    if (!a->answered && a->life == sim->life)
        sim_break(sim, "question %d (op %d by user %d in room %d) was never answered", at, a->op, a->user, a->room);
    if (kind->check_ask)
        kind->check_ask(sim, a);
    if (!*a->mark)
        return;
    int rows = kind->marked(sim->store, a->room, a->mark);
    int least = a->answered && !a->why, most = least || in_doubt(a);
    if (rows < least || rows > most)
        sim_break(sim, "\"%s\" in room %d, answered %s: on disk %d times", a->mark, a->room,
                  a->answered ? error_name(a->why) : "never", rows);
}

/* ---- rooms in memory against the tables ---- */

static int open_streams(const struct sim *sim, int32_t room, int32_t user)
{
    int n = 0;
    for (const struct sim_stream *s = sim->streams; s; s = s->next)
        n += s->state == SIM_OPEN && s->life == sim->life && s->client->room == room &&
             (!user || s->client->user == user);
    return n;
}

struct looking {
    struct sim *sim;
    int32_t room;
    bool there;
};

static void look_at(const struct actor_info *info, void *arg)
{
    struct looking *l = arg;
    struct sim *sim = l->sim;
    const struct room_ops *ops = room_ops_at(info);
    if (!ops)
        return; /* half-built: nothing has asked for it since */
    struct room_glance g = ops->glance(info->actor);
    l->there = true;
    if (g.seq != fake_store_seq(sim->store, l->room))
        sim_break(sim, "room %d is at event %lld, its log at %lld", l->room, (long long)g.seq,
                  (long long)fake_store_seq(sim->store, l->room));
    if (g.active != sim_kind_of(sim, l->room)->active(sim->store, l->room))
        sim_break(sim, "room %d thinks otherwise of its end than the tables", l->room);
    if ((int)g.streams != open_streams(sim, l->room, 0))
        sim_break(sim, "room %d has %d streams in memory, %d in truth", l->room, (int)g.streams,
                  open_streams(sim, l->room, 0));
    for (int32_t user = 1; strcmp(fake_store_user_name(sim->store, user), "nobody"); user++)
        if ((int)ops->streams_of(info->actor, user) != open_streams(sim, l->room, user))
            sim_break(sim, "room %d: user %d has %d streams in memory, %d in truth", l->room, user,
                      (int)ops->streams_of(info->actor, user), open_streams(sim, l->room, user));
}

/* On its home's thread. */
static void check_room(struct sim *sim, int32_t room)
{
    const struct sim_kind *kind = sim_kind_of(sim, room);
    struct address a = sim_address(sim, room);
    struct looking l = { sim, room, false };
    bool known = worker_look(system_home(sim->system, a), a, look_at, &l);
    if (!known && open_streams(sim, room, 0))
        sim_break(sim, "room %d has left memory while %d streams are open", room, open_streams(sim, room, 0));
    if (l.there && kind->check_room)
        kind->check_room(sim, room);
    if (kind->check_tables)
        kind->check_tables(sim, room);
}

/* ---- streams ---- */

static void check_stream(struct sim *sim, const struct sim_stream *s)
{
    if (s->life != sim->life || s->state == SIM_CLOSED)
        return;
    if (s->state != SIM_OPEN)
        sim_break(sim, "%s in room %d was never let in", s->client->name, s->client->room);
    else if (s->place != fake_store_seq(sim->store, s->client->room))
        sim_break(sim, "%s in room %d has an open stream at event %lld, the log is at %lld", s->client->name,
                  s->client->room, (long long)s->place, (long long)fake_store_seq(sim->store, s->client->room));
    else if (sim_kind_of(sim, s->client->room)->check_client)
        sim_kind_of(sim, s->client->room)->check_client(sim, s->client);
}

/* ---- all of it ---- */

/* What lives on one worker, on its thread. */
static void check_worker(struct worker *w, void *arg)
{
    struct sim *sim = arg;
    for (int32_t room = 1; room <= fake_store_rooms(sim->store); room++)
        if (sim_home(sim, room) == worker_index(w))
            check_room(sim, room);
    if (!persistence_idle(worker_service(w, SERVICE_PERSISTENCE)))
        sim_break(sim, "worker %d still has something to commit", worker_index(w));
}

struct errand {
    struct sim *sim;
    uv_sem_t done;
};

static void run_errand(struct worker *w, void *arg)
{
    struct errand *e = arg;
    check_worker(w, e->sim);
    uv_sem_post(&e->done);
}

void sim_check_rest(struct sim *sim)
{
    struct errand e = { .sim = sim };
    for (int i = 0; i < sim->nasks; i++)
        check_ask(sim, i);
    for (const struct sim_stream *s = sim->streams; s; s = s->next)
        check_stream(sim, s);
    assert_int_equal(uv_sem_init(&e.done, 0), 0);
    for (int i = 0; i < sim->options.workers; i++) {
        struct worker *w = system_worker(sim->system, i);
        if (!sim->options.threads) {
            check_worker(w, sim);
            continue;
        }
        assert_true(worker_call(w, run_errand, &e));
        uv_sem_wait(&e.done);
    }
    uv_sem_destroy(&e.done);
    sim_check(sim);
}

uint64_t sim_digest(const struct sim *sim)
{
    uint64_t d = fake_store_digest(sim->store) ^ sim_trace(sim->system);
    for (const struct sim_client *c = sim->clients; c; c = c->next)
        d = d * 31 + c->digest;
    for (int i = 0; i < sim->nasks; i++)
        d = d * 31 + sim->asks[i].why + (sim->asks[i].answered ? 1000u : 0u);
    return d;
}
