/* Trace on real threads: the limits hold for all workers together while they write, and traces are opened and closed
 * meanwhile. For the thread sanitizer above all. */
#include "actors/runtime/system.h"
#include "actors/runtime/trace.h"
#include "tests/test.h"

enum { WORKERS = 3, ACTORS = 12, MESSAGES = 20000, TRACES = 20 };

static uv_sem_t handled, joined;

static enum receive receive(struct actor *self, struct message *m)
{
    uv_sem_post(&handled);
    return RECEIVED;
}

static const struct actor_kind kind = { .name = "echo", .mailbox_limit = MESSAGES, .receive = receive };

static void join(struct worker *w, void *arg)
{
    assert_true(worker_trace_join(w, arg));
    uv_sem_post(&joined);
}

static void each(struct system *s, void (*fn)(struct worker *w, void *arg), void *arg)
{
    for (int i = 0; i < WORKERS; i++)
        assert_true(worker_call(system_worker(s, i), fn, arg));
    for (int i = 0; i < WORKERS; i++)
        uv_sem_wait(&joined);
}

static void begin(struct system *s, struct trace_order *o, uint32_t count)
{
    *o = (struct trace_order){
        .by = TRACE_KIND, .actor.kind = &kind, .count = count, .rate = UINT32_MAX, .from = uv_hrtime(), .until = -1
    };
    trace_open(s, o);
    each(s, join, o);
}

static void send_all(struct system *s)
{
    for (int i = 0; i < MESSAGES; i++) {
        struct message *m = message_create(MESSAGE_TEST, 8);
        assert_non_null(m);
        bus_send(s, (struct address){ &kind, i % ACTORS, 0 }, m);
    }
}

static void await_all(void)
{
    for (int i = 0; i < MESSAGES; i++)
        uv_sem_wait(&handled);
}

struct found {
    uint64_t trace, entries;
};

/* One worker after the other, each on its thread. */
static void count(struct worker *w, void *arg)
{
    struct found *found = arg;
    const struct ring *r = worker_trace_entries(w);
    for (uint64_t n = ring_oldest(r); n <= r->last; n++)
        found->entries += ((const struct trace_entry *)ring_at(r, n))->trace == found->trace;
    uv_sem_post(&joined);
}

static uint64_t entries(struct system *s, uint64_t trace)
{
    struct found found = { .trace = trace };
    for (int i = 0; i < WORKERS; i++) {
        assert_true(worker_call(system_worker(s, i), count, &found));
        uv_sem_wait(&joined);
    }
    return found.entries;
}

static struct system *start(void)
{
    const struct system_options o = { .workers = WORKERS };
    struct system *s = system_create(&o);
    assert_non_null(s);
    assert_int_equal(uv_sem_init(&handled, 0), 0);
    assert_int_equal(uv_sem_init(&joined, 0), 0);
    assert_true(system_start(s, NULL, NULL, NULL));
    return s;
}

static void finish(struct system *s)
{
    system_stop(s);
    system_destroy(s);
    uv_sem_destroy(&handled);
    uv_sem_destroy(&joined);
    assert_int_equal(message_alive(), 0);
}

static void workers_share_the_count(void **state)
{
    struct system *s = start();
    struct trace_order o;

    begin(s, &o, 1000);
    send_all(s);
    await_all();
    assert_int_equal(trace_status(s).end, TRACE_COUNT);
    assert_int_equal(entries(s, o.number), 1000);
    finish(s);
}

static void traces_come_and_go_under_load(void **state)
{
    struct system *s = start();
    struct trace_order orders[TRACES];

    for (int i = 0; i < TRACES; i++) {
        send_all(s);
        begin(s, &orders[i], 100000);
        if (i % 2)
            trace_close(s, orders[i].number, TRACE_STOPPED);
        await_all();
    }
    assert_int_equal(trace_status(s).number, TRACES);
    assert_int_equal(trace_status(s).end, TRACE_STOPPED);
    finish(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_share_the_count),
        cmocka_unit_test(traces_come_and_go_under_load),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
