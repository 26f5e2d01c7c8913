/* Room: a message carries its texts with it. */
#include "proto/classroom.h"
#include "tests/test.h"

#include <stdlib.h>

static const struct return_address back = { 3, 4, 5, 6 };

static void a_command_outlives_what_it_was_made_of(void **state)
{
    char name[] = "Ada", other[] = "Ben", text[] = "hello", title[] = "An air";
    struct classroom_audio audio = { .named = true, .id = 6, .speed = 1.5 };
    struct room_command cmd = { .op = ROOM_SAY,
                                .caller = { 1, true, text_of(name) },
                                .other = { 2, false, text_of(other) },
                                .target = 9,
                                .flag = true,
                                .text = text_of(text),
                                .title = text_of(title),
                                .more = &audio,
                                .more_n = sizeof audio,
                                .stream = 77,
                                .last = LAST_ID_GOOD,
                                .last_epoch = 2,
                                .last_seq = 10 };
    struct message *m = room_command_create(&cmd, back);
    assert_non_null(m);
    memset(name, 'x', 3);
    memset(other, 'x', 3);
    memset(text, 'x', 5);
    memset(title, 'x', 6);
    memset(&audio, 'x', sizeof audio);
    const struct room_command *got = room_command(m);
    assert_int_equal(m->kind, MESSAGE_ROOM_COMMAND);
    assert_int_equal(m->reply.worker, 3);
    assert_int_equal(m->reply.slot, 4);
    assert_int_equal(m->reply.node, 6);
    assert_int_equal(m->reply.generation, 5);
    assert_true(text_is(got->caller.name, "Ada"));
    assert_true(text_is(got->other.name, "Ben"));
    assert_true(text_is(got->text, "hello"));
    assert_true(text_is(got->title, "An air"));
    assert_true(classroom_audio_of(got)->named && !classroom_audio_of(got)->known);
    assert_int_equal(classroom_audio_of(got)->id, 6);
    assert_true(classroom_audio_of(got)->speed == 1.5);
    assert_int_equal(got->target, 9);
    assert_int_equal(got->stream, 77);
    assert_int_equal(got->last_seq, 10);
    assert_true(got->flag && got->caller.teacher && !got->other.teacher);
    assert_int_equal(m->size, sizeof cmd + sizeof audio + 3 + 3 + 5 + 6);
    message_destroy(m);
}

/* Absent and empty are told apart: a signal without payload is null, an empty text is a text. */
static void absent_stays_absent_and_empty_empty(void **state)
{
    struct room_command cmd = { .op = ROOM_SIGNAL, .caller.name = TEXT("") };
    struct message *m = room_command_create(&cmd, NO_RETURN);
    assert_non_null(m);
    assert_null(room_command(m)->text.p);
    assert_null(room_command(m)->more);
    assert_false(classroom_audio_of(room_command(m))->named);
    assert_null(room_command(m)->other.name.p);
    assert_non_null(room_command(m)->caller.name.p);
    assert_int_equal(room_command(m)->caller.name.n, 0);
    message_destroy(m);
}

static void an_answer_carries_its_body(void **state)
{
    char body[] = "{\"ok\":true}";
    struct message *m = room_answer_create(ERROR_KICKED, text_of(body), back);
    assert_non_null(m);
    memset(body, 'x', sizeof body - 1);
    assert_int_equal(m->kind, MESSAGE_ROOM_ANSWER);
    assert_int_equal(m->reply.slot, 4);
    assert_int_equal(m->reply.node, 6);
    assert_int_equal(room_answer(m)->why, ERROR_KICKED);
    assert_true(text_is(room_answer(m)->body, "{\"ok\":true}"));
    message_destroy(m);
    m = room_answer_create(ERROR_OK, (struct text){ 0 }, back);
    assert_non_null(m);
    assert_null(room_answer(m)->body.p);
    message_destroy(m);
    assert_int_equal(message_alive(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_outlives_what_it_was_made_of),
        cmocka_unit_test(absent_stays_absent_and_empty_empty),
        cmocka_unit_test(an_answer_carries_its_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
