/* Message: what the outbox holds, and the JSON made of it, to the letter. */
#include "tests/test.h"
#include "transport/services/fcm/message.h"

#include <jansson.h>

static void the_message_is_the_contracts(void **state)
{
    static const char expected[] =
        "{\"message\":{\"token\":\"d\\\"1\",\"notification\":{\"title\":\"T\",\"body\":\"B \\\"x\\\"\"},"
        "\"data\":{\"type\":\"session_invitation\",\"session_id\":\"7\",\"notification_id\":\"id-1\"},"
        "\"android\":{\"priority\":\"high\",\"notification\":{\"sound\":\"default\","
        "\"click_action\":\"FLUTTER_NOTIFICATION_CLICK\"}},"
        "\"apns\":{\"headers\":{\"apns-priority\":\"10\"},\"payload\":{\"aps\":{\"sound\":\"default\",\"badge\":1}}},"
        "\"webpush\":{\"notification\":{\"icon\":\"/icons/Icon-192.png\",\"badge\":\"/icons/Icon-192.png\"}}}}";
    json_t *payload = json_loads("{\"token_id\":3,\"user_id\":4,\"title\":\"T\",\"body\":\"B \\\"x\\\"\",\"data\":{"
                                 "\"type\":\"session_invitation\",\"session_id\":\"7\",\"odd\\\"key\":\"x\",\"n\":5}}",
                                 0, NULL);
    struct fcm_push push;
    struct buf out = { 0 };
    assert_true(fcm_push_read(payload, &push));
    assert_int_equal(push.token_id, 3);
    assert_int_equal(push.user_id, 4);
    fcm_message_put(&out, &push, TEXT("d\"1"), "id-1");
    buf_putc(&out, 0);
    assert_string_equal(out.p, expected);
    buf_fini(&out);
    json_decref(payload);
}

static void what_is_no_push(void **state)
{
    static const char *const payloads[] = {
        "{}",
        "{\"user_id\":4,\"title\":\"T\",\"body\":\"B\"}",
        "{\"token_id\":3,\"title\":\"T\",\"body\":\"B\"}",
        "{\"token_id\":3,\"user_id\":4,\"body\":\"B\"}",
        "{\"token_id\":3,\"user_id\":4,\"title\":5,\"body\":\"B\"}",
        "{\"token_id\":3,\"user_id\":4,\"title\":\"T\"}",
        "{\"token_id\":3,\"user_id\":4,\"title\":\"T\",\"body\":\"B\",\"data\":[]}",
        "[]",
    };
    struct fcm_push push;
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        json_t *payload = json_loads(payloads[i], 0, NULL);
        assert_non_null(payload);
        assert_false(fcm_push_read(payload, &push));
        json_decref(payload);
    }
    assert_false(fcm_push_read(NULL, &push));
}

static void data_may_be_absent(void **state)
{
    json_t *payload = json_loads("{\"token_id\":3,\"user_id\":4,\"title\":\"T\",\"body\":\"B\"}", 0, NULL);
    struct fcm_push push;
    struct buf out = { 0 };
    assert_true(fcm_push_read(payload, &push));
    fcm_message_put(&out, &push, TEXT("d"), "id");
    buf_putc(&out, 0);
    assert_non_null(strstr(out.p, "\"data\":{\"notification_id\":\"id\"}"));
    buf_fini(&out);
    json_decref(payload);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_message_is_the_contracts),
        cmocka_unit_test(what_is_no_push),
        cmocka_unit_test(data_may_be_absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
