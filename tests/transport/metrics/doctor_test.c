/* Doctor: each rule has something to say when its stage is slow, and nothing when it is not. */
#include "tests/test.h"
#include "transport/metrics/doctor.h"
#include "transport/parts.h"

#include <stdio.h>
#include <stdlib.h>

enum { WORKERS = 2 };

/* The place of a queue among the numbers. */
static int place_of(const char *queue)
{
    int i = 0;
    while (strcmp(queue_at(i)->name, queue) != 0)
        i++;
    return i;
}

static struct sample each[WORKERS], sum;
static char said[4096];

static int setup(void **state)
{
    memset(each, 0, sizeof each);
    for (int i = 0; i < WORKERS; i++) {
        each[i].answered = each[i].databases_up = 1;
        each[i].window_ns = 100;
        for (int q = 0; q < QUEUES_MOST; q++)
            each[i].queues[q] = (struct queue_numbers){ 10, 0, 0, 0 };
    }
    return 0;
}

static void hear(void *arg, const char *stage, const char *finding, const char *advice)
{
    size_t n = strlen(said);
    assert_true(*stage && *finding && *advice);
    snprintf(said + n, sizeof said - n, "%s: %s\n", stage, finding);
}

static void judged(const char *expected)
{
    memset(&sum, 0, sizeof sum);
    *said = 0;
    for (int i = 0; i < WORKERS; i++)
        if (each[i].answered)
            sample_add(&sum, &each[i]);
    doctor_judge(each, WORKERS, &sum, hear, NULL);
    assert_string_equal(said, expected);
}

static void many(struct histogram *h, uint64_t value)
{
    for (int i = 0; i < 100; i++)
        histogram_add(h, value);
}

static void nothing_is_slow(void **state)
{
    many(&each[0].commits.commit_us, 16383);
    many(&each[0].commits.publish_commit_us, 16383);
    many(&each[0].streams.publish_deliver_us, 16384);
    many(&each[1].runtime.turn_us, 40000);
    judged("all: nothing is slow: of 100 events the p99 from said to sent is 16.4 ms\n");
}

static void a_silent_worker_and_a_busy_one(void **state)
{
    each[0].worker.busy_ns = 93;
    memset(&each[1], 0, sizeof each[1]);
    judged("worker: worker 0 is busy 93 % of the time\nworker: worker 1 does not answer\n");
}

static void a_database_that_is_away_or_refuses(void **state)
{
    each[1].databases_up = 0;
    each[0].refusing = 1;
    judged("database: 1 of 2 workers lack a connection\ncommit: the database refuses the commits of 1 workers\n");
}

static void queues_that_fill_or_have_refused(void **state)
{
    each[0].queues[place_of("asks")].depth = 5;
    each[1].queues[place_of("turns")].refused = 3;
    judged("queue: in the queue asks wait 5 of 10\nqueue: the queue turns has turned away 3\n");
}

static void slow_commits(void **state)
{
    many(&each[0].commits.commit_us, 32768);
    many(&each[0].commits.publish_commit_us, 32768);
    judged("commit: commits take 32.8 ms (p99)\n");
}

static void turns_that_wait_for_their_batch(void **state)
{
    many(&each[0].commits.commit_us, 1024);
    many(&each[0].commits.publish_commit_us, 65536);
    many(&each[0].commits.batch_turns, 448);
    judged(
        "said_to_committed: what rooms say waits 65.5 ms for its commit (p99), of which the commit takes 1.0; batches "
        "have 448 turns\n");
}

static void slow_deliveries_and_loops(void **state)
{
    many(&each[0].streams.commit_deliver_us, 65536);
    judged("committed_to_sent: events reach all streams 65.5 ms after their commit (p99)\n");
    many(&each[0].runtime.turn_us, 65536);
    judged("committed_to_sent: events reach all streams 65.5 ms after their commit (p99)\n"
           "turn: loops stand still for 65.5 ms (p99)\n");
}

static void slow_statements_and_full_mailboxes(void **state)
{
    many(&each[0].requests.statement_us, 65536);
    many(&each[1].runtime.mailbox_depth, 64);
    judged("statement: statements of requests take 65.5 ms (p99)\nmailbox: actors find 64 messages waiting (p99)\n");
}

#define TEST_OF(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(nothing_is_slow),
        TEST_OF(a_silent_worker_and_a_busy_one),
        TEST_OF(a_database_that_is_away_or_refuses),
        TEST_OF(queues_that_fill_or_have_refused),
        TEST_OF(slow_commits),
        TEST_OF(turns_that_wait_for_their_batch),
        TEST_OF(slow_deliveries_and_loops),
        TEST_OF(slow_statements_and_full_mailboxes),
    };
    queues_use(parts);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
