/* Round: it is done when every loop has turned, and a loop that hangs holds it up until it turns again. */
#include "tests/test.h"
#include "transport/admin/round.h"

#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>

enum { WORKERS = 3 };

static struct system *s;
static struct round r;
static pthread_mutex_t hold = PTHREAD_MUTEX_INITIALIZER;
static sem_t hanging;

static bool begin(struct worker *w, void *arg)
{
    return true;
}

static void end(struct worker *w, void *arg)
{
}

static int setup(void **state)
{
    s = system_create(&(struct system_options){ .workers = WORKERS });
    if (!s || !system_start(s, begin, end, NULL))
        return -1;
    round_init(&r, s);
    return 0;
}

static int teardown(void **state)
{
    system_stop(s);
    system_destroy(s);
    return 0;
}

static void wait_round(void)
{
    while (!round_done(&r))
        sched_yield();
}

/* Hangs until the test lets go. */
static void hang(struct worker *w, void *arg)
{
    sem_post(&hanging);
    pthread_mutex_lock(&hold);
    pthread_mutex_unlock(&hold);
}

static void turned(struct worker *w, void *arg)
{
    sem_post(arg);
}

static void wait_for(sem_t *gate)
{
    while (sem_wait(gate))
        ;
    sem_destroy(gate);
}

/* That loop has turned since. */
static void wait_turn(int worker)
{
    sem_t gate;
    sem_init(&gate, 0, 0);
    assert_true(worker_call(system_worker(s, worker), turned, &gate));
    wait_for(&gate);
}

static void rounds_follow_each_other(void **state)
{
    assert_false(round_done(&r));
    for (int i = 0; i < 100; i++)
        wait_round();
}

static void a_loop_that_hangs_holds_it_up(void **state)
{
    wait_round();
    sem_init(&hanging, 0, 0);
    pthread_mutex_lock(&hold);
    assert_true(worker_call(system_worker(s, 1), hang, NULL));
    wait_for(&hanging);
    (void)round_done(&r); /* the worker has answered just before it hung: one more is done */
    for (int i = 0; i < 50; i++) {
        wait_turn(0);
        wait_turn(2);
        bool done = round_done(&r);
        assert_true(!done || !i);
    }
    pthread_mutex_unlock(&hold);
    wait_round();
    wait_round();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rounds_follow_each_other, setup, teardown),
        cmocka_unit_test_setup_teardown(a_loop_that_hangs_holds_it_up, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
