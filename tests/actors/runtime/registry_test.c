/* Registry: one actor per address through growth, forgetting, and taking everything out. */
#include "actors/runtime/registry.h"

#include "runtime_help.h"

enum { MANY = 20000 };

static void one_actor_per_address(void **state)
{
    struct system *s = probe_system(2, 1);
    static struct actor *actors[MANY];

    for (int i = 0; i < MANY; i++) {
        actors[i] = registry_take(s, (struct address){ &probe_kind, i / 2, i % 2 });
        assert_non_null(actors[i]);
    }
    for (int i = 0; i < MANY; i++) {
        struct address address = { &probe_kind, i / 2, i % 2 };
        struct actor *a = registry_take(s, address);
        assert_ptr_equal(a, actors[i]);
        assert_int_equal(actor_address(a).id, i / 2);
        assert_int_equal(actor_address(a).id_low, i % 2);
        actor_unref(a);
        a = registry_find(s, address);
        assert_ptr_equal(a, actors[i]);
        actor_unref(a);
        actor_unref(a);
    }
    assert_null(registry_find(s, probe_address(MANY)));
    assert_null(registry_find(s, (struct address){ &probe_ingress, 5, 0 }));
    probe_end(s);
}

static void forgetting_makes_room_for_a_successor(void **state)
{
    struct system *s = probe_system(1, 1);
    struct actor *old = registry_take(s, probe_address(5));

    registry_forget(old);
    assert_null(registry_find(s, probe_address(5)));
    struct actor *young = registry_take(s, probe_address(5));
    assert_ptr_not_equal(young, old);
    /* The old one's end must not take its successor away. */
    registry_forget(old);
    assert_int_equal(old->refs, 1);
    struct actor *found = registry_find(s, probe_address(5));
    assert_ptr_equal(found, young);
    actor_unref(found);
    actor_unref(young);
    actor_unref(old);
    probe_end(s);
}

static void same_ids_of_other_kinds_are_others(void **state)
{
    struct system *s = probe_system(1, 1);
    struct actor_kind twin = probe_kind;
    struct actor *a = registry_take(s, probe_address(5));
    struct actor *b = registry_take(s, (struct address){ &twin, 5, 0 });

    assert_ptr_not_equal(a, b);
    actor_unref(a);
    actor_unref(b);
    probe_end(s);
}

static void too_many_kinds_are_refused(void **state)
{
    struct system *s = probe_system(1, 1);
    struct actor_kind kinds[KINDS_MAX];
    int known = 0;

    for (int i = 0; i < KINDS_MAX; i++) {
        kinds[i] = probe_kind;
        known += system_add_kind(s, &kinds[i]);
    }
    assert_int_equal(known, KINDS_MAX - 1);
    assert_true(system_add_kind(s, &kinds[0]));
    assert_null(registry_take(s, (struct address){ &kinds[KINDS_MAX - 1], 1, 0 }));
    probe_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_actor_per_address),
        cmocka_unit_test(forgetting_makes_room_for_a_successor),
        cmocka_unit_test(same_ids_of_other_kinds_are_others),
        cmocka_unit_test(too_many_kinds_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
