/* OpenAI: how a question is put, tried again, and ends; who waits for a place, and what a rest does. Two simulated workers;
 * the calls are answered by hand. */
#include "transport/services/openai/openai.h"

#include "actors/runtime/sim.h"
#include "proto/base/buf.h"
#include "proto/base/log.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>

#define MS     UINT64_C(1000000)
#define SECOND (1000 * MS)

#define EVENT(content) "data: {\"choices\":[{\"delta\":{\"content\":\"" content "\"}}]}\n\n"
#define DONE           "data: [DONE]\n\n"
#define WHOLE(content) "{\"choices\":[{\"message\":{\"content\":\"" content "\"}}]}"

enum { WORKERS = 2, CALLS = 32 };

static struct system *system_under_test;
static struct openai *openai;
static struct openai_desk *desks[WORKERS];

/* ---- the line ---- */

struct outbound_call {
    bool open, cancelled;
    outbound_done *done;
    outbound_piece *piece;
    void *arg;
    uint32_t total_ms;
    char url[200], key[200], body[1000];
};
static struct outbound_call calls[CALLS];
static int ncalls;
static enum outbound_end refuses;

static struct outbound_call *fake_send(struct outbound *o, const struct outbound_request *rq, outbound_done *done,
                                       void *arg, enum outbound_end *ret_why)
{
    *ret_why = refuses;
    if (refuses)
        return NULL;
    assert_true(ncalls < CALLS);
    struct outbound_call *c = &calls[ncalls++];
    *c = (struct outbound_call){ .open = true, .done = done, .piece = rq->piece, .arg = arg, .total_ms = rq->total_ms };
    assert_string_equal(rq->method, "POST");
    snprintf(c->url, sizeof c->url, "%s", rq->url);
    snprintf(c->key, sizeof c->key, "%s", rq->headers[0]);
    snprintf(c->body, sizeof c->body, "%.*s", (int)rq->body.n, rq->body.p);
    return c;
}

static void fake_cancel(struct outbound_call *c)
{
    assert_true(c->open);
    c->open = false;
    c->cancelled = true;
}

static struct outbound_call *newest(void)
{
    assert_true(ncalls > 0);
    return &calls[ncalls - 1];
}

static void settle(void)
{
    sim_run(system_under_test, 10000);
}

static void answer(struct outbound_call *c, const struct outbound_answer *a)
{
    assert_true(c->open);
    c->open = false;
    c->done(c->arg, a);
    settle();
}

static void say_piece(struct outbound_call *c, const char *bytes)
{
    assert_true(c->piece(c->arg, 200, text_of(bytes)));
}

static void answer_good(struct outbound_call *c, const char *bytes)
{
    say_piece(c, bytes);
    answer(c, &(struct outbound_answer){ .status = 200, .body = TEXT(""), .head = TEXT("") });
}

static void answer_status(struct outbound_call *c, int status, const char *head, const char *body)
{
    assert_false(c->piece(c->arg, status, text_of(body)));
    answer(c, &(struct outbound_answer){ .status = status, .body = text_of(body), .head = text_of(head) });
}

static void answer_end(struct outbound_call *c, enum outbound_end end)
{
    answer(c, &(struct outbound_answer){ .end = end, .body = TEXT(""), .head = TEXT("") });
}

/* ---- questions ---- */

struct asked {
    struct model_call *call;
    int ended;
    enum model_end how;
    char pieces[200], reply[200];
};

static void on_piece(void *arg, struct text text)
{
    struct asked *a = arg;
    size_t n = strlen(a->pieces);
    snprintf(a->pieces + n, sizeof a->pieces - n, "%.*s|", (int)text.n, text.p);
}

static void on_done(void *arg, enum model_end how, struct text text)
{
    struct asked *a = arg;
    a->ended++;
    a->how = how;
    snprintf(a->reply, sizeof a->reply, "%.*s", (int)text.n, text.p);
}

static void ask_on(int worker, struct asked *a)
{
    const struct model_line line = { false, TEXT("Why?") };
    const struct model_question q = { TEXT("Be kind."), &line, 1 };
    const struct model_asker asker = { a, on_piece, on_done };
    struct model *m = worker_model(system_worker(system_under_test, worker));
    memset(a, 0, sizeof *a);
    a->call = m->ask(m, &q, &asker, &a->how);
    assert_int_equal(a->ended, 0);
}

static void ask(struct asked *a)
{
    ask_on(0, a);
}

#define assert_ended(a, how_it_should)   (assert_int_equal((a).ended, 1), assert_int_equal((a).how, how_it_should))
#define assert_refused(a, how_it_should) (assert_null((a).call), assert_int_equal((a).how, how_it_should))

static void pass(uint64_t ns)
{
    sim_advance(system_under_test, ns);
    settle();
}

static int setup_with(uint32_t places, uint32_t waiting)
{
    const struct system_options o = { .workers = WORKERS, .seed = 1 };
    const struct openai_options own = { .key = "the-key",
                                        .base_url = "http://model.example/v1//",
                                        .model = "a-model",
                                        .timeout_ms = 30000,
                                        .gate = { places, waiting, 3, 10 * SECOND } };
    log_setup((enum log_level)(int)(LOG_ERROR + 1), false);
    system_under_test = system_create(&o);
    assert_true(sim_start(system_under_test, NULL, NULL));
    assert_non_null(openai = openai_create(&own));
    for (int i = 0; i < WORKERS; i++) {
        struct worker *w = system_worker(system_under_test, i);
        desks[i] = openai_desk_create(openai, w, (struct openai_line){ NULL, fake_send, fake_cancel });
        worker_set_service(w, SERVICE_MODEL, openai_desk_model(desks[i]));
    }
    sim_advance(system_under_test, SECOND);
    ncalls = 0;
    refuses = OUTBOUND_ANSWERED;
    return 0;
}

static int setup(void **state)
{
    return setup_with(2, 2);
}

static int setup_one(void **state)
{
    return setup_with(1, 3);
}

static int teardown(void **state)
{
    system_stop(system_under_test);
    for (int i = 0; i < WORKERS; i++)
        openai_desk_destroy(desks[i]);
    for (int i = 0; i < ncalls; i++)
        assert_false(calls[i].open);
    openai_destroy(openai);
    system_destroy(system_under_test);
    return 0;
}

/* ---- a question and its answer ---- */

static void a_reply_comes_in_pieces_and_whole(void **state)
{
    struct asked a;
    ask(&a);
    assert_string_equal(newest()->url, "http://model.example/v1/chat/completions");
    assert_string_equal(newest()->key, "Authorization: Bearer the-key");
    assert_non_null(strstr(newest()->body, "\"stream\":true"));
    assert_non_null(strstr(newest()->body, "{\"role\":\"user\",\"content\":\"Why?\"}"));
    assert_int_equal(newest()->total_ms, 30000);
    say_piece(newest(), EVENT("Be") "data: {\"choi");
    assert_string_equal(a.pieces, "Be|");
    say_piece(newest(), "ces\":[{\"delta\":{\"content\":\"cause\"}}]}\n\n" EVENT(" so"));
    assert_string_equal(a.pieces, "Be|cause so|");
    answer_good(newest(), DONE);
    assert_ended(a, MODEL_REPLIED);
    assert_string_equal(a.reply, "Because so");
    assert_int_equal(openai_stats(desks[0]).ended[MODEL_REPLIED], 1);
    assert_int_equal(openai_stats(desks[0]).asked, 0);
    assert_int_equal(openai_stats(desks[0]).gate.inside, 0);
}

static void a_reply_that_is_not_streamed_has_no_pieces(void **state)
{
    struct asked a;
    ask(&a);
    answer_good(newest(), WHOLE("So"));
    assert_ended(a, MODEL_REPLIED);
    assert_string_equal(a.reply, "So");
    assert_string_equal(a.pieces, "");
}

static void what_is_no_answer_fails_and_is_not_tried_again(void **state)
{
    static const char *const answers[] = { WHOLE(""), "{}", "nonsense", EVENT("half"), "{\"error\":{}}" };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct asked a;
        teardown(state);
        setup(state);
        ask(&a);
        answer_good(newest(), answers[i]);
        assert_ended(a, MODEL_FAILED);
        assert_string_equal(a.reply, "");
        assert_int_equal(ncalls, 1);
    }
    static const int statuses[] = { 400, 401, 403, 404, 302 };
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        struct asked a;
        teardown(state);
        setup(state);
        ask(&a);
        answer_status(newest(), statuses[i], "", "{\"error\":{\"message\":\"the-key is wrong\"}}");
        assert_ended(a, MODEL_FAILED);
        assert_int_equal(ncalls, 1);
    }
}

/* ---- trying again ---- */

static void what_may_pass_is_tried_three_times(void **state)
{
    struct asked a;
    ask(&a);
    answer_status(newest(), 500, "", "");
    assert_int_equal(ncalls, 1);
    pass(625 * MS);
    assert_int_equal(ncalls, 2);
    assert_true(newest()->total_ms < 30000 && newest()->total_ms > 29000);
    answer_end(newest(), OUTBOUND_UNREACHABLE);
    pass(1250 * MS);
    assert_int_equal(ncalls, 3);
    answer_status(newest(), 429, "", "");
    assert_ended(a, MODEL_FAILED);
    assert_int_equal(openai_stats(desks[0]).retries, 2);
    ask(&a);
    answer_end(newest(), OUTBOUND_CUT);
    pass(625 * MS);
    answer_good(newest(), WHOLE("So"));
    assert_ended(a, MODEL_REPLIED);
}

static void retry_after_is_kept_up_to_a_few_seconds(void **state)
{
    struct asked a;
    ask(&a);
    answer_status(newest(), 429, "HTTP/1.1 429 Slow\r\nRetry-After: 3\r\n\r\n", "");
    pass(2999 * MS);
    assert_int_equal(ncalls, 1);
    pass(751 * MS);
    assert_int_equal(ncalls, 2);
    answer_status(newest(), 503, "HTTP/1.1 503 No\r\nRetry-After: 3600\r\n\r\n", "");
    pass(4999 * MS);
    assert_int_equal(ncalls, 2);
    pass(1251 * MS);
    assert_int_equal(ncalls, 3);
    answer_good(newest(), WHOLE("So"));
    assert_ended(a, MODEL_REPLIED);
}

static void a_reply_that_has_begun_is_not_begun_again(void **state)
{
    struct asked a;
    ask(&a);
    say_piece(newest(), EVENT("half"));
    answer_end(newest(), OUTBOUND_CUT);
    assert_ended(a, MODEL_FAILED);
    assert_int_equal(ncalls, 1);
}

static void all_tries_together_have_the_time_of_one(void **state)
{
    struct asked a;
    ask(&a);
    pass(29800 * MS);
    answer_status(newest(), 500, "", "");
    assert_ended(a, MODEL_FAILED); /* no time is left for a pause */
    ask(&a);
    answer_end(newest(), OUTBOUND_TIMEOUT);
    assert_ended(a, MODEL_TIMEOUT);
}

static void a_model_is_asked_in_the_words_that_it_wants(void **state)
{
    static const char refusal[] = "{\"error\":{\"message\":\"no\",\"param\":\"max_tokens\"}}";
    struct asked a;
    ask(&a);
    assert_non_null(strstr(newest()->body, "\"max_tokens\":1000"));
    answer_status(newest(), 400, "", refusal);
    pass(1);
    assert_int_equal(ncalls, 2);
    assert_non_null(strstr(newest()->body, "\"max_completion_tokens\":1000"));
    assert_null(strstr(newest()->body, "\"max_tokens\""));
    assert_null(strstr(newest()->body, "temperature"));
    answer_status(newest(), 400, "", "{\"error\":{\"param\":\"stream\"}}");
    pass(1);
    assert_null(strstr(newest()->body, "stream"));
    answer_good(newest(), WHOLE("So"));
    assert_ended(a, MODEL_REPLIED);
    ask_on(1, &a); /* remembered, by all workers */
    assert_non_null(strstr(newest()->body, "\"max_completion_tokens\":1000"));
    assert_null(strstr(newest()->body, "stream"));
    answer_status(newest(), 400, "", refusal); /* nothing is left to try */
    assert_ended(a, MODEL_FAILED);
    assert_int_equal(ncalls, 4);
}

static void what_cannot_be_sent_fails_later(void **state)
{
    struct asked a;
    refuses = OUTBOUND_BAD_REQUEST;
    ask(&a);
    assert_non_null(a.call);
    pass(1);
    assert_ended(a, MODEL_FAILED);
}

/* ---- places ---- */

static void who_finds_no_place_waits_and_who_finds_no_room_is_refused(void **state)
{
    struct asked a[5];
    for (int i = 0; i < 5; i++)
        ask_on(i % 2, &a[i]);
    assert_int_equal(ncalls, 2);
    assert_refused(a[4], MODEL_BUSY);
    assert_int_equal(openai_stats(desks[0]).gate.waiting, 2);
    answer_good(&calls[1], WHOLE("1")); /* worker 1 gives a place back, which is for worker 0 */
    assert_ended(a[1], MODEL_REPLIED);
    assert_int_equal(ncalls, 3);
    answer_good(&calls[0], WHOLE("0"));
    assert_int_equal(ncalls, 4);
    answer_good(&calls[2], WHOLE("2"));
    answer_good(&calls[3], WHOLE("3"));
    assert_string_equal(a[2].reply, "2");
    assert_string_equal(a[3].reply, "3");
}

static void who_waits_too_long_is_told_so(void **state)
{
    struct asked a, b, c;
    ask(&a);
    pass(SECOND);
    ask(&b);
    pass(29 * SECOND);
    ask(&c);
    assert_int_equal(ncalls, 1);
    pass(SECOND);
    assert_ended(b, MODEL_TIMEOUT);
    answer_end(newest(), OUTBOUND_TIMEOUT); /* b's ticket is still there, and gives its place on */
    assert_int_equal(ncalls, 2);
    answer_good(newest(), WHOLE("c"));
    assert_ended(c, MODEL_REPLIED);
    assert_int_equal(openai_stats(desks[0]).gate.inside, 0);
}

static void who_cancels_gives_the_place_back(void **state)
{
    struct model *m = worker_model(system_worker(system_under_test, 0));
    struct asked a, b, c;
    ask(&a);
    ask(&b);
    ask_on(1, &c);
    m->cancel(b.call); /* waits */
    m->cancel(a.call); /* is asked */
    settle();
    assert_true(calls[0].cancelled);
    assert_int_equal(a.ended + b.ended, 0);
    assert_int_equal(ncalls, 2);
    answer_good(newest(), WHOLE("c"));
    assert_ended(c, MODEL_REPLIED);
}

/* ---- the rest ---- */

static void after_failures_in_a_row_nobody_asks_for_a_while(void **state)
{
    struct asked a;
    for (int i = 0; i < 3; i++) {
        ask(&a);
        answer_status(newest(), 401, "", "");
        assert_ended(a, MODEL_FAILED);
    }
    ask_on(1, &a);
    assert_refused(a, MODEL_RESTING);
    assert_true(openai_stats(desks[1]).gate.resting);
    pass(10 * SECOND);
    ask_on(1, &a);
    assert_non_null(a.call);
    struct asked b;
    ask(&b);
    assert_refused(b, MODEL_RESTING);
    answer_good(newest(), WHOLE("So"));
    assert_ended(a, MODEL_REPLIED);
    ask(&b);
    assert_non_null(b.call);
    answer_good(newest(), WHOLE("So"));
    assert_ended(b, MODEL_REPLIED);
}

/* What was told of the model: "why status" or "alone". */
static char told[400];

static void on_trouble(struct worker *w, const struct openai_trouble *t)
{
    size_t n = strlen(told);
    if (t->left_alone)
        snprintf(told + n, sizeof told - n, "alone; ");
    else
        snprintf(told + n, sizeof told - n, "%s %d; ", t->why, t->status);
}

static void fail_on(int worker, int status)
{
    struct asked a;
    ask_on(worker, &a);
    answer_status(newest(), status, "", "");
    assert_ended(a, MODEL_FAILED);
}

static void what_is_wrong_is_told_and_not_again_and_again(void **state)
{
    struct asked a;
    told[0] = 0;
    for (int i = 0; i < WORKERS; i++)
        openai_desk_tell(desks[i], on_trouble);
    fail_on(0, 400);
    assert_string_equal(told, "refused 400; ");
    fail_on(1, 401); /* the row goes on, on any worker */
    pass(61 * SECOND);
    fail_on(0, 401);
    assert_string_equal(told, "refused 400; ");
    fail_on(0, 401);
    assert_string_equal(told, "refused 400; alone; ");
    pass(10 * SECOND);
    fail_on(1, 401); /* it still is left alone */
    assert_string_equal(told, "refused 400; alone; ");
    pass(10 * SECOND);
    ask(&a);
    answer_good(newest(), WHOLE("So"));
    fail_on(1, 401); /* a new row, and the last was told more than a minute ago */
    assert_string_equal(told, "refused 400; alone; refused 401; ");
    ask(&a);
    answer_good(newest(), WHOLE("So"));
    fail_on(0, 401); /* a new row, within the minute */
    assert_string_equal(told, "refused 400; alone; refused 401; ");
}

static void what_a_question_is_refused_for_is_no_failure_of_the_service(void **state)
{
    struct asked a;
    for (int i = 0; i < 5; i++) {
        ask(&a);
        answer_status(newest(), 400, "", "{\"error\":{\"message\":\"too long\"}}");
        assert_ended(a, MODEL_FAILED);
    }
}

/* ---- the stop ---- */

static void a_stop_ends_what_waits_and_then_what_is_asked(void **state)
{
    struct asked a, b, c;
    ask(&a);
    ask(&b);
    openai_desk_drain(desks[0]);
    assert_ended(b, MODEL_STOPPED);
    ask(&c);
    assert_refused(c, MODEL_STOPPED);
    assert_int_equal(a.ended, 0);
    assert_int_equal(openai_stats(desks[0]).asked, 1);
    answer_end(newest(), OUTBOUND_STOPPED);
    assert_ended(a, MODEL_STOPPED);
}

static void the_end_of_a_desk_ends_its_questions(void **state)
{
    struct asked a, b;
    ask(&a);
    ask(&b);
    openai_desk_destroy(desks[0]);
    desks[0] = NULL;
    worker_set_service(system_worker(system_under_test, 0), SERVICE_MODEL, NULL);
    assert_ended(a, MODEL_STOPPED);
    assert_ended(b, MODEL_STOPPED);
    assert_true(calls[0].cancelled);
}

int main(void)
{
#define TEST_OF(test)  cmocka_unit_test_setup_teardown(test, setup, teardown)
#define TEST_ONE(test) cmocka_unit_test_setup_teardown(test, setup_one, teardown)
    const struct CMUnitTest tests[] = {
        TEST_OF(a_reply_comes_in_pieces_and_whole),
        TEST_OF(a_reply_that_is_not_streamed_has_no_pieces),
        TEST_OF(what_is_no_answer_fails_and_is_not_tried_again),
        TEST_OF(what_may_pass_is_tried_three_times),
        TEST_OF(retry_after_is_kept_up_to_a_few_seconds),
        TEST_OF(a_reply_that_has_begun_is_not_begun_again),
        TEST_OF(all_tries_together_have_the_time_of_one),
        TEST_OF(a_model_is_asked_in_the_words_that_it_wants),
        TEST_OF(what_cannot_be_sent_fails_later),
        TEST_OF(who_finds_no_place_waits_and_who_finds_no_room_is_refused),
        TEST_ONE(who_waits_too_long_is_told_so),
        TEST_ONE(who_cancels_gives_the_place_back),
        TEST_OF(after_failures_in_a_row_nobody_asks_for_a_while),
        TEST_OF(what_is_wrong_is_told_and_not_again_and_again),
        TEST_OF(what_a_question_is_refused_for_is_no_failure_of_the_service),
        TEST_ONE(a_stop_ends_what_waits_and_then_what_is_asked),
        TEST_OF(the_end_of_a_desk_ends_its_questions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
