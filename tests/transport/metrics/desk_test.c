/* Desk: a question to all workers, told when all have answered, or after a bound when one is silent. */
#include "transport/metrics/desk.h"

#include "actors/runtime/system.h"
#include "tests/test.h"

#include <semaphore.h>
#include <stdlib.h>

enum { WORKERS = 2 };

static struct system *workers;
static struct board *board;
static struct desk *desk;
static sem_t told, stuck, go_on;

struct asking {
    struct desk_question question; /* first */
    bool up[WORKERS];
    int told;
};

static bool begin(struct worker *w, void *arg)
{
    if (worker_index(w))
        return true;
    desk = desk_create(board, w);
    return desk;
}

static void end(struct worker *w, void *arg)
{
    if (worker_index(w) == 0)
        desk_destroy(desk);
}

static int setup(void **state)
{
    struct system_options o = { .workers = WORKERS };
    sem_init(&told, 0, 0);
    sem_init(&stuck, 0, 0);
    sem_init(&go_on, 0, 0);
    board = board_create(WORKERS);
    workers = system_create(&o);
    assert_non_null(board);
    assert_true(system_start(workers, begin, end, NULL));
    return 0;
}

static int teardown(void **state)
{
    system_stop(workers);
    system_destroy(workers);
    board_destroy(board);
    return 0;
}

static void on_news(struct desk_question *q, const struct desk_news *news)
{
    struct asking *a = (struct asking *)q;
    assert_int_equal(news->workers, WORKERS);
    memcpy(a->up, news->up, sizeof a->up);
    a->told++;
    sem_post(&told);
}

static void ask(struct worker *w, void *arg)
{
    desk_ask(desk, &((struct asking *)arg)->question);
}

static void ask_twice(struct worker *w, void *arg)
{
    struct asking *two = arg;
    desk_ask(desk, &two[0].question);
    desk_ask(desk, &two[1].question);
}

static void stand_still(struct worker *w, void *arg)
{
    sem_post(&stuck);
    sem_wait(&go_on);
}

static void call(int worker, void (*fn)(struct worker *w, void *arg), void *arg)
{
    assert_true(worker_call(system_worker(workers, worker), fn, arg));
}

static void all_are_heard(void **state)
{
    struct asking a = { .question.done = on_news };
    call(0, ask, &a);
    sem_wait(&told);
    assert_true(a.up[0] && a.up[1]);
}

static void who_asks_meanwhile_is_told_of_the_next_round(void **state)
{
    struct asking two[2] = { { .question.done = on_news }, { .question.done = on_news } };
    call(0, ask_twice, two);
    sem_wait(&told);
    sem_wait(&told);
    assert_int_equal(two[0].told, 1);
    assert_int_equal(two[1].told, 1);
    assert_true(two[1].up[0] && two[1].up[1]);
}

static void a_silent_worker_is_not_waited_for(void **state)
{
    struct asking a = { .question.done = on_news };
    call(1, stand_still, NULL);
    sem_wait(&stuck);
    call(0, ask, &a);
    sem_wait(&told);
    assert_true(a.up[0] && !a.up[1]);
    sem_post(&go_on);
    call(0, ask, &a);
    sem_wait(&told);
    assert_true(a.up[0] && a.up[1]);
}

/* Its last turn stays where it was, while the other's goes on. */
static void a_worker_that_stands_still_shows_it(void **state)
{
    struct asking a = { .question.done = on_news };
    call(1, stand_still, NULL);
    sem_wait(&stuck);
    uint64_t other = worker_beat(system_worker(workers, 0)), still = worker_beat(system_worker(workers, 1));
    call(0, ask, &a);
    sem_wait(&told);
    assert_true(worker_beat(system_worker(workers, 0)) > other);
    assert_int_equal(worker_beat(system_worker(workers, 1)), still);
    sem_post(&go_on);
}

static void the_end_tells_who_still_waits(void **state)
{
    struct asking two[2] = { { .question.done = on_news }, { .question.done = on_news } };
    call(1, stand_still, NULL);
    sem_wait(&stuck);
    call(0, ask_twice, two);
    sem_post(&go_on);
    system_stop(workers);
    assert_int_equal(two[0].told, 1);
    assert_int_equal(two[1].told, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_are_heard),
        TEST(who_asks_meanwhile_is_told_of_the_next_round),
        TEST(a_silent_worker_is_not_waited_for),
        TEST(a_worker_that_stands_still_shows_it),
        TEST(the_end_tells_who_still_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
