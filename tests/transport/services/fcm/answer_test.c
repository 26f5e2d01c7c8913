/* Answer: each answer of Firebase, and each call without one, and what becomes of the push. */
#include "tests/test.h"
#include "transport/services/fcm/answer.h"

enum { NOW = 946684800 - 5 }; /* five seconds before Sat, 01 Jan 2000 00:00:00 GMT */

static struct fcm_verdict judge(int status, const char *body, const char *head)
{
    struct outbound_answer a = {
        .end = OUTBOUND_ANSWERED, .status = status, .body = text_of(body), .head = text_of(head)
    };
    return fcm_answer_judge(&a, NOW);
}

#define DETAILS(code) "{\"error\":{\"status\":\"S\",\"details\":[{\"x\":1},{\"errorCode\":\"" code "\"}]}}"
#define STATUS(code)  "{\"error\":{\"status\":\"" code "\",\"message\":\"m\"}}"
#define BLAMES(field)                                                                                                  \
    "{\"error\":{\"status\":\"INVALID_ARGUMENT\",\"details\":[{\"fieldViolations\":[{\"field\":\"" field "\"}]}]}}"
#define SAYS(message) "{\"error\":{\"status\":\"INVALID_ARGUMENT\",\"message\":\"" message "\"}}"

static void every_status_has_a_fate(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum parcel_fate fate;
        bool forget, refused;
        const char *why;
    } cases[] = {
        { 200, "{\"name\":\"x\"}", PARCEL_DELIVERED, false, false, "messages:send: 200" },
        { 204, "", PARCEL_DELIVERED, false, false, "messages:send: 204" },
        { 404, DETAILS("UNREGISTERED"), PARCEL_DROPPED, true, false, "messages:send: 404 UNREGISTERED" },
        { 404, STATUS("UNREGISTERED"), PARCEL_DROPPED, true, false, "messages:send: 404 UNREGISTERED" },
        { 400, STATUS("UNREGISTERED"), PARCEL_DROPPED, true, false, "messages:send: 400 UNREGISTERED" },
        { 404, STATUS("NOT_FOUND"), PARCEL_DEAD, false, false, "messages:send: 404 NOT_FOUND" },
        { 404, "<html>", PARCEL_DEAD, false, false, "messages:send: 404" },
        { 400, BLAMES("message.token"), PARCEL_DROPPED, true, false, "messages:send: 400 INVALID_ARGUMENT" },
        { 400, BLAMES("message.data"), PARCEL_DEAD, false, false, "messages:send: 400 INVALID_ARGUMENT" },
        { 400, SAYS("The registration token is not a valid FCM registration token"), PARCEL_DROPPED, true, false,
          "messages:send: 400 INVALID_ARGUMENT" },
        { 400, SAYS("Message too big"), PARCEL_DEAD, false, false, "messages:send: 400 INVALID_ARGUMENT" },
        { 401, STATUS("UNAUTHENTICATED"), PARCEL_POSTPONED, false, true, "messages:send: 401 UNAUTHENTICATED" },
        { 403, DETAILS("SENDER_ID_MISMATCH"), PARCEL_DEAD, false, false, "messages:send: 403 SENDER_ID_MISMATCH" },
        { 408, "", PARCEL_POSTPONED, false, false, "messages:send: 408" },
        { 429, DETAILS("QUOTA_EXCEEDED"), PARCEL_POSTPONED, false, false, "messages:send: 429 QUOTA_EXCEEDED" },
        { 500, "[]", PARCEL_POSTPONED, false, false, "messages:send: 500" },
        { 502, "{\"error\":{\"status\":\"no word\"}}", PARCEL_POSTPONED, false, false, "messages:send: 502" },
        { 301, "", PARCEL_POSTPONED, false, false, "messages:send: 301" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fcm_verdict v = judge(cases[i].status, cases[i].body, "");
        if (v.fate != cases[i].fate || v.forget != cases[i].forget || v.refused_access != cases[i].refused)
            fail_msg("%d %s: fate %d", cases[i].status, cases[i].body, v.fate);
        assert_string_equal(v.why, cases[i].why);
    }
}

static void every_end_has_a_fate(void **state)
{
    static const enum parcel_fate fates[OUTBOUND_END_COUNT] = {
        [OUTBOUND_FULL] = PARCEL_UNTRIED,         [OUTBOUND_NO_MEMORY] = PARCEL_UNTRIED,
        [OUTBOUND_STOPPED] = PARCEL_UNTRIED,      [OUTBOUND_BAD_REQUEST] = PARCEL_DEAD,
        [OUTBOUND_UNRESOLVED] = PARCEL_POSTPONED, [OUTBOUND_UNREACHABLE] = PARCEL_POSTPONED,
        [OUTBOUND_TLS] = PARCEL_POSTPONED,        [OUTBOUND_TIMEOUT] = PARCEL_POSTPONED,
        [OUTBOUND_TOO_LARGE] = PARCEL_POSTPONED,  [OUTBOUND_CUT] = PARCEL_POSTPONED,
        [OUTBOUND_GARBAGE] = PARCEL_POSTPONED,    [OUTBOUND_REDIRECTS] = PARCEL_POSTPONED,
    };
    for (int end = OUTBOUND_ANSWERED + 1; end < OUTBOUND_END_COUNT; end++) {
        struct outbound_answer a = { .end = (enum outbound_end)end, .body = TEXT(""), .head = TEXT("") };
        struct fcm_verdict v = fcm_answer_judge(&a, NOW);
        assert_int_equal(v.fate, fates[end]);
        assert_false(v.forget || v.closes || v.refused_access);
        assert_non_null(strstr(v.why, outbound_words(a.end)));
    }
}

static void patience_counts_for_429_and_503(void **state)
{
    static const char head[] = "Retry-After: 7\r\n";
    struct fcm_verdict v = judge(503, "", head);
    assert_true(v.closes);
    assert_int_equal(v.delay_ms, 7000);
    v = judge(429, "", head);
    assert_true(v.closes);
    assert_int_equal(v.delay_ms, 7000);
    v = judge(429, "", "");
    assert_false(v.closes);
    assert_int_equal(v.delay_ms, 60000);
    v = judge(500, "", head);
    assert_false(v.closes);
    assert_int_equal(v.delay_ms, 0);
}

static void the_token_endpoint_has_words_of_its_own(void **state)
{
    char why[FCM_WHY_SIZE];
    struct outbound_answer a = { .status = 400,
                                 .body = TEXT("{\"error\":\"invalid_grant\",\"error_description\":\"x\"}") };
    fcm_answer_words(&a, "token endpoint", why);
    assert_string_equal(why, "token endpoint: 400 invalid_grant");
    a.body = TEXT("{\"error\":\"bad words: \\u0000\"}");
    fcm_answer_words(&a, "token endpoint", why);
    assert_string_equal(why, "token endpoint: 400");
    a = (struct outbound_answer){ .end = OUTBOUND_TIMEOUT, .body = TEXT("") };
    fcm_answer_words(&a, "token endpoint", why);
    assert_string_equal(why, "token endpoint: no answer in time");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_fate),
        cmocka_unit_test(every_end_has_a_fate),
        cmocka_unit_test(patience_counts_for_429_and_503),
        cmocka_unit_test(the_token_endpoint_has_words_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
