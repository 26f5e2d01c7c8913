/* Pool: limits, order, threads and cancelling with real threads; in the simulation the seed chooses. */
#include "actors/runtime/pool.h"

#include "runtime_help.h"

#include <string.h>

struct work {
    struct pool_job job; /* first: a job is its work */
    int number;
    uv_sem_t *gate; /* waited for by the work; NULL: none */
};

static struct {
    uv_sem_t posted;
    struct worker *worker;
    struct pool *pool;
    int running, most_running, worked, done[16], done_count, cancelled;
    uv_mutex_t lock; /* guards running, most_running, worked */
} seen;

static void work(struct pool_job *job)
{
    struct work *w = (struct work *)job;

    uv_mutex_lock(&seen.lock);
    seen.worked++;
    seen.running++;
    if (seen.running > seen.most_running)
        seen.most_running = seen.running;
    uv_mutex_unlock(&seen.lock);
    if (w->gate)
        uv_sem_wait(w->gate);
    uv_mutex_lock(&seen.lock);
    seen.running--;
    uv_mutex_unlock(&seen.lock);
}

static void done(struct pool_job *job)
{
    assert_ptr_equal(worker_current(), seen.worker);
    seen.cancelled += job->cancelled;
    seen.done[seen.done_count++] = ((struct work *)job)->number;
    uv_sem_post(&seen.posted);
}

static void reset(void)
{
    memset(&seen, 0, sizeof(seen));
    uv_sem_init(&seen.posted, 0);
    uv_mutex_init(&seen.lock);
}

static void prepare(struct work *jobs, int n, uv_sem_t *gate)
{
    for (int i = 0; i < n; i++)
        jobs[i] = (struct work){ .job = { .work = work, .done = done }, .number = i, .gate = gate };
}

struct plan {
    struct work jobs[6];
    int accepted;
};

static void submit_six(struct worker *w, void *arg)
{
    struct plan *p = arg;

    seen.worker = w;
    seen.pool = pool_create(w, 2, 3);
    assert_non_null(seen.pool);
    for (int i = 0; i < 6; i++)
        p->accepted += pool_submit(seen.pool, &p->jobs[i].job);
    assert_int_equal(pool_waiting(seen.pool), 3);
    assert_int_equal(pool_limit(seen.pool), 3);
    uv_sem_post(&seen.posted);
}

static void destroy(struct worker *w, void *arg)
{
    pool_destroy(seen.pool);
    uv_sem_post(&seen.posted);
}

static void wait_for(int posts)
{
    while (posts--)
        uv_sem_wait(&seen.posted);
}

static struct system *start(struct plan *p, uv_sem_t *gate)
{
    const struct system_options o = { .workers = 1 };
    struct system *s = system_create(&o);

    reset();
    uv_sem_init(gate, 0);
    memset(p, 0, sizeof(*p));
    prepare(p->jobs, 6, gate);
    assert_true(system_start(s, NULL, NULL, NULL));
    assert_true(worker_call(system_worker(s, 0), submit_six, p));
    wait_for(1);
    return s;
}

static void limits_hold_and_order_is_kept(void **state)
{
    struct plan p;
    uv_sem_t gate;
    struct system *s = start(&p, &gate);

    assert_int_equal(p.accepted, 5);
    for (int i = 0; i < 5; i++)
        uv_sem_post(&gate);
    wait_for(5);
    assert_true(worker_call(system_worker(s, 0), destroy, NULL));
    wait_for(1);
    system_stop(s);
    assert_int_equal(seen.worked, 5);
    assert_int_equal(seen.cancelled, 0);
    assert_true(seen.most_running <= 2);
    system_destroy(s);
    uv_sem_destroy(&gate);
}

static void destroying_cancels_what_waits(void **state)
{
    struct plan p;
    uv_sem_t gate;
    struct system *s = start(&p, &gate);

    assert_true(worker_call(system_worker(s, 0), destroy, NULL));
    wait_for(3 + 1);
    assert_int_equal(seen.cancelled, 3);
    uv_sem_post(&gate);
    uv_sem_post(&gate);
    wait_for(2);
    system_stop(s);
    assert_int_equal(seen.worked, 2);
    assert_int_equal(seen.done_count, 5);
    system_destroy(s);
    uv_sem_destroy(&gate);
}

static void seed_chooses_in_the_simulation(void **state)
{
    int orders[2][5], different = 0;

    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct system *s = probe_system(1, (seed + 1) / 2);
        struct work jobs[6];
        reset();
        prepare(jobs, 6, NULL);
        seen.worker = system_worker(s, 0);
        struct pool *pool = pool_create(seen.worker, 2, 3);
        for (int i = 0; i < 6; i++)
            assert_int_equal(pool_submit(pool, &jobs[i].job), i < 5);
        assert_int_equal(seen.worked, 0);
        probe_run(s);
        assert_int_equal(seen.done_count, 5);
        for (int i = 0; i < 5; i++) {
            orders[seed % 2][i] = seen.done[i];
            different += seen.done[i] != i;
        }
        if (seed % 2 == 0)
            assert_memory_equal(orders[0], orders[1], sizeof(orders[0]));
        pool_destroy(pool);
        probe_end(s);
    }
    assert_true(different > 0);
}

/* ---- turns ---- */

enum { MANY = 9, LIMIT = 8 };

static struct {
    struct work jobs[MANY + 3];
    uv_sem_t gate;
    bool taken[MANY + 3];
} turns;

static void submit(int i, uint64_t owner, bool waits)
{
    turns.jobs[i] = (struct work){ .job = { .work = work, .done = done, .owner = owner },
                                   .number = i,
                                   .gate = waits ? &turns.gate : NULL };
    turns.taken[i] = pool_submit(seen.pool, &turns.jobs[i].job);
}

/* One of the first owner runs while his others wait; then come two of the second's and one of the third's. */
static void submit_in_turns(struct worker *w, void *arg)
{
    seen.worker = w;
    seen.pool = pool_create(w, 1, LIMIT);
    for (int i = 0; i < MANY; i++)
        submit(i, 1, !i);
    submit(MANY, 2, false);
    submit(MANY + 1, 2, false);
    submit(MANY + 2, 3, false);
    assert_int_equal(pool_waiting(seen.pool), LIMIT);
    uv_sem_post(&seen.posted);
}

static void owners_are_served_in_turns(void **state)
{
    /* The newest of who has most made way, one for each newcomer. */
    static const int order[] = { 8, 7, 6, 0, 1, 9, 11, 2, 10, 3, 4, 5 };
    struct system *s = system_create(&(struct system_options){ .workers = 1 });

    reset();
    uv_sem_init(&turns.gate, 0);
    assert_true(system_start(s, NULL, NULL, NULL));
    assert_true(worker_call(system_worker(s, 0), submit_in_turns, NULL));
    wait_for(1 + 3);
    assert_int_equal(seen.cancelled, 3);
    uv_sem_post(&turns.gate);
    wait_for(MANY);
    for (int i = 0; i < MANY + 3; i++)
        assert_true(turns.taken[i]);
    assert_int_equal(pool_stats(seen.pool).refused, 3);
    assert_int_equal(seen.done_count, MANY + 3);
    assert_memory_equal(seen.done, order, sizeof order);
    assert_true(worker_call(system_worker(s, 0), destroy, NULL));
    wait_for(1);
    system_stop(s);
    system_destroy(s);
    uv_sem_destroy(&turns.gate);
}

/* All have one: then it is first come, first served, and the last is refused. */
static void submit_of_many(struct worker *w, void *arg)
{
    seen.worker = w;
    seen.pool = pool_create(w, 1, LIMIT);
    for (int i = 0; i <= LIMIT; i++)
        submit(i, (uint64_t)i + 1, !i);
    submit(LIMIT + 1, 100, false);
    submit(LIMIT + 2, 1, false);
    uv_sem_post(&seen.posted);
}

static void who_has_no_fewer_is_refused(void **state)
{
    struct system *s = system_create(&(struct system_options){ .workers = 1 });

    reset();
    uv_sem_init(&turns.gate, 0);
    assert_true(system_start(s, NULL, NULL, NULL));
    assert_true(worker_call(system_worker(s, 0), submit_of_many, NULL));
    wait_for(1);
    uv_sem_post(&turns.gate);
    wait_for(LIMIT + 1);
    assert_false(turns.taken[LIMIT + 1] || turns.taken[LIMIT + 2]);
    assert_int_equal(seen.cancelled, 0);
    for (int i = 0; i <= LIMIT; i++)
        assert_int_equal(seen.done[i], i);
    assert_true(worker_call(system_worker(s, 0), destroy, NULL));
    wait_for(1);
    system_stop(s);
    system_destroy(s);
    uv_sem_destroy(&turns.gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_hold_and_order_is_kept),  cmocka_unit_test(destroying_cancels_what_waits),
        cmocka_unit_test(owners_are_served_in_turns),     cmocka_unit_test(who_has_no_fewer_is_refused),
        cmocka_unit_test(seed_chooses_in_the_simulation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
