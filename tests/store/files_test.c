/* Files: names, the way of a file from its beginning to its name, and the folder's lock. */
#include "store/files.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/files_test.XXXXXX";
static struct files files;
static struct buf why;

static bool is_there(const char *name, const char *ending)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s%s", folder, name, ending);
    return access(path, F_OK) == 0;
}

static void names_are_told_from_others(void **state)
{
    char name[FILES_NAME_MAX], part[FILES_NAME_MAX + 8];
    bool is_part = true;
    assert_true(files_name("webm", name));
    assert_true(files_is_name(name, &is_part));
    assert_false(is_part);
    snprintf(part, sizeof part, "%s.part", name);
    assert_true(files_is_name(part, &is_part));
    assert_true(is_part);
    static const char *const others[] = {
        "",
        ".",
        "song.mp3",
        "0123456789abcdef0123456789abcdef",
        "0123456789abcdef0123456789abcdef.",
        "0123456789abcdef0123456789abcdeF.mp3",
        "0123456789abcdef0123456789abcdef0.mp3",
        "0123456789abcdef0123456789abcdef.mp3x5678901",
        "0123456789abcdef0123456789abcdef.mp3.parts",
        "0123456789abcdef0123456789abcdef.mp3.bak",
        "0123456789abcdef0123456789abcdef..part",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(files_is_name(others[i], &is_part));
}

static void names_are_never_the_same(void **state)
{
    char first[FILES_NAME_MAX], second[FILES_NAME_MAX];
    assert_true(files_name("mp3", first) && files_name("mp3", second));
    assert_string_not_equal(first, second);
}

static void a_file_gets_its_name_at_the_end(void **state)
{
    char name[FILES_NAME_MAX], back[16] = "";
    assert_true(files_name("mp3", name));
    int fd = files_create(&files, name);
    assert_true(fd >= 0);
    assert_int_equal(files_create(&files, name), -EEXIST);
    assert_int_equal(files_write(fd, "some", 4), 0);
    assert_int_equal(files_write(fd, "thing", 5), 0);
    assert_int_equal(files_sync(&files, fd), 0);
    assert_true(is_there(name, ".part") && !is_there(name, ""));
    int again = files_reopen(&files, name);
    assert_int_equal(pread(again, back, sizeof back, 0), 9);
    assert_string_equal(back, "something");
    assert_int_equal(fcntl(again, F_GETFL) & O_ACCMODE, O_RDONLY);
    close(again);
    assert_int_equal(files_keep(&files, name), 0);
    assert_true(is_there(name, "") && !is_there(name, ".part"));
    close(fd);
    assert_int_equal(files_keep(&files, name), -ENOENT);
    assert_int_equal(files_reopen(&files, name), -ENOENT);
    struct buf path = { 0 };
    files_path(&files, text_of(name), &path);
    assert_int_equal(access(path.p, R_OK), 0);
    buf_fini(&path);
    assert_int_equal(files_delete(&files, name), 0);
    assert_int_equal(files_delete(&files, name), -ENOENT);
}

static void a_file_may_be_dropped(void **state)
{
    char name[FILES_NAME_MAX];
    assert_true(files_name("mp3", name));
    int fd = files_create(&files, name);
    close(fd);
    assert_int_equal(files_drop(&files, name), 0);
    assert_false(is_there(name, ".part"));
    assert_int_equal(files_drop(&files, name), 0); /* which is fine */
}

static void failures_are_told(void **state)
{
    int full = open("/dev/full", O_WRONLY);
    assert_int_equal(files_write(full, "x", 1), -ENOSPC);
    close(full);
    assert_int_equal(files_write(-1, "x", 1), -EBADF);
    assert_int_equal(files_sync(&files, -1), -EBADF);
}

static void a_folder_has_one_owner(void **state)
{
    struct files other;
    assert_false(files_open(&other, folder, &why));
    assert_non_null(strstr(why.p, "another server keeps its files in"));
    files_close(&other);
    buf_reset(&why);
    files_close(&files);
    assert_true(files_open(&files, folder, &why));
}

static void folders_that_cannot_be_used(void **state)
{
    struct files other;
    assert_false(files_open(&other, "/dev/null/audio", &why));
    assert_non_null(strstr(why.p, "cannot keep files in /dev/null/audio"));
    files_close(&other);
    buf_reset(&why);
}

static int start(void **state)
{
    return mkdtemp(folder) && files_open(&files, folder, &why) ? 0 : -1;
}

static int stop(void **state)
{
    files_close(&files);
    buf_fini(&why);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_told_from_others),
        cmocka_unit_test(names_are_never_the_same),
        cmocka_unit_test(a_file_gets_its_name_at_the_end),
        cmocka_unit_test(a_file_may_be_dropped),
        cmocka_unit_test(failures_are_told),
        cmocka_unit_test(a_folder_has_one_owner),
        cmocka_unit_test(folders_that_cannot_be_used),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
