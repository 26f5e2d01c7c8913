/* Media: kinds and durations of files that real encoders made, cut, joined and begun in their middle, and of files made
 * box by box; and files that lie, mutated by a fixed seed. Recorders' files: tests/api/test_media.py. */
#include "store/media/media.h"

#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "proto/base/buf.h"
#include "tests/test.h"

static int file; /* in memory */

/* libsndfile forgets some memory of files that are broken; the child that reads them ends. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libvorbis\nleak:libsndfile\nleak:libFLAC\nleak:libmpg123\n";
}

static enum media_kind look(struct text bytes, double *ret_seconds)
{
    static struct media_file f;
    assert_int_equal(ftruncate(file, 0), 0);
    assert_int_equal(pwrite(file, bytes.p, bytes.n, 0), bytes.n);
    assert_true(media_open(&f, file));
    enum media_kind kind = media_recognise(&f);
    if (!media_seconds(&f, kind, ret_seconds))
        *ret_seconds = -1;
    return kind;
}

static void expect_at(int line, struct text bytes, enum media_kind kind, double seconds, double within)
{
    double found;
    enum media_kind is = look(bytes, &found);
    if (is != kind || !(found >= seconds - within && found <= seconds + within))
        fail_msg("line %d: %s %f, not %s %f", line, media_type(is), found, media_type(kind), seconds);
}
#define EXPECT(bytes, kind, seconds, within) expect_at(__LINE__, bytes, kind, seconds, within)
enum { UNKNOWN = -1 };

/* ---- sounds of real encoders ---- */

struct sound {
    struct buf bytes;
    sf_count_t at;
};

static sf_count_t sound_size(void *arg)
{
    return (sf_count_t)((struct sound *)arg)->bytes.n;
}

static sf_count_t sound_seek(sf_count_t offset, int whence, void *arg)
{
    struct sound *s = arg;
    s->at = offset + (whence == SEEK_SET ? 0 : whence == SEEK_CUR ? s->at : (sf_count_t)s->bytes.n);
    return s->at;
}

static sf_count_t sound_read(void *to, sf_count_t n, void *arg)
{
    struct sound *s = arg;
    sf_count_t left = (sf_count_t)s->bytes.n - s->at;
    n = n < left ? n : left;
    memcpy(to, s->bytes.p + s->at, (size_t)n);
    s->at += n;
    return n;
}

static sf_count_t sound_write(const void *p, sf_count_t n, void *arg)
{
    struct sound *s = arg;
    size_t end = (size_t)(s->at + n);
    if (end > s->bytes.n) {
        memset(buf_room(&s->bytes, end - s->bytes.n), 0, end - s->bytes.n);
        s->bytes.n = end;
    }
    memcpy(s->bytes.p + s->at, p, (size_t)n);
    s->at += n;
    return n;
}

static sf_count_t sound_tell(void *arg)
{
    return ((struct sound *)arg)->at;
}

/* Seconds of a noise that is now loud and now soft, so that a variable rate varies. Freed by whoever asked. */
static struct buf sound(int format, int rate, double seconds)
{
    static SF_VIRTUAL_IO calls = { sound_size, sound_seek, sound_read, sound_write, sound_tell };
    struct sound s = { 0 };
    SF_INFO info = { .samplerate = rate, .channels = 1, .format = format };
    SNDFILE *out = sf_open_virtual(&calls, SFM_WRITE, &info, &s);
    assert_non_null(out);
    unsigned seed = 3;
    int frames = (int)(seconds * rate);
    for (int i = 0; i < frames; i++) {
        short sample = (short)((rand_r(&seed) % 20000 - 10000) * (i / rate % 2));
        assert_int_equal(sf_write_short(out, &sample, 1), 1);
    }
    sf_close(out);
    return s.bytes;
}

static struct text part(const struct buf *b, size_t from, size_t n)
{
    return (struct text){ b->p + from, n };
}

enum {
    WAV = SF_FORMAT_WAV | SF_FORMAT_PCM_16,
    VORBIS = SF_FORMAT_OGG | SF_FORMAT_VORBIS,
    OPUS = SF_FORMAT_OGG | SF_FORMAT_OPUS,
    MP3 = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III,
    FLAC = SF_FORMAT_FLAC | SF_FORMAT_PCM_16,
};

static void whole_files(void **state)
{
    static const struct {
        int format, rate;
        enum media_kind kind;
    } rows[] = {
        { WAV, 8000, MEDIA_WAV },
        { SF_FORMAT_WAV | SF_FORMAT_FLOAT, 48000, MEDIA_WAV },
        { SF_FORMAT_WAV | SF_FORMAT_ULAW, 8000, MEDIA_WAV },
        { SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM, 22050, MEDIA_WAV },
        { SF_FORMAT_WAVEX | SF_FORMAT_PCM_24, 44100, MEDIA_WAV },
        { SF_FORMAT_RF64 | SF_FORMAT_PCM_16, 44100, MEDIA_WAV },
        { VORBIS, 44100, MEDIA_OGG },
        { OPUS, 48000, MEDIA_OGG },
        { OPUS, 16000, MEDIA_OGG },
        { MP3, 44100, MEDIA_MPEG_AUDIO }, /* MPEG 1 */
        { MP3, 22050, MEDIA_MPEG_AUDIO }, /* MPEG 2 */
        { MP3, 8000, MEDIA_MPEG_AUDIO },  /* MPEG 2.5 */
        { FLAC, 44100, MEDIA_FLAC },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = sound(rows[i].format, rows[i].rate, 3);
        EXPECT(buf_view(&b), rows[i].kind, 3, 0.05);
        buf_fini(&b);
    }
}

/* What is left of a file that was cut is what counts, whatever its header says. */
static void cut_files(void **state)
{
    static const struct {
        int format;
        enum media_kind kind;
    } rows[] = { { WAV, MEDIA_WAV }, { OPUS, MEDIA_OGG }, { VORBIS, MEDIA_OGG }, { MP3, MEDIA_MPEG_AUDIO } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = sound(rows[i].format, 48000, 10);
        double seconds;
        assert_int_equal(look(part(&b, 0, b.n / 2), &seconds), rows[i].kind);
        if (seconds < 3 || seconds > 7)
            fail_msg("row %zu: %f", i, seconds);
        buf_fini(&b);
    }
}

static void joined_files(void **state)
{
    static const struct {
        int format;
        enum media_kind kind;
    } rows[] = { { OPUS, MEDIA_OGG }, { VORBIS, MEDIA_OGG }, { MP3, MEDIA_MPEG_AUDIO } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf a = sound(rows[i].format, 48000, 3), b = sound(rows[i].format, 24000, 4);
        buf_text(&a, buf_view(&b));
        EXPECT(buf_view(&a), rows[i].kind, 7, 0.15);
        buf_fini(&a);
        buf_fini(&b);
    }
}

/* ---- Ogg, page by page ---- */

static size_t page_size(const char *p)
{
    size_t n = 27 + (unsigned char)p[26];
    for (int i = 0; i < (unsigned char)p[26]; i++)
        n += (unsigned char)p[27 + i];
    return n;
}

static int64_t page_granule(const char *p)
{
    int64_t v;
    memcpy(&v, p + 6, sizeof v);
    return v;
}

/* The headers, and the pages from a sample on: as a stream that was joined later. */
static struct buf from_the_middle(const struct buf *b, int64_t sample)
{
    struct buf out = { 0 };
    for (size_t at = 0; at < b->n; at += page_size(b->p + at))
        if (page_granule(b->p + at) == 0 || page_granule(b->p + at) > sample)
            buf_put(&out, b->p + at, page_size(b->p + at));
    return out;
}

static void ogg_from_the_middle(void **state)
{
    struct buf opus = sound(OPUS, 48000, 10), vorbis = sound(VORBIS, 48000, 10);
    struct buf late_opus = from_the_middle(&opus, 6 * 48000), late_vorbis = from_the_middle(&vorbis, 6 * 48000);
    EXPECT(buf_view(&late_opus), MEDIA_OGG, 4, 1);
    EXPECT(buf_view(&late_vorbis), MEDIA_OGG, 4, 1);
    buf_fini(&opus);
    buf_fini(&vorbis);
    buf_fini(&late_opus);
    buf_fini(&late_vorbis);
}

/* ---- MP3 ---- */

/* The place of the first frame's Xing or Info tag. */
static char *tag_of(struct buf *b)
{
    for (size_t i = 0; i + 4 < b->n; i++)
        if (!memcmp(b->p + i, "Xing", 4) || !memcmp(b->p + i, "Info", 4))
            return b->p + i;
    fail_msg("no tag");
    return NULL;
}

static void put_id3(struct buf *out, size_t n)
{
    char sizes[] = { (char)(n >> 21 & 127), (char)(n >> 14 & 127), (char)(n >> 7 & 127), (char)(n & 127) };
    buf_put(out, "ID3\3\0\0", 6);
    buf_put(out, sizes, 4);
    for (size_t i = 0; i < n; i++)
        buf_putc(out, i % 7 ? (char)0xff : (char)0xfb);
}

static void mp3_whose_header_is_wrong(void **state)
{
    struct buf b = sound(MP3, 44100, 5);
    char *tag = tag_of(&b);
    memcpy(tag + 8, "\0\0\0\x09", 4); /* frames */
    EXPECT(buf_view(&b), MEDIA_MPEG_AUDIO, 5, 0.1);
    memcpy(tag + 8, "\0\xff\xff\xff", 4);
    EXPECT(buf_view(&b), MEDIA_MPEG_AUDIO, 5, 0.1);
    memcpy(tag, "xxxx", 4);
    EXPECT(buf_view(&b), MEDIA_MPEG_AUDIO, 5, 0.1);
    buf_fini(&b);
}

static void mp3_that_begins_late(void **state)
{
    struct buf b = sound(MP3, 44100, 5);
    static char noise[300000], zeros[3000000];
    unsigned seed = 9;
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)(rand_r(&seed) >> 3);
    for (int way = 0; way < 7; way++) {
        struct buf late = { 0 };
        if (way == 0 || way == 4)
            put_id3(&late, 2000000);
        if (way == 4)
            put_id3(&late, 3000);
        if (way == 1)
            buf_put(&late, noise, sizeof noise);
        if (way == 2)
            buf_put(&late, zeros, sizeof zeros);
        if (way == 3)
            buf_put(&late, b.p + 1000, 300); /* the rest of a frame */
        buf_text(&late, buf_view(&b));
        if (way == 5)
            buf_put(&late, noise, sizeof noise);
        if (way == 6) {
            buf_put(&late, noise, 100000); /* a tag with a picture */
            buf_put(&late, "APETAGEX\xd0\7\0\0\xc0\x86\1\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32);
            buf_puts(&late, "TAG");
            buf_put(&late, zeros, 125);
        }
        EXPECT(buf_view(&late), MEDIA_MPEG_AUDIO, 5, 0.15);
        buf_fini(&late);
    }
    buf_fini(&b);
}

/* Frames of 1044 bytes whose headers leave their rate open. */
static void mp3_of_free_format(void **state)
{
    struct buf b = { 0 };
    for (int i = 0; i < 100; i++) {
        buf_put(&b, "\xff\xfb\x00\xc4", 4);
        for (int k = 4; k < 1044; k++)
            buf_putc(&b, 0);
    }
    EXPECT(buf_view(&b), MEDIA_MPEG_AUDIO, 100 * 1152 / 44100.0, 0.05);
    buf_fini(&b);
}

/* ---- AAC ---- */

/* 44.1 kHz mono, of a few bytes each. */
static void put_adts(struct buf *out, int frames)
{
    for (int i = 0; i < frames; i++) {
        int n = 20 + i % 9;
        char head[] = { (char)0xff, (char)0xf1, 0x50, 0x40, (char)(n >> 3), (char)(n << 5 | 0x1f), (char)0xfc };
        buf_put(out, head, 7);
        for (int k = 7; k < n; k++)
            buf_putc(out, 0x21);
    }
}

static void adts(void **state)
{
    struct buf b = { 0 };
    put_adts(&b, 430);
    EXPECT(buf_view(&b), MEDIA_ADTS, 430 * 1024 / 44100.0, 0.001);
    EXPECT(part(&b, 9, b.n - 9), MEDIA_ADTS, 429 * 1024 / 44100.0, 0.001); /* joined in the middle of a frame */
    EXPECT(part(&b, 0, b.n - 9), MEDIA_ADTS, 429 * 1024 / 44100.0, 0.001); /* cut */
    buf_puts(&b, "what is between");
    put_adts(&b, 430);
    EXPECT(buf_view(&b), MEDIA_ADTS, 860 * 1024 / 44100.0, 0.001);
    struct buf tagged = { 0 };
    put_id3(&tagged, 5000);
    buf_text(&tagged, buf_view(&b));
    EXPECT(buf_view(&tagged), MEDIA_ADTS, 860 * 1024 / 44100.0, 0.001);
    buf_fini(&tagged);
    buf_fini(&b);
}

/* ---- MP4 ---- */

#define FTYP                                                                                                           \
    "\0\0\0\x0c"                                                                                                       \
    "ftypM4A "
#define MVHD0(scale, duration) "\0\0\0\x1cmvhd\0\0\0\0\0\0\0\0\0\0\0\0" scale duration
#define MVHD1(scale, duration) "\0\0\0\x28mvhd\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" scale duration
#define SECOND                 "\0\0\x03\xe8"

static void mp4_headers(void **state)
{
    static const struct {
        struct text bytes;
        double seconds;
    } rows[] = {
        { TEXT(FTYP "\0\0\0\x24moov" MVHD0(SECOND, "\0\0\x05\xdc")), 1.5 },
        { TEXT(FTYP "\0\0\0\x30moov" MVHD1(SECOND, "\0\0\0\0\0\0\x05\xdc")), 1.5 },
        { TEXT(FTYP "\0\0\0\x01mdat\0\0\0\0\0\0\0\x14xxxx\0\0\0\x24moov" MVHD0(SECOND, "\0\0\x05\xdc")), 1.5 },
        { TEXT(FTYP "\0\0\0\0moov\0\0\0\x08"
                    "free" MVHD0(SECOND, "\0\0\x05\xdc")),
          1.5 }, /* to the end of the file */
        { TEXT(FTYP "\0\0\0\x08moov"), UNKNOWN },
        { TEXT(FTYP "\0\0\0\x24moov" MVHD0(SECOND, "\0\0\0\0")), UNKNOWN },
        { TEXT(FTYP "\0\0\0\x24moov" MVHD0(SECOND, "\xff\xff\xff\xff")), UNKNOWN },
        { TEXT(FTYP "\0\0\0\x24moov" MVHD0("\0\0\0\0", "\0\0\x05\xdc")), UNKNOWN },
        { TEXT(FTYP "\0\0\0\x14moov\0\0\0\x0cmvhd\0\0\0\0"), UNKNOWN },               /* cut off */
        { TEXT(FTYP "\0\0\0\x30moov" MVHD1(SECOND, "\x10\0\0\0\0\0\0\0")), UNKNOWN }, /* ages */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double seconds;
        if (look(rows[i].bytes, &seconds) != MEDIA_MP4 || seconds != rows[i].seconds)
            fail_msg("row %zu: %f", i, seconds);
    }
}

/* ---- others ---- */

static void other_files(void **state)
{
    static const struct text rows[] = {
        TEXT(""),
        TEXT("<!DOCTYPE html><html><body>not here</body></html>"),
        TEXT("{\"detail\":\"Not Found\"}"),
        TEXT("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0\x90wS\xde"),
        TEXT("\xff\xd8\xff\xe0\0\x10JFIF\0\1"),
        TEXT("RIFF\0\0\0\0AVI LIST"),
        TEXT("RIFF"),
        TEXT("FORM\0\0\0\0AIFF"),
        TEXT("%PDF-1.7\n"),
        TEXT("PK\3\4\x14\0\0\0"),
        TEXT("ID3\3\0\0\0\0\0\5abcde"),
        TEXT("OggS"),
        TEXT("OggS\0\2\0\0\0\0\0\0\0\0aaaa\0\0\0\0bbbb\1\7fishead"),
        TEXT("\0\0\0\x10"
             "ftypheic\0\0\0\0\0\0\0\x08meta"),
        TEXT("\0\0\0\x0c"
             "ftypM4A "),
        TEXT("\x1a\x45\xdf\xa3\x88\x42\x82\x85other"),
        TEXT("\xff\xfb\x90\xc4"),
        TEXT("fLa"),
        TEXT("#EXTM3U\n#EXTINF:10,\na.ts\n"),
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double seconds;
        if (look(rows[i], &seconds) != MEDIA_NONE || seconds != UNKNOWN)
            fail_msg("row %zu", i);
    }
}

static void noise_and_zeros(void **state)
{
    static char bytes[2000000];
    EXPECT(((struct text){ bytes, sizeof bytes }), MEDIA_NONE, UNKNOWN, 0);
    unsigned seed = 11;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(rand_r(&seed) >> 5);
    EXPECT(((struct text){ bytes, sizeof bytes }), MEDIA_NONE, UNKNOWN, 0);
}

static void types_are_read_back(void **state)
{
    enum media_kind kind;
    for (int i = 0; i < MEDIA_KIND_COUNT; i++) {
        assert_true(media_read_type(text_of(media_type((enum media_kind)i)), &kind));
        assert_int_equal(kind, i);
    }
    assert_false(media_read_type(TEXT("audio/midi"), &kind));
}

/* Many small boxes, many small frames: one pass. */
static void many_boxes_end(void **state)
{
    static char many[12 + 8 * 200000];
    double seconds;
    memcpy(many, FTYP, 12);
    for (size_t at = 12; at < sizeof many; at += 8)
        memcpy(many + at,
               "\0\0\0\x08"
               "free",
               8);
    assert_int_equal(look((struct text){ many, sizeof many }, &seconds), MEDIA_NONE);
}

static void broken_files_are_harmless(void **state)
{
    static const int formats[] = { WAV, VORBIS, OPUS, MP3, FLAC };
    unsigned seed = 1;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        struct buf b = sound(formats[i], 48000, 1), broken = { 0 };
        for (int round = 0; round < 60; round++) {
            buf_reset(&broken);
            buf_text(&broken, buf_view(&b));
            for (int k = rand_r(&seed) % 20; k >= 0; k--)
                broken.p[(size_t)rand_r(&seed) % (k % 2 ? broken.n : 100)] = (char)rand_r(&seed);
            double seconds;
            (void)look(part(&broken, 0, broken.n - (size_t)rand_r(&seed) % 50), &seconds);
            assert_true(seconds == UNKNOWN || (seconds > 0 && seconds <= MEDIA_SECONDS_MOST));
        }
        buf_fini(&b);
        buf_fini(&broken);
    }
}

static int open_file(void **state)
{
    file = memfd_create("media", 0);
    return file < 0;
}

static int close_file(void **state)
{
    return close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_files),
        cmocka_unit_test(cut_files),
        cmocka_unit_test(joined_files),
        cmocka_unit_test(ogg_from_the_middle),
        cmocka_unit_test(mp3_whose_header_is_wrong),
        cmocka_unit_test(mp3_that_begins_late),
        cmocka_unit_test(mp3_of_free_format),
        cmocka_unit_test(adts),
        cmocka_unit_test(mp4_headers),
        cmocka_unit_test(other_files),
        cmocka_unit_test(noise_and_zeros),
        cmocka_unit_test(types_are_read_back),
        cmocka_unit_test(many_boxes_end),
        cmocka_unit_test(broken_files_are_harmless),
    };
    return cmocka_run_group_tests(tests, open_file, close_file);
}
