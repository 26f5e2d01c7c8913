/* Memory: the first, the second, ... allocation fails in turn until a whole run passes untouched. Whatever fails, every
 * message is accounted for, nothing leaks and nothing crashes. malloc and calloc are this program's own. */
#include "runtime_help.h"

#include <dlfcn.h>
#include <stdlib.h>

#if defined(__SANITIZE_THREAD__)
int main(void)
{
    return 0; /* its allocator cannot be wrapped; one thread only in any case */
}
#else

/* They are called before the address sanitizer has set itself up. */
#define BARE __attribute__((no_sanitize("address", "undefined")))

static long countdown; /* allocations until one fails; 0: none does */
static long failed;

BARE static bool fails(void)
{
    if (!countdown || --countdown)
        return false;
    failed++;
    return true;
}

/* What the dynamic linker asks for before it has told us where calloc is. */
BARE static void *early(size_t n)
{
    static char arena[4096];
    static size_t used;
    void *p = arena + used;

    used += (n + 15) & ~(size_t)15;
    if (used > sizeof(arena))
        abort();
    return p;
}

BARE void *malloc(size_t n)
{
    static void *(*real)(size_t n);
    static bool looking;

    if (!real) {
        if (looking)
            return early(n);
        looking = true;
        *(void **)&real = dlsym(RTLD_NEXT, "malloc");
    }
    return fails() ? NULL : real(n);
}

BARE void *calloc(size_t count, size_t n)
{
    static void *(*real)(size_t count, size_t n);
    static bool looking;

    if (!real) {
        if (looking)
            return early(count * n);
        looking = true;
        *(void **)&real = dlsym(RTLD_NEXT, "calloc");
    }
    return fails() ? NULL : real(count, n);
}

static void try_send(struct system *s, int64_t id, enum probe_op op)
{
    struct message *m = message_create(MESSAGE_TEST, sizeof(struct test_payload));

    if (!m)
        return;
    *(struct test_payload *)m->payload = (struct test_payload){ .op = op, .value = 1, .ns = MS };
    m->reply = (struct return_address){ .worker = 0, .slot = 7 };
    if (id % 2)
        bus_send(s, probe_address(id), m);
    else if (!bus_send_urgent(s, probe_address(id), m))
        message_destroy(m);
}

static void nothing(struct worker *w, void *arg)
{
}

static void use(struct system *s)
{
    for (int64_t id = 0; id < 3; id++) {
        try_send(s, id, PROBE_NOTE);
        try_send(s, id, PROBE_TIMER);
        try_send(s, id, PROBE_FAIL);
        try_send(s, id, PROBE_NOTE);
        sim_run(s, 1000);
        try_send(s, id, PROBE_ABSENT);
    }
    (void)worker_call(system_worker(s, 0), nothing, NULL);
    sim_run(s, 1000);
    sim_advance(s, 30 * MS);
    sim_run(s, 1000);
    sim_advance(s, 2 * SECOND);
    sim_run(s, 1000);
}

static void check(struct system *s)
{
    struct bus_counts c = system_counts(s);

    assert_int_equal(c.sent, c.handled + c.refused + c.dropped);
    assert_int_equal(probe.activated, probe.passivated);
    for (int i = 0; i < 2; i++)
        assert_int_equal(worker_stats(system_worker(s, i)).ready, 0);
}

/* False when there was no memory for the system itself. */
static bool run(void)
{
    const struct system_options o = { .workers = 2, .seed = 3 };
    struct system *s = system_create(&o);

    probe = (struct probe_record){ 0 };
    if (!s)
        return false;
    if (!system_set_ingress(s, &probe_ingress)) {
        system_destroy(s);
        return false;
    }
    assert_true(sim_start(s, NULL, NULL));
    use(s);
    countdown = 0;
    system_stop(s);
    check(s);
    system_destroy(s);
    assert_int_equal(message_alive(), 0);
    return true;
}

static void every_allocation_may_fail(void **state)
{
    int runs = 0, survived = 0;

    do {
        failed = 0;
        countdown = ++runs;
        survived += run();
        assert_true(runs < 1000);
    } while (failed);
    countdown = 0;
    print_message("%d allocations, %d runs went on without one\n", runs - 1, survived - 1);
    assert_true(survived > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_allocation_may_fail) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
