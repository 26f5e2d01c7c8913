/* Stress: several workers, many actors and foreign threads that send, ask, fail, wait and fall silent at random, at
 * full speed. The oracle: sent = handled + refused + dropped; every ask is answered once; chains of messages end with
 * as many hops as they were given; at rest nothing is ready, and afterwards no message is left. Finds races and lost
 * wake-ups, not bad orders: those are for the simulation. A second argument is the seed. */
#include "actors/runtime/system.h"

#include "actors/runtime/inspect.h"
#include "actors/runtime/words.h"
#include "proto/base/log.h"
#include "tests/test.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MS ((uint64_t)1000000)

enum { WORKERS = 4, ACTORS = 200, SENDERS = 3, SENDS = 12000, HOPS = 6 };

struct test_payload {
    enum { HOP, ASK, FAIL, HOLD, PAUSE } op;
    int hops;
};

/* The oracle's own counts; many threads write them. */
static struct {
    uint64_t activated, passivated, hops, hops_lost, asked, answered;
} tally;

static struct message *make(int op, int hops)
{
    struct message *m = message_create(MESSAGE_TEST, sizeof(struct test_payload));

    if (m)
        *(struct test_payload *)m->payload = (struct test_payload){ op, hops };
    return m;
}

static const struct actor_kind busy;

static struct address busy_address(uint64_t random)
{
    return (struct address){ &busy, random % ACTORS, 0 };
}

struct busy_state {
    struct timer resume; /* ends a pause or a hold */
    struct actor *actor;
    bool holding;
};

static void resumed(struct timer *t)
{
    struct busy_state *b = (struct busy_state *)t;

    if (b->holding) {
        b->holding = false;
        actor_unhold(b->actor);
    } else {
        actor_resume(b->actor);
    }
}

static bool activate(struct actor *self)
{
    struct busy_state *b = actor_state(self);

    word_add(&tally.activated, 1);
    b->actor = self;
    b->resume.fire = resumed;
    if (worker_random(actor_worker(self)) % 4 == 0) {
        actor_wait(self);
        worker_timer_start(actor_worker(self), &b->resume, MS / 10);
    }
    return true;
}

static void passivate(struct actor *self)
{
    struct busy_state *b = actor_state(self);

    word_add(&tally.passivated, 1);
    worker_timer_stop(actor_worker(self), &b->resume);
}

static void hop(struct worker *w, int hops)
{
    word_add(&tally.hops, 1);
    if (hops)
        bus_send(worker_system(w), busy_address(worker_random(w)), make(HOP, hops - 1));
}

static void pause_or_hold(struct actor *self, struct busy_state *b, bool hold)
{
    if (b->resume.due)
        return;
    b->holding = hold;
    if (hold)
        actor_hold(self);
    else
        actor_wait(self);
    worker_timer_start(actor_worker(self), &b->resume, MS / 5);
}

static enum receive receive(struct actor *self, struct message *m)
{
    const struct test_payload *p = (const void *)m->payload;
    struct worker *w = actor_worker(self);

    if (m->kind == MESSAGE_TIMER)
        return RECEIVED;
    switch (p->op) {
    case HOP:
        hop(w, p->hops);
        return RECEIVED;
    case ASK:
        bus_reply(worker_system(w), m->reply, make(ASK, 0));
        return RECEIVED;
    case FAIL:
        return RECEIVE_FAILED;
    case HOLD:
    case PAUSE:
        pause_or_hold(self, actor_state(self), p->op == HOLD);
        actor_timer(self, worker_random(w) % 4, MS / 2);
        return RECEIVED;
    }
    return RECEIVED;
}

static void refuse(struct worker *w, const struct message *m, enum error why)
{
    const struct test_payload *p = (const void *)m->payload;
    struct message *e;

    if (p->op == HOP)
        word_add(&tally.hops_lost, p->hops + 1);
    if (p->op == ASK && (e = message_create(MESSAGE_ACTOR_ERROR, sizeof(struct actor_error))))
        bus_reply(worker_system(w), m->reply, e);
}

static const struct actor_kind busy = {
    .name = "busy",
    .state_size = sizeof(struct busy_state),
    .mailbox_limit = 32,
    .idle_ns = MS / 2,
    .activate = activate,
    .receive = receive,
    .passivate = passivate,
    .refuse = refuse,
};

static enum receive receive_answer(struct actor *self, struct message *m)
{
    word_add(&tally.answered, 1);
    return RECEIVED;
}

static const struct actor_kind answers = { .name = "answers", .mailbox_limit = 1000000, .receive = receive_answer };

/* ---- foreign threads ---- */

struct sender {
    pthread_t thread;
    struct system *system;
    unsigned seed;
    uint64_t hops; /* that the chains it began have to make */
};

static void send_one(struct sender *s)
{
    unsigned chance = rand_r(&s->seed) % 100, id = rand_r(&s->seed);
    int op = chance < 50 ? HOP : chance < 80 ? ASK : chance < 90 ? PAUSE : chance < 98 ? HOLD : FAIL;
    struct message *m = make(op, HOPS);

    if (op == ASK) {
        m->reply = (struct return_address){ .worker = rand_r(&s->seed) % WORKERS };
        word_add(&tally.asked, 1);
    }
    if (op == HOP)
        s->hops += HOPS + 1;
    if (chance % 7 || op == HOP)
        bus_send(s->system, busy_address(id), m);
    else
        while (!bus_send_urgent(s->system, busy_address(id), m))
            sched_yield();
}

static void *send_many(void *arg)
{
    struct sender *s = arg;

    for (int i = 0; i < SENDS; i++)
        send_one(s);
    return NULL;
}

/* ---- coming to rest ---- */

struct round {
    uv_sem_t seen;
    uint64_t ready, actors; /* sums over the workers, which are asked one after the other */
};

static void count(const struct actor_info *info, void *arg)
{
    struct round *r = arg;

    r->actors += info->address.kind == &busy;
}

static void look(struct worker *w, void *arg)
{
    struct round *r = arg;

    r->ready += worker_stats(w).ready;
    worker_actors(w, count, r);
    uv_sem_post(&r->seen);
}

static struct round look_at_all(struct system *s)
{
    struct round r = { .ready = 0 };

    assert_int_equal(uv_sem_init(&r.seen, 0), 0);
    for (int i = 0; i < WORKERS; i++) {
        assert_true(worker_call(system_worker(s, i), look, &r));
        uv_sem_wait(&r.seen);
    }
    uv_sem_destroy(&r.seen);
    return r;
}

/* Counts only rise: if two looks find the same, nothing happened between them, and the sums are exact. */
static bool conserved(struct system *s)
{
    struct bus_counts c = system_counts(s), again = system_counts(s);

    return !memcmp(&c, &again, sizeof(c)) && c.sent == c.handled + c.refused + c.dropped;
}

/* Each round trip through the workers is an event; rest must come well before the time is up. */
static struct round wait_for_rest(struct system *s)
{
    uint64_t until = uv_hrtime() + 60000 * MS;
    struct round r;

    do {
        r = look_at_all(s);
        assert_true(uv_hrtime() < until);
    } while (r.ready || !conserved(s));
    return r;
}

static unsigned seed = 1;

static uint64_t run_senders(struct system *s)
{
    struct sender senders[SENDERS];
    uint64_t hops = 0;

    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){ .system = s, .seed = seed * 100 + i };
        assert_int_equal(pthread_create(&senders[i].thread, NULL, send_many, &senders[i]), 0);
    }
    for (int i = 0; i < SENDERS; i++) {
        pthread_join(senders[i].thread, NULL);
        hops += senders[i].hops;
    }
    return hops;
}

static struct system *start(void)
{
    const struct system_options o = { .workers = WORKERS, .seed = seed, .restarts = 50, .window_s = 1 };
    struct system *s = system_create(&o);

    assert_non_null(s);
    memset(&tally, 0, sizeof(tally));
    assert_true(system_set_ingress(s, &answers));
    assert_true(system_start(s, NULL, NULL, NULL));
    return s;
}

static void nothing_is_lost(void **state)
{
    struct system *s = start();
    uint64_t hops = run_senders(s);

    (void)wait_for_rest(s);
    assert_int_equal(word_read(&tally.hops) + word_read(&tally.hops_lost), hops);
    assert_int_equal(word_read(&tally.answered), word_read(&tally.asked));
    assert_true(word_read(&tally.activated) > ACTORS);
    struct bus_counts c = system_counts(s);
    print_message("seed %u: sent %zu, handled %zu, refused %zu, activated %zu times\n", seed, (size_t)c.sent,
                  (size_t)c.handled, (size_t)c.refused, (size_t)word_read(&tally.activated));
    system_stop(s);
    assert_true(conserved(s));
    assert_int_equal(tally.activated, tally.passivated);
    system_destroy(s);
    assert_int_equal(message_alive(), 0);
}

/* Stopping in the middle of the traffic: senders find a system that refuses, and everything is still accounted for. */
static void stopping_under_load_loses_nothing(void **state)
{
    struct system *s = start();
    struct sender sender = { .system = s, .seed = seed };

    assert_int_equal(pthread_create(&sender.thread, NULL, send_many, &sender), 0);
    while (system_counts(s).handled < 1000)
        sched_yield();
    system_stop(s);
    pthread_join(sender.thread, NULL);
    assert_int_equal(tally.activated, tally.passivated);
    system_destroy(s);
    assert_int_equal(message_alive(), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost),
        cmocka_unit_test(stopping_under_load_loses_nothing),
    };

    log_setup(LOG_ERROR, false);
    if (argc > 1)
        seed = strtoul(argv[1], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
