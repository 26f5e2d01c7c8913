/* Frame: the bytes of an event, a chat's data in both spellings, and the ids that clients send back. */
#include "proto/base/json.h"
#include "proto/classroom.h"
#include "tests/test.h"

#include <jansson.h>

static struct buf out;

static int clean(void **state)
{
    buf_fini(&out);
    return 0;
}

static void assert_out(const char *expected)
{
    buf_putc(&out, 0);
    assert_string_equal(out.p, expected);
    buf_reset(&out);
}

static void a_frame_has_an_id_unless_it_has_no_place(void **state)
{
    frame_put(&out, 3, 17, "chat", TEXT("{\"a\":1}"));
    assert_out("id: 3-17\nevent: chat\ndata: {\"a\":1}\n\n");
    frame_put(&out, 3, 0, "webrtc_signal", TEXT("{}"));
    assert_out("event: webrtc_signal\ndata: {}\n\n");
    frame_put(&out, 1, 1, "a", TEXT("{}"));
    frame_put(&out, INT32_MAX, INT64_MAX, "b", TEXT("{}"));
    assert_out("id: 1-1\nevent: a\ndata: {}\n\nid: 2147483647-9223372036854775807\nevent: b\ndata: {}\n\n");
}

/* Whatever was written, it stays one line and reads back the same. */
static void a_chat_is_one_line_of_json(void **state)
{
    static const char *const texts[] = { "hello", "", "a \"quote\"\\", "two\nlines\r\nand a \x01",
                                         "\u00e9\u2028\U0001f600" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct buf quoted = { 0 };
        json_escape(&quoted, text_of(texts[i]));
        frame_chat_data(&out, 7, TEXT("A\nB \"C\""), buf_view(&quoted), 1771950260666428);
        assert_null(memchr(out.p, '\n', out.n));
        assert_null(memchr(out.p, '\r', out.n));
        json_t *data = json_loadb(out.p, out.n, 0, NULL);
        assert_non_null(data);
        assert_string_equal(json_string_value(json_object_get(data, "type")), "chat");
        assert_string_equal(json_string_value(json_object_get(data, "text")), texts[i]);
        assert_string_equal(json_string_value(json_object_get(data, "message")), texts[i]);
        assert_string_equal(json_string_value(json_object_get(data, "sender_name")), "A\nB \"C\"");
        assert_string_equal(json_string_value(json_object_get(data, "timestamp")), "2026-02-24T16:24:20.666428");
        assert_int_equal(json_integer_value(json_object_get(data, "from")), 7);
        assert_int_equal(json_integer_value(json_object_get(data, "participant_id")), 7);
        assert_int_equal(json_object_size(data), 7);
        json_decref(data);
        buf_fini(&quoted);
        buf_reset(&out);
    }
}

static void an_id_is_read_or_refused(void **state)
{
    static const struct {
        const char *text;
        enum last_id is;
        int32_t epoch;
        int64_t seq;
    } rows[] = {
        { NULL, LAST_ID_NONE, 0, 0 },
        { "", LAST_ID_NONE, 0, 0 },
        { "1-1", LAST_ID_GOOD, 1, 1 },
        { "0-0", LAST_ID_GOOD, 0, 0 },
        { "2147483647-9223372036854775807", LAST_ID_GOOD, INT32_MAX, INT64_MAX },
        { "2147483648-1", LAST_ID_BAD, 0, 0 },
        { "1-9223372036854775808", LAST_ID_BAD, 0, 0 },
        { "1-99999999999999999999999", LAST_ID_BAD, 0, 0 },
        { "1", LAST_ID_BAD, 0, 0 },
        { "1-", LAST_ID_BAD, 0, 0 },
        { "-1", LAST_ID_BAD, 0, 0 },
        { "-", LAST_ID_BAD, 0, 0 },
        { "1--1", LAST_ID_BAD, 0, 0 },
        { "+1-1", LAST_ID_BAD, 0, 0 },
        { " 1-1", LAST_ID_BAD, 0, 0 },
        { "1-1 ", LAST_ID_BAD, 0, 0 },
        { "1-1x", LAST_ID_BAD, 0, 0 },
        { "x-1", LAST_ID_BAD, 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int32_t epoch = 0;
        int64_t seq = 0;
        if (frame_read_id(text_of(rows[i].text), &epoch, &seq) != rows[i].is)
            fail_msg("%s", rows[i].text);
        assert_int_equal(epoch, rows[i].epoch);
        assert_int_equal(seq, rows[i].seq);
    }
    int32_t epoch;
    int64_t seq;
    assert_int_equal(frame_read_id((struct text){ "1-1\0", 4 }, &epoch, &seq), LAST_ID_BAD);
}

static void what_is_written_is_read(void **state)
{
    int32_t epoch;
    int64_t seq;
    frame_put(&out, 12, 345678901234, "x", TEXT("{}"));
    const char *end = memchr(out.p, '\n', out.n);
    assert_int_equal(frame_read_id((struct text){ out.p + 4, (size_t)(end - out.p - 4) }, &epoch, &seq), LAST_ID_GOOD);
    assert_int_equal(epoch, 12);
    assert_int_equal(seq, 345678901234);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_frame_has_an_id_unless_it_has_no_place, clean),
        cmocka_unit_test_teardown(a_chat_is_one_line_of_json, clean),
        cmocka_unit_test(an_id_is_read_or_refused),
        cmocka_unit_test_teardown(what_is_written_is_read, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
