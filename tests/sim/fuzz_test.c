/* Fuzz of rooms: random lives of rooms of each kind, and of all kinds together in one house, whose turns are committed in
 * the same transactions. A seed is a run: SIM_SEED=n runs one, SIM_SEEDS=n so many from 1 on, of SIM_KIND (a
 * household below, all among them; else each its share). Seeds that once failed stay in the list below. */
#include "sim_fuzz_help.h"
#include "tests/sim/chat/chat_sim_help.h"
#include "tests/sim/classroom/class_help.h"
#include "tests/sim/coaching/coaching_sim_help.h"
#include "tests/sim/tally/tally_sim_help.h"

#include <stdlib.h>

static const uint64_t once_failed[] = { 37, 76, 117, 143, 195, 294 };

/* What lives together, and how many seeds of it are run. */
static const struct household {
    const char *name;
    const struct sim_kind *kinds[SIM_KINDS_MOST];
    uint64_t seeds;
} households[] = {
    { "classroom", { &sim_classroom }, 170 },
    { "tally", { &sim_tally }, 50 },
    { "chat", { &sim_chat }, 50 },
    { "coaching", { &sim_coaching }, 50 },
    { "all", { &sim_classroom, &sim_tally, &sim_chat, &sim_coaching }, 50 },
};
enum { HOUSEHOLDS = sizeof households / sizeof *households };

static uint64_t number_of(const char *name, uint64_t otherwise)
{
    const char *value = getenv(name);
    return value ? strtoull(value, NULL, 10) : otherwise;
}

static bool is_wanted(const struct household *h)
{
    const char *name = getenv("SIM_KIND");
    return !name || !strcmp(name, h->name);
}

static void laws_hold_whatever_happens(void **state)
{
    for (int i = 0; i < HOUSEHOLDS; i++)
        for (uint64_t seed = 1; is_wanted(&households[i]) && seed <= number_of("SIM_SEEDS", households[i].seeds);
             seed++)
            sim_fuzz_run(seed, households[i].kinds);
}

static void one_seed(void **state)
{
    for (int i = 0; i < HOUSEHOLDS; i++)
        if (is_wanted(&households[i]))
            sim_fuzz_run(number_of("SIM_SEED", 1), households[i].kinds);
}

static void seeds_that_once_failed(void **state)
{
    for (size_t i = 0; i < sizeof once_failed / sizeof *once_failed; i++)
        sim_fuzz_run(once_failed[i], households[0].kinds);
}

static void a_seed_is_a_run(void **state)
{
    uint64_t last = 0;
    for (int i = 0; i < HOUSEHOLDS; i++)
        for (uint64_t seed = 1; seed <= 2; seed++) {
            uint64_t digest = sim_fuzz_run(seed, households[i].kinds);
            assert_true(sim_fuzz_run(seed, households[i].kinds) == digest);
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
    const struct CMUnitTest some[] = { cmocka_unit_test(laws_hold_whatever_happens) };
    if (getenv("SIM_SEED"))
        return cmocka_run_group_tests(one, NULL, NULL);
    if (getenv("SIM_SEEDS") || getenv("SIM_KIND"))
        return cmocka_run_group_tests(some, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
