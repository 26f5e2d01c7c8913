/* Probe: what a child says of a file, and children that crash, hang, say nothing or too much, or look for what they
 * should not have. */
#include "store/probe.h"
#include "tests/test.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/probe_test.XXXXXX";

static void write_file(const char *name, const char *text, mode_t mode, char ret_path[64])
{
    snprintf(ret_path, 64, "%s/%s", folder, name);
    FILE *f = fopen(ret_path, "w");
    fputs(text, f);
    fclose(f);
    chmod(ret_path, mode);
}

/* What a child that is this script says of a file of that text. */
static bool answer_of(const char *script, const char *text, int wait_ms, struct probed *ret)
{
    char child[64], file[64], whole[1024];
    snprintf(whole, sizeof whole, "#!/bin/sh\n%s\n", script);
    write_file("child", whole, 0700, child);
    write_file("file", text, 0600, file);
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    *ret = (struct probed){ MEDIA_WEBM, 7 };
    bool told = probe_run(child, fd, wait_ms, ret);
    close(fd);
    return told;
}

static void the_child_says_kind_and_seconds(void **state)
{
    struct probed p;
    assert_true(answer_of("test \"$1\" = probe && cat", "audio/ogg\n3.5\n", 5000, &p)); /* it has the file */
    assert_int_equal(p.kind, MEDIA_OGG);
    assert_float_equal(p.seconds, 3.5, 0);
}

static void numbers_that_make_no_sense_are_unknown(void **state)
{
    static const char *const seconds[] = { "",        "\n",   "x\n",   "-1\n",  "nan\n", "inf\n",  "12",
                                           "1e400\n", "0\n",  "5 6",   "0x9\n", "1e3\n", " 1\n",   "9999999\n",
                                           "1.2.3\n", "+1\n", "1\n\n", "3\nx",  ".\n",   "0.000\n" };
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++) {
        char text[64];
        struct probed p;
        snprintf(text, sizeof text, "audio/wav\n%s", seconds[i]);
        assert_true(answer_of("cat", text, 5000, &p));
        if (p.kind != MEDIA_WAV || !isnan(p.seconds))
            fail_msg("%s: %f", seconds[i], p.seconds);
    }
}

static void a_child_that_fails_knows_no_audio(void **state)
{
    static const char *const scripts[] = {
        "exit 1",           "kill -SEGV $$",        "echo", "echo none; echo 5", "echo audio/midi", "yes 11111",
        "printf audio/wav", "printf '\\000\\n5\\n'"
    };
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        struct probed p;
        if (!answer_of(scripts[i], "", 5000, &p) || p.kind || !isnan(p.seconds))
            fail_msg("%s: %s %f", scripts[i], media_type(p.kind), p.seconds);
    }
}

static void a_child_that_hangs_is_ended(void **state)
{
    struct probed p;
    assert_false(answer_of("while :; do :; done", "", 50, &p));
    assert_true(answer_of("echo audio/wav; printf 1; while :; do :; done", "", 1000, &p)); /* it said what it is */
    assert_int_equal(p.kind, MEDIA_WAV);
    assert_true(isnan(p.seconds));
}

static void a_program_that_is_not_there(void **state)
{
    struct probed p;
    assert_false(probe_run("/nonexistent", 0, 5000, &p));
}

/* Bash, since dash keeps no descriptor above 9: its own are 255 and up. */
static void the_child_has_nothing_else(void **state)
{
    struct probed p;
    int extra = open("/etc/passwd", O_RDONLY); /* inherited, were it not closed */
    setenv("PROBE_SECRET", "hunter2", 1);
    assert_true(answer_of("test -z \"$(tr '\\0' '\\n' < /proc/$$/environ)\" && test ! -e /proc/$$/fd/3 && "
                          "echo audio/wav",
                          "", 5000, &p));
    assert_int_equal(p.kind, MEDIA_WAV);
    assert_true(
        answer_of("(echo x >&0) 2>/dev/null || echo audio/wav", "kept", 5000, &p)); /* the file is not changed */
    assert_int_equal(p.kind, MEDIA_WAV);
    close(extra);
    unsetenv("PROBE_SECRET");
}

static bool limit_is(int what, rlim_t most)
{
    struct rlimit l;
    return !getrlimit(what, &l) && l.rlim_cur == most && l.rlim_max == most;
}

/* The filter of system calls is left out under sanitizers; what is told here holds everywhere. */
static void the_child_gives_up_its_rights(void **state)
{
    int status;
    pid_t child = fork();
    if (!child) {
        probe_confine();
        _exit(!(geteuid() && getegid() && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 &&
                limit_is(RLIMIT_CPU, PROBE_CPU_S) && limit_is(RLIMIT_CORE, 0) && limit_is(RLIMIT_FSIZE, 4096) &&
                limit_is(RLIMIT_MEMLOCK, 0)));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static int make_folder(void **state)
{
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    static const char *const names[] = { "file", "child", "" };
    for (int i = 0; i < 3; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        remove(path);
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_child_says_kind_and_seconds),   cmocka_unit_test(numbers_that_make_no_sense_are_unknown),
        cmocka_unit_test(a_child_that_fails_knows_no_audio), cmocka_unit_test(a_child_that_hangs_is_ended),
        cmocka_unit_test(a_program_that_is_not_there),       cmocka_unit_test(the_child_has_nothing_else),
        cmocka_unit_test(the_child_gives_up_its_rights),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
