/* Budgets: payers share nothing, addresses of one IPv6 network all, and of those who were refused the newest are kept. */
#include "tests/test.h"

#include "actors/runtime/sim.h"
#include "proto/base/log.h"
#include "proto/base/network.h"
#include "transport/budgets/budgets.h"

static struct system *sys;
static struct worker *w;

static int setup(void **state)
{
    config.budget_actions = 10;
    config.budget_bodies = 100;
    log_setup(LOG_ERROR, false);
    sys = system_create(&(struct system_options){ .workers = 2, .seed = 1 });
    w = sys ? system_worker(sys, 0) : NULL;
    return !sys || !sim_start(sys, NULL, NULL) || !budgets_part.prepare(NULL) || !budgets_part.open(w, NULL);
}

static int teardown(void **state)
{
    budgets_part.finish();
    system_destroy(sys);
    return 0;
}

static struct payer at(const char *address)
{
    struct sockaddr_storage a;
    assert_true(network_address_read(text_of(address), &a));
    return payer_address(&a);
}

static void assert_written(struct payer who, const char *wanted)
{
    char is[BUDGET_PAYER_MAX];
    payer_put(who, is);
    assert_string_equal(is, wanted);
}

static void payers_are_written_as_operators_know_them(void **state)
{
    assert_written(payer_person(17), "user 17");
    assert_written(payer_all(), "all");
    assert_written((struct payer){ 3, 0xabc }, "digest 0000000000000abc");
    assert_written(at("192.0.2.7"), "192.0.2.7");
    assert_written(at("0.0.0.0"), "0.0.0.0");
    assert_written(at("::ffff:192.0.2.7"), "192.0.2.7");
    assert_written(at("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
}

static void persons_and_addresses_share_nothing(void **state)
{
    const struct payer payers[] = { payer_person(7), payer_person(8), at("0.0.0.7"), at("2001:db8::7"), payer_all() };
    for (size_t i = 0; i < sizeof payers / sizeof *payers; i++)
        assert_int_equal(budget_spend(w, BUDGET_ACTIONS, payers[i], 10), 0);
    for (size_t i = 0; i < sizeof payers / sizeof *payers; i++)
        assert_int_not_equal(budget_spend(w, BUDGET_ACTIONS, payers[i], 1), 0);
}

static void names_share_nothing_with_addresses_nor_each_other(void **state)
{
    struct sockaddr_storage a, b;
    assert_true(network_address_read(TEXT("192.0.2.7"), &a) && network_address_read(TEXT("192.0.2.8"), &b));
    const struct payer payers[] = { payer_digest(TEXT("ada"), &a),   payer_digest(TEXT("ada"), &b),
                                    payer_digest(TEXT("ada"), NULL), payer_digest(TEXT("ben"), &a),
                                    payer_digest(TEXT(""), &a),      payer_address(&a) };
    for (size_t i = 0; i < sizeof payers / sizeof *payers; i++)
        assert_int_equal(budget_spend(w, BUDGET_ACTIONS, payers[i], 10), 0);
    assert_int_not_equal(budget_spend(w, BUDGET_ACTIONS, payer_digest(TEXT("ada"), &a), 1), 0);
}

static void the_most_may_be_another_than_the_parameters(void **state)
{
    assert_int_equal(budget_spend_of(w, BUDGET_ACTIONS, payer_person(7), 50, 50), 0);
    assert_int_not_equal(budget_spend_of(w, BUDGET_ACTIONS, payer_person(7), 1, 50), 0);
    budget_return_of(w, BUDGET_ACTIONS, payer_person(7), 1, 50);
    assert_int_equal(budget_spend_of(w, BUDGET_ACTIONS, payer_person(7), 1, 50), 0);
}

static void a_network_is_one_payer(void **state)
{
    assert_int_equal(budget_spend(w, BUDGET_ACTIONS, at("2001:db8:1:2::1"), 10), 0);
    assert_int_not_equal(budget_spend(w, BUDGET_ACTIONS, at("2001:db8:1:2:ffff::2"), 1), 0);
    assert_int_equal(budget_spend(w, BUDGET_ACTIONS, at("2001:db8:1:3::1"), 1), 0);
}

static void workers_count_together(void **state)
{
    struct worker *other = system_worker(sys, 1);
    assert_int_equal(budget_hold(w, BUDGET_BODIES, payer_person(7), 60), HELD_KEPT);
    assert_int_equal(budget_hold(other, BUDGET_BODIES, payer_person(7), 60), HELD_REFUSED);
    assert_int_equal(budget_overs(w, BUDGET_BODIES)->refused, 0);
    assert_int_equal(budget_overs(other, BUDGET_BODIES)->refused, 1);
    budget_release(BUDGET_BODIES, payer_person(7), 60);
    assert_int_equal(budget_hold(other, BUDGET_BODIES, payer_person(7), 60), HELD_KEPT);
}

static void what_was_spent_for_nothing_is_given_back(void **state)
{
    assert_int_equal(budget_spend(w, BUDGET_ACTIONS, payer_person(7), 10), 0);
    budget_return(w, BUDGET_ACTIONS, payer_person(7), 5);
    assert_int_equal(budget_spend(w, BUDGET_ACTIONS, payer_person(7), 5), 0);
    assert_int_not_equal(budget_spend(w, BUDGET_ACTIONS, payer_person(7), 1), 0);
}

static void nothing_said_is_as_much_as_one_likes(void **state)
{
    config.budget_actions = config.budget_bodies = 0;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(budget_spend(w, BUDGET_ACTIONS, payer_person(7), 1000), 0);
        assert_int_equal(budget_hold(w, BUDGET_BODIES, payer_person(7), 1000), HELD_KEPT);
    }
    config.budget_bodies = 100; /* what was held before the change is given back after it */
    budget_release(BUDGET_BODIES, payer_person(7), 100000);
    assert_int_equal(budget_hold(w, BUDGET_BODIES, payer_person(7), 100), HELD_KEPT);
}

static void refuse(int person)
{
    while (!budget_spend(w, BUDGET_ACTIONS, payer_person(person), 10))
        ;
}

static const struct over *over_of(int person)
{
    const struct overs *o = budget_overs(w, BUDGET_ACTIONS);
    for (uint32_t i = 0; i < o->n; i++)
        if (o->kept[i].who.low == (uint64_t)person)
            return &o->kept[i];
    return NULL;
}

static void the_newest_of_those_refused_are_kept(void **state)
{
    for (int person = 1; person <= BUDGET_OVER_KEPT; person++) {
        refuse(person);
        sim_advance(sys, 1000000);
    }
    refuse(1); /* again: now 2 is the oldest */
    sim_advance(sys, 1000000);
    refuse(99);
    assert_null(over_of(2));
    assert_int_equal(over_of(1)->times, 2);
    assert_true(over_of(1)->first < over_of(1)->last);
    assert_int_equal(over_of(99)->times, 1);
    assert_int_equal(budget_overs(w, BUDGET_ACTIONS)->n, BUDGET_OVER_KEPT);
    assert_int_equal(budget_overs(w, BUDGET_ACTIONS)->refused, BUDGET_OVER_KEPT + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(payers_are_written_as_operators_know_them),
        TEST(persons_and_addresses_share_nothing),
        TEST(names_share_nothing_with_addresses_nor_each_other),
        TEST(the_most_may_be_another_than_the_parameters),
        TEST(a_network_is_one_payer),
        TEST(workers_count_together),
        TEST(what_was_spent_for_nothing_is_given_back),
        TEST(nothing_said_is_as_much_as_one_likes),
        TEST(the_newest_of_those_refused_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
