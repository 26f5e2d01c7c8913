/* Embedder: a real process (tests/outside/embedder.py) that answers, dies, hangs, says nonsense, takes too much memory; and
 * those who ask, whom none of it harms. */
#include "transport/services/voice/embedder.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/test.h"

#define STAND_IN "tests/outside/embedder.py"
enum {
    DESKS = 2,
    TONE = 16000,
    DIE = 5000,
    HANG = 5300,
    GARBAGE = 5600,
    BOMB = 5900,
    NANS = 6200,
    OTHER = 6500,
    NOTHING = 6800,
    CHATTER = 7100
};

static uv_loop_t loop;
static struct embedder *embedder;
static struct embedder_desk *desks[DESKS]; /* the first is the home's */

/* Ample, since the machine may be busy; what has to end by a limit has one of its own. */
static struct embedder_options usual(const char *command)
{
    return (struct embedder_options){ .launch = { .command = command, .model = "", .memory_mib = 1024 },
                                      .waiting = 8,
                                      .begin_ms = 60000,
                                      .answer_ms = 60000,
                                      .wait_ms = 60000,
                                      .pause_ms = 10,
                                      .pause_longest_ms = 100 };
}

static void begin(struct embedder_options o)
{
    assert_int_equal(uv_loop_init(&loop), 0);
    embedder = embedder_create(&o);
    assert_non_null(embedder);
    for (int i = 0; i < DESKS; i++)
        assert_non_null((desks[i] = embedder_desk_create(embedder, &loop, !i)));
}

static void end(void)
{
    for (int i = 0; i < DESKS; i++)
        embedder_desk_end(desks[i]);
    for (int i = 0; i < DESKS; i++) {
        while (!embedder_desk_ended(desks[i]))
            uv_run(&loop, UV_RUN_ONCE);
        embedder_desk_destroy(desks[i]);
        desks[i] = NULL;
    }
    embedder_destroy(embedder);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nobody is left */
    assert_int_equal(errno, ECHILD);
}

/* ---- asking ---- */

struct asked {
    int ended; /* how often */
    int order; /* the how manieth */
    enum embedder_end how;
    double angle; /* of the embedding, in a circle's units */
};

static int order;

static void on_done(void *arg, enum embedder_end how, const float *floats)
{
    struct asked *a = arg;
    assert_int_equal(!floats, how != EMBEDDER_EMBEDDED);
    *a = (struct asked){ a->ended + 1, ++order, how, floats ? atan2(floats[1], floats[0]) : 0 };
}

static bool ask(int desk, int hertz, struct asked *a)
{
    static int16_t samples[TONE];
    for (int i = 0; i < TONE; i++)
        samples[i] = (int16_t)(8000 * sin(2 * M_PI * hertz * (i + 0.5) / 16000));
    *a = (struct asked){ 0 };
    return embedder_ask(desks[desk], samples, TONE, on_done, a);
}

static void wait_for(const struct asked *a)
{
    while (!a->ended)
        uv_run(&loop, UV_RUN_ONCE);
}

static void expect(int desk, int hertz, enum embedder_end how)
{
    struct asked a;
    assert_true(ask(desk, hertz, &a));
    assert_int_equal(a.ended, 0); /* later, never at once */
    wait_for(&a);
    assert_int_equal(a.how, how);
    if (how == EMBEDDER_EMBEDDED)
        assert_float_equal(remainder(a.angle - hertz / 1000.0, 2 * M_PI), 0, 0.01);
}

static void until_begun(uint64_t times)
{
    struct embedder_stats s;
    while ((s = embedder_stats(desks[1])).begun < times || !s.ready)
        uv_run(&loop, UV_RUN_ONCE);
}

/* ---- it works ---- */

static void sounds_are_embedded_in_their_order(void **state)
{
    struct asked a[6];
    begin(usual(STAND_IN));
    order = 0;
    for (int i = 0; i < 6; i++)
        assert_true(ask(i % DESKS, 300 + 100 * i, &a[i]));
    for (int i = 0; i < 6; i++)
        wait_for(&a[i]);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(a[i].how, EMBEDDER_EMBEDDED);
        assert_int_equal(a[i].ended, 1);
        assert_float_equal(a[i].angle, 0.3 + 0.1 * i, 0.01);
        assert_true(!i || i == 1 || a[i].order > a[i - 2].order); /* of one desk */
    }
    struct embedder_stats s = embedder_stats(desks[1]);
    assert_int_equal(s.ended[EMBEDDER_EMBEDDED], 3);
    assert_int_equal(s.asked + s.waiting, 0);
    assert_int_equal(s.begun, 1);
    assert_true(s.highest > 0 && s.ready);
    end();
}

static void a_minute_of_sound_fits(void **state)
{
    static int16_t minute[60 * 16000];
    struct asked a = { 0 };
    begin(usual(STAND_IN));
    for (int i = 0; i < 60 * 16000; i++)
        minute[i] = i / 8 % 2 ? 8000 : -8000; /* 1000 Hz */
    assert_true(embedder_ask(desks[1], minute, 60 * 16000, on_done, &a));
    wait_for(&a);
    assert_int_equal(a.how, EMBEDDER_EMBEDDED);
    assert_float_equal(a.angle, 1, 0.01);
    end();
}

static void no_voice_is_an_answer_too(void **state)
{
    begin(usual(STAND_IN));
    expect(1, NOTHING, EMBEDDER_NOTHING);
    expect(0, CHATTER, EMBEDDER_EMBEDDED); /* whatever it complains of */
    assert_int_equal(embedder_stats(desks[0]).begun, 1);
    end();
}

/* ---- it fails ---- */

static void whatever_it_does_the_next_one_is_answered(void **state)
{
    static const int harms[] = { DIE, GARBAGE, BOMB, NANS, OTHER };
    begin(usual(STAND_IN));
    for (size_t i = 0; i < sizeof harms / sizeof *harms; i++) {
        until_begun(i + 1);
        expect((int)i % DESKS, harms[i], EMBEDDER_FAILED);
        until_begun(i + 2);
        expect(1, 700, EMBEDDER_EMBEDDED);
    }
    end();
}

static void one_that_hangs_is_ended(void **state)
{
    struct embedder_options o = usual(STAND_IN);
    o.answer_ms = 200;
    begin(o);
    until_begun(1);
    expect(1, HANG, EMBEDDER_TIMEOUT);
    until_begun(2);
    end();
}

static void those_behind_are_not_harmed_either(void **state)
{
    struct asked first, second;
    begin(usual(STAND_IN));
    assert_true(ask(1, DIE, &first) && ask(0, 400, &second));
    wait_for(&first);
    wait_for(&second);
    assert_int_equal(first.how, EMBEDDER_FAILED);
    assert_int_equal(second.how, EMBEDDER_AWAY);
    until_begun(2);
    end();
}

static void one_that_never_gets_ready_is_ended(void **state)
{
    struct embedder_options o = usual(STAND_IN " --never-ready");
    o.begin_ms = 100;
    begin(o);
    expect(1, 400, EMBEDDER_AWAY);
    while (embedder_stats(desks[0]).begun < 3) /* and again */
        uv_run(&loop, UV_RUN_ONCE);
    end();
}

static void waiting_has_an_end(void **state)
{
    struct embedder_options o = usual(STAND_IN " --never-ready");
    o.wait_ms = 1;
    begin(o);
    expect(1, 400, EMBEDDER_TIMEOUT);
    end();
}

static void one_that_cannot_begin_is_away(void **state)
{
    static const char *const commands[] = { "/nonexistent", STAND_IN " --fail", "exit 0;" };
    for (int i = 0; i < 3; i++) {
        begin(usual(commands[i]));
        expect(1, 400, EMBEDDER_AWAY);
        end();
    }
    struct embedder_options o = usual(STAND_IN);
    o.launch.program = "/nonexistent";
    begin(o);
    expect(1, 400, EMBEDDER_AWAY);
    expect(0, 400, EMBEDDER_AWAY);
    end();
}

/* ---- limits, and the end ---- */

static void too_many_are_refused(void **state)
{
    struct embedder_options o = usual(STAND_IN " --never-ready");
    struct asked a, b, c;
    o.waiting = 2;
    begin(o);
    assert_true(ask(0, 400, &a) && ask(1, 400, &b));
    assert_false(ask(1, 400, &c));
    assert_int_equal(embedder_stats(desks[1]).full, 1);
    assert_int_equal(embedder_stats(desks[1]).waiting, 2);
    end();
    assert_int_equal(a.how, EMBEDDER_STOPPED);
    assert_int_equal(b.how, EMBEDDER_AWAY); /* its home has ended */
    assert_int_equal(c.ended, 0);
}

/* The desk of one that the process is busy with goes, its home stays. */
static void a_desk_may_end_while_it_is_answered(void **state)
{
    struct asked a, b;
    begin(usual(STAND_IN));
    until_begun(1);
    assert_true(ask(1, HANG, &a) && ask(1, 400, &b));
    while (embedder_stats(desks[0]).waiting == 2)
        uv_run(&loop, UV_RUN_ONCE);
    embedder_desk_end(desks[1]);
    assert_int_equal(a.how, EMBEDDER_STOPPED);
    assert_int_equal(b.how, EMBEDDER_STOPPED);
    assert_false(ask(1, 400, &b));
    end();
}

static void the_home_may_end_first(void **state)
{
    struct asked a, b;
    begin(usual(STAND_IN));
    until_begun(1);
    assert_true(ask(1, HANG, &a) && ask(1, 400, &b));
    while (embedder_stats(desks[0]).waiting == 2)
        uv_run(&loop, UV_RUN_ONCE);
    embedder_desk_end(desks[0]);
    wait_for(&a);
    wait_for(&b);
    assert_int_equal(a.how, EMBEDDER_AWAY);
    assert_int_equal(b.how, EMBEDDER_AWAY);
    expect(1, 400, EMBEDDER_AWAY);
    end();
}

/* ---- what the process has ---- */

static void it_has_nothing_of_ours(void **state)
{
    setenv("VOICE_SECRET", "hunter2", 1);
    struct embedder_options o = usual("sh -c 'test -z \"$VOICE_SECRET\" && test \"$1\" = \"a model\" && "
                                      "test ! -e /proc/$$/fd/3 && test $(ulimit -v) = 1048576 && "
                                      "test $(ulimit -c) = 0 && exec " STAND_IN "' x");
    o.launch.model = "a model";
    begin(o);
    expect(1, 400, EMBEDDER_EMBEDDED);
    end();
    unsetenv("VOICE_SECRET");
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "embed"))
        return launch_become(argc - 1, argv + 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sounds_are_embedded_in_their_order),
        cmocka_unit_test(a_minute_of_sound_fits),
        cmocka_unit_test(no_voice_is_an_answer_too),
        cmocka_unit_test(whatever_it_does_the_next_one_is_answered),
        cmocka_unit_test(one_that_hangs_is_ended),
        cmocka_unit_test(those_behind_are_not_harmed_either),
        cmocka_unit_test(one_that_never_gets_ready_is_ended),
        cmocka_unit_test(waiting_has_an_end),
        cmocka_unit_test(one_that_cannot_begin_is_away),
        cmocka_unit_test(too_many_are_refused),
        cmocka_unit_test(a_desk_may_end_while_it_is_answered),
        cmocka_unit_test(the_home_may_end_first),
        cmocka_unit_test(it_has_nothing_of_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
