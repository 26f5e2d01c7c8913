/* Lines: whatever bytes come, however they are cut, the same requests come out, and never more is held than one. */
#include "tests/test.h"
#include "transport/admin/lines.h"

#include <stdio.h>
#include <stdlib.h>

/* Gives it up to n bytes; returns how many it took. */
static size_t feed(struct lines *l, const char *bytes, size_t n)
{
    size_t room;
    char *to = lines_room(l, &room);
    assert_non_null(to);
    room = room < n ? room : n;
    memcpy(to, bytes, room);
    lines_add(l, room);
    return room;
}

/* Takes all lines that are whole, each printed with a line feed behind it. Returns what came last. */
static enum line take(struct lines *l, struct buf *out)
{
    struct text text;
    enum line line;
    while ((line = lines_next(l, &text)) == LINE_WHOLE) {
        buf_text(out, text);
        buf_putc(out, '\n');
    }
    return line;
}

/* All lines of the bytes, given in pieces of `piece`. */
static void read_all(const char *bytes, size_t n, size_t piece, struct buf *out)
{
    struct lines l = { 0 };
    for (size_t at = 0; at < n;) {
        at += feed(&l, bytes + at, piece < n - at ? piece : n - at);
        assert_int_equal(take(&l, out), LINE_NONE);
    }
    lines_end(&l);
    assert_int_equal(take(&l, out), LINE_NONE);
    assert_int_equal(take(&l, out), LINE_NONE);
    assert_null(l.bytes.p); /* nothing is held */
}

static void lines_may_be_cut_anywhere(void **state)
{
    static const char bytes[] = "one\n\ntwo words\r\n\n{\"a\":\"\xc3\xa9\"}\nlast";
    size_t n = sizeof bytes - 1;
    for (size_t piece = 1; piece <= n; piece++) {
        struct buf out = { 0 };
        read_all(bytes, n, piece, &out);
        assert_int_equal(out.n, n + 1);
        assert_memory_equal(out.p, bytes, n);
        assert_int_equal(out.p[n], '\n');
        buf_fini(&out);
    }
}

static void an_end_behind_a_line_feed_is_no_line(void **state)
{
    struct buf out = { 0 };
    read_all("one\n", 4, 4, &out);
    assert_int_equal(out.n, 4);
    buf_reset(&out);
    read_all("", 0, 1, &out);
    assert_int_equal(out.n, 0);
    buf_fini(&out);
}

/* A line of so many bytes, with or without its line feed, in pieces. */
static enum line read_long(size_t n, bool whole, size_t piece)
{
    struct lines l = { 0 };
    struct buf out = { 0 };
    char *bytes = malloc(n + 1);
    enum line line = LINE_NONE;
    assert_non_null(bytes);
    memset(bytes, 'x', n);
    bytes[n] = '\n';
    for (size_t at = 0, all = n + whole; at < all && line == LINE_NONE;) {
        at += feed(&l, bytes + at, piece < all - at ? piece : all - at);
        line = take(&l, &out);
        assert_true(l.bytes.n <= ADMIN_REQUEST_MAX + 1);
    }
    if (line == LINE_NONE)
        assert_int_equal(out.n, whole ? n + 1 : 0);
    free(bytes);
    buf_fini(&out);
    lines_fini(&l);
    return line;
}

static void a_line_has_a_limit(void **state)
{
    static const size_t pieces[] = { 1, 4095, 16384, 70000 };
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        assert_int_equal(read_long(ADMIN_REQUEST_MAX, true, pieces[i]), LINE_NONE);
        assert_int_equal(read_long(ADMIN_REQUEST_MAX, false, pieces[i]), LINE_NONE);
        assert_int_equal(read_long(ADMIN_REQUEST_MAX + 1, true, pieces[i]), LINE_TOO_LONG);
        assert_int_equal(read_long(ADMIN_REQUEST_MAX + 1, false, pieces[i]), LINE_TOO_LONG);
        assert_int_equal(read_long(1 << 20, false, pieces[i]), LINE_TOO_LONG);
    }
}

static void lines_before_one_too_long_are_taken(void **state)
{
    struct lines l = { 0 };
    struct buf out = { 0 };
    enum line line = LINE_NONE;
    char piece[10000];
    memset(piece, 'x', sizeof piece);
    feed(&l, "a\nb\n", 4);
    while (line == LINE_NONE) {
        line = take(&l, &out);
        if (line == LINE_NONE)
            feed(&l, piece, sizeof piece);
    }
    assert_int_equal(line, LINE_TOO_LONG);
    assert_int_equal(out.n, 4);
    buf_fini(&out);
    lines_fini(&l);
}

static void other_protocols_are_told_at_once(void **state)
{
    struct lines l = { 0 };
    struct buf out = { 0 };
    feed(&l, "a\n\0SP\0", 6);
    assert_int_equal(take(&l, &out), LINE_NOT_TEXT);
    assert_int_equal(out.n, 2);
    buf_fini(&out);
    lines_fini(&l);
}

/* What a splitter that has all bytes at once would say of them. */
static enum line expected(const char *bytes, size_t n, struct buf *out)
{
    for (size_t at = 0; at < n;) {
        const char *end = memchr(bytes + at, '\n', n - at);
        size_t length = end ? (size_t)(end - bytes) - at : n - at;
        if (!bytes[at])
            return LINE_NOT_TEXT;
        if (length > ADMIN_REQUEST_MAX)
            return LINE_TOO_LONG;
        buf_put(out, bytes + at, length);
        buf_putc(out, '\n');
        at += length + (end != NULL);
    }
    return LINE_NONE;
}

static void check_random(unsigned *seed)
{
    size_t n = (size_t)rand_r(seed) % 200000, often = 1 + (size_t)rand_r(seed) % 100000;
    char *bytes = malloc(n + 1);
    struct buf want = { 0 }, out = { 0 };
    struct lines l = { 0 };
    enum line line = LINE_NONE;
    assert_non_null(bytes);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (size_t)rand_r(seed) % often ? (char)(1 + rand_r(seed) % 255) : '\n';
    if (n && rand_r(seed) % 4 == 0)
        bytes[(size_t)rand_r(seed) % n] = 0;
    for (size_t at = 0; at < n && line == LINE_NONE;) {
        at += feed(&l, bytes + at, 1 + (size_t)rand_r(seed) % (n - at));
        line = take(&l, &out);
    }
    lines_end(&l);
    line = line == LINE_NONE ? take(&l, &out) : line;
    assert_int_equal(line, expected(bytes, n, &want));
    assert_int_equal(out.n, want.n);
    assert_memory_equal(out.p ? out.p : "", want.p ? want.p : "", out.n);
    buf_fini(&want);
    buf_fini(&out);
    lines_fini(&l);
    free(bytes);
}

static void random_bytes_come_out_as_from_one_piece(void **state)
{
    for (unsigned i = 0; i < 300; i++) {
        unsigned seed = i;
        check_random(&seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_may_be_cut_anywhere),
        cmocka_unit_test(an_end_behind_a_line_feed_is_no_line),
        cmocka_unit_test(a_line_has_a_limit),
        cmocka_unit_test(lines_before_one_too_long_are_taken),
        cmocka_unit_test(other_protocols_are_told_at_once),
        cmocka_unit_test(random_bytes_come_out_as_from_one_piece),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
