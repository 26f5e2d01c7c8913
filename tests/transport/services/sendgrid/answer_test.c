/* Answer: each answer of SendGrid, and each call without one, and what becomes of the mail. */
#include "tests/test.h"
#include "transport/services/sendgrid/answer.h"

enum { NOW = 1800000000 };
#define KEY "SG.secret"

static struct sendgrid_verdict judge(int status, const char *body, const char *head)
{
    struct outbound_answer a = {
        .end = OUTBOUND_ANSWERED, .status = status, .body = text_of(body), .head = text_of(head)
    };
    return sendgrid_answer_judge(&a, KEY, NOW);
}

#define SAYS(field, message) "{\"errors\":[{\"message\":" message ",\"field\":" field ",\"help\":null}]}"

static void every_status_has_a_fate(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum parcel_fate fate;
        const char *why;
    } cases[] = {
        { 202, "", PARCEL_DELIVERED, "mail/send: 202" },
        { 200, "", PARCEL_DELIVERED, "mail/send: 200" },
        { 201, "{}", PARCEL_DELIVERED, "mail/send: 201" },
        { 400, SAYS("\"from.email\"", "\"is wrong\""), PARCEL_DEAD, "mail/send: 400 from.email is wrong" },
        { 401, SAYS("null", "\"bad\\nkey\\u00e4\""), PARCEL_DEAD, "mail/send: 401 bad?key??" },
        { 403, SAYS("null", "\"not verified\""), PARCEL_DEAD, "mail/send: 403 not verified" },
        { 404, "", PARCEL_DEAD, "mail/send: 404" },
        { 413, "<html>", PARCEL_DEAD, "mail/send: 413" },
        { 408, "", PARCEL_POSTPONED, "mail/send: 408" },
        { 429, SAYS("null", "\"too many requests\""), PARCEL_POSTPONED, "mail/send: 429 too many requests" },
        { 500, "[]", PARCEL_POSTPONED, "mail/send: 500" },
        { 503, "{\"errors\":5}", PARCEL_POSTPONED, "mail/send: 503" },
        { 301, "", PARCEL_POSTPONED, "mail/send: 301" },
        { 400, SAYS("\"x\"", "\"the key " KEY " is none\""), PARCEL_DEAD, "mail/send: 400" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sendgrid_verdict v = judge(cases[i].status, cases[i].body, "");
        if (v.fate != cases[i].fate || v.closes || v.delay_ms)
            fail_msg("%d %s: fate %d", cases[i].status, cases[i].body, v.fate);
        assert_string_equal(v.why, cases[i].why);
    }
}

static void long_words_are_cut(void **state)
{
    struct sendgrid_verdict v =
        judge(400,
              SAYS("\"f\"", "\"0123456789012345678901234567890123456789012345678901234567890123456"
                            "78901234567890123456789012345678901234567890123456789\""),
              "");
    assert_int_equal(strlen(v.why), PARCEL_WHY_SIZE - 1);
    assert_memory_equal(v.why, "mail/send: 400 f 0123", 21);
}

static void every_end_has_a_fate(void **state)
{
    for (enum outbound_end end = OUTBOUND_FULL; end < OUTBOUND_END_COUNT; end++) {
        struct outbound_answer a = { .end = end, .body = TEXT(""), .head = TEXT("") };
        struct sendgrid_verdict v = sendgrid_answer_judge(&a, KEY, NOW);
        assert_int_equal(v.fate, attempt_unanswered(end).fate);
        assert_string_equal(v.why + strlen("mail/send: "), outbound_words(end));
    }
    assert_int_equal(attempt_unanswered(OUTBOUND_TIMEOUT).fate, PARCEL_POSTPONED);
    assert_int_equal(attempt_unanswered(OUTBOUND_BAD_REQUEST).fate, PARCEL_DEAD);
    assert_int_equal(attempt_unanswered(OUTBOUND_STOPPED).fate, PARCEL_UNTRIED);
}

static void patience_is_kept(void **state)
{
    static const struct {
        int status;
        const char *head;
        uint64_t ms;
    } cases[] = {
        { 429, "Retry-After: 7\r\n", 7000 },
        { 503, "retry-after: 7\r\n", 7000 },
        { 429, "X-RateLimit-Limit: 5\r\nX-RateLimit-Reset: 1800000009\r\n", 9000 },
        { 429, "X-RateLimit-Reset: 9\r\n", 9000 },              /* from now on */
        { 429, "X-RateLimit-Reset: 1799999999\r\n", 0 },        /* past */
        { 429, "X-RateLimit-Reset: 1900000000\r\n", 86400000 }, /* a day at most */
        { 429, "X-RateLimit-Reset: soon\r\n", 0 },
        { 429, "Retry-After: 3\r\nX-RateLimit-Reset: 1800000009\r\n", 3000 },
        { 500, "X-RateLimit-Reset: 1800000009\r\n", 0 }, /* it is said with every answer */
        { 202, "Retry-After: 7\r\nX-RateLimit-Reset: 1800000009\r\n", 0 },
        { 400, "Retry-After: 7\r\n", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sendgrid_verdict v = judge(cases[i].status, "", cases[i].head);
        if (v.delay_ms != cases[i].ms || v.closes != (cases[i].ms > 0))
            fail_msg("%d %s: %llu", cases[i].status, cases[i].head, (unsigned long long)v.delay_ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_fate),
        cmocka_unit_test(long_words_are_cut),
        cmocka_unit_test(every_end_has_a_fate),
        cmocka_unit_test(patience_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
