/* Sweep: more files than a page, a database that fails, and the rule that spares a folder of another database. */
#include "store/sweep.h"

#include "tests/store/pg_help.h"
#include "tests/test.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

static char folder[64];
static struct files files;
static struct buf why;
static PGconn *c;

static void name_of(int i, const char *ending, char ret[static 64])
{
    snprintf(ret, 64, "%032x.mp3%s", (unsigned)i, ending);
}

static void put(int i, const char *ending)
{
    char name[64], path[200];
    name_of(i, ending, name);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    fclose(fopen(path, "w"));
}

static void put_row(int i)
{
    char name[64], sql[200];
    name_of(i, "", name);
    snprintf(sql, sizeof sql, "insert into classroom.audio_files (title, file_path) values ('x', '%s') returning 1",
             name);
    (void)help_ask(c, sql);
}

static int count(void)
{
    int n = 0;
    DIR *dir = opendir(folder);
    while (readdir(dir))
        n++;
    closedir(dir);
    return n - 2;
}

static struct sweep_count sweep(void)
{
    struct sweep_count n = { 0 };
    if (!sweep_files(&files, private_pg_conninfo(help_pg), &n, &why))
        fail_msg("%.*s", (int)why.n, why.p);
    return n;
}

static void rows_decide_over_many_pages(void **state)
{
    enum { N = 1700 };
    for (int i = 0; i < N; i++) {
        put(i, i % 2 ? ".part" : "");
        if (i % 4 < 2)
            put_row(i);
    }
    struct sweep_count n = sweep();
    assert_int_equal(n.finished, N / 4);
    assert_int_equal(n.removed, N / 2);
    assert_int_equal(n.spared, 0);
    assert_int_equal(count(), N / 2);
    n = sweep();
    assert_int_equal(n.finished + n.removed + n.spared, 0);
}

static void files_of_another_database_are_spared(void **state)
{
    for (int i = 0; i < 10; i++)
        put(i, "");
    put(10, ".part");
    struct sweep_count n = sweep();
    assert_int_equal(n.removed, 1);
    assert_int_equal(n.spared, 10);
    assert_int_equal(count(), 10);
}

static void nothing_is_removed_without_an_answer(void **state)
{
    struct sweep_count n = { 0 };
    put(1, ".part");
    put(2, "");
    assert_false(sweep_files(&files, "host=/nonexistent", &n, &why));
    assert_true(why.n > 0);
    buf_reset(&why);
    PQclear(PQexec(c, "alter table classroom.audio_files rename to elsewhere"));
    assert_false(sweep_files(&files, private_pg_conninfo(help_pg), &n, &why));
    PQclear(PQexec(c, "alter table classroom.elsewhere rename to audio_files"));
    assert_int_equal(count(), 2);
    buf_reset(&why);
}

static int setup(void **state)
{
    help_folder(folder);
    c = help_connect(private_pg_conninfo(help_pg));
    PQclear(PQexec(c, "delete from classroom.audio_files"));
    return files_open(&files, folder, &why) ? 0 : -1;
}

static int teardown(void **state)
{
    files_close(&files);
    PQfinish(c);
    help_remove(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_decide_over_many_pages),
        TEST(files_of_another_database_are_spared),
        TEST(nothing_is_removed_without_an_answer),
    };
    int failed = cmocka_run_group_tests(tests, help_start, help_stop);
    buf_fini(&why);
    return failed;
}
