/* Accept: what Accept-Encoding says about gzip. */
#include "tests/test.h"
#include "transport/http/accept.h"

static void gzip(void **state)
{
    static const struct {
        const char *header;
        bool taken;
    } rows[] = {
        { "gzip", true },
        { "GZip", true },
        { "x-gzip", true },
        { "deflate, gzip", true },
        { "br;q=1.0, gzip;q=0.001, *;q=0", true },
        { " \t gzip \t;\tq=1 ", true },
        { "gzip;level=9", true },
        { "gzip;level=9;q=0", false },
        { "gzip;q=0", false },
        { "gzip;Q=0.000", false },
        { "gzip;q=0, *", false },
        { "*", true },
        { "*;q=0.0", false },
        { "identity", false },
        { "gzipped", false },
        { "agzip", false },
        { "br, deflate", false },
        { ",,", false },
        { ";q=1", false },
        { "gzip;q=", false },
        { "", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (accept_gzip(text_of(rows[i].header)) != rows[i].taken)
            fail_msg("\"%s\"", rows[i].header);
    assert_false(accept_gzip((struct text){ 0 }));
}

static void names(void **state)
{
    static const struct {
        const char *header;
        bool named;
    } rows[] = {
        { "text/event-stream", true },
        { "Text/Event-Stream", true },
        { " text/event-stream ; charset=utf-8", true },
        { "application/json, text/event-stream;q=0.1", true },
        { "text/event-stream;q=0", false },
        { "text/event-stream;q=0, text/event-stream", true },
        { "*/*", false },
        { "text/*", false },
        { "text/event-streams", false },
        { "text/event", false },
        { "application/json", false },
        { "application/json;a=text/event-stream", false },
        { ",", false },
        { "", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (accept_names(text_of(rows[i].header), "text/event-stream") != rows[i].named)
            fail_msg("\"%s\"", rows[i].header);
    assert_false(accept_names((struct text){ 0 }, "text/event-stream"));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(gzip), cmocka_unit_test(names) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
