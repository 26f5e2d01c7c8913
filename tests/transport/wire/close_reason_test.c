/* Close reasons: names that can be labels, and none twice. */
#include "tests/test.h"
#include "transport/wire/close_reason.h"

#include <errno.h>
#include <string.h>

static void names_are_labels_and_differ(void **state)
{
    for (int a = 0; a < CLOSE_REASON_COUNT; a++) {
        const char *name = close_reason_name((enum close_reason)a);
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz_"), strlen(name));
        assert_true(*name && *close_reason_about((enum close_reason)a));
        for (int b = 0; b < a; b++) {
            assert_string_not_equal(name, close_reason_name((enum close_reason)b));
            assert_string_not_equal(close_reason_about((enum close_reason)a), close_reason_about((enum close_reason)b));
        }
    }
}

static void what_the_system_says(void **state)
{
    assert_int_equal(close_reason_of_errno(ECONNRESET), CLOSE_PEER_RESET);
    assert_int_equal(close_reason_of_errno(EPIPE), CLOSE_PEER_RESET);
    assert_int_equal(close_reason_of_errno(ETIMEDOUT), CLOSE_PEER_LOST);
    assert_int_equal(close_reason_of_errno(EHOSTUNREACH), CLOSE_PEER_LOST);
    assert_int_equal(close_reason_of_errno(ENOMEM), CLOSE_NO_MEMORY);
    assert_int_equal(close_reason_of_errno(EIO), CLOSE_SOCKET_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(names_are_labels_and_differ),
                                        cmocka_unit_test(what_the_system_says) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
