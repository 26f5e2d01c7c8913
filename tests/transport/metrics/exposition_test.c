/* Exposition: escaping, folding, and what stands of a worker that is silent. */
#include "tests/test.h"
#include "transport/metrics/exposition.h"
#include "transport/parts.h"

#include <stdio.h>
#include <stdlib.h>

/* The place of a queue among the numbers. */
static int place_of(const char *queue)
{
    int i = 0;
    while (strcmp(queue_at(i)->name, queue) != 0)
        i++;
    return i;
}

static struct sample samples[2];
static struct buf out;

static int setup(void **state)
{
    memset(samples, 0, sizeof samples);
    for (int i = 0; i < 2; i++) {
        samples[i].answered = 1;
        for (int q = 0; q < QUEUES_MOST; q++)
            samples[i].queues[q] = (struct queue_numbers){ -1, -1, -1, -1 };
    }
    return 0;
}

static int teardown(void **state)
{
    buf_fini(&out);
    out = (struct buf){ 0 };
    return 0;
}

static void put(const char *version, bool first, bool second)
{
    static const char *const areas[] = { "classroom", NULL };
    const bool up[] = { first, second };
    const struct exposition e = { .samples = samples, .up = up, .workers = 2, .version = version, .areas = areas };
    exposition_put(&e, &out);
    assert_false(out.failed);
    buf_putc(&out, 0);
}

static void says(const char *line)
{
    if (!strstr(out.p, line))
        fail_msg("no %s", line);
}

static void labels_are_escaped(void **state)
{
    put("1 \"beta\"\\\nx", true, true);
    says("lectern_build_info{version=\"1 \\\"beta\\\"\\\\\\nx\"} 1\n");
}

static void numbers_are_added_and_the_silent_one_stands(void **state)
{
    samples[0].http.sent = 5;
    samples[1].http.sent = 7;
    samples[0].http.connections = 3;
    samples[1].http.connections = 4;
    put("1", true, false);
    says("lectern_sent_bytes_total 12\n");
    says("lectern_worker_connections{worker=\"1\"} 4\n");
    says("lectern_worker_up{worker=\"0\"} 1\nlectern_worker_up{worker=\"1\"} 0\n");
}

static void a_worker_that_never_answered_adds_nothing(void **state)
{
    memset(&samples[1], 0, sizeof samples[1]);
    put("1", true, false);
    if (strstr(out.p, "lectern_queue_depth{"))
        fail_msg("a queue that nobody has read");
}

static void of_a_queue_the_fullest_is_told_and_refusals_add(void **state)
{
    samples[0].queues[place_of("mailbox")] = (struct queue_numbers){ 10, 4, 9, 1 };
    samples[1].queues[place_of("mailbox")] = (struct queue_numbers){ 10, 6, 7, 2 };
    put("1", true, true);
    says("lectern_queue_depth{queue=\"mailbox\"} 6\n");
    says("lectern_queue_limit{queue=\"mailbox\"} 10\n");
    says("lectern_queue_highest{queue=\"mailbox\"} 9\n");
    says("lectern_queue_refused_total{queue=\"mailbox\"} 3\n");
}

static void times_are_seconds_and_bounds_exact(void **state)
{
    histogram_add(&samples[0].commits.commit_us, 1023); /* less than 2^10 microseconds */
    histogram_add(&samples[1].commits.commit_us, 1024);
    histogram_add(&samples[1].commits.commit_us, UINT64_C(40000000)); /* beyond the last bound */
    histogram_add(&samples[0].commits.batch_turns, 7);
    histogram_add(&samples[0].commits.batch_turns, 8);
    put("1", true, true);
    says("lectern_commit_seconds_bucket{le=\"0.000512\"} 0\n");
    says("lectern_commit_seconds_bucket{le=\"0.001024\"} 1\n");
    says("lectern_commit_seconds_bucket{le=\"0.002048\"} 2\n");
    says("lectern_commit_seconds_bucket{le=\"33.554432\"} 2\nlectern_commit_seconds_bucket{le=\"+Inf\"} 3\n");
    says("lectern_commit_seconds_sum 40.002047\nlectern_commit_seconds_count 3\n");
    says("lectern_batch_turns_bucket{le=\"7\"} 1\nlectern_batch_turns_bucket{le=\"15\"} 2\n");
}

static void requests_have_area_and_class(void **state)
{
    samples[0].requests.areas[0].by_class[2] = 5;
    samples[1].requests.areas[0].by_class[2] = 1;
    samples[0].requests.areas[HTTP_AREAS_MOST - 1].by_class[4] = 3;
    histogram_add(&samples[0].requests.areas[0].request_us, 20);
    put("1", true, true);
    says("lectern_requests_total{area=\"classroom\",status=\"2xx\"} 6\n");
    says("lectern_requests_total{area=\"none\",status=\"4xx\"} 3\n");
    says("lectern_request_seconds_bucket{area=\"classroom\",le=\"3.2e-05\"} 1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(labels_are_escaped),
        TEST(numbers_are_added_and_the_silent_one_stands),
        TEST(a_worker_that_never_answered_adds_nothing),
        TEST(of_a_queue_the_fullest_is_told_and_refusals_add),
        TEST(times_are_seconds_and_bounds_exact),
        TEST(requests_have_area_and_class),
    };
    queues_use(parts);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
