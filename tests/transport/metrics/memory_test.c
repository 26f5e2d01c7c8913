/* Memory: what the doctor says at each threshold, and nothing below it; samples add up; rows are those of the parts. */
#include "tests/test.h"
#include "transport/metrics/doctor.h"
#include "transport/parts.h"

#include <stdio.h>

#define MIB ((int64_t)1 << 20)

static struct memory_picture p;
static char said[4096];

static struct memory_amount *row_of(struct memory_sample *s, const char *name)
{
    const struct memory_amount *a = memory_of(s, name);
    assert_non_null(a);
    return &s->rows[a - s->rows];
}

static struct memory_amount *row(const char *name)
{
    return row_of(&p.sum, name);
}

/* 600 MiB resident, of which the allocator has 400 in use, all of it accounted for. */
static int setup(void **state)
{
    p = (struct memory_picture){ .process = { .resident = 600 * MIB, .files = 40 * MIB, .limit = 1000 * MIB },
                                 .heap = { .arenas = 440 * MIB, .in_use = 400 * MIB, .free = 40 * MIB } };
    p.sum.answered = 2;
    *row("connections") = (struct memory_amount){ 1000, 400 * (uint64_t)MIB };
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
    *said = 0;
    memory_judge(&p, hear, NULL);
    assert_string_equal(said, expected);
}

#define NOTHING "all: nothing stands out: of 600.0 MiB resident 400.0 are in the parts of 2 workers\n"

static void nothing_stands_out(void **state)
{
    judged(NOTHING);
    p = (struct memory_picture){ 0 }; /* nothing is to be had */
    judged("all: nothing stands out: of 0.0 MiB resident 0.0 are in the parts of 0 workers\n");
}

static void near_the_limit(void **state)
{
    p.process.limit = 760 * MIB;
    judged(NOTHING);
    p.process.limit = 740 * MIB;
    judged("process: the process has 600.0 MiB of the 740.0 that it may have\n");
}

static void what_the_allocator_keeps(void **state)
{
    p.heap.free = 220 * MIB; /* half of the arenas, of which 160 MiB are resident */
    judged(NOTHING);
    p.heap.arenas = 300 * MIB;
    judged("allocator: the allocator keeps 160.0 MiB that nobody uses, 53 % of its 300.0\n");
    p.process.resident = 503 * MIB; /* given back: 63 MiB are left */
    p.heap.arenas = 100 * MIB;
    row("connections")->bytes = 400 * (uint64_t)MIB;
    judged("all: nothing stands out: of 503.0 MiB resident 400.0 are in the parts of 2 workers\n");
}

static void what_nobody_counts(void **state)
{
    row("connections")->bytes = 201 * (uint64_t)MIB;
    judged("all: nothing stands out: of 600.0 MiB resident 201.0 are in the parts of 2 workers\n");
    row("connections")->bytes = 200 * (uint64_t)MIB;
    judged("unaccounted: of 400.0 MiB in use 200.0 are in no part that is counted\n");
    p.heap.in_use = 200 * MIB;
    row("connections")->bytes = 73 * (uint64_t)MIB;
    judged("all: nothing stands out: of 600.0 MiB resident 73.0 are in the parts of 2 workers\n");
}

static void slow_clients(void **state)
{
    *row("output") = (struct memory_amount){ 7, 16 * (uint64_t)MIB - 1 };
    row("connections")->bytes -= 16 * (uint64_t)MIB;
    row("output")->most = 5 * (uint64_t)MIB;
    row("output")->worker = 1;
    row("output")->whose = 17;
    judged(NOTHING);
    row("output")->bytes++;
    judged("output: 7 slow clients hold 16.0 MiB that they do not take, the slowest, 1-17, is 5.0 behind\n");
}

static void hasty_clients(void **state)
{
    *row("early") = (struct memory_amount){ 300, 16 * (uint64_t)MIB - 1 };
    row("connections")->bytes -= 16 * (uint64_t)MIB;
    judged(NOTHING);
    row("early")->bytes++;
    judged("early: 300 clients have sent 16.0 MiB before it was their turn\n");
}

static void one_room_is_most_of_all(void **state)
{
    *row("rooms") = (struct memory_amount){ 12, 10 * (uint64_t)MIB };
    *row("room_rings") = (struct memory_amount){ 90, 6 * (uint64_t)MIB };
    row("connections")->bytes -= 16 * (uint64_t)MIB;
    row("rooms")->whose = 42;
    row("rooms")->most = 8 * (uint64_t)MIB - 1;
    judged(NOTHING);
    row("rooms")->most++;
    judged("room: room 42 holds 8.0 MiB of the 16.0 of all 12 rooms\n");
    row("rooms")->bytes += 2 * (uint64_t)MIB;
    row("connections")->bytes -= 2 * (uint64_t)MIB;
    judged(NOTHING);
}

static void full_mailboxes(void **state)
{
    p.messages = 32 * MIB / MESSAGE_BYTES;
    judged(NOTHING);
    p.messages++;
    judged("messages: 87382 messages wait, about 32.0 MiB\n");
}

static void turns_without_a_commit(void **state)
{
    *row("turns") = (struct memory_amount){ 65536, 32 * (uint64_t)MIB - 1 };
    row("connections")->bytes -= 32 * (uint64_t)MIB;
    judged(NOTHING);
    row("turns")->bytes++;
    judged("turns: 65536 turns wait for their commit with 32.0 MiB\n");
}

static void everything_at_once_is_all_said(void **state)
{
    int lines = 0;
    row("output")->bytes = row("early")->bytes = row("turns")->bytes = 32 << 20;
    row("rooms")->most = 9 << 20;
    p.messages = 1000000;
    p.process.limit = 700 * MIB;
    p.heap = (struct process_heap){ .arenas = 200 * MIB, .in_use = 400 * MIB, .free = 150 * MIB };
    row("connections")->bytes = 0;
    *said = 0;
    memory_judge(&p, hear, NULL);
    for (const char *c = said; *c; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 8);
}

static void samples_add_up(void **state)
{
    struct memory_sample sum = { 0 },
                         one = { .answered = 1, .kinds = { { "classroom", { 2, 200 } }, { "ingress", { 1, 50 } } } },
                         two = { .answered = 1, .kinds = { { "ingress", { 1, 50 } }, { "notifier", { 1, 30 } } } };
    *row_of(&one, "rooms") = (struct memory_amount){ 2, 200, .most = 150, .whose = 7 };
    *row_of(&one, "output") = (struct memory_amount){ 1, 10, .most = 8, .whose = 3 };
    *row_of(&two, "rooms") = (struct memory_amount){ 1, 90, .most = 90, .whose = 8, .worker = 1 };
    *row_of(&two, "output") = (struct memory_amount){ 1, 9, .most = 9, .whose = 4, .worker = 1 };
    *row_of(&two, "streams") = (struct memory_amount){ 3, 30 };
    memory_add(&sum, &one);
    memory_add(&sum, &two);
    assert_int_equal(sum.answered, 2);
    assert_int_equal(memory_bytes(&sum), 339);
    assert_string_equal(sum.kinds[1].name, "ingress");
    assert_int_equal(sum.kinds[1].amount.count, 2);
    assert_string_equal(sum.kinds[2].name, "notifier");
    assert_null(sum.kinds[3].name);
    assert_int_equal(row_of(&sum, "rooms")->count, 3);
    assert_int_equal(row_of(&sum, "rooms")->whose, 7);
    assert_int_equal(row_of(&sum, "output")->most, 9);
    assert_int_equal(row_of(&sum, "output")->whose, 4);
    assert_int_equal(row_of(&sum, "output")->worker, 1);
    assert_int_equal(row_of(&sum, "streams")->bytes, 30);
}

/* Each row of each part is found by its number and by its name, which no other has. */
static void rows_are_those_of_the_parts(void **state)
{
    const struct memory_row *one, *other;
    int n = 0;
    for (int i = 0; (one = memory_row_at(i)); i++, n++)
        for (int k = 0; (other = memory_row_at(k)) && k < i; k++)
            assert_string_not_equal(one->name, other->name);
    assert_in_range(n, 1, MEMORY_ROWS_MOST);
    for (int i = 0; parts[i]; i++) {
        assert_int_equal(parts[i]->memory != NULL, parts[i]->read_memory != NULL);
        for (one = parts[i]->memory; one && one->name; one++) {
            assert_non_null(memory_of(&p.sum, one->name));
            assert_true(*one->about);
            n--;
        }
    }
    assert_int_equal(n, 3); /* those of the actors */
    assert_null(memory_of(&p.sum, "nothing"));
}

/* Those for whom there is no line share the last one; nothing is lost. */
static void more_kinds_than_lines(void **state)
{
    static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j" };
    struct memory_sample sum = { 0 };
    uint64_t count = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct memory_sample one = { .kinds = { { names[i], { 1, 1 } } } };
        memory_add(&sum, &one);
    }
    for (int i = 0; i < MEMORY_KINDS_MOST; i++)
        count += sum.kinds[i].amount.count;
    assert_int_equal(count, sizeof names / sizeof *names);
}

#define TEST_OF(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(nothing_stands_out),
        TEST_OF(near_the_limit),
        TEST_OF(what_the_allocator_keeps),
        TEST_OF(what_nobody_counts),
        TEST_OF(slow_clients),
        TEST_OF(hasty_clients),
        TEST_OF(one_room_is_most_of_all),
        TEST_OF(full_mailboxes),
        TEST_OF(turns_without_a_commit),
        TEST_OF(everything_at_once_is_all_said),
        TEST_OF(samples_add_up),
        TEST_OF(rows_are_those_of_the_parts),
        TEST_OF(more_kinds_than_lines),
    };
    memory_use(parts);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
