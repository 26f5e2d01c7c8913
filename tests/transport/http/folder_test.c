/* Folder: which files are found, and what a name means. How they are answered is tests/api/test_pages.py's. */
#include "http_help.h"

#include "transport/http/folder.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[] = "/tmp/folder_test.XXXXXX";

static void shell(const char *command)
{
    char line[512];
    snprintf(line, sizeof line, "cd %s && %s", top, command);
    assert_int_equal(system(line), 0);
}

static struct folder *open_it(const char *below)
{
    char path[64];
    struct buf why = { 0 };
    snprintf(path, sizeof path, "%s/%s", top, below);
    struct folder *f = folder_open(path, &why);
    assert_non_null(f);
    assert_int_equal(why.n, 0);
    return f;
}

static int setup(void **state)
{
    assert_non_null(mkdtemp(top));
    shell(
        "mkdir -p w/a/b w/.c empty && echo 1 >w/a/b/x.js && echo 2 >w/x.js && echo 3 >w/x.js.gz && echo 4 >w/a/only.css.gz");
    shell(
        "echo 5 >w/.hidden.js && echo 6 >w/.c/y.js && echo 7 >w/README && ln -s x.js w/link.js && ln -s a w/folder && ln -s w to_w");
    return 0;
}

static int teardown(void **state)
{
    shell("rm -r w empty to_w");
    rmdir(top);
    return 0;
}

static bool has(const struct folder *f, const char *name)
{
    return folder_type(f, text_of(name));
}

static void what_is_found(void **state)
{
    static const char *const there[] = { "a/b/x.js", "x.js", "a/only.css.gz" };
    static const char *const absent[] = { "x.js.gz",       ".hidden.js", ".c/y.js",    "README",    "link.js",
                                          "folder/b/x.js", "a",          "a/b",        "",          "/x.js",
                                          "./x.js",        "x",          "x.jsx",      "a/../x.js", "zzz",
                                          "A/b/x.js",      "a/b/x.j",    "a/only.css", " x.js" };
    static const char *const paths[] = { "w", "w/", "to_w" };
    for (size_t p = 0; p < sizeof paths / sizeof *paths; p++) {
        struct folder *f = open_it(paths[p]);
        assert_int_equal(folder_files(f), sizeof there / sizeof *there);
        for (size_t i = 0; i < sizeof there / sizeof *there; i++)
            if (!has(f, there[i]))
                fail_msg("%s: no %s", paths[p], there[i]);
        for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
            if (has(f, absent[i]))
                fail_msg("%s: %s", paths[p], absent[i]);
        assert_false(folder_type(f, (struct text){ "x.js\0", 5 }));
        assert_string_equal(folder_type(f, TEXT("x.js")), "text/javascript; charset=utf-8");
        folder_close(f);
    }
}

static void an_empty_folder(void **state)
{
    struct folder *f = open_it("empty");
    assert_int_equal(folder_files(f), 0);
    assert_false(has(f, "x.js"));
    folder_close(f);
}

static void what_is_no_folder(void **state)
{
    struct buf why = { 0 };
    assert_null(folder_open("/tmp/no such folder", &why));
    buf_putc(&why, 0);
    assert_string_equal(why.p, "/tmp/no such folder: No such file or directory");
    buf_reset(&why);
    assert_null(folder_open("/proc/self/exe", &why)); /* a file, by way of a link */
    buf_putc(&why, 0);
    assert_string_equal(why.p, "/proc/self/exe: Not a directory");
    buf_fini(&why);
}

static void more_than_fits(void **state)
{
    struct buf why = { 0 };
    char path[64];
    shell("mkdir many && cd many && seq -f %g.js 4097 | xargs touch");
    snprintf(path, sizeof path, "%s/many", top);
    assert_null(folder_open(path, &why));
    assert_true(why.n > 0);
    shell("rm many/1.js");
    struct folder *f = open_it("many");
    assert_int_equal(folder_files(f), FOLDER_FILES_MOST);
    assert_true(has(f, "4097.js") && has(f, "2.js") && !has(f, "1.js"));
    folder_close(f);
    shell("rm -r many");
    buf_fini(&why);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_is_found), cmocka_unit_test(an_empty_folder),
                                        cmocka_unit_test(what_is_no_folder), cmocka_unit_test(more_than_fits) };
    return cmocka_run_group_tests(tests, setup, teardown);
}
