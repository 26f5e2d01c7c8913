/* Survey: answers come from every worker; one that is stuck is waited for no longer than said, and its late answer is
 * nobody's trouble. */
#include "tests/test.h"
#include "transport/admin/survey.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { WORKERS = 3 };

static struct system *s;

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
    return !s || !system_start(s, begin, end, NULL);
}

static int teardown(void **state)
{
    system_stop(s);
    system_destroy(s);
    return 0;
}

static void see_sum(struct worker *w, const void *question, struct buf *answer)
{
    int n;
    memcpy(&n, question, sizeof n);
    assert_ptr_equal(worker_current(), w);
    buf_int(answer, n + worker_index(w));
}

static void everyone_answers_in_its_place(void **state)
{
    struct survey_answer answers[WORKERS];
    int n = 100;
    assert_int_equal(survey(s, 0, WORKERS, see_sum, &n, sizeof n, 5000, answers), WORKERS);
    for (int i = 0; i < WORKERS; i++) {
        char expected[16];
        snprintf(expected, sizeof expected, "%d", 100 + i);
        assert_true(answers[i].answered);
        assert_true(text_is(buf_view(&answers[i].text), expected));
    }
    survey_free(answers, WORKERS);
}

static void a_part_can_be_asked(void **state)
{
    struct survey_answer answer;
    int n = 0;
    assert_int_equal(survey(s, 2, 1, see_sum, &n, sizeof n, 5000, &answer), 1);
    assert_true(text_is(buf_view(&answer.text), "2"));
    survey_free(&answer, 1);
}

/* A worker held at a gate until the test opens it. */
static struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool open;
    int through;
} gate = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, 0 };

static void see_gate(struct worker *w, const void *question, struct buf *answer)
{
    pthread_mutex_lock(&gate.lock);
    while (worker_index(w) == 1 && !gate.open)
        pthread_cond_wait(&gate.changed, &gate.lock);
    gate.through++;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
    buf_puts(answer, "through");
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void the_stuck_one_is_not_waited_for(void **state)
{
    struct survey_answer answers[WORKERS];
    int64_t before = now_ms();
    gate.open = false;
    gate.through = 0;
    assert_int_equal(survey(s, 0, WORKERS, see_gate, NULL, 0, 100, answers), WORKERS - 1);
    assert_in_range(now_ms() - before, 100, 5000);
    assert_true(answers[0].answered && answers[2].answered);
    assert_false(answers[1].answered);
    assert_int_equal(answers[1].text.n, 0);
    survey_free(answers, WORKERS);
    pthread_mutex_lock(&gate.lock);
    gate.open = true;
    pthread_cond_broadcast(&gate.changed);
    while (gate.through < WORKERS)
        pthread_cond_wait(&gate.changed, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
    everyone_answers_in_its_place(state); /* the worker is itself again, and its late answer is gone */
}

/* What began is ended by a later call, on the same worker. */
static void finish_now(struct worker *w, void *arg)
{
    struct buf text = { 0 };
    buf_printf(&text, "by %d", worker_index(w));
    survey_finish(arg, text);
}

static void start_later(struct worker *w, const void *question, struct survey_slot *slot)
{
    assert_true(worker_call(w, finish_now, slot));
}

static void an_answer_may_come_later(void **state)
{
    struct survey_answer answer;
    assert_true(survey_later(s, 2, start_later, NULL, 0, 5000, &answer));
    assert_true(answer.answered && text_is(buf_view(&answer.text), "by 2"));
    survey_free(&answer, 1);
}

static struct survey_slot *kept;

static void start_and_keep(struct worker *w, const void *question, struct survey_slot *slot)
{
    kept = slot;
}

static void see_kept(struct worker *w, const void *question, struct buf *answer)
{
    finish_now(w, kept);
}

static void an_answer_that_comes_too_late_is_nobodys_trouble(void **state)
{
    struct survey_answer answer;
    assert_false(survey_later(s, 1, start_and_keep, NULL, 0, 20, &answer));
    assert_false(answer.answered);
    assert_int_equal(survey(s, 1, 1, see_kept, NULL, 0, 5000, &answer), 1);
    survey_free(&answer, 1);
}

static void *ask_often(void *arg)
{
    for (int i = 0; i < 200; i++) {
        struct survey_answer answers[WORKERS];
        survey(s, 0, WORKERS, see_sum, &i, sizeof i, 5000, answers);
        survey_free(answers, WORKERS);
    }
    return NULL;
}

static void several_may_ask_at_once(void **state)
{
    pthread_t askers[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&askers[i], NULL, ask_often, NULL), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(askers[i], NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everyone_answers_in_its_place),
        cmocka_unit_test(a_part_can_be_asked),
        cmocka_unit_test(the_stuck_one_is_not_waited_for),
        cmocka_unit_test(an_answer_may_come_later),
        cmocka_unit_test(an_answer_that_comes_too_late_is_nobodys_trouble),
        cmocka_unit_test(several_may_ask_at_once),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
