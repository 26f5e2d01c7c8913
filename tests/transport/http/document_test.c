/* Document: offsets of faults, and slices that are the client's own bytes. */
#include "tests/test.h"
#include "transport/http/document.h"

#include <string.h>

static void faults_have_offsets(void **state)
{
    size_t offset = 99;
    assert_null(document_read(TEXT("{\"a\":"), &offset));
    assert_int_equal(offset, 5);
    assert_null(document_read(TEXT("x"), &offset));
    assert_null(document_read(TEXT(""), &offset));
    struct json_t *d = document_read(TEXT("[1]"), &offset);
    assert_non_null(d);
    assert_false(document_is_object(d));
    document_free(d);
}

/* They are JSON; what a field takes of them is its own. */
static void numbers_may_be_larger_than_a_machine_word(void **state)
{
    size_t offset;
    struct json_t *d = document_read(TEXT("{\"n\":123456789012345678901234567890,\"i\":7}"), &offset);
    assert_non_null(d);
    assert_true(
        text_is(document_slice(TEXT("{\"n\":123456789012345678901234567890}"), "n"), "123456789012345678901234567890"));
    document_free(d);
    assert_null(document_read(TEXT("{\"n\":1e999}"), &offset));
}

/* n times `piece`, in a list. */
static bool fits(const char *piece, int n)
{
    struct buf b = { 0 };
    buf_putc(&b, '[');
    for (int i = 0; i < n; i++)
        buf_printf(&b, "%s%s", i ? "," : "", piece);
    buf_putc(&b, ']');
    bool fits = !b.failed && document_fits(buf_view(&b));
    buf_fini(&b);
    return fits;
}

static void what_takes_long_to_read_does_not_fit(void **state)
{
    assert_true(fits("1", DOCUMENT_VALUES_MOST - 1));
    assert_false(fits("1", DOCUMENT_VALUES_MOST));
    assert_true(fits("[]", (DOCUMENT_VALUES_MOST - 1) / 2)); /* each is a value and a container */
    assert_false(fits("[]", (DOCUMENT_VALUES_MOST + 1) / 2));
    assert_false(fits("{\"a\":{}}", DOCUMENT_CONTAINERS_MOST / 2));
    assert_true(fits("{\"a\":1,\"b\":\"x\"}", 5000));   /* the rolls of a large class */
    assert_true(fits("\"[[[[{{{{,,,,\\\"[[\"", 20000)); /* texts may say what they like */
    assert_true(document_fits(TEXT("")));
    assert_true(document_fits(TEXT("\"unended [")));
    assert_true(document_fits(TEXT("\"unended \\")));
}

static void slices(void **state)
{
    static const struct {
        const char *json, *slice;
    } rows[] = {
        { "{\"k\":{}}", "{}" },
        { " { \"a\" : 1 , \"k\" : { \"x\" : [ { } , \"}\" ] } , \"b\":[] } ", "{ \"x\" : [ { } , \"}\" ] }" },
        { "{\"k\":{\"a\":1},\"k\":{\"b\":2}}", "{\"b\":2}" },
        { "{\"a\":\"k\\\":{\",\"k\":{\"q\":\"\\\\\"}}", "{\"q\":\"\\\\\"}" },
        { "{\"a\":{\"k\":{}},\"b\":1.5e3,\"c\":null}", NULL },
        { "{\"\\u006b\":{}}", "{}" },
        { "{\"k\":{\"a\":1},\"\\u006B\":{\"b\":2}}", "{\"b\":2}" },
        { "{\"\\u006b\":{\"a\":1},\"k\":{\"b\":2}}", "{\"b\":2}" },
        { "{\"\\u006b\\u006b\":{},\"\\\\u006b\":[],\"\\\"k\":{}}", NULL },
        { "{\"\\u0061\\u0061\\u0061\":1,\"\\u004b\":{}}", NULL },
        { "{}", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t offset;
        struct json_t *d = document_read(text_of(rows[i].json), &offset);
        assert_non_null(d); /* only valid JSON is sliced */
        struct text slice = document_slice(text_of(rows[i].json), "k");
        if (rows[i].slice ? !text_is(slice, rows[i].slice) : slice.p != NULL)
            fail_msg("%.*s of %s", (int)slice.n, slice.p ? slice.p : "", rows[i].json);
        document_free(d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(faults_have_offsets),
                                        cmocka_unit_test(numbers_may_be_larger_than_a_machine_word),
                                        cmocka_unit_test(what_takes_long_to_read_does_not_fit),
                                        cmocka_unit_test(slices) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
