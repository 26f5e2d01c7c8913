/* Attempts: what is tried at once is counted before it is known to be wrong, and no stranger shuts the owner out. */
#include "tests/test.h"

#include "actors/runtime/sim.h"
#include "proto/base/log.h"
#include "proto/base/network.h"
#include "transport/identity/attempts.h"

enum { FAILURES = 3, OF_ACCOUNT = 6, OF_ADDRESS = 20, WINDOW_S = 300 };
static const uint64_t SECOND = 1000000000;

static struct system *sys;
static struct worker *w;
static struct attempt last;

static int setup(void **state)
{
    config.login_failures = FAILURES;
    config.login_failures_account = OF_ACCOUNT;
    config.login_failures_address = OF_ADDRESS;
    config.login_window = WINDOW_S;
    log_setup((enum log_level)(LOG_ERROR + 1), false);
    sys = system_create(&(struct system_options){ .workers = 1, .seed = 1 });
    w = sys ? system_worker(sys, 0) : NULL;
    return !sys || !sim_start(sys, NULL, NULL) || !budgets_part.prepare(NULL) || !budgets_part.open(w, NULL) ||
           !attempts_setup();
}

static int teardown(void **state)
{
    attempts_finish();
    budgets_part.finish();
    system_destroy(sys);
    return 0;
}

static uint64_t wait_of(const char *account, const char *from)
{
    struct sockaddr_storage a;
    assert_true(network_address_read(text_of(from), &a));
    return attempt_take(w, text_of(account), &a, &last);
}

static bool may(const char *account, const char *from)
{
    return !wait_of(account, from);
}

/* How many of n may. */
static int tries(const char *account, const char *from, int n)
{
    int good = 0;
    for (int i = 0; i < n; i++)
        good += may(account, from);
    return good;
}

static void sign_in(const char *account, const char *from)
{
    assert_true(may(account, from));
    attempt_good(w, &last);
}

/* n addresses, each of which tries once. */
static int swarm(const char *account, int network, int n)
{
    int good = 0;
    for (int i = 0; i < n; i++) {
        char from[32];
        snprintf(from, sizeof from, "10.%d.%d.%d", network, i / 250, i % 250 + 1);
        good += may(account, from);
    }
    return good;
}

static void all_at_once_are_no_more(void **state)
{
    assert_int_equal(tries("ada", "192.0.2.1", 160), FAILURES);
    assert_true(wait_of("ada", "192.0.2.1") > 99 * SECOND);
    assert_true(wait_of("ada", "192.0.2.1") <= 100 * SECOND);
    assert_true(may("ben", "192.0.2.1"));
    sim_advance(sys, 100 * SECOND);
    assert_int_equal(tries("ada", "192.0.2.1", 5), 1);
}

static void an_address_is_counted_whatever_it_tries(void **state)
{
    int good = 0;
    for (int i = 0; i < 2 * OF_ADDRESS; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", i);
        good += may(name, "2001:db8::1");
    }
    assert_int_equal(good, OF_ADDRESS);
    assert_false(may("ada", "2001:db8::2"));
    assert_true(may("ada", "192.0.2.1"));
}

static void what_was_right_or_not_compared_is_given_back(void **state)
{
    for (int i = 0; i < 100; i++)
        sign_in("ada", "192.0.2.1");
    for (int i = 0; i < 100; i++) {
        assert_true(may("ben", "192.0.2.2"));
        attempt_void(w, &last);
    }
    assert_int_equal(tries("ben", "192.0.2.2", 9), FAILURES);
}

static void a_good_one_starts_the_count_anew(void **state)
{
    assert_int_equal(tries("ada", "192.0.2.1", FAILURES - 1), FAILURES - 1);
    sign_in("ada", "192.0.2.1");
    assert_int_equal(tries("ada", "192.0.2.1", 9), FAILURES);
}

/* So many that the account's limit is used up: then each address has the one that is its first. */
static void strangers_are_slowed(void **state)
{
    assert_int_equal(swarm("ada", 1, OF_ACCOUNT), OF_ACCOUNT);
    assert_int_equal(swarm("ada", 1, OF_ACCOUNT), OF_ACCOUNT);
    assert_int_equal(swarm("ada", 1, OF_ACCOUNT), 0);
    assert_int_equal(swarm("ada", 2, 500), 500);
    assert_int_equal(swarm("ada", 2, 500), 0);
    assert_int_equal(swarm("ben", 2, OF_ACCOUNT), OF_ACCOUNT);
    sim_advance(sys, WINDOW_S * SECOND);
    assert_int_equal(swarm("ada", 2, 500), 500);
    assert_int_equal(swarm("ada", 2, 500), OF_ACCOUNT);
}

static void the_owner_is_not_shut_out(void **state)
{
    sign_in("ada", "192.0.2.1");
    sim_advance(sys, 3600 * SECOND);
    (void)swarm("ada", 1, 500);
    assert_int_equal(swarm("ada", 1, 500), OF_ACCOUNT);
    assert_int_equal(tries("ada", "192.0.2.1", 9), FAILURES); /* at home as ever */
    sign_in("ada", "192.0.2.9");                              /* elsewhere, at the first try */
    assert_int_equal(tries("ada", "192.0.2.9", 9), FAILURES); /* which is home from then on */
}

static void home_is_forgotten_after_a_day(void **state)
{
    sign_in("ada", "192.0.2.1");
    sim_advance(sys, 25 * 3600 * SECOND);
    (void)swarm("ada", 1, 500);
    assert_int_equal(swarm("ada", 1, 500), OF_ACCOUNT);
    assert_int_equal(tries("ada", "192.0.2.1", 9), 1);
}

static void an_accounts_limit_is_no_lower_than_a_pairs(void **state)
{
    config.login_failures = config.login_failures_address = 100;
    assert_int_equal(tries("ada", "192.0.2.1", 200), 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_at_once_are_no_more),
        TEST(an_address_is_counted_whatever_it_tries),
        TEST(what_was_right_or_not_compared_is_given_back),
        TEST(a_good_one_starts_the_count_anew),
        TEST(strangers_are_slowed),
        TEST(the_owner_is_not_shut_out),
        TEST(home_is_forgotten_after_a_day),
        TEST(an_accounts_limit_is_no_lower_than_a_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
