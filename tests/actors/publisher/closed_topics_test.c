/* Closed topics: each closes for longer than the time before, and opens for good once it has taken something. */
#include "actors/publisher/closed_topics.h"
#include "tests/test.h"

#include <stdio.h>

#define SECOND UINT64_C(1000000000)

static void closed_are(const struct closed_topics *c, uint64_t now, const char *expected)
{
    struct buf out = { 0 };
    closed_topics_put(c, now, &out);
    assert_true(text_is(buf_view(&out), expected));
    buf_fini(&out);
}

static void a_topic_is_closed_for_longer_each_time(void **state)
{
    static const uint64_t seconds[] = { 5, 10, 20, 40, 80, 160, 300, 300 };
    struct closed_topics c = { 0 };
    uint64_t now = SECOND;
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++) {
        assert_int_equal(closed_topics_add(&c, "t", now), i == 0);
        closed_are(&c, now + seconds[i] * SECOND - 1, "t");
        now += seconds[i] * SECOND;
        closed_are(&c, now, "");
    }
}

static void further_reports_of_one_closing_change_nothing(void **state)
{
    struct closed_topics c = { 0 };
    assert_true(closed_topics_add(&c, "t", SECOND));
    for (int i = 0; i < 100; i++)
        assert_false(closed_topics_add(&c, "t", SECOND + i));
    closed_are(&c, 6 * SECOND - 1, "t");
    closed_are(&c, 6 * SECOND, "");
}

static void what_takes_events_again_begins_anew(void **state)
{
    struct closed_topics c = { 0 };
    assert_false(closed_topics_remove(&c, "t"));
    closed_topics_add(&c, "a", SECOND);
    closed_topics_add(&c, "t", SECOND);
    closed_topics_add(&c, "t", 6 * SECOND);
    closed_are(&c, SECOND, "a,t");
    assert_true(closed_topics_remove(&c, "a"));
    closed_are(&c, 15 * SECOND, "t");
    assert_true(closed_topics_remove(&c, "t"));
    assert_true(closed_topics_add(&c, "t", 20 * SECOND));
    closed_are(&c, 25 * SECOND, "");
}

static void there_are_so_many_places(void **state)
{
    struct closed_topics c = { 0 };
    char name[TOPIC_SIZE + 1];
    for (int i = 0; i < TOPICS_MOST; i++) {
        snprintf(name, sizeof name, "t%d", i);
        assert_true(closed_topics_add(&c, name, SECOND));
    }
    assert_false(closed_topics_add(&c, "more", SECOND));
    assert_int_equal(c.n, TOPICS_MOST);
    c.n = 0;
    memset(name, 'x', TOPIC_SIZE);
    name[TOPIC_SIZE] = 0;
    assert_false(closed_topics_add(&c, name, SECOND)); /* no name that Kafka has */
    assert_int_equal(c.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_topic_is_closed_for_longer_each_time),
        cmocka_unit_test(further_reports_of_one_closing_change_nothing),
        cmocka_unit_test(what_takes_events_again_begins_anew),
        cmocka_unit_test(there_are_so_many_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
