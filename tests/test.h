/* Test: what every unit test includes before cmocka, which wants it so. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A row of the table of tests, for a file whose tests all begin with setup and end with teardown. */
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
