/* Completion: what is asked, in either spelling, and what answers of every sort come to. */
#include "tests/test.h"
#include "transport/services/openai/completion.h"

#include <stdio.h>
#include <stdlib.h>

#define EVENT(content) "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":" content "}}]}\n\n"
#define STOP           "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
#define DONE           "data: [DONE]\n\n"
#define WHOLE(content) "{\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":" content "}}]}"

/* ---- what is asked ---- */

static void assert_request(struct completion_spelling s, const char *expected)
{
    const struct model_line lines[] = { { false, TEXT("What is \"x\"?") }, { true, TEXT("A name.\n") } };
    const struct model_question q = { TEXT("Be kind."), lines, 2 };
    struct buf messages = { 0 }, out = { 0 };
    completion_put_messages(&q, &messages);
    completion_put_request("a-model", buf_view(&messages), s, &out);
    buf_putc(&out, 0);
    assert_string_equal(out.p, expected);
    buf_fini(&messages);
    buf_fini(&out);
}

#define ASKED                                                                                                          \
    "{\"model\":\"a-model\",\"messages\":[{\"role\":\"system\",\"content\":\"Be kind.\"},"                             \
    "{\"role\":\"user\",\"content\":\"What is \\\"x\\\"?\"},{\"role\":\"assistant\",\"content\":\"A name.\\n\"}],"

static void the_request_in_every_spelling(void **state)
{
    assert_request((struct completion_spelling){ 0 }, ASKED "\"temperature\":0.7,\"max_tokens\":1000,\"stream\":true}");
    assert_request((struct completion_spelling){ .newer = true },
                   ASKED "\"max_completion_tokens\":1000,\"stream\":true}");
    assert_request((struct completion_spelling){ .newer = true, .whole = true },
                   ASKED "\"max_completion_tokens\":1000}");
    assert_request((struct completion_spelling){ .whole = true }, ASKED "\"temperature\":0.7,\"max_tokens\":1000}");
}

static void a_refused_spelling_is_told_apart(void **state)
{
    static const struct {
        int status;
        const char *body;
        bool newer, whole;
    } cases[] = {
        { 400, "{\"error\":{\"message\":\"Unsupported parameter: 'max_tokens'\",\"param\":\"max_tokens\"}}", true,
          false },
        { 400, "{\"error\":{\"message\":\"Unsupported value: 'temperature'\",\"param\":\"temperature\"}}", true,
          false },
        { 400, "{\"error\":{\"message\":\"Use 'max_completion_tokens' instead.\"}}", true, false },
        { 400, "{\"error\":\"temperature does not support 0.7\"}", true, false },
        { 400, "{\"error\":{\"message\":\"must be verified to stream\",\"param\":\"stream\"}}", false, true },
        { 400, "{\"error\":{\"message\":\"temperature is mentioned\",\"param\":\"messages\"}}", false, false },
        { 400, "{\"error\":{\"message\":\"too long\",\"param\":null}}", false, false },
        { 400, "nonsense", false, false },
        { 400, "", false, false },
        { 422, "{\"error\":{\"param\":\"max_tokens\"}}", false, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct completion_spelling s = { 0 };
        bool refused = completion_refuses_spelling(cases[i].status, text_of(cases[i].body), &s);
        assert_int_equal(refused, cases[i].newer || cases[i].whole);
        assert_int_equal(s.newer, cases[i].newer);
        assert_int_equal(s.whole, cases[i].whole);
        assert_false(completion_refuses_spelling(cases[i].status, text_of(cases[i].body), &s)); /* the same again */
    }
}

/* ---- answers ---- */

static enum completion_fault read_in(size_t piece, struct text answer, struct buf *reply)
{
    struct completion c = { 0 };
    for (size_t at = 0; at < answer.n; at += piece)
        completion_feed(&c, (struct text){ answer.p + at, answer.n - at < piece ? answer.n - at : piece });
    enum completion_fault fault = completion_end(&c);
    buf_text(reply, buf_view(&c.reply));
    buf_putc(reply, 0);
    completion_fini(&c);
    return fault;
}

/* However it is cut. */
static void assert_answer(const char *answer, enum completion_fault expected, const char *said)
{
    static const size_t pieces[] = { 1, 2, 7, 100000 };
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        struct buf reply = { 0 };
        assert_int_equal(read_in(pieces[i], text_of(answer), &reply), expected);
        if (said)
            assert_string_equal(reply.p, said);
        buf_fini(&reply);
    }
}

static void a_streamed_answer(void **state)
{
    assert_answer("data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n" EVENT("\"Hel\"")
                      EVENT("\"lo \\u00e9\\n\"") STOP DONE,
                  COMPLETION_NONE, "Hello é\n");
    assert_answer(EVENT("\"a\"") STOP, COMPLETION_NONE, "a");                /* some say no [DONE] */
    assert_answer(EVENT("\"a\"") "data: [DONE]", COMPLETION_NONE, "a");      /* and some no empty line behind it */
    assert_answer(EVENT("\"a\"") DONE EVENT("\"b\""), COMPLETION_NONE, "a"); /* nothing counts behind the end */
    assert_answer(": hi\r\n\r\nevent: x\rdata:{\"choices\":\r\ndata: [{\"delta\":{\"content\":\"a\"}}]}\r\n\r\n" DONE,
                  COMPLETION_NONE, "a");
    assert_answer("data: {\"choices\":[],\"usage\":{}}\n\n" EVENT("null") EVENT("\"a\"") STOP, COMPLETION_NONE, "a");
    assert_answer("\xef\xbb\xbf" EVENT("\"a\"") STOP, COMPLETION_NONE, "a");
}

static void an_answer_that_is_not_streamed(void **state)
{
    assert_answer(WHOLE("\"Hello\""), COMPLETION_NONE, "Hello");
    assert_answer("\r\n " WHOLE("\"Hello\"") "\n", COMPLETION_NONE, "Hello");
}

static void answers_that_are_none(void **state)
{
    assert_answer("", COMPLETION_CUT, NULL);
    assert_answer(EVENT("\"Hel\""), COMPLETION_CUT, NULL);
    assert_answer("data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"", COMPLETION_GARBAGE, NULL);
    assert_answer("<html>502</html>", COMPLETION_CUT, NULL);
    assert_answer("{\"choices\":[{\"message\":{\"content\":\"Hel", COMPLETION_GARBAGE, NULL);
    assert_answer(WHOLE("null"), COMPLETION_EMPTY, NULL);
    assert_answer(WHOLE("\" \\n\\t\""), COMPLETION_EMPTY, NULL);
    assert_answer(WHOLE("7"), COMPLETION_GARBAGE, NULL);
    assert_answer(WHOLE("\"a\\u0000b\""), COMPLETION_GARBAGE, NULL);
    assert_answer(WHOLE("\"\\ud800\""), COMPLETION_GARBAGE, NULL);
    assert_answer("{}", COMPLETION_EMPTY, NULL);
    assert_answer("{\"choices\":[]}", COMPLETION_EMPTY, NULL);
    assert_answer("{\"error\":{\"message\":\"no\"}}", COMPLETION_ERROR, NULL);
    assert_answer(STOP DONE, COMPLETION_EMPTY, NULL);
    assert_answer(EVENT("\"a\"") "data: nonsense\n\n" STOP, COMPLETION_GARBAGE, NULL);
    assert_answer(EVENT("\"a\"") "data: {\"error\":{\"message\":\"overloaded\"}}\n\n" STOP, COMPLETION_ERROR, NULL);
}

static void sizes_are_bounded(void **state)
{
    static char line[EVENT_STREAM_MOST + 100];
    memset(line, 'x', sizeof line - 1);
    memcpy(line, "data: ", 6);
    assert_answer(line, COMPLETION_TOO_LARGE, NULL);
    struct completion c = { 0 };
    memcpy(line + EVENT_STREAM_MOST - 200, "", 1);
    for (int i = 0; i < 10; i++) {
        completion_feed(&c, TEXT("data: {\"choices\":[{\"delta\":{\"content\":\""));
        completion_feed(&c, text_of(line + 6));
        completion_feed(&c, TEXT("\"}}]}\n\n"));
    }
    assert_int_equal(completion_end(&c), COMPLETION_TOO_LARGE);
    assert_true(c.reply.n <= COMPLETION_REPLY_MOST);
    completion_fini(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request_in_every_spelling),
        cmocka_unit_test(a_refused_spelling_is_told_apart),
        cmocka_unit_test(a_streamed_answer),
        cmocka_unit_test(an_answer_that_is_not_streamed),
        cmocka_unit_test(answers_that_are_none),
        cmocka_unit_test(sizes_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
