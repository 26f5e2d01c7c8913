/* Samples: the sound of files that real encoders made, at our rate; files that lie, or are mutated by a fixed seed; and the
 * child that decodes, whole. */
#include "store/media/samples.h"
#include "store/probe.h"

#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/test.h"

/* libsndfile forgets some memory of files that are broken; the child that reads them ends. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libvorbis\nleak:libsndfile\nleak:libFLAC\nleak:libopus\n";
}

static int file; /* in memory */
static int16_t samples[SAMPLES_MOST];

/* Begins an empty file of that form. */
static SNDFILE *create(int format, int rate, int channels)
{
    SF_INFO info = { .format = format, .samplerate = rate, .channels = channels };
    assert_int_equal(ftruncate(file, 0), 0);
    assert_int_equal(lseek(file, 0, SEEK_SET), 0);
    SNDFILE *f = sf_open_fd(file, SFM_WRITE, &info, 0);
    assert_non_null(f);
    return f;
}

/* A tone; each channel has it times `levels[i % 2]`. */
static void write_tone(int format, int rate, int channels, double hertz, double seconds, const float levels[2])
{
    enum { BLOCK = 4000 };
    static float block[BLOCK * 8];
    SNDFILE *f = create(format, rate, channels);
    long n = lround(seconds * rate);
    for (long at = 0; at < n; at += BLOCK) {
        long some = n - at < BLOCK ? n - at : BLOCK;
        for (long i = 0; i < some * channels; i++)
            block[i] = levels[i % channels % 2] * (float)sin(2 * M_PI * hertz * (double)(at + i / channels) / rate);
        assert_int_equal(sf_writef_float(f, block, some), some);
    }
    sf_close(f);
}

static size_t decode(void)
{
    static struct media_file f;
    return media_open(&f, file) ? media_samples(&f, samples) : 0;
}

static double hertz_of(size_t n)
{
    int changes = 0;
    for (size_t i = 1; i < n; i++)
        changes += (samples[i] >= 0) != (samples[i - 1] >= 0);
    return changes / 2.0 / ((double)n / SAMPLES_RATE);
}

static double loudest(size_t from, size_t to)
{
    int most = 0;
    for (size_t i = from; i < to; i++)
        most = abs(samples[i]) > most ? abs(samples[i]) : most;
    return most / 32768.0;
}

static const float same[] = { 0.5f, 0.5f };

static void any_form_becomes_ours(void **state)
{
    static const struct {
        int format, rate, channels;
    } forms[] = {
        { SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1 },  { SF_FORMAT_WAV | SF_FORMAT_PCM_16, 44100, 2 },
        { SF_FORMAT_WAV | SF_FORMAT_PCM_U8, 22050, 1 }, { SF_FORMAT_WAV | SF_FORMAT_PCM_24, 96000, 2 },
        { SF_FORMAT_WAV | SF_FORMAT_FLOAT, 48000, 1 },  { SF_FORMAT_WAVEX | SF_FORMAT_DOUBLE, 16000, 6 },
        { SF_FORMAT_WAV | SF_FORMAT_ULAW, 8000, 1 },    { SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 44100, 2 },
        { SF_FORMAT_OGG | SF_FORMAT_VORBIS, 44100, 1 }, { SF_FORMAT_OGG | SF_FORMAT_OPUS, 48000, 2 },
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        write_tone(forms[i].format, forms[i].rate, forms[i].channels, 440, 2, same);
        size_t n = decode();
        if (labs((long)n - 2 * SAMPLES_RATE) > 100 || fabs(hertz_of(n) - 440) > 3 ||
            fabs(loudest(8000, 24000) - 0.5) > 0.05)
            fail_msg("form %zu: %zu samples, %f Hz, %f loud", i, n, hertz_of(n), loudest(8000, 24000));
    }
}

static void our_own_form_stays_as_it_is(void **state)
{
    static int16_t given[3000];
    SNDFILE *f = create(SF_FORMAT_WAV | SF_FORMAT_PCM_16, SAMPLES_RATE, 1);
    for (int i = 0; i < 3000; i++)
        given[i] = (int16_t)(i * 7919);
    assert_int_equal(sf_write_short(f, given, 3000), 3000);
    sf_close(f);
    assert_int_equal(decode(), 3000);
    assert_memory_equal(samples, given, sizeof given);
}

static void channels_are_averaged(void **state)
{
    static const float opposite[] = { 0.5f, -0.5f }, one[] = { 0.5f, 0 };
    write_tone(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, 2, 440, 1, opposite);
    assert_float_equal(loudest(0, decode()), 0, 0.001);
    write_tone(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, 2, 440, 1, one);
    assert_float_equal(loudest(0, decode()), 0.25, 0.01);
}

/* What lies above half of our rate must not come back as something else. */
static void what_is_too_high_is_left_out(void **state)
{
    write_tone(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 48000, 1, 12000, 1, same);
    size_t n = decode();
    assert_float_equal(loudest(2000, n - 2000), 0, 0.01);
}

static void a_minute_is_used(void **state)
{
    write_tone(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, 440, 61, same);
    assert_int_equal(decode(), SAMPLES_MOST);
    write_tone(SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16000, 1, 440, 61, same);
    assert_int_equal(decode(), SAMPLES_MOST);
}

static void what_is_no_number_is_silence(void **state)
{
    static float given[2000];
    SNDFILE *f = create(SF_FORMAT_WAV | SF_FORMAT_FLOAT, SAMPLES_RATE, 1);
    for (int i = 0; i < 2000; i++)
        given[i] = i % 4 == 0 ? NAN : i % 4 == 1 ? INFINITY : i % 4 == 2 ? 5 : -5;
    assert_int_equal(sf_write_float(f, given, 2000), 2000);
    sf_close(f);
    assert_int_equal(decode(), 2000);
    assert_int_equal(samples[0], 0);
    assert_int_equal(samples[1], 0);
    assert_int_equal(samples[2], INT16_MAX);
    assert_int_equal(samples[3], INT16_MIN);
}

static void others_are_refused(void **state)
{
    static const struct text none[] = { TEXT(""), TEXT("hello"), TEXT("RIFF\x24\0\0\0WAVE"), TEXT("fLaC"),
                                        TEXT("OggS\0\2") };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        assert_int_equal(ftruncate(file, 0), 0);
        assert_int_equal(pwrite(file, none[i].p, none[i].n, 0), none[i].n);
        assert_int_equal(decode(), 0);
    }
    write_tone(SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 16000, 1, 440, 1, same);
    assert_int_equal(decode(), 0);
    write_tone(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, 1, 440, 0, same);
    assert_int_equal(decode(), 0);
    sf_close(create(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 999, 1)); /* a rate nobody has */
    assert_int_equal(decode(), 0);
    SNDFILE *f = create(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, SAMPLES_CHANNELS_MOST + 1);
    static const int16_t frame[SAMPLES_CHANNELS_MOST + 1] = { 1 };
    assert_int_equal(sf_writef_short(f, frame, 1), 1);
    sf_close(f);
    assert_int_equal(decode(), 0);
}

/* Whatever it holds, it is read within its bounds; the sanitizers look. */
static void mutated_files_are_survived(void **state)
{
    static const int formats[] = { SF_FORMAT_WAV | SF_FORMAT_PCM_16, SF_FORMAT_FLAC | SF_FORMAT_PCM_16,
                                   SF_FORMAT_OGG | SF_FORMAT_VORBIS };
    unsigned seed = 14;
    for (size_t form = 0; form < sizeof formats / sizeof *formats; form++) {
        for (int i = 0; i < 60; i++) {
            write_tone(formats[form], 22050, 2, 440, 0.3, same);
            off_t size = lseek(file, 0, SEEK_END);
            for (int j = 0; j < 1 + i % 5; j++) {
                unsigned char byte = (unsigned char)rand_r(&seed);
                off_t at = rand_r(&seed) % (i % 2 ? 200 : size);
                assert_int_equal(pwrite(file, &byte, 1, at < size ? at : 0), 1);
            }
            if (i % 7 == 0)
                assert_int_equal(ftruncate(file, rand_r(&seed) % size), 0);
            assert_true(decode() <= SAMPLES_MOST);
        }
    }
}

/* ---- the child ---- */

static bool answer_of(const char *script, int wait_ms, size_t *ret_n)
{
    char path[] = "/tmp/samples_test.XXXXXX";
    int fd = mkstemp(path);
    dprintf(fd, "#!/bin/sh\ntest \"$1\" = decode || exit 1\n%s\n", script);
    assert_int_equal(fchmod(fd, 0700), 0);
    close(fd);
    *ret_n = 77;
    bool told = probe_decode(path, file, wait_ms, samples, ret_n);
    unlink(path);
    return told;
}

static void the_child_says_all_or_nothing(void **state)
{
    size_t n;
    assert_true(answer_of("printf '\\2\\0\\0\\0\\1\\2\\3\\4'", 5000, &n));
    assert_int_equal(n, 2);
    assert_int_equal(samples[0], 0x0201);
    assert_int_equal(samples[1], 0x0403);
    static const char *const scripts[] = { "exit 1",
                                           "printf '\\2\\0\\0\\0\\1\\2\\3'",
                                           "printf '\\1\\0\\0\\0\\1\\2\\3'",
                                           "kill -SEGV $$",
                                           "printf '\\0\\0\\0\\0'",
                                           "printf '\\1\\0'",
                                           "yes",
                                           "printf '\\377\\377\\377\\377'; yes" };
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        if (!answer_of(scripts[i], 5000, &n) || n)
            fail_msg("%s: %zu", scripts[i], n);
    }
    assert_false(answer_of("while :; do :; done", 50, &n));
    assert_int_equal(n, 0);
    assert_false(probe_decode("/nonexistent", file, 5000, samples, &n));
}

static void what_it_says_is_what_it_has_decoded(void **state)
{
    static int16_t told[SAMPLES_MOST];
    int ends[2];
    uint32_t n;
    write_tone(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 44100, 2, 440, 1, same);
    assert_int_equal(pipe(ends), 0);
    assert_true(probe_tell_samples(file, ends[1]));
    close(ends[1]);
    assert_int_equal(read(ends[0], &n, sizeof n), sizeof n);
    assert_int_equal(n, decode());
    assert_int_equal(read(ends[0], told, sizeof told), n * sizeof *told);
    assert_memory_equal(told, samples, n * sizeof *told);
    close(ends[0]);
    assert_int_equal(ftruncate(file, 10), 0);
    assert_false(probe_tell_samples(file, -1));
}

static int open_file(void **state)
{
    return (file = memfd_create("samples", 0)) < 0;
}

static int close_file(void **state)
{
    return close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_form_becomes_ours),
        cmocka_unit_test(our_own_form_stays_as_it_is),
        cmocka_unit_test(channels_are_averaged),
        cmocka_unit_test(what_is_too_high_is_left_out),
        cmocka_unit_test(a_minute_is_used),
        cmocka_unit_test(what_is_no_number_is_silence),
        cmocka_unit_test(others_are_refused),
        cmocka_unit_test(mutated_files_are_survived),
        cmocka_unit_test(the_child_says_all_or_nothing),
        cmocka_unit_test(what_it_says_is_what_it_has_decoded),
    };
    return cmocka_run_group_tests(tests, open_file, close_file);
}
