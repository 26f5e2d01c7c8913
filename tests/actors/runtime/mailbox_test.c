/* Mailbox: each answer of push, order, reserve, settling and closing; then many producers against one owner. */
#include "actors/runtime/mailbox.h"
#include "tests/test.h"

#include <pthread.h>
#include <sched.h>

struct test_payload {
    int producer, number;
};

static struct message *make(int producer, int number)
{
    struct message *m = message_create(MESSAGE_TEST, sizeof(struct test_payload));

    assert_non_null(m);
    *(struct test_payload *)m->payload = (struct test_payload){ producer, number };
    return m;
}

static int number_of(const struct message *m)
{
    return ((const struct test_payload *)m->payload)->number;
}

static void push(struct mailbox *m, int number, enum mailbox_push expected)
{
    struct message *msg = make(0, number);

    assert_int_equal(mailbox_push(m, msg, false), expected);
}

static void pop(struct mailbox *m, int expected)
{
    struct message *msg = mailbox_pop(m);

    assert_non_null(msg);
    assert_int_equal(number_of(msg), expected);
    message_destroy(msg);
}

static void only_the_first_push_wakes(void **state)
{
    struct mailbox m;

    mailbox_init(&m, 10);
    assert_null(mailbox_pop(&m));
    push(&m, 1, MAILBOX_WOKE);
    push(&m, 2, MAILBOX_QUEUED);
    pop(&m, 1);
    push(&m, 3, MAILBOX_QUEUED);
    pop(&m, 2);
    pop(&m, 3);
    assert_null(mailbox_pop(&m));
    push(&m, 4, MAILBOX_QUEUED);
    assert_true(mailbox_settle(&m, 3));
    pop(&m, 4);
    assert_false(mailbox_settle(&m, 1));
    push(&m, 5, MAILBOX_WOKE);
    pop(&m, 5);
    assert_false(mailbox_settle(&m, 1));
    assert_int_equal(m.highest, 4);
    assert_int_equal(mailbox_depth(&m), 0);
}

static void full_refuses_and_urgent_has_a_reserve(void **state)
{
    struct mailbox m;
    struct message *more = make(0, 9);

    mailbox_init(&m, 2);
    push(&m, 1, MAILBOX_WOKE);
    push(&m, 2, MAILBOX_QUEUED);
    assert_int_equal(mailbox_push(&m, more, false), MAILBOX_FULL);
    assert_int_equal(number_of(more), 9);
    assert_int_equal(mailbox_push(&m, make(0, 3), true), MAILBOX_QUEUED);
    assert_int_equal(mailbox_push(&m, make(0, 4), true), MAILBOX_QUEUED);
    assert_int_equal(mailbox_push(&m, more, true), MAILBOX_FULL);
    assert_int_equal(mailbox_depth(&m), 4);
    for (int i = 1; i <= 4; i++)
        pop(&m, i);
    /* A popped place is free only when it is settled. */
    assert_int_equal(mailbox_push(&m, more, false), MAILBOX_FULL);
    assert_false(mailbox_settle(&m, 4));
    assert_int_equal(mailbox_push(&m, more, false), MAILBOX_WOKE);
    pop(&m, 9);
    mailbox_settle(&m, 1);
}

static void closes_only_when_drained(void **state)
{
    struct mailbox m;
    struct message *late = make(0, 9);

    mailbox_init(&m, 10);
    push(&m, 1, MAILBOX_WOKE);
    pop(&m, 1);
    push(&m, 2, MAILBOX_QUEUED);
    assert_false(mailbox_close_if_drained(&m, 1));
    assert_true(mailbox_settle(&m, 1));
    pop(&m, 2);
    assert_true(mailbox_close_if_drained(&m, 1));
    assert_int_equal(mailbox_push(&m, late, false), MAILBOX_CLOSED);
    assert_int_equal(mailbox_push(&m, late, true), MAILBOX_CLOSED);
    assert_int_equal(mailbox_depth(&m), 0);
    message_destroy(late);
}

static void closing_keeps_what_is_inside(void **state)
{
    struct mailbox m;
    struct message *late = make(0, 9);

    mailbox_init(&m, 10);
    push(&m, 1, MAILBOX_WOKE);
    mailbox_close(&m);
    assert_int_equal(mailbox_push(&m, late, false), MAILBOX_CLOSED);
    pop(&m, 1);
    assert_false(mailbox_settle(&m, 1));
    message_destroy(late);
}

/* ---- many producers ---- */

enum { PRODUCERS = 3, EACH = 20000 };

struct race {
    struct mailbox mailbox;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    int wakes; /* guarded by lock: pushes that got WOKE and were not taken */
};

struct producer {
    pthread_t thread;
    struct race *race;
    int index;
};

static void wake(struct race *r)
{
    pthread_mutex_lock(&r->lock);
    r->wakes++;
    pthread_cond_signal(&r->woken);
    pthread_mutex_unlock(&r->lock);
}

static void *produce(void *arg)
{
    struct producer *p = arg;

    for (int i = 0; i < EACH; i++) {
        struct message *msg = message_create(MESSAGE_TEST, sizeof(struct test_payload));
        *(struct test_payload *)msg->payload = (struct test_payload){ p->index, i };
        enum mailbox_push result;
        while ((result = mailbox_push(&p->race->mailbox, msg, i % 2)) == MAILBOX_FULL)
            sched_yield();
        if (result == MAILBOX_WOKE)
            wake(p->race);
    }
    return NULL;
}

static void wait_for_wake(struct race *r)
{
    pthread_mutex_lock(&r->lock);
    while (!r->wakes)
        pthread_cond_wait(&r->woken, &r->lock);
    /* Exactly once: nobody else may be told to wake an owner that runs. */
    assert_int_equal(r->wakes, 1);
    r->wakes = 0;
    pthread_mutex_unlock(&r->lock);
}

static int run_until_parked(struct race *r, int next[PRODUCERS])
{
    int got = 0;
    uint32_t n;

    do {
        struct message *msg;
        for (n = 0; n < 64 && (msg = mailbox_pop(&r->mailbox)); n++) {
            const struct test_payload *p = (const void *)msg->payload;
            assert_int_equal(p->number, next[p->producer]++);
            message_destroy(msg);
        }
        got += n;
    } while (mailbox_settle(&r->mailbox, n));
    return got;
}

static void producers_keep_their_order_and_wake_once(void **state)
{
    struct race r = { .lock = PTHREAD_MUTEX_INITIALIZER, .woken = PTHREAD_COND_INITIALIZER };
    struct producer producers[PRODUCERS];
    int next[PRODUCERS] = { 0 }, got = 0;

    mailbox_init(&r.mailbox, 100);
    for (int i = 0; i < PRODUCERS; i++) {
        producers[i] = (struct producer){ .race = &r, .index = i };
        assert_int_equal(pthread_create(&producers[i].thread, NULL, produce, &producers[i]), 0);
    }
    while (got < PRODUCERS * EACH) {
        wait_for_wake(&r);
        got += run_until_parked(&r, next);
    }
    for (int i = 0; i < PRODUCERS; i++)
        pthread_join(producers[i].thread, NULL);
    assert_int_equal(got, PRODUCERS * EACH);
    assert_int_equal(mailbox_depth(&r.mailbox), 0);
    assert_true(mailbox_close_if_drained(&r.mailbox, 0));
    assert_int_equal(message_alive(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_first_push_wakes),
        cmocka_unit_test(full_refuses_and_urgent_has_a_reserve),
        cmocka_unit_test(closes_only_when_drained),
        cmocka_unit_test(closing_keeps_what_is_inside),
        cmocka_unit_test(producers_keep_their_order_and_wake_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
