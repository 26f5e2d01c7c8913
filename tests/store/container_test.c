/* Container: durations that headers say, in every form they have; and files that lie, mutated by a fixed seed. */
#include "store/container.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { MOST = 4096 };

static int file; /* in memory */

static bool duration_of(const void *p, size_t n, double *ret)
{
    assert_int_equal(ftruncate(file, 0), 0);
    assert_int_equal(pwrite(file, p, n, 0), n);
    return container_duration(file, ret);
}

static double said(const char *p, size_t n)
{
    double seconds = -1;
    return duration_of(p, n, &seconds) ? seconds : -1;
}
#define SAID(bytes) said(bytes, sizeof(bytes) - 1)

#define FTYP                                                                                                           \
    "\0\0\0\x0c"                                                                                                       \
    "ftypM4A "
#define MVHD0(scale, duration) "\0\0\0\x1cmvhd\0\0\0\0\0\0\0\0\0\0\0\0" scale duration
#define MVHD1(scale, duration) "\0\0\0\x28mvhd\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" scale duration
#define SECOND                 "\0\0\x03\xe8"

static void mp4(void **state)
{
    assert_float_equal(SAID(FTYP "\0\0\0\x24moov" MVHD0(SECOND, "\0\0\x05\xdc")), 1.5, 0);
    assert_float_equal(SAID(FTYP "\0\0\0\x30moov" MVHD1(SECOND, "\0\0\0\0\0\0\x05\xdc")), 1.5, 0);
    assert_float_equal(SAID(FTYP "\0\0\0\x01mdat\0\0\0\0\0\0\0\x14xxxx\0\0\0\x24moov" MVHD0(SECOND, "\0\0\x05\xdc")),
                       1.5, 0);
    assert_float_equal(SAID(FTYP "\0\0\0\0moov\0\0\0\x08"
                                 "free" MVHD0(SECOND, "\0\0\x05\xdc")),
                       1.5, 0); /* to the end of the file */
}

static void mp4_that_does_not_say(void **state)
{
    assert_true(SAID(FTYP) < 0);
    assert_true(SAID(FTYP "\0\0\0\x08moov") < 0);
    assert_true(SAID(FTYP "\0\0\0\x24moov" MVHD0(SECOND, "\0\0\0\0")) < 0);           /* in fragments */
    assert_true(SAID(FTYP "\0\0\0\x24moov" MVHD0(SECOND, "\xff\xff\xff\xff")) < 0);   /* unknown */
    assert_true(SAID(FTYP "\0\0\0\x24moov" MVHD0("\0\0\0\0", "\0\0\x05\xdc")) < 0);   /* by nothing */
    assert_true(SAID(FTYP "\0\0\0\x25moov" MVHD0(SECOND, "\0\0\x05\xdc")) < 0);       /* longer than the file */
    assert_true(SAID(FTYP "\0\0\0\x07moov" MVHD0(SECOND, "\0\0\x05\xdc")) < 0);       /* shorter than its head */
    assert_true(SAID(FTYP "\0\0\0\x01moov\xff\xff\xff\xff\xff\xff\xff\xff") < 0);     /* round the corner */
    assert_true(SAID(FTYP "\0\0\0\x14moov\0\0\0\x0cmvhd\0\0\0\0") < 0);               /* cut off */
    assert_true(SAID(FTYP "\0\0\0\x30moov" MVHD1(SECOND, "\x10\0\0\0\0\0\0\0")) < 0); /* ages */
}

#define EBML    "\x1a\x45\xdf\xa3\x84webm"
#define SCALE   "\x2a\xd7\xb1\x83\x0f\x42\x40"
#define FLOAT64 "\x44\x89\x88\x40\x97\x70\0\0\0\0\0" /* 1500.0 */
#define FLOAT32 "\x44\x89\x84\x44\xbb\x80\0"

static void webm(void **state)
{
    assert_float_equal(SAID(EBML "\x18\x53\x80\x67\x97\x15\x49\xa9\x66\x92" SCALE FLOAT64), 1.5, 0);
    assert_float_equal(SAID(EBML "\x18\x53\x80\x67\x8c\x15\x49\xa9\x66\x87" FLOAT32), 1.5, 0); /* milliseconds */
    assert_float_equal(
        SAID(EBML "\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff\xec\x81x\x15\x49\xa9\x66\xff" SCALE FLOAT64), 1.5,
        0); /* of unknown length */
}

static void webm_that_does_not_say(void **state)
{
    assert_true(SAID(EBML) < 0);
    assert_true(SAID(EBML "\x18\x53\x80\x67\x80") < 0);
    assert_true(SAID(EBML "\x18\x53\x80\x67\x8c\x15\x49\xa9\x66\x87" SCALE) < 0);
    assert_true(SAID(EBML "\x18\x53\x80\x67\x90\x15\x49\xa9\x66\x87" FLOAT32) < 0);         /* longer than the file */
    assert_true(SAID(EBML "\x18\x53\x80\x67\x8a\x15\x49\xa9\x66\x85\x44\x89\x82\0\0") < 0); /* no number */
    assert_true(SAID(EBML "\x18\x53\x80\x67\x8c\x15\x49\xa9\x66\x87\x44\x89\x84\x7f\xc0\0\0") < 0); /* NaN */
    assert_true(SAID(EBML "\0\0\0\0\0\0\0\0") < 0);
    assert_true(SAID("\x1a\x45\xdf\xa3\x01\xff\xff\xff\xff\xff\xff") < 0); /* cut off */
}

static void other_files(void **state)
{
    assert_true(SAID("") < 0);
    assert_true(SAID("RIFF") < 0);
    assert_true(SAID("RIFFxxxxWAVEfmt ") < 0);
}

/* A tree without an end of small boxes costs a bounded number of reads. */
static void endless_boxes_end(void **state)
{
    static char many[12 + 8 * 200000];
    memcpy(many, FTYP, 12);
    for (size_t at = 12; at < sizeof many; at += 8)
        memcpy(many + at,
               "\0\0\0\x08"
               "free",
               8);
    assert_true(said(many, sizeof many) < 0);
}

static uint32_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

static void broken_files_are_harmless(void **state)
{
    static const struct {
        const char *p;
        size_t n;
    } seeds[] = {
#define SEED(bytes) { bytes, sizeof(bytes) - 1 }
        SEED(FTYP "\0\0\0\x01mdat\0\0\0\0\0\0\0\x14xxxx\0\0\0\x24moov" MVHD0(SECOND, "\0\0\x05\xdc")),
        SEED(FTYP "\0\0\0\x30moov" MVHD1(SECOND, "\0\0\0\0\0\0\x05\xdc")),
        SEED(EBML "\x18\x53\x80\x67\x97\x15\x49\xa9\x66\x92" SCALE FLOAT64),
        SEED(EBML "\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff\xec\x81x\x15\x49\xa9\x66\xff" SCALE FLOAT64),
    };
    static const unsigned char telling[] = { 0, 1, 7, 8, 0x7f, 0x80, 0xff, 0x40, 0x20 };
    uint64_t chance = 11;
    for (int round = 0; round < 20000; round++) {
        unsigned char bytes[MOST];
        size_t n = seeds[round % 4].n;
        double seconds = 0;
        memcpy(bytes, seeds[round % 4].p, n);
        for (uint32_t i = next_random(&chance) % 6; i; i--)
            bytes[next_random(&chance) % n] = telling[next_random(&chance) % sizeof telling];
        if (next_random(&chance) % 4 == 0)
            n = next_random(&chance) % n;
        if (duration_of(bytes, n, &seconds))
            assert_true(seconds > 0 && seconds <= 1e9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mp4),
        cmocka_unit_test(mp4_that_does_not_say),
        cmocka_unit_test(webm),
        cmocka_unit_test(webm_that_does_not_say),
        cmocka_unit_test(other_files),
        cmocka_unit_test(endless_boxes_end),
        cmocka_unit_test(broken_files_are_harmless),
    };
    file = memfd_create("container_test", MFD_CLOEXEC);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    close(file);
    return failed;
}
