/* Buf: appends, growth, byte order, and what running out of memory looks like. */
#include "proto/base/buf.h"
#include "tests/test.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static void appends_add_up(void **state)
{
    struct buf b = { 0 };
    buf_puts(&b, "a");
    buf_putc(&b, 'b');
    buf_put(&b, "c\0d", 3);
    buf_text(&b, TEXT("e"));
    buf_text(&b, (struct text){ 0 });
    buf_printf(&b, "%s-%d", "f", 7);
    assert_true(text_equal(buf_view(&b), (struct text){ "abc\0def-7", 9 }));
    assert_false(b.failed);
    buf_reset(&b);
    assert_int_equal(b.n, 0);
    assert_true(b.cap >= 9);
    buf_fini(&b);
    assert_null(b.p);
    buf_fini(&b);
}

static void an_empty_one_has_a_text(void **state)
{
    struct buf b = { 0 };
    assert_non_null(buf_view(&b).p);
    assert_int_equal(buf_view(&b).n, 0);
}

static void growth_keeps_the_content(void **state)
{
    struct buf b = { 0 };
    for (int i = 0; i < 100000; i++)
        buf_putc(&b, (char)('a' + i % 26));
    assert_int_equal(b.n, 100000);
    for (int i = 0; i < 100000; i++)
        assert_int_equal(b.p[i], 'a' + i % 26);
    buf_fini(&b);
}

static void numbers_are_decimal(void **state)
{
    static const int64_t numbers[] = { 0, 1, -1, 9, 10, 1234567890, INT64_MAX, INT64_MIN };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char expected[32];
        struct buf b = { 0 };
        snprintf(expected, sizeof expected, "%lld", (long long)numbers[i]);
        buf_int(&b, numbers[i]);
        assert_true(text_is(buf_view(&b), expected));
        buf_fini(&b);
    }
}

static void network_order(void **state)
{
    struct buf b = { 0 };
    buf_be16(&b, 0x0102);
    buf_be32(&b, 0x03040506);
    buf_be64(&b, UINT64_C(0x0708090a0b0c0d0e));
    assert_int_equal(b.n, 14);
    for (int i = 0; i < 14; i++)
        assert_int_equal(b.p[i], i + 1);
    buf_fini(&b);
}

static void failure_is_remembered(void **state)
{
    struct buf b = { 0 };
    buf_puts(&b, "kept");
    assert_null(buf_room(&b, SIZE_MAX / 2));
    assert_true(b.failed);
    buf_puts(&b, "lost");
    buf_int(&b, 1);
    buf_printf(&b, "%d", 1);
    assert_null(buf_room(&b, 1));
    assert_true(text_is(buf_view(&b), "kept"));
    buf_reset(&b);
    buf_puts(&b, "again");
    assert_false(b.failed);
    assert_true(text_is(buf_view(&b), "again"));
    buf_fini(&b);
}

static void it_gets_no_larger_than_it_may(void **state)
{
    struct buf b = buf_most(200);
    for (int i = 0; i < 200; i++)
        buf_putc(&b, 'x');
    assert_false(b.failed);
    assert_int_equal(b.cap, 200);
    buf_putc(&b, 'y');
    assert_true(b.failed);
    assert_int_equal(b.n, 200);
    buf_fini(&b);
    assert_non_null(buf_room(&b, 200));
    assert_null(buf_room(&b, 201));
    buf_fini(&b);

    struct buf usual = { 0 };
    assert_non_null(buf_room(&usual, BUF_MOST));
    assert_null(buf_room(&usual, BUF_MOST + 1));
    buf_fini(&usual);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_add_up),
        cmocka_unit_test(an_empty_one_has_a_text),
        cmocka_unit_test(growth_keeps_the_content),
        cmocka_unit_test(numbers_are_decimal),
        cmocka_unit_test(network_order),
        cmocka_unit_test(failure_is_remembered),
        cmocka_unit_test(it_gets_no_larger_than_it_may),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
