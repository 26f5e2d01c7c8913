/* Errors: the rows that clients depend on, and what every row must have. */
#include "proto/errors.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>

static void every_row_is_complete(void **state)
{
    assert_int_equal(ERROR_OK, 0);
    assert_int_equal(error_status(ERROR_OK), 200);
    for (enum error e = ERROR_OK + 1; e < ERROR_COUNT; e++) {
        assert_in_range(error_status(e), 400, 599);
        assert_true(strlen(error_detail(e)) > 0);
        assert_true(strlen(error_name(e)) > 0);
    }
}

static void clients_depend_on_these(void **state)
{
    assert_int_equal(error_status(ERROR_USER_ID_MISSING), 400);
    assert_string_equal(error_detail(ERROR_USER_ID_MISSING),
                        "user_id query param required for dev auth (e.g. user_id=5)");
    assert_int_equal(error_status(ERROR_INVALID_CREDENTIALS), 401);
    assert_string_equal(error_detail(ERROR_INVALID_CREDENTIALS), "Invalid credentials");
    assert_int_equal(error_status(ERROR_PHONE_TAKEN), 400);
    assert_string_equal(error_detail(ERROR_PHONE_TAKEN), "Phone already registered");
    assert_int_equal(error_status(ERROR_SESSION_ENDED), 400);
    assert_string_equal(error_name(ERROR_SESSION_ENDED), "SESSION_ENDED");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_complete),
        cmocka_unit_test(clients_depend_on_these),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
