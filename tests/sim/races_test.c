/* Races of one class, by hand: what is heard and answered while the database takes its time, refuses, or is away. */
#include "sim_help.h"

static void nobody_hears_a_hand_before_it_is_on_disk(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben", "Cem");
    sim_store_holds(sim);
    sim_post(sim, "Ben", "raise_hand");
    assert_unanswered(sim, "Ben");
    assert_heard(sim, "Cem", NOTHING);
    sim_store_commits(sim);
    assert_heard(sim, "Cem", "hand_raised by Ben");
    assert_answered(sim, "Ben", ERROR_OK);
    sim_end(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_hears_a_hand_before_it_is_on_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
