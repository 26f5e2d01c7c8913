/* Worker on libuv: the order of a turn, wake-ups between threads, timers, calls, start and stop. Real threads. */
#include "actors/runtime/core.h"
#include "actors/runtime/system.h"
#include "tests/test.h"

#include <unistd.h>

#define MS ((uint64_t)1000000)

struct test_payload {
    int value;
};

/* One worker's view of a test. Written on the worker's thread, read by the test after it was posted. */
struct view {
    struct system *system;
    uv_sem_t posted;
    uv_poll_t poll;
    int pipe[2];
    int begun, ended, received, hooks;
    bool begin_fails;
    uint64_t polled_at, turn_of_poll, turn_of_receive, hooks_at_receive, hooks_at_next_poll;
};
static struct view view;

static enum receive receive(struct actor *self, struct message *m)
{
    struct worker *w = actor_worker(self);

    assert_ptr_equal(worker_current(), w);
    view.received++;
    view.turn_of_receive = worker_stats(w).turns;
    view.hooks_at_receive = view.hooks;
    if (((struct test_payload *)m->payload)->value)
        uv_sem_post(&view.posted);
    return RECEIVED;
}

static const struct actor_kind echo = { .name = "echo", .mailbox_limit = 1000, .receive = receive };

static struct message *make(int value)
{
    struct message *m = message_create(MESSAGE_TEST, sizeof(struct test_payload));

    assert_non_null(m);
    ((struct test_payload *)m->payload)->value = value;
    return m;
}

static bool begin(struct worker *w, void *arg)
{
    assert_ptr_equal(worker_current(), w);
    __atomic_fetch_add(&view.begun, 1, __ATOMIC_RELAXED); /* pairs with the read after the join */
    return !(view.begin_fails && worker_index(w) == 1);
}

static void end(struct worker *w, void *arg)
{
    __atomic_fetch_add(&view.ended, 1, __ATOMIC_RELAXED); /* pairs with the read after the join */
}

static struct system *start(int workers)
{
    const struct system_options o = { .workers = workers };

    view = (struct view){ 0 };
    assert_int_equal(uv_sem_init(&view.posted, 0), 0);
    view.system = system_create(&o);
    assert_non_null(view.system);
    assert_true(system_start(view.system, begin, end, NULL));
    return view.system;
}

static void finish(void)
{
    int workers = system_workers(view.system);

    system_stop(view.system);
    assert_int_equal(view.begun, workers);
    assert_int_equal(view.ended, workers);
    system_destroy(view.system);
    uv_sem_destroy(&view.posted);
    assert_int_equal(message_alive(), 0);
}

static void foreign_thread_wakes_a_sleeping_worker(void **state)
{
    struct system *s = start(2);

    for (int i = 1; i <= 200; i++) {
        bus_send(s, (struct address){ &echo, i % 4, 0 }, make(1));
        uv_sem_wait(&view.posted);
    }
    finish();
}

static void counted(void *arg)
{
    view.hooks++;
}

/* What a socket's callback sends to an actor of its worker is handled, and flushed, before the next poll. */
static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct worker *w = worker_current();
    char byte;

    assert_int_equal(read(view.pipe[0], &byte, 1), 1);
    if (byte == 'a') {
        view.polled_at = worker_now(w);
        view.turn_of_poll = worker_stats(w).turns;
        bus_send(view.system, (struct address){ &echo, 1, 0 }, make(0));
        return;
    }
    view.hooks_at_next_poll = view.hooks;
    uv_close((uv_handle_t *)poll, NULL);
    uv_sem_post(&view.posted);
}

static void open_pipe(struct worker *w, void *arg)
{
    worker_at_end_of_turn(w, counted, NULL);
    assert_int_equal(pipe(view.pipe), 0);
    assert_int_equal(uv_poll_init(worker_loop(w), &view.poll, view.pipe[0]), 0);
    assert_int_equal(uv_poll_start(&view.poll, UV_READABLE, on_readable), 0);
    uv_sem_post(&view.posted);
}

static void poll_callbacks_are_served_in_the_same_turn(void **state)
{
    struct system *s = start(1);

    assert_true(worker_call(system_worker(s, 0), open_pipe, NULL));
    uv_sem_wait(&view.posted);
    uint64_t written_at = uv_hrtime();
    assert_int_equal(write(view.pipe[1], "ab", 2), 2);
    uv_sem_wait(&view.posted);
    /* A poll that slept long must not leave its callbacks with the time before it. */
    assert_true(view.polled_at >= written_at);
    assert_int_equal(view.received, 1);
    assert_int_equal(view.turn_of_receive, view.turn_of_poll);
    assert_true(view.hooks_at_next_poll > view.hooks_at_receive);
    close(view.pipe[0]);
    close(view.pipe[1]);
    finish();
}

struct tick {
    struct timer timer;
    uint64_t started;
    int every;
};
static struct tick tick;

static void fired(struct timer *t)
{
    assert_true(worker_now(worker_current()) >= tick.started + 20 * MS);
    assert_true(tick.every >= 1);
    uv_sem_post(&view.posted);
}

static void every(void *arg)
{
    tick.every++;
}

static void arm(struct worker *w, void *arg)
{
    tick = (struct tick){ .timer.fire = fired, .started = worker_now(w) };
    worker_every(w, 2 * MS, every, NULL);
    worker_timer_start(w, &tick.timer, 3600 * 1000 * MS);
    worker_timer_start(w, &tick.timer, 20 * MS);
}

static void timers_fire_without_other_events(void **state)
{
    struct system *s = start(1);

    assert_true(worker_call(system_worker(s, 0), arm, NULL));
    uv_sem_wait(&view.posted);
    finish();
}

struct burst {
    uv_sem_t go;
    uint64_t wakeups;
};

static void wait_for_test(struct worker *w, void *arg)
{
    struct burst *b = arg;

    b->wakeups = worker_stats(w).wakeups;
    uv_sem_post(&view.posted);
    uv_sem_wait(&b->go);
}

static void see_wakeups(struct worker *w, void *arg)
{
    struct burst *b = arg;

    b->wakeups = worker_stats(w).wakeups - b->wakeups;
    uv_sem_post(&view.posted);
}

/* A worker that is busy while 500 messages arrive needs no wake-up for them; the one counted is for the last call. */
static void wake_ups_are_coalesced(void **state)
{
    struct system *s = start(1);
    struct burst b;

    assert_int_equal(uv_sem_init(&b.go, 0), 0);
    assert_true(worker_call(system_worker(s, 0), wait_for_test, &b));
    uv_sem_wait(&view.posted);
    for (int i = 0; i < 500; i++)
        bus_send(s, (struct address){ &echo, i, 0 }, make(i == 499));
    uv_sem_post(&b.go);
    uv_sem_wait(&view.posted);
    assert_true(worker_call(system_worker(s, 0), see_wakeups, &b));
    uv_sem_wait(&view.posted);
    assert_true(b.wakeups <= 1);
    finish();
    uv_sem_destroy(&b.go);
}

/* ---- who takes long ---- */

static struct {
    int done, done_at_echo;
    uint64_t first_turn, last_turn;
} toil;

static enum receive work(struct actor *self, struct message *m)
{
    for (uint64_t until = uv_hrtime() + RUN_NS + MS; uv_hrtime() < until;)
        ;
    toil.last_turn = worker_stats(actor_worker(self)).turns;
    if (!toil.done++)
        toil.first_turn = toil.last_turn;
    return RECEIVED;
}

static enum receive see_work(struct actor *self, struct message *m)
{
    toil.done_at_echo = toil.done;
    uv_sem_post(&view.posted);
    return RECEIVED;
}

static const struct actor_kind toiler = { .name = "toiler", .mailbox_limit = 1000, .receive = work };
static const struct actor_kind witness = { .name = "witness", .mailbox_limit = 1000, .receive = see_work };

/* Sends to toilers while their worker is held, one message to each of `first` … `last`, and one to the witness. */
static void toil_for(int first, int last, int messages)
{
    struct system *s = start(1);
    struct burst b;

    memset(&toil, 0, sizeof toil);
    assert_int_equal(uv_sem_init(&b.go, 0), 0);
    assert_true(worker_call(system_worker(s, 0), wait_for_test, &b));
    uv_sem_wait(&view.posted);
    for (int i = 0; i < messages; i++)
        for (int id = first; id <= last; id++)
            bus_send(s, (struct address){ &toiler, id, 0 }, make(0));
    bus_send(s, (struct address){ &witness, 1, 0 }, make(0));
    uv_sem_post(&b.go);
    uv_sem_wait(&view.posted);
    finish();
    uv_sem_destroy(&b.go);
}

static void a_run_that_takes_long_yields(void **state)
{
    toil_for(1, 1, 20);
    assert_int_equal(toil.done_at_echo, 1);
}

static void a_turn_that_takes_long_ends(void **state)
{
    toil_for(1, 10, 1);
    assert_int_equal(toil.done_at_echo, 10);
    assert_true(toil.last_turn > toil.first_turn);
}

static int late_calls;

static void late(struct worker *w, void *arg)
{
    late_calls++;
}

static void accepted_calls_run_and_late_ones_are_refused(void **state)
{
    struct system *s = start(1);

    late_calls = 0;
    for (int i = 0; i < 10; i++)
        assert_true(worker_call(system_worker(s, 0), late, NULL));
    system_stop(s);
    assert_int_equal(late_calls, 10);
    assert_false(worker_call(system_worker(s, 0), late, NULL));
    finish();
}

static void failing_begin_stops_the_others(void **state)
{
    const struct system_options o = { .workers = 3 };
    struct system *s = system_create(&o);

    view = (struct view){ .begin_fails = true };
    assert_false(system_start(s, begin, end, NULL));
    assert_int_equal(view.begun, 3);
    assert_int_equal(view.ended, 2);
    system_destroy(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(foreign_thread_wakes_a_sleeping_worker),
        cmocka_unit_test(poll_callbacks_are_served_in_the_same_turn),
        cmocka_unit_test(timers_fire_without_other_events),
        cmocka_unit_test(wake_ups_are_coalesced),
        cmocka_unit_test(a_run_that_takes_long_yields),
        cmocka_unit_test(a_turn_that_takes_long_ends),
        cmocka_unit_test(accepted_calls_run_and_late_ones_are_refused),
        cmocka_unit_test(failing_begin_stops_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
