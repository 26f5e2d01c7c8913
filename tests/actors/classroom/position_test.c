/* Playback: the arithmetic against a model that lets time go by in small steps, over random commands; and the record's
 * JSON. */
#include "actors/classroom/position.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>

#define MS ((uint64_t)1000000)

enum { RUNS = 300, COMMANDS = 60 };

/* ---- the model: every millisecond adds a little ---- */

struct model {
    bool playing;
    double position, speed, duration;
};

static double reading(const struct model *m)
{
    return m->playing && m->position > m->duration ? m->duration : m->position;
}

static void time_goes_by(struct model *m, uint64_t *now, int ms)
{
    for (int i = 0; i < ms; i++)
        if (m->playing)
            m->position += m->speed / 1000;
    *now += (uint64_t)ms * MS;
}

static void assert_same(const struct playback *p, const struct model *m, uint64_t now)
{
    double got = playback_position(p, now), want = reading(m);
    if (fabs(got - want) > 1e-4)
        fail_msg("position %.9f, the model says %.9f", got, want);
    assert_true(p->speed == m->speed);
    assert_int_equal(p->status == PLAYBACK_PLAYING, m->playing);
}

/* A second record, made from what would be on disk, goes on as the first one does. */
static void assert_restored(const struct playback *p, uint64_t now)
{
    struct playback q;
    uint64_t other = 5 * MS; /* another process's clock */
    playback_init(&q);
    assert_true(playback_select(&q, p->audio, TEXT("x"), p->duration));
    playback_restore(&q, p->status, p->position, p->speed, (int64_t)((now - p->as_of) / 1000), other);
    assert_true(fabs(playback_position(&q, other) - playback_position(p, now)) < 1e-5);
    assert_true(fabs(playback_position(&q, other + 700 * MS) - playback_position(p, now + 700 * MS)) < 1e-5);
    playback_fini(&q);
}

static void command(struct playback *p, struct model *m, uint64_t now)
{
    static const double speeds[] = { 0.25, 0.5, 1, 1.5, 2, 4 };
    double position = rand() % 200 / 10.0, speed = speeds[rand() % 6];
    switch (rand() % 7) {
    case 0:
        playback_play(p, position, speed, now);
        *m = (struct model){ true, position, speed, m->duration };
        break;
    case 1:
        playback_pause(p, position);
        *m = (struct model){ false, position, m->speed, m->duration };
        break;
    case 2: /* where it is */
        playback_pause(p, playback_position(p, now));
        *m = (struct model){ false, reading(m), m->speed, m->duration };
        break;
    case 3:
        playback_seek(p, position, now);
        m->position = position;
        break;
    case 4:
        playback_set_speed(p, speed, now);
        *m = (struct model){ m->playing, reading(m), speed, m->duration };
        break;
    case 5:
        *m = (struct model){ false, 0, m->speed, rand() % 2 ? 12.5 : NAN };
        assert_true(playback_select(p, 1 + rand() % 3, TEXT("x"), m->duration));
        break;
    default:
        break;
    }
}

static void it_says_what_small_steps_say(void **state)
{
    srand(1);
    for (int run = 0; run < RUNS; run++) {
        struct playback p;
        struct model m = { .speed = 1, .duration = NAN };
        uint64_t now = 1000 * MS;
        playback_init(&p);
        for (int i = 0; i < COMMANDS; i++) {
            command(&p, &m, now);
            assert_same(&p, &m, now); /* right after a command both readings agree */
            assert_restored(&p, now);
            time_goes_by(&m, &now, rand() % 900);
            assert_same(&p, &m, now);
        }
        playback_fini(&p);
    }
}

/* ---- by hand ---- */

static void it_stands_at_the_end(void **state)
{
    struct playback p;
    playback_init(&p);
    assert_true(playback_select(&p, 1, TEXT("x"), 10));
    playback_play(&p, 8, 2, 0);
    assert_true(playback_position(&p, 900 * MS) == 9.8);
    assert_true(playback_position(&p, 1000 * MS) == 10);
    assert_true(playback_position(&p, 3600000 * MS) == 10);
    assert_int_equal(p.status, PLAYBACK_PLAYING);
    playback_seek(&p, 4, 3600000 * MS);
    assert_true(playback_position(&p, 3601000 * MS) == 6);
    playback_play(&p, 12, 1, 0); /* what is asked for may lie behind the end; what is told does not */
    assert_true(playback_position(&p, 0) == 10);
    playback_fini(&p);
}

static void a_clock_set_back_counts_as_none(void **state)
{
    struct playback p;
    playback_init(&p);
    playback_restore(&p, PLAYBACK_PLAYING, 5, 2, -3000000, 0);
    assert_true(playback_position(&p, 0) == 5);
    playback_restore(&p, PLAYBACK_PAUSED, 5, 2, 3000000, 0);
    assert_true(playback_position(&p, 1000 * MS) == 5);
    playback_fini(&p);
}

static void assert_record(const struct playback *p, uint64_t now, const char *want)
{
    struct buf out = { 0 };
    struct json j = json_into(&out);
    playback_put(p, now, NULL, NULL, &j);
    assert_true(text_is(buf_view(&out), want));
    buf_fini(&out);
}

static void the_record(void **state)
{
    struct playback p;
    playback_init(&p);
    assert_record(&p, 7,
                  "{\"audio_id\":null,\"status\":\"stopped\",\"speed\":1.0,\"position\":0.0,\"title\":null,"
                  "\"duration\":null}");
    playback_set_speed(&p, 1.5, 7);
    assert_true(playback_select(&p, 3, TEXT("An \"air\""), 60.25));
    playback_play(&p, 1, p.speed, 0);
    assert_record(&p, 2000 * MS + 1,
                  "{\"audio_id\":3,\"status\":\"playing\",\"speed\":1.5,\"position\":4.0,\"title\":\"An \\\"air\\\"\","
                  "\"duration\":60.25}");
    playback_pause(&p, 4.5);
    assert_true(playback_select(&p, 4, TEXT(""), NAN));
    assert_record(&p, 0,
                  "{\"audio_id\":4,\"status\":\"stopped\",\"speed\":1.5,\"position\":0.0,\"title\":\"\","
                  "\"duration\":null}");
    playback_fini(&p);
}

static void status_words(void **state)
{
    for (int s = 0; s < PLAYBACK_STATUS_COUNT; s++)
        assert_int_equal(playback_read_status(text_of(playback_status_name((enum playback_status)s))), s);
    assert_int_equal(playback_read_status(TEXT("play")), PLAYBACK_STOPPED);
    assert_int_equal(playback_read_status((struct text){ 0 }), PLAYBACK_STOPPED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_what_small_steps_say),
        cmocka_unit_test(it_stands_at_the_end),
        cmocka_unit_test(a_clock_set_back_counts_as_none),
        cmocka_unit_test(the_record),
        cmocka_unit_test(status_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
