/* Probe: durations of real files, and children that crash, hang, say nothing or too much. */
#include "store/probe.h"

#include <setjmp.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/probe_test.XXXXXX";

static FILE *open_in_folder(const char *name, const char *mode)
{
    char path[64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return fopen(path, mode);
}

/* Two seconds of silence in a format of libsndfile's. */
static int sound(int format)
{
    static short silence[16000];
    char path[64];
    SF_INFO info = { .samplerate = 8000, .channels = 1, .format = format };
    snprintf(path, sizeof path, "%s/sound", folder);
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    assert_non_null(file);
    assert_int_equal(sf_write_short(file, silence, 16000), 16000);
    sf_close(file);
    FILE *f = fopen(path, "rb");
    int fd = dup(fileno(f));
    fclose(f);
    return fd;
}

static void durations_of_real_files(void **state)
{
    static const int formats[] = { SF_FORMAT_WAV | SF_FORMAT_PCM_16, SF_FORMAT_OGG | SF_FORMAT_VORBIS,
                                   SF_FORMAT_OGG | SF_FORMAT_OPUS, SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        double seconds = 0;
        int fd = sound(formats[i]);
        lseek(fd, 100, SEEK_SET); /* wherever the writer stopped */
        assert_true(probe_duration(fd, &seconds));
        assert_float_equal(seconds, 2, 0.2);
        close(fd);
    }
}

static void other_files_have_none(void **state)
{
    double seconds;
    FILE *f = open_in_folder("text", "w+");
    fputs("not music", f);
    fflush(f);
    assert_false(probe_duration(fileno(f), &seconds));
    fclose(f);
}

/* What a child that is this script says. */
static bool answer_of(const char *script, int wait_ms, double *ret)
{
    char path[64];
    snprintf(path, sizeof path, "%s/child", folder);
    FILE *f = fopen(path, "w");
    fprintf(f, "#!/bin/sh\n%s\n", script);
    fclose(f);
    chmod(path, 0700);
    f = open_in_folder("text", "w+");
    fputs("3.5", f);
    fflush(f);
    rewind(f);
    bool told = probe_run(path, fileno(f), wait_ms, ret);
    fclose(f);
    return told;
}

static void the_child_says_seconds(void **state)
{
    double seconds = 0;
    assert_true(answer_of("test \"$1\" = probe && cat && echo", 5000, &seconds)); /* it has the file */
    assert_float_equal(seconds, 3.5, 0);
}

static void a_child_that_fails_says_nothing(void **state)
{
    static const char *const scripts[] = { "exit 1",   "kill -SEGV $$", "echo",       "echo x",    "echo -1",
                                           "echo nan", "printf 12",     "echo 1e400", "yes 11111", "echo 5 6" };
    double seconds = 7;
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        if (answer_of(scripts[i], 5000, &seconds))
            fail_msg("%s: %f", scripts[i], seconds);
    assert_false(probe_run("/nonexistent", 0, 5000, &seconds));
    assert_float_equal(seconds, 7, 0);
}

static void a_child_that_hangs_is_ended(void **state)
{
    double seconds;
    assert_false(answer_of("printf 1; while :; do :; done", 50, &seconds));
}

static int make_folder(void **state)
{
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    static const char *const names[] = { "sound", "text", "child", "" };
    for (int i = 0; i < 4; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        remove(path);
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_of_real_files),     cmocka_unit_test(other_files_have_none),
        cmocka_unit_test(the_child_says_seconds),      cmocka_unit_test(a_child_that_fails_says_nothing),
        cmocka_unit_test(a_child_that_hangs_is_ended),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
