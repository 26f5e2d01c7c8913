/* Sim fuzz: see sim_fuzz_help.h. */
#include "sim_fuzz_help.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { STEPS = 1000 };

static const char *const people[] = { "Ada", "Ben", "Cem", "Dan", "Eva", "Fay" };
enum { PEOPLE = sizeof people / sizeof *people };

static uint64_t seed_now;

/* The seed must be known even when an assertion of the product ends the process. */
static void say_seed(int number)
{
    char text[64];
    int n = snprintf(text, sizeof text, "seed %llu\n", (unsigned long long)seed_now);
    if (write(STDERR_FILENO, text, (size_t)n) < 0)
        _exit(1);
    signal(number, SIG_DFL);
    raise(number);
}

uint64_t sim_draw(struct sim_fuzz *f, uint64_t below)
{
    uint64_t x = f->random += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return (x ^ (x >> 31)) % below;
}

bool sim_chance(struct sim_fuzz *f, uint64_t in_thousand)
{
    return sim_draw(f, 1000) < in_thousand;
}

const char *sim_somebody(struct sim_fuzz *f)
{
    return people[sim_draw(f, PEOPLE)];
}

static const char *device(struct sim_fuzz *f, char name[static 24])
{
    const char *who = sim_somebody(f);
    snprintf(name, 24, "%s%s", who, sim_chance(f, 250) ? "/2" : "");
    return name;
}

void sim_open_stream(struct sim_fuzz *f)
{
    char name[24];
    const struct sim_client *c = sim_client(f->sim, device(f, name));
    if (!c || c->stream->state == SIM_CLOSED)
        sim_listen(f->sim, name);
}

void sim_end_stream(struct sim_fuzz *f)
{
    char name[24];
    if (sim_client(f->sim, device(f, name)))
        sim_vanish(f->sim, name);
}

/* ---- what the database and the clock do ---- */

static struct fake_db *some_db(struct sim_fuzz *f)
{
    return fake_db_of(f->sim->store, (int)sim_draw(f, (uint64_t)f->sim->options.workers), sim_chance(f, 650));
}

static void database(struct sim_fuzz *f)
{
    struct fake_db *db = some_db(f);
    enum fake_outcome outcome = FAKE_DONE;
    if (sim_chance(f, f->faults))
        outcome = (enum fake_outcome)sim_draw(f, FAKE_OUTCOMES);
    if (fake_db_pending(db))
        fake_db_decide(db, outcome);
}

static void coming_and_going(struct sim_fuzz *f)
{
    struct fake_db *db = some_db(f);
    if (!fake_db_is_up(db) && sim_chance(f, 300))
        fake_db_back(db);
    else if (sim_chance(f, f->faults / 8))
        fake_db_away(db);
}

static void time_goes_by(struct sim_fuzz *f)
{
    uint64_t most = sim_chance(f, 60) ? 3 * SECOND : 60 * MS;
    sim_advance(f->sim->system, 1 + sim_draw(f, most));
}

static void post(struct sim_fuzz *f)
{
    sim_kind_of(f->sim, f->sim->room)->post(f);
}

static void step(struct sim_fuzz *f)
{
    static const struct {
        uint64_t weight;
        void (*run)(struct sim_fuzz *f);
    } moves[] = { { 330, post },     { 130, sim_open_stream }, { 60, sim_end_stream },
                  { 340, database }, { 60, coming_and_going }, { 80, time_goes_by } };
    uint64_t at = sim_draw(f, 1000);
    int i = 0;
    for (; at >= moves[i].weight; i++)
        at -= moves[i].weight;
    f->sim->room = 1 + (int)sim_draw(f, (uint64_t)f->sim->options.rooms);
    moves[i].run(f);
    sim_run(f->sim->system, sim_draw(f, 12));
    if (f->faults && sim_chance(f, 4))
        sim_crash_for(f->sim, sim_chance(f, 500) ? sim_draw(f, 40) * SECOND : 0);
    sim_check(f->sim);
}

/* ---- a run ---- */

/* Something is said in every room, so that whoever is open must have heard it; whoever is not comes back for the rest.
 */
static void witness(struct sim_fuzz *f)
{
    struct sim *sim = f->sim;
    for (sim->room = 1; sim->room <= sim->options.rooms; sim->room++)
        sim_kind_of(sim, sim->room)->witness(sim);
    sim_wait(sim, 20 * SECOND);
    sim_check_rest(sim);
    uint64_t before = sim->streams_made;
    for (struct sim_client *c = sim->clients; c; c = c->next) {
        sim->room = c->room;
        if (c->stream->state == SIM_CLOSED)
            sim_listen(sim, c->name);
    }
    sim_play(sim);
    for (struct sim_client *c = sim->clients; c; c = c->next)
        if (sim_is_open(c) && c->stream->id > before && sim_kind_of(sim, c->room)->check_let_in)
            sim_kind_of(sim, c->room)->check_let_in(sim, c);
    sim_wait(sim, SECOND);
}

static struct sim_options options_of(struct sim_fuzz *f, uint64_t seed, const struct sim_kind *const *kinds)
{
    struct sim_options o = { .seed = seed, .workers = 2, .ingress_mailbox = 262144 };
    int n = 0;
    for (; kinds[n]; n++)
        o.kinds[n] = kinds[n];
    o.rooms = n + (int)sim_draw(f, 3);
    o.ring = 4u << sim_draw(f, 5);
    o.mailbox = 8u << sim_draw(f, 6);
    if (seed % 8 == 7)
        o.ingress_mailbox = 128; /* its streams are cut now and then; answers have the reserve, and must find it free */
    o.batch_turns = 1 + (uint32_t)sim_draw(f, 40);
    o.batch_rows = 1 + (uint32_t)sim_draw(f, 60);
    o.idle_ns = (1 + sim_draw(f, 20)) * SECOND;
    o.grace_ns = (1 + sim_draw(f, 5)) * SECOND;
    o.wait_ns = (1 + sim_draw(f, 5)) * SECOND;
    return o;
}

uint64_t sim_fuzz_run(uint64_t seed, const struct sim_kind *const *kinds)
{
    static const uint64_t rates[] = { 0, 20, 80, 80, 300 };
    struct sim_fuzz f = { .random = seed, .faults = rates[seed % (sizeof rates / sizeof *rates)] };
    seed_now = seed;
    signal(SIGABRT, say_seed);
    const struct sim_options o = options_of(&f, seed, kinds);
    f.sim = sim_house(&o, "Ada teaches", "Ben", "Cem", "Dan", "Eva", "Fay", NULL);
    for (int i = 0; kinds[i]; i++)
        if (kinds[i]->prepare)
            kinds[i]->prepare(f.sim);
    f.sim->holds = f.sim->holds_reads = true;
    for (int i = 0; i < STEPS; i++)
        step(&f);
    f.sim->holds = f.sim->holds_reads = false;
    sim_store_back(f.sim);
    sim_wait(f.sim, 15 * SECOND);
    sim_check(f.sim);
    witness(&f);
    sim_check_rest(f.sim);
    uint64_t digest = sim_digest(f.sim);
    sim_end(f.sim);
    return digest;
}
