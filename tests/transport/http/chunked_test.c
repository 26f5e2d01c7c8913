/* Chunked: bodies in tables, each cut in every place. */
#include "tests/test.h"
#include "transport/http/chunked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Decodes p[0..n) in two pieces. The last step that was not data; the body in out. */
static enum chunked_step decode(const char *p, size_t n, size_t cut, char *out, size_t *used)
{
    struct chunked c = chunked_begin();
    enum chunked_step step = CHUNKED_MORE;
    size_t ends[] = { cut, n }, length = 0;
    *used = 0;
    for (int i = 0; i < 2 && step == CHUNKED_MORE; i++) {
        struct text data;
        while ((step = chunked_step(&c, p, ends[i], used, &data)) == CHUNKED_DATA) {
            memcpy(out + length, data.p, data.n);
            length += data.n;
        }
    }
    out[length] = 0;
    return step;
}

static void bodies(void **state)
{
    static const struct {
        const char *text;
        enum chunked_step end;
        const char *body;
    } rows[] = {
        { "0\r\n\r\n", CHUNKED_END, "" },
        { "3\r\nabc\r\n0\r\n\r\n", CHUNKED_END, "abc" },
        { "003\r\nabc\r\nA\r\n0123456789\r\n000\r\n\r\n", CHUNKED_END, "abc0123456789" },
        { "3;name=\"v\"\r\nabc\r\n0;x\r\nTrailer: y\r\nOther: z\r\n\r\n", CHUNKED_END, "abc" },
        { "3\r\nabc\r\n", CHUNKED_MORE, "abc" },
        { "3\r\nabc\r\n0\r\n", CHUNKED_MORE, "abc" },
        { "3\nabc\r\n0\r\n\r\n", CHUNKED_BAD, "" },
        { "3\r\nabcd\r\n0\r\n\r\n", CHUNKED_BAD, "abc" },
        { "3\r\nabc\n0\r\n\r\n", CHUNKED_BAD, "abc" },
        { "3\r\nabc\r\n\r\n", CHUNKED_BAD, "abc" },
        { "3 \r\nabc\r\n0\r\n\r\n", CHUNKED_BAD, "" },
        { "-3\r\nabc\r\n", CHUNKED_BAD, "" },
        { "0x3\r\nabc\r\n", CHUNKED_BAD, "" },
        { ";a\r\n", CHUNKED_BAD, "" },
        { "3;a\nb\r\nabc\r\n", CHUNKED_BAD, "" },
        { "1000000000000000\r\n", CHUNKED_BAD, "" },
        { "0\r\nA: b\n\r\n", CHUNKED_BAD, "" },
        { "0\r\n folded\r\n\r\n", CHUNKED_BAD, "" },
        { "0\r\n\rX", CHUNKED_BAD, "" },
        { "3\rXabc\r\n0\r\n\r\n", CHUNKED_BAD, "" },
        { "3\r\nabc\rX0\r\n\r\n", CHUNKED_BAD, "abc" },
        { "0\r\nA: b\rX\r\n", CHUNKED_BAD, "" },
    };
    char out[100];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t cut = 0; cut <= strlen(rows[i].text); cut++) {
            size_t used;
            enum chunked_step end = decode(rows[i].text, strlen(rows[i].text), cut, out, &used);
            if (end != rows[i].end || strcmp(out, rows[i].body) != 0)
                fail_msg("%d %s: %s", end, out, rows[i].text);
        }
}

static void it_stops_behind_the_body(void **state)
{
    char out[100];
    size_t used;
    assert_int_equal(decode("1\r\na\r\n0\r\n\r\nGET", 14, 14, out, &used), CHUNKED_END);
    assert_int_equal(used, 11);
}

static void lines_are_bounded(void **state)
{
    char text[CHUNKED_TRAILER_MOST + 100], out[10];
    size_t used;
    for (int extra = 0; extra < 2; extra++) {
        int n = snprintf(text, sizeof text, "0;%0*d\r\n\r\n", CHUNKED_LINE_MOST + extra, 0);
        assert_int_equal(decode(text, (size_t)n, 0, out, &used), extra ? CHUNKED_BAD : CHUNKED_END);
        n = snprintf(text, sizeof text, "0\r\nA:%0*d\r\n\r\n", CHUNKED_TRAILER_MOST - 2 + extra, 0);
        assert_int_equal(decode(text, (size_t)n, 0, out, &used), extra ? CHUNKED_BAD : CHUNKED_END);
    }
}

static void what_is_written_can_be_read(void **state)
{
    static char piece[70000];
    static const size_t sizes[] = { 0, 1, 15, 16, 255, 4096, sizeof piece };
    memset(piece, 'x', sizeof piece);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int last = 0; last < 2; last++) {
            struct buf out = { 0 };
            size_t begins, n;
            char *room = malloc(sizes[i] + CHUNKED_FRAME_MOST);
            chunked_put(&out, (struct text){ sizes[i] ? piece : NULL, sizes[i] }, last);
            n = chunked_write(room, (struct text){ sizes[i] ? piece : NULL, sizes[i] }, last, &begins);
            assert_int_equal(n, out.n);
            assert_true(!n || !memcmp(room, out.p, n));
            assert_memory_equal(room + begins, piece, sizes[i]);
            struct chunked c = chunked_begin();
            struct text data = { 0 };
            size_t at = 0, read = 0;
            enum chunked_step step;
            while ((step = chunked_step(&c, room, n, &at, &data)) == CHUNKED_DATA)
                read += data.n;
            assert_int_equal(step, last ? CHUNKED_END : CHUNKED_MORE);
            assert_int_equal(read, sizes[i]);
            assert_int_equal(at, n);
            free(room);
            buf_fini(&out);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_can_be_read),
        cmocka_unit_test(bodies),
        cmocka_unit_test(it_stops_behind_the_body),
        cmocka_unit_test(lines_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
