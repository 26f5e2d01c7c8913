/* Stress of rooms: the rooms of each kind on workers of threads, with clocks of their own, while foreign threads have
 * people ask, come and go, and each worker's database delays, refuses and breaks off by chance. The laws are those of the
 * simulation: as things are heard and answered, and at rest. Finds races between what rooms of different workers share,
 * not bad orders: those are for the simulation. SIM_SEED is where chance begins; a run is not repeated by it. */
#include "sim_fuzz_help.h"
#include "tests/sim/chat/chat_sim_help.h"
#include "tests/sim/classroom/class_help.h"
#include "tests/sim/coaching/coaching_sim_help.h"
#include "tests/sim/tally/tally_sim_help.h"

#include <sched.h>
#include <stdlib.h>

enum { WORKERS = 4, DRIVERS = 3, ACTS = 700, ROOMS = 8, PATIENCE_S = 60, FAULTS = 60, UNDER_WAY = 100 };

/* Longer than everything that a room does by itself. */
#define QUIET (150 * MS)

static const struct sim_options busy = { .kinds = { &sim_classroom, &sim_tally, &sim_chat, &sim_coaching },
                                         .workers = WORKERS,
                                         .rooms = ROOMS,
                                         .ring = 16,
                                         .mailbox = 64,
                                         .ingress_mailbox = 262144,
                                         .batch_turns = 20,
                                         .idle_ns = 20 * MS,
                                         .grace_ns = 30 * MS,
                                         .wait_ns = 5 * SECOND,
                                         .threads = true,
                                         .faults = FAULTS };

/* ---- foreign threads ---- */

struct driver {
    pthread_t thread;
    struct sim_fuzz fuzz;
};

static void act(struct sim_fuzz *f)
{
    struct sim *sim = f->sim;
    sim->room = 1 + (int)sim_draw(f, ROOMS);
    if (sim_chance(f, 600))
        sim_kind_of(sim, sim->room)->post(f);
    else if (sim_chance(f, 600))
        sim_open_stream(f);
    else
        sim_end_stream(f);
}

/* So many questions are under way at most, else all that is tried is what a full mailbox says. */
static bool act_if_calm(struct sim_fuzz *f)
{
    sim_lock(f->sim);
    bool calm = f->sim->nasks - f->sim->answers < UNDER_WAY;
    if (calm)
        act(f);
    sim_unlock(f->sim);
    return calm;
}

static void *drive(void *arg)
{
    struct driver *d = arg;
    for (int i = 0; i < ACTS;)
        if (act_if_calm(&d->fuzz))
            i++;
        else
            sched_yield();
    return NULL;
}

/* What must be said once is told apart by the driver that says it. */
static void drive_all(struct sim *sim)
{
    struct driver drivers[DRIVERS];
    for (int i = 0; i < DRIVERS; i++) {
        drivers[i].fuzz = (struct sim_fuzz){
            .sim = sim, .random = sim->options.seed * DRIVERS + (uint64_t)i, .said = i * 330, .faults = FAULTS
        };
        assert_int_equal(pthread_create(&drivers[i].thread, NULL, drive, &drivers[i]), 0);
    }
    for (int i = 0; i < DRIVERS; i++)
        pthread_join(drivers[i].thread, NULL);
}

/* ---- coming to rest ---- */

struct round {
    uv_sem_t seen;
    uint64_t ready;
    bool busy;
};

static void look(struct worker *w, void *arg)
{
    struct round *r = arg;
    r->ready += worker_stats(w).ready;
    r->busy |= !persistence_idle(worker_service(w, SERVICE_PERSISTENCE));
    uv_sem_post(&r->seen);
}

static bool workers_rest(struct sim *sim)
{
    struct round r = { 0 };
    assert_int_equal(uv_sem_init(&r.seen, 0), 0);
    for (int i = 0; i < WORKERS; i++) {
        assert_true(worker_call(system_worker(sim->system, i), look, &r));
        uv_sem_wait(&r.seen);
    }
    uv_sem_destroy(&r.seen);
    return !r.ready && !r.busy;
}

static bool streams_rest(struct sim *sim)
{
    bool rest = true;
    sim_lock(sim);
    rest &= !sim_pay_leaves(sim);
    for (const struct sim_stream *s = sim->streams; s; s = s->next)
        rest &= !s->leave_owed && s->state != SIM_ASKED && s->state != SIM_CATCHING;
    for (int i = 0; i < sim->nasks; i++)
        rest &= sim->asks[i].answered;
    rest |= sim->broken.n || fake_store_broken(sim->store);
    sim_unlock(sim);
    return rest;
}

/* Nothing has been sent for longer than any timer of a room, and each worker has looked after that once more. Each round
 * trip through the workers is an event; rest must come well before the time is up. */
static void come_to_rest(struct sim *sim)
{
    uint64_t since = uv_hrtime(), until = since + PATIENCE_S * SECOND, sent = 0;
    for (int rounds = 0; rounds < 2;) {
        bool late = uv_hrtime() - since >= QUIET;
        struct bus_counts c = system_counts(sim->system);
        bool rest = workers_rest(sim) && streams_rest(sim) && c.sent == c.handled + c.refused + c.dropped;
        bool moved = !rest || c.sent != sent;
        since = moved ? uv_hrtime() : since;
        rounds = moved ? 0 : rounds + late;
        sent = c.sent;
        assert_true(uv_hrtime() < until);
    }
    sim_lock(sim);
    sim_check(sim);
    sim_unlock(sim);
}

/* Something is said in every room, and whoever was cut comes back for what was missed. */
static void come_back(struct sim *sim)
{
    sim_lock(sim);
    for (sim->room = 1; sim->room <= ROOMS; sim->room++)
        sim_kind_of(sim, sim->room)->witness(sim);
    for (struct sim_client *c = sim->clients; c; c = c->next) {
        sim->room = c->room;
        if (c->stream->state == SIM_CLOSED)
            sim_listen(sim, c->name);
    }
    sim_unlock(sim);
}

static void laws_hold_between_threads(void **state)
{
    struct sim_options o = busy;
    o.seed = getenv("SIM_SEED") ? strtoull(getenv("SIM_SEED"), NULL, 10) : 1;
    struct sim *sim = sim_house(&o, "Ada teaches", "Ben", "Cem", "Dan", "Eva", "Fay", NULL);
    sim_lock(sim);
    for (int i = 0; o.kinds[i]; i++)
        if (o.kinds[i]->prepare)
            o.kinds[i]->prepare(sim);
    sim_unlock(sim);
    drive_all(sim);
    come_to_rest(sim);
    come_back(sim);
    come_to_rest(sim);
    sim_check_rest(sim);
    int heard = 0;
    for (const struct sim_client *c = sim->clients; c; c = c->next)
        heard += (int)c->told;
    print_message("%d questions, %d streams, %d events heard\n", sim->nasks, (int)sim->streams_made, heard);
    sim_destroy(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(laws_hold_between_threads) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
