/* Frames: what is written can be read, by wslay too; what a close frame may say; what is kept while nobody reads on. */
#include "tests/test.h"
#include "transport/ws/frames.h"

#include <stdlib.h>
#include <wslay/wslay.h>

static struct buf out;

static int clean(void **state)
{
    buf_fini(&out);
    return 0;
}

/* ---- what is written ---- */

static void heads_are_of_the_shortest_form(void **state)
{
    static const struct {
        size_t n;
        const char *head;
        size_t head_n;
    } rows[] = {
        { 0, "\x81\x00", 2 },
        { 125, "\x81\x7d", 2 },
        { 126, "\x81\x7e\x00\x7e", 4 },
        { 65535, "\x81\x7e\xff\xff", 4 },
        { 65536, "\x81\x7f\0\0\0\0\0\x01\0\0", 10 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char head[FRAME_HEAD_MOST];
        assert_int_equal(frame_head(FRAME_TEXT, rows[i].n, head), rows[i].head_n);
        assert_memory_equal(head, rows[i].head, rows[i].head_n);
    }
}

static ssize_t give(uint8_t *to, size_t n, int flags, void *arg)
{
    struct text *left = arg;
    n = n < left->n ? n : left->n;
    memcpy(to, left->p, n);
    left->p += n;
    left->n -= n;
    return n ? (ssize_t)n : -1;
}

/* The library reads what we write. */
static void wslay_reads_it(void **state)
{
    static const size_t sizes[] = { 0, 1, 125, 126, 3000, 70000 };
    struct wslay_frame_context *wslay;
    struct text left;
    char *payload = calloc(1, 70000);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        frame_append(FRAME_BINARY, (struct text){ payload, sizes[i] }, &out);
    left = buf_view(&out);
    assert_int_equal(wslay_frame_context_init(&wslay, &(struct wslay_frame_callbacks){ .recv_callback = give }, &left),
                     0);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct wslay_frame_iocb f;
        for (uint64_t got = 0;; got += f.data_length) {
            assert_true(wslay_frame_recv(wslay, &f) >= 0);
            assert_int_equal(f.payload_length, sizes[i]);
            assert_true(f.fin && !f.mask && !f.rsv && f.opcode == FRAME_BINARY);
            if (got + f.data_length == f.payload_length)
                break;
        }
    }
    wslay_frame_context_free(wslay);
    free(payload);
}

static void a_close_frame_says_a_code_and_a_reason_or_nothing(void **state)
{
    char reason[200];
    frame_append_close(0, "not said", &out);
    assert_int_equal(out.n, 2);
    assert_memory_equal(out.p, "\x88\x00", 2);
    buf_reset(&out);
    frame_append_close(1000, NULL, &out);
    assert_memory_equal(out.p, "\x88\x02\x03\xe8", 4);
    buf_reset(&out);
    memset(reason, 'x', sizeof reason - 1);
    reason[sizeof reason - 1] = 0;
    frame_append_close(4401, reason, &out);
    assert_int_equal(out.n, 2 + CONTROL_MOST);
}

static void close_codes_that_may_be_said(void **state)
{
    static const struct {
        const char *payload;
        size_t n;
        uint16_t code;
        bool good;
    } rows[] = {
        { "", 0, 0, true },
        { "\x03\xe8", 2, 1000, true },
        { "\x03\xf6xy", 4, 1014, true },
        { "\x0b\xb8", 2, 3000, true },
        { "\x13\x87", 2, 4999, true },
        { "\x03", 1, CLOSE_CODE_PROTOCOL, false },
        { "\x03\xed", 2, CLOSE_CODE_PROTOCOL, false }, /* 1005 */
        { "\x03\xf7", 2, CLOSE_CODE_PROTOCOL, false }, /* 1015 */
        { "\x13\x88", 2, CLOSE_CODE_PROTOCOL, false }, /* 5000 */
        { "\x03\xe8\xff", 3, CLOSE_CODE_TEXT, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint16_t code;
        assert_int_equal(frame_close((struct text){ rows[i].payload, rows[i].n }, &code), rows[i].good);
        assert_int_equal(code, rows[i].code);
    }
}

/* ---- what is read ---- */

struct heard {
    char text[64];
    size_t messages, controls;
    bool stops;
};

static bool on_message(void *arg, enum frame_kind kind, struct text payload)
{
    struct heard *h = arg;
    assert_true(payload.n < sizeof h->text);
    memcpy(h->text, payload.p, payload.n);
    h->text[payload.n] = 0;
    h->messages++;
    return !h->stops;
}

static bool on_control(void *arg, enum frame_kind kind, struct text payload)
{
    ((struct heard *)arg)->controls++;
    return true;
}

static const struct frame_user user = { on_message, on_control };

#define MASKED(head, payload) head "\0\0\0\0" payload

static enum close_code read_bytes(struct frame_reader *r, struct heard *h, const char *p, size_t n)
{
    const char *why;
    return frame_read(r, p, n, 50, false, &user, h, &why);
}
#define READ(r, h, literal) read_bytes(r, h, literal, sizeof(literal) - 1)

static struct frame_reader *make(void)
{
    struct frame_reader *r = frame_reader_create();
    assert_non_null(r);
    return r;
}

static void it_is_idle_between_frames_only(void **state)
{
    struct frame_reader *r = make();
    struct heard h = { 0 };
    assert_true(frame_reader_idle(r) && !frame_reader_amid(r));
    assert_int_equal(READ(r, &h, "\x81"), 0);
    assert_true(frame_reader_amid(r));
    assert_int_equal(READ(r, &h, MASKED("\x82", "a")), 0);
    assert_true(frame_reader_amid(r));
    assert_int_equal(READ(r, &h, "b"), 0);
    assert_string_equal(h.text, "ab");
    assert_true(frame_reader_idle(r));
    assert_int_equal(READ(r, &h, MASKED("\x01\x81", "c")), 0);
    assert_true(frame_reader_amid(r)); /* more of the message is to come */
    assert_int_equal(READ(r, &h, MASKED("\x89\x80", "") MASKED("\x80\x80", "")), 0);
    assert_string_equal(h.text, "c");
    assert_int_equal(h.controls, 1);
    assert_true(frame_reader_idle(r));
    frame_reader_destroy(r);
}

static void what_nobody_reads_is_kept(void **state)
{
    struct frame_reader *r = make();
    struct heard h = { .stops = true };
    char many[9000];
    for (size_t i = 0; i < sizeof many; i += 9)
        memcpy(many + i, MASKED("\x81\x83", "abc"), 9);
    assert_int_equal(read_bytes(r, &h, many, sizeof many), 0);
    for (size_t i = 1; i < sizeof many / 9; i++) {
        assert_int_equal(h.messages, i);
        assert_false(frame_reader_idle(r));
        assert_int_equal(READ(r, &h, ""), 0);
    }
    assert_int_equal(h.messages, sizeof many / 9);
    assert_true(frame_reader_idle(r));
    frame_reader_destroy(r);
}

static void faults_have_their_codes(void **state)
{
    static const struct {
        const char *p;
        size_t n;
        enum close_code code;
    } rows[] = {
#define ROW(literal, code) { literal, sizeof(literal) - 1, code }
        ROW("\x81\x01x", CLOSE_CODE_PROTOCOL),
        ROW(MASKED("\xc1\x81", "x"), CLOSE_CODE_PROTOCOL),
        ROW(MASKED("\x83\x81", "x"), CLOSE_CODE_PROTOCOL),
        ROW(MASKED("\x80\x81", "x"), CLOSE_CODE_PROTOCOL),
        ROW(MASKED("\x82\x81", "x"), CLOSE_CODE_BINARY),
        ROW(MASKED("\x81\x81", "\xff"), CLOSE_CODE_TEXT),
        ROW(MASKED("\x81\xb3", "x"), CLOSE_CODE_TOO_BIG), /* 51 bytes are announced */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct frame_reader *r = make();
        struct heard h = { 0 };
        assert_int_equal(read_bytes(r, &h, rows[i].p, rows[i].n), rows[i].code);
        assert_int_equal(h.messages, 0);
        frame_reader_destroy(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_are_of_the_shortest_form),
        cmocka_unit_test_teardown(wslay_reads_it, clean),
        cmocka_unit_test_teardown(a_close_frame_says_a_code_and_a_reason_or_nothing, clean),
        cmocka_unit_test(close_codes_that_may_be_said),
        cmocka_unit_test(it_is_idle_between_frames_only),
        cmocka_unit_test(what_nobody_reads_is_kept),
        cmocka_unit_test(faults_have_their_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
