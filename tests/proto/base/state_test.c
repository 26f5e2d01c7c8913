/* State: what the table allows happens, anything else stops the program. */
#include "proto/base/state.h"
#include "tests/test.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SHUT, OPEN, GONE };

static const struct state_row door[] = {
    [SHUT] = { "shut", STATE(OPEN) | STATE(GONE) },
    [OPEN] = { "open", STATE(SHUT) },
    [GONE] = { "gone", 0 },
};

static void what_may_follow_follows(void **state)
{
    assert_int_equal(state_next(door, SHUT, OPEN), OPEN);
    assert_int_equal(state_next(door, OPEN, SHUT), SHUT);
    assert_int_equal(state_next(door, SHUT, GONE), GONE);
}

static int signal_of(unsigned from, unsigned to)
{
    int status;
    pid_t child = fork();
    if (!child) {
        (void)freopen("/dev/null", "w", stderr);
        signal(SIGABRT, SIG_DFL);
        (void)state_next(door, from, to);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void another_move_stops_the_program(void **state)
{
    assert_int_equal(signal_of(SHUT, OPEN), 0);
    assert_int_equal(signal_of(OPEN, GONE), SIGABRT);
    assert_int_equal(signal_of(GONE, SHUT), SIGABRT);
    assert_int_equal(signal_of(SHUT, SHUT), SIGABRT);
    assert_int_equal(signal_of(SHUT, 40), SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_follow_follows),
        cmocka_unit_test(another_move_stops_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
