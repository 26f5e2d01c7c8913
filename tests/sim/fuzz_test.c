/* Fuzz of the protocol: people do anything in any order while the database delays, refuses, breaks off and stays away,
 * and the process crashes. Every law is checked as things are heard and answered, and once more at rest. A seed is a
 * run: SIM_SEED=n runs one, SIM_SEEDS=n so many from 1 on. Seeds that once failed stay in the list below. */
#include "sim_help.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SEEDS = 200, STEPS = 1000 };

static const uint64_t once_failed[] = { 37, 76, 117, 143, 195, 294 };

static const char *const people[] = { "Ada", "Ben", "Cem", "Dan", "Eva", "Fay" };
enum { PEOPLE = sizeof people / sizeof *people };

struct fuzz {
    struct sim *sim;
    uint64_t random;
    int chats;
    uint64_t faults; /* of a thousand decisions about a transaction or statement */
};

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

static uint64_t draw(struct fuzz *f, uint64_t below)
{
    uint64_t x = f->random += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return (x ^ (x >> 31)) % below;
}

static bool chance(struct fuzz *f, uint64_t in_thousand)
{
    return draw(f, 1000) < in_thousand;
}

static const char *somebody(struct fuzz *f)
{
    return people[draw(f, PEOPLE)];
}

/* ---- what people do ---- */

static void say_audio(struct fuzz *f, const char *verb, size_t size, char *what)
{
    static const char *const titles[] = { "-", "-", "hymn", "drill", "hers", "none" };
    const char *title = titles[draw(f, chance(f, 900) ? 4 : 6)];
    char position[16] = "-";
    if (chance(f, 700))
        snprintf(position, sizeof position, "%d.5", (int)draw(f, 40));
    snprintf(what, size, "%s %s %s %d.%d", verb, strcmp(verb, "select") != 0 || *title != '-' ? title : "hymn",
             position, (int)draw(f, 3), 1 + (int)draw(f, 9));
}

static void post(struct fuzz *f)
{
    static const char *const verbs[] = { "raise_hand", "lower_hand",   "mute_self",   "unmute_self", "chat",
                                         "chat",       "post",         "post",        "chat",        "post",
                                         "join",       "join",         "join_other",  "mute",        "unmute",
                                         "mute_other", "unmute_other", "signal",      "kick",        "kick_other",
                                         "play",       "play",         "pause",       "seek",        "speed",
                                         "select",     "rest_play",    "rest_pause",  "audio_state", "rewind",
                                         "invite",     "raise_hand",   "raise_hand",  "raise_hand",  "mute_all",
                                         "unmute_all", "lower_other",  "lower_other", "lower_all" };
    const char *verb = verbs[draw(f, sizeof verbs / sizeof *verbs)], *who = somebody(f);
    char what[64];
    bool plays = strstr("play pause seek speed select rest_play rest_pause rewind", verb) != NULL;
    bool teaches = plays || !strncmp(verb, "mute_o", 6) || !strncmp(verb, "unmute_o", 8) || !strncmp(verb, "kick", 4) ||
                   strstr(verb, "_all") || !strcmp(verb, "lower_other") || !strcmp(verb, "join_other") ||
                   !strcmp(verb, "invite");
    if (teaches && chance(f, 800))
        who = "Ada";
    if (!strncmp(verb, "kick", 4) && chance(f, 600))
        verb = "raise_hand";
    if (chance(f, 5)) {
        verb = chance(f, 500) ? "end" : "end_by_action";
        who = chance(f, 700) ? "Ada" : who;
    }
    if (!strcmp(verb, "chat") || !strcmp(verb, "post"))
        snprintf(what, sizeof what, "%s %s%d", verb, f->faults && chance(f, 15) ? FAKE_POISON : "m", ++f->chats);
    else if (!strcmp(verb, "join_other"))
        snprintf(what, sizeof what, "join %s", somebody(f));
    else if (plays)
        say_audio(f, verb, sizeof what, what);
    else if (!strcmp(verb, "audio_state") || strstr(verb, "_all") || strstr(verb, "join") || strstr(verb, "self") ||
             strstr(verb, "hand") || strstr(verb, "end"))
        snprintf(what, sizeof what, "%s", verb);
    else
        snprintf(what, sizeof what, "%s %s", verb, somebody(f));
    sim_post(f->sim, who, what);
}

static const char *device(struct fuzz *f, char name[static 24])
{
    const char *who = somebody(f);
    snprintf(name, 24, "%s%s", who, chance(f, 250) ? "/2" : "");
    return name;
}

static void open_stream(struct fuzz *f)
{
    char name[24];
    const struct sim_client *c = sim_client(f->sim, device(f, name));
    if (!c || c->stream->state == SIM_CLOSED)
        sim_listen(f->sim, name);
}

static void vanish(struct fuzz *f)
{
    char name[24];
    if (sim_client(f->sim, device(f, name)))
        sim_vanish(f->sim, name);
}

/* ---- what the database and the clock do ---- */

static struct fake_db *some_db(struct fuzz *f)
{
    return fake_db_of(f->sim->store, (int)draw(f, (uint64_t)f->sim->options.workers), chance(f, 650));
}

static void database(struct fuzz *f)
{
    struct fake_db *db = some_db(f);
    enum fake_outcome outcome = FAKE_DONE;
    if (chance(f, f->faults))
        outcome = (enum fake_outcome)draw(f, FAKE_OUTCOMES);
    if (fake_db_pending(db))
        fake_db_decide(db, outcome);
}

static void coming_and_going(struct fuzz *f)
{
    struct fake_db *db = some_db(f);
    if (!fake_db_is_up(db) && chance(f, 300))
        fake_db_back(db);
    else if (chance(f, f->faults / 8))
        fake_db_away(db);
}

static void time_goes_by(struct fuzz *f)
{
    uint64_t most = chance(f, 60) ? 3 * SECOND : 60 * MS;
    sim_advance(f->sim->system, 1 + draw(f, most));
}

static void step(struct fuzz *f)
{
    static const struct {
        uint64_t weight;
        void (*run)(struct fuzz *f);
    } moves[] = { { 330, post },     { 130, open_stream },     { 60, vanish },
                  { 340, database }, { 60, coming_and_going }, { 80, time_goes_by } };
    uint64_t at = draw(f, 1000);
    int i = 0;
    for (; at >= moves[i].weight; i++)
        at -= moves[i].weight;
    f->sim->room = 1 + (int)draw(f, (uint64_t)f->sim->options.rooms);
    moves[i].run(f);
    sim_run(f->sim->system, draw(f, 12));
    if (f->faults && chance(f, 4))
        sim_crash_for(f->sim, chance(f, 500) ? draw(f, 40) * SECOND : 0);
    sim_check(f->sim);
}

/* ---- a run ---- */

/* Something is said in every room, so that whoever is open must have heard it; whoever is not comes back for the rest.
 */
static void witness(struct fuzz *f)
{
    struct sim *sim = f->sim;
    for (sim->room = 1; sim->room <= sim->options.rooms; sim->room++)
        sim_post(sim, "Ada", "join Ben");
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
        if (sim_is_open(c) && c->stream->id > before)
            sim_check_snapshot(sim, c);
    sim_wait(sim, SECOND);
}

static uint64_t run(uint64_t seed)
{
    static const uint64_t rates[] = { 0, 20, 80, 80, 300 };
    struct fuzz f = { .random = seed };
    struct sim_options o = sim_usual;
    seed_now = seed;
    f.faults = rates[seed % (sizeof rates / sizeof *rates)];
    o.seed = seed;
    o.rooms = 1 + (int)draw(&f, 3);
    o.ring = 4u << draw(&f, 5);
    o.mailbox = 8u << draw(&f, 6);
    if (seed % 8 == 7)
        o.ingress_mailbox = 128; /* its streams are cut now and then; answers have the reserve, and must find it free */
    o.batch_turns = 1 + (uint32_t)draw(&f, 40);
    o.idle_ns = (1 + draw(&f, 20)) * SECOND;
    o.grace_ns = (1 + draw(&f, 5)) * SECOND;
    o.wait_ns = (1 + draw(&f, 5)) * SECOND;
    f.sim = sim_house(&o, "Ada teaches", "Ben", "Cem", "Dan", "Eva", "Fay", NULL);
    sim_audio(f.sim, "Ada", "hymn", 30);
    sim_audio(f.sim, "Ada", "drill", NAN);
    sim_audio(f.sim, "Ben", "hers", 10);
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

static uint64_t number_of(const char *name, uint64_t otherwise)
{
    const char *value = getenv(name);
    return value ? strtoull(value, NULL, 10) : otherwise;
}

static void laws_hold_whatever_happens(void **state)
{
    for (uint64_t seed = 1, last = number_of("SIM_SEEDS", SEEDS); seed <= last; seed++)
        run(seed);
}

static void one_seed(void **state)
{
    run(number_of("SIM_SEED", 1));
}

static void seeds_that_once_failed(void **state)
{
    for (size_t i = 0; i < sizeof once_failed / sizeof *once_failed; i++)
        run(once_failed[i]);
}

static void a_seed_is_a_run(void **state)
{
    uint64_t last = 0;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        uint64_t digest = run(seed);
        assert_true(run(seed) == digest);
        assert_true(digest != last);
        last = digest;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seed_is_a_run),
        cmocka_unit_test(seeds_that_once_failed),
        cmocka_unit_test(laws_hold_whatever_happens),
    };
    const struct CMUnitTest one[] = { cmocka_unit_test(one_seed) };
    signal(SIGABRT, say_seed);
    if (getenv("SIM_SEED"))
        return cmocka_run_group_tests(one, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
