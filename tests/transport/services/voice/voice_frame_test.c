/* Voice frame: what an embedder says, in whatever pieces, and what it may not say. */
#include "transport/services/voice/voice_frame.h"

#include <math.h>

#include "tests/test.h"

static struct voice_frame last;
static float heard[VOICE_FLOATS]; /* the last embedding */
static int said;

static void on_frame(void *arg, const struct voice_frame *f)
{
    last = *f;
    if (f->kind == VOICE_EMBEDDING)
        memcpy(heard, f->floats, sizeof heard);
    said++;
}

static void put32(struct buf *b, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        buf_putc(b, (char)(v >> 8 * i));
}

static void put_greeting(struct buf *b)
{
    put32(b, 8);
    put32(b, 0);
    put32(b, VOICE_VERSION);
}

static void put_floats(struct buf *b, uint32_t id, float first, float others)
{
    uint32_t bits[2];
    memcpy(bits, &first, 4);
    memcpy(bits + 1, &others, 4);
    put32(b, 4 + 4 * VOICE_FLOATS);
    put32(b, id);
    for (int i = 0; i < VOICE_FLOATS; i++)
        put32(b, bits[i > 0]);
}

/* In pieces of so many bytes. */
static bool feed(struct voice_reader *r, const struct buf *b, size_t piece)
{
    bool good = true;
    said = 0;
    for (size_t at = 0; at < b->n && good; at += piece)
        good = voice_reader_feed(r, (struct text){ b->p + at, b->n - at < piece ? b->n - at : piece }, on_frame, NULL);
    return good;
}

static void frames_are_read_in_any_pieces(void **state)
{
    struct buf b = { 0 };
    put_greeting(&b);
    put_floats(&b, 7, 0.5f, -2);
    put32(&b, 4);
    put32(&b, 0xfffffffe);
    static const size_t pieces[] = { 1, 3, 8, 700, 100000 };
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        struct voice_reader r = { 0 };
        assert_true(feed(&r, &b, pieces[i]));
        assert_int_equal(said, 3);
        assert_int_equal(last.kind, VOICE_NOTHING);
        assert_int_equal(last.id, 0xfffffffe);
        assert_float_equal(heard[0], 0.5, 0);
        assert_float_equal(heard[191], -2, 0);
    }
    buf_fini(&b);
}

static void expect_broken(struct buf *b, int frames)
{
    struct voice_reader r = { 0 };
    struct buf more = { 0 };
    assert_false(feed(&r, b, 5));
    assert_int_equal(said, frames);
    put_greeting(&more);
    assert_false(feed(&r, &more, 100)); /* for good */
    assert_int_equal(said, 0);
    buf_fini(&more);
    buf_fini(b);
    *b = (struct buf){ 0 };
}

static void nonsense_is_refused(void **state)
{
    struct buf b = { 0 };
    buf_puts(&b, "Traceback (most recent call last)");
    expect_broken(&b, 0);
    put_floats(&b, 1, 1, 0); /* no greeting */
    expect_broken(&b, 0);
    put32(&b, 8);
    put32(&b, 0);
    put32(&b, VOICE_VERSION + 1);
    expect_broken(&b, 0);
    put32(&b, 8);
    put32(&b, 1); /* a greeting is no answer */
    put32(&b, VOICE_VERSION);
    expect_broken(&b, 0);
    static const uint32_t lengths[] = { 0, 3, 5, 8, 4 * VOICE_FLOATS, 8 + 4 * VOICE_FLOATS, 0xffffffff };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        put_greeting(&b);
        put32(&b, lengths[i]);
        expect_broken(&b, 1);
    }
}

static void an_embedding_points_somewhere(void **state)
{
    static const float floats[][2] = { { 0, 0 }, { NAN, 1 }, { 1, NAN }, { INFINITY, 0 }, { 0, -INFINITY } };
    struct buf b = { 0 };
    for (size_t i = 0; i < sizeof floats / sizeof *floats; i++) {
        put_greeting(&b);
        put_floats(&b, 1, floats[i][0], floats[i][1]);
        expect_broken(&b, 1);
    }
}

static void a_sound_is_asked_for_as_floats(void **state)
{
    static const unsigned char wanted[] = { 16, 0, 0, 0, 4, 3, 2, 1, 0, 0, 0x80, 0xbf, 0, 0, 0, 0, 0, 0, 0, 0x3f };
    static const int16_t samples[] = { -32768, 0, 16384 }; /* -1, 0, 0.5 */
    struct buf b = { 0 };
    voice_frame_put(&b, 0x01020304, samples, 3);
    assert_int_equal(b.n, sizeof wanted);
    assert_memory_equal(b.p, wanted, sizeof wanted);
    buf_fini(&b);
    voice_frame_put(&b, 1, samples, 0);
    assert_int_equal(b.n, 8);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_read_in_any_pieces),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(an_embedding_points_somewhere),
        cmocka_unit_test(a_sound_is_asked_for_as_floats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
