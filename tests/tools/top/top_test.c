/* Top: what is asked when, servers that are new, silent or gone, and answers that come too late. */
#include "top_help.h"

#include "tests/test.h"
#include "tools/top/summary.h"

#include <math.h>

#include <stdlib.h>

static void trouble_is(struct fake *f, const char *text)
{
    struct buf said = { 0 };
    bool any = top_trouble(&f->top, f->now_ms, &said);
    assert_int_equal(any, text != NULL);
    if (text && !text_is(buf_view(&said), text))
        fail_msg("%.*s, not %s", (int)said.n, said.p, text);
    buf_fini(&said);
}

static void rounds_come_at_their_time(void **s)
{
    struct fake f;
    fake_init(&f);
    assert_int_equal(f.top.pid, 7);
    f.now_ms += 1999;
    assert_int_equal(top_next(&f.top, f.now_ms), ASK_NONE);
    assert_int_equal(top_wait_ms(&f.top, f.now_ms), 1);
    f.now_ms += 1;
    assert_int_equal(top_next(&f.top, f.now_ms), ASK_INFO);
    assert_int_equal(top_next(&f.top, f.now_ms), ASK_NONE);
    fake_fini(&f);
}

static void a_pause_asks_nothing_but_what_a_key_wants(void **s)
{
    struct fake f;
    fake_init(&f);
    fake_keys(&f, "p");
    f.now_ms += 60000;
    assert_int_equal(top_next(&f.top, f.now_ms), ASK_NONE);
    keys_press(&f.top, '6');
    assert_int_equal(top_next(&f.top, f.now_ms), ASK_QUEUES);
    fake_fini(&f);
}

static void a_server_started_anew_has_no_rates_at_first(void **s)
{
    struct fake f;
    struct summary sum;
    fake_init(&f);
    summary_make(&f.top, &sum);
    assert_true(isnan(sum.requests));
    f.says[ASK_ROOMS] = "[{\"room\":1,\"seq\":40},{\"room\":3,\"seq\":90}]";
    f.says[ASK_WORKERS] = "[{\"worker\":0,\"requests\":50},{\"worker\":1,\"requests\":10}]";
    fake_pass(&f, 2000);
    summary_make(&f.top, &sum);
    assert_float_equal(sum.requests, 20, 0.01);
    assert_float_equal(sum.events, 15, 0.01);
    f.says[ASK_INFO] = "{\"pid\":8}";
    f.says[ASK_WORKERS] = "[{\"worker\":0,\"requests\":9000},{\"worker\":1,\"requests\":9000}]";
    fake_pass(&f, 2000);
    summary_make(&f.top, &sum);
    assert_true(isnan(sum.requests));
    f.says[ASK_WORKERS] = "[{\"worker\":0,\"requests\":9002},{\"worker\":1,\"requests\":9002}]";
    fake_pass(&f, 2000);
    summary_make(&f.top, &sum);
    assert_float_equal(sum.requests, 2, 0.01);
    fake_fini(&f);
}

static void a_new_server_is_asked_what_it_knows(void **s)
{
    struct fake f;
    fake_init(&f);
    assert_true(top_has(&f.top, VIEW_SLOW));
    assert_false(top_has(&f.top, VIEW_CONNS));
    f.says[ASK_HELP] = "[{\"command\":\"conns\"}]";
    fake_pass(&f, 2000);
    assert_false(top_has(&f.top, VIEW_CONNS));
    f.says[ASK_INFO] = "{\"pid\":8}";
    fake_pass(&f, 2000);
    assert_true(top_has(&f.top, VIEW_CONNS));
    assert_false(top_has(&f.top, VIEW_SLOW));
    fake_fini(&f);
}

static void trouble_is_said_and_ends(void **s)
{
    struct fake f = { .now_ms = 1000 };
    top_init(&f.top, "/x", 1000);
    f.now_ms = 8000;
    trouble_is(&f, "no server at /x for 7 s; waiting for one");
    top_fini(&f.top);
    fake_init(&f);
    trouble_is(&f, NULL);
    f.now_ms += 2000;
    assert_int_equal(top_next(&f.top, f.now_ms), ASK_INFO);
    f.now_ms += TOP_PATIENCE_MS - 1;
    trouble_is(&f, NULL);
    f.now_ms += 5501;
    trouble_is(&f, "no answer for 7 s; still waiting");
    top_linked(&f.top, false, f.now_ms);
    f.now_ms += 3000;
    trouble_is(&f, "the server has gone: no answer for 3 s; waiting for it");
    top_linked(&f.top, true, f.now_ms);
    top_answered(&f.top, TEXT("{\"ok\":true,\"data\":{\"pid\":9}}"), f.now_ms);
    trouble_is(&f, NULL);
    fake_fini(&f);
}

static void a_late_answer_about_another_row_is_dropped(void **s)
{
    struct fake f;
    fake_init(&f);
    fake_keys(&f, "4");
    keys_press(&f.top, KEYS_ENTER);
    assert_int_equal(top_next(&f.top, f.now_ms), ASK_ROOM);
    keys_press(&f.top, KEYS_ESCAPE);
    keys_press(&f.top, 'j');
    keys_press(&f.top, KEYS_ENTER);
    assert_string_equal(f.top.open, "2");
    top_answered(&f.top, TEXT("{\"ok\":true,\"data\":{\"room\":1}}"), f.now_ms);
    assert_null(top_data(&f.top, ASK_ROOM, NULL));
    assert_int_equal(top_next(&f.top, f.now_ms), ASK_ROOM);
    top_answered(&f.top, TEXT("{\"ok\":true,\"data\":{\"room\":2}}"), f.now_ms);
    assert_non_null(top_data(&f.top, ASK_ROOM, NULL));
    fake_fini(&f);
}

static void garbage_counts_as_no_answer(void **s)
{
    struct fake f;
    const char *error;
    fake_init(&f);
    f.now_ms += 2000;
    assert_int_equal(top_next(&f.top, f.now_ms), ASK_INFO);
    top_answered(&f.top, TEXT("{\"ok\":tru"), f.now_ms);
    assert_int_equal(f.top.pid, 7);
    assert_int_equal(top_next(&f.top, f.now_ms), ASK_WORKERS);
    top_answered(&f.top, (struct text){ NULL, 0 }, f.now_ms);
    assert_non_null(top_data(&f.top, ASK_WORKERS, &error));
    assert_null(error);
    fake_fini(&f);
}

static void the_server_ranks_by_the_column(void **s)
{
    const char *words[ASK_WORDS];
    struct fake f;
    fake_init(&f);
    fake_keys(&f, "3");
    assert_int_equal(top_words(&f.top, ASK_ACTORS, words), 5);
    assert_string_equal(words[4], "cpu");
    fake_keys(&f, ">>");
    assert_int_equal(top_words(&f.top, ASK_ACTORS, words), 5);
    assert_string_equal(words[4], "mailbox");
    assert_int_equal(top_words(&f.top, ASK_ROOMS, words), 5);
    assert_string_equal(words[4], "streams");
    fake_fini(&f);
}

static int begin(void **s)
{
    shown_begin();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounds_come_at_their_time),
        cmocka_unit_test(a_pause_asks_nothing_but_what_a_key_wants),
        cmocka_unit_test(a_server_started_anew_has_no_rates_at_first),
        cmocka_unit_test(a_new_server_is_asked_what_it_knows),
        cmocka_unit_test(trouble_is_said_and_ends),
        cmocka_unit_test(a_late_answer_about_another_row_is_dropped),
        cmocka_unit_test(garbage_counts_as_no_answer),
        cmocka_unit_test(the_server_ranks_by_the_column),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
