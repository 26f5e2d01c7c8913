/* Follow: rows of several workers in the order of their times, from where the last answer ended; what was overwritten
 * is counted; a worker that says nothing now is gone on with later. */
#include "tests/test.h"
#include "transport/admin/follow.h"

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORKERS = 3, PLACES = 16, WORDS = 16 };

struct entry {
    int64_t at, value;
};

static struct system *s;
static struct ring *rings[WORKERS];

struct wanted {
    struct follow_from from;
    int64_t multiple; /* only values that are multiples of it */
};

static int64_t at(const void *entry)
{
    return ((const struct entry *)entry)->at;
}

static bool wants(const void *entry, const void *question)
{
    return ((const struct entry *)entry)->value % ((const struct wanted *)question)->multiple == 0;
}

static void put(struct worker *w, const void *entry, int64_t missed, const void *question, struct json *out)
{
    json_int(out, "value", entry ? ((const struct entry *)entry)->value : -missed);
    json_int(out, "worker", worker_index(w));
}

static const struct follow_ops ops = { at, wants, put };
static const struct admin_command row = { .name = "test", .args = FOLLOW_USAGE };
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER; /* of worker 1: while it is locked, that one waits */

static void see(struct worker *w, const void *question, struct buf *answer)
{
    if (worker_index(w) == 1) {
        pthread_mutex_lock(&gate);
        pthread_mutex_unlock(&gate);
    }
    follow_see(w, rings[worker_index(w)], &ops, question, answer);
}

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
    for (int i = 0; i < WORKERS; i++)
        rings[i] = ring_create(PLACES, sizeof(struct entry));
    return !s || !system_start(s, begin, end, NULL);
}

static int teardown(void **state)
{
    system_stop(s);
    system_destroy(s);
    for (int i = 0; i < WORKERS; i++)
        ring_destroy(rings[i]);
    return 0;
}

/* Workers are at rest between two asks. */
static void note(int worker, int64_t time, int64_t value)
{
    *(struct entry *)ring_put(rings[worker]) = (struct entry){ time, value };
}

/* ---- a client: what it has been told, and how to go on ---- */

static struct client {
    char words[WORDS][256];
    size_t n;
    int64_t values[256];
    int64_t multiple;
    size_t nvalues;
    bool fine;
    uint64_t silent;
    const char *note;
    int64_t after_ms;
    struct buf why;
} client;

static void begin_with(const char *words)
{
    char copy[512], *save = NULL;
    buf_fini(&client.why);
    client = (struct client){ .multiple = 1 };
    snprintf(copy, sizeof copy, "%s", words);
    for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
        snprintf(client.words[client.n++], sizeof *client.words, "%s", word);
}

/* What stands in again becomes the words. */
static void take_again(const struct buf *again)
{
    struct buf text = { 0 };
    size_t i;
    json_t *word;
    buf_printf(&text, "[%.*s]", (int)again->n, again->n ? again->p : "");
    json_t *words = json_loadb(text.p, text.n, 0, NULL);
    client.n = 0;
    json_array_foreach(words, i, word)
        snprintf(client.words[client.n++], sizeof *client.words, "%s", json_string_value(word));
    json_decref(words);
    buf_fini(&text);
}

static void take_rows(const struct buf *data)
{
    json_t *rows = json_loadb(data->p, data->n, 0, NULL), *one;
    size_t i;
    assert_true(json_is_array(rows));
    json_array_foreach(rows, i, one) client.values[client.nvalues++] =
        json_integer_value(json_object_get(one, "value"));
    json_decref(rows);
}

static bool is_flag(const char *word)
{
    return !strcmp(word, "--follow") || !strcmp(word, "--oldest");
}

/* Options of a call are in pairs but for the flags. */
static void give(struct admin_call *call)
{
    for (size_t i = 0; i < client.n; i++) {
        struct admin_given *g = &call->given[call->ngiven++];
        g->name = client.words[i];
        g->value = is_flag(g->name) ? "" : client.words[++i];
    }
}

static void ask(void)
{
    struct admin_notes notes = { 0 };
    struct admin_call call = { .system = s, .command = &row, .notes = &notes };
    struct buf data = { 0 };
    struct json j = json_into(&data);
    struct follow f;
    give(&call);
    client.fine = follow_read(&call, &f, &client.why);
    client.nvalues = 0;
    if (client.fine) {
        struct wanted wanted = { f.from, client.multiple };
        follow_answer(&call, &f, see, &wanted, sizeof wanted, &j);
        take_rows(&data);
    }
    take_again(&notes.again);
    client.silent = notes.silent;
    client.note = notes.note;
    client.after_ms = notes.again_ms;
    buf_fini(&notes.again);
    buf_fini(&data);
}

#define assert_told(...)                                                                                               \
    do {                                                                                                               \
        const int64_t expected[] = { __VA_ARGS__ };                                                                    \
        assert_int_equal(client.nvalues, sizeof expected / sizeof *expected);                                          \
        assert_memory_equal(client.values, expected, sizeof expected);                                                 \
    } while (0)

/* ---- tests ---- */

static void the_newest_in_the_order_of_their_times(void **state)
{
    begin_with("--count 4");
    ask();
    assert_int_equal(client.nvalues, 0);
    for (int64_t t = 1; t <= 6; t++)
        note((int)t % 2, t, t);
    ask();
    begin_with("--count 4");
    ask();
    assert_told(3, 4, 5, 6);
    assert_int_equal(client.n, 0);
}

static void a_follower_goes_on_where_it_was(void **state)
{
    begin_with("--follow --count 100");
    ask();
    size_t first = client.nvalues;
    assert_true(first > 0);
    ask();
    assert_int_equal(client.nvalues, 0);
    note(2, 30, 30);
    note(0, 20, 20);
    note(2, 31, 31);
    ask();
    assert_told(20, 30, 31);
    ask();
    assert_int_equal(client.nvalues, 0);
}

static void what_was_overwritten_is_counted_once(void **state)
{
    begin_with("--follow");
    ask();
    for (int i = 0; i < PLACES + 5; i++)
        note(1, 1000 + i, 1000 + i);
    ask();
    assert_int_equal(client.nvalues, PLACES + 1);
    assert_int_equal(client.values[0], -5);
    for (int i = 0; i < PLACES; i++)
        assert_int_equal(client.values[1 + i], 1005 + i);
    ask();
    assert_int_equal(client.nvalues, 0);
}

/* At five rows a second one answer has one row; nothing is lost by that, and a gap is told as large as it is. */
static void a_slow_follower_gets_all_of_it_later(void **state)
{
    begin_with("--follow --rate 5");
    ask();
    for (int i = 0; i < PLACES + 2; i++)
        note(0, 2000 + i, 2000 + i);
    note(1, 1999, 1999);
    ask();
    assert_told(1999);
    assert_int_equal(client.after_ms, 200);
    ask();
    assert_told(-2);
    for (int i = 0; i < PLACES; i++) {
        ask();
        assert_told(2002 + i);
    }
    begin_with("--follow --rate 1");
    ask();
    assert_int_equal(client.after_ms, 1000);
}

static void what_is_not_wanted_is_passed_over(void **state)
{
    begin_with("--follow");
    client.multiple = 7;
    ask();
    for (int i = 1; i <= PLACES; i++)
        note(i % WORKERS, 3000 + i, i);
    ask();
    assert_told(7, 14);
    begin_with("--count 1");
    client.multiple = 7;
    ask();
    assert_told(14);
}

static void it_ends_after_so_many(void **state)
{
    begin_with("--follow --count 12");
    ask();
    int64_t left = 12 - (int64_t)client.nvalues;
    for (int64_t i = 0; i < left + 3; i++)
        note(0, 4000 + i, 4000 + i);
    ask();
    assert_int_equal(client.nvalues, left);
    assert_int_equal(client.n, 0);
}

/* Makes the place that it goes on from one of a moment long ago. */
static void let_time_pass(void)
{
    char rest[128], place[256], *last = strchr(client.words[client.n - 1], '.');
    assert_non_null(last);
    snprintf(rest, sizeof rest, "%s", strchr(last + 1, '.'));
    *last = 0;
    snprintf(place, sizeof place, "%.60s.1%.100s", client.words[client.n - 1], rest);
    snprintf(client.words[client.n - 1], sizeof *client.words, "%s", place);
}

static void it_begins_with_the_oldest_if_asked(void **state)
{
    begin_with("--follow --oldest");
    ask();
    int64_t told = 0, kept = 0;
    for (size_t i = 0; i < client.nvalues; i++)
        told += client.values[i] > 0;
    for (int i = 0; i < WORKERS; i++)
        kept += (int64_t)(rings[i]->last - ring_oldest(rings[i]) + 1);
    assert_true(kept > 2 * PLACES);
    assert_int_equal(told, kept);
    for (size_t i = 0; i < client.n; i++)
        assert_string_not_equal(client.words[i], "--oldest");
    note(0, 4900, 4900);
    ask();
    assert_told(4900);
}

static void more_time_may_be_given(void **state)
{
    begin_with("--follow");
    ask();
    for (int i = 0; i < 3; i++) {
        let_time_pass();
        snprintf(client.words[client.n++], sizeof *client.words, "--for");
        snprintf(client.words[client.n++], sizeof *client.words, "100");
        note(0, 4950 + i, 4950 + i);
        ask();
        assert_told(4950 + i);
        assert_true(client.n > 0);
        assert_null(client.note);
    }
}

static void it_ends_when_its_time_is_over(void **state)
{
    begin_with("--follow");
    ask();
    assert_null(client.note);
    let_time_pass();
    note(0, 5000, 5000);
    ask();
    assert_told(5000);
    assert_int_equal(client.n, 0);
    assert_non_null(client.note);
}

static void a_silent_worker_is_named_and_gone_on_with(void **state)
{
    begin_with("--follow");
    ask();
    pthread_mutex_lock(&gate);
    note(0, 6000, 6000);
    note(1, 6001, 6001);
    ask();
    assert_int_equal(client.silent, 2);
    assert_told(6000);
    note(0, 6002, 6002);
    ask();
    assert_int_equal(client.silent, 2);
    assert_told(6002);
    pthread_mutex_unlock(&gate);
    ask();
    assert_int_equal(client.silent, 0);
    assert_told(6001);
}

static void places_of_another_server_and_rubbish(void **state)
{
    static const char *const bad[] = { "1.99.0.0.0", "", "x", "1", "ffffffffff.1.1.1.1" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        begin_with("--follow --after x");
        snprintf(client.words[2], sizeof *client.words, "%s", bad[i]);
        ask();
        assert_false(client.fine);
        assert_true(client.why.n > 0);
    }
    begin_with("--follow --after 1.99.0.0.0");
    ask();
    assert_non_null(memmem(client.why.p, client.why.n, "anew", 4));
    begin_with("--follow --rate 0");
    ask();
    assert_false(client.fine);
}

/* Numbers that no worker has come to: nothing is there, and nothing breaks. */
static void a_place_in_the_future(void **state)
{
    begin_with("--follow");
    ask();
    char *end = strrchr(client.words[client.n - 1], '.');
    strcpy(end, ".18446744073709551614");
    ask();
    assert_true(client.fine);
    assert_int_equal(client.nvalues, 0);
    buf_fini(&client.why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_in_the_order_of_their_times),
        cmocka_unit_test(a_follower_goes_on_where_it_was),
        cmocka_unit_test(what_was_overwritten_is_counted_once),
        cmocka_unit_test(a_slow_follower_gets_all_of_it_later),
        cmocka_unit_test(what_is_not_wanted_is_passed_over),
        cmocka_unit_test(it_ends_after_so_many),
        cmocka_unit_test(it_begins_with_the_oldest_if_asked),
        cmocka_unit_test(more_time_may_be_given),
        cmocka_unit_test(it_ends_when_its_time_is_over),
        cmocka_unit_test(a_silent_worker_is_named_and_gone_on_with),
        cmocka_unit_test(places_of_another_server_and_rubbish),
        cmocka_unit_test(a_place_in_the_future),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
