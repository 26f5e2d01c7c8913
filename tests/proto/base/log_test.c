/* Log: the form of lines. Standard error is a pipe while a line is written. */
#include "proto/base/log.h"
#include "tests/test.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char line[4096];

#define CAPTURE(statement)                                                                                             \
    do {                                                                                                               \
        int ends[2], kept = dup(STDERR_FILENO);                                                                        \
        assert_int_equal(pipe(ends), 0);                                                                               \
        dup2(ends[1], STDERR_FILENO);                                                                                  \
        close(ends[1]);                                                                                                \
        statement;                                                                                                     \
        dup2(kept, STDERR_FILENO);                                                                                     \
        close(kept);                                                                                                   \
        ssize_t n = read(ends[0], line, sizeof line - 1);                                                              \
        line[n > 0 ? n : 0] = 0;                                                                                       \
        close(ends[0]);                                                                                                \
    } while (0)

static void text_lines_read_well(void **state)
{
    log_setup(LOG_INFO, false);
    CAPTURE(log_info("room open", F_INT("room", -42), F_STR("name", "a"), F_STR("title", "two words"),
                     F_STR("none", NULL), F_STR("empty", ""), F_REAL("busy", 0.5)));
    assert_non_null(
        strstr(line, "Z info room open room=-42 name=a title=\"two words\" none=null empty=\"\" busy=0.5\n"));
}

static void the_journal_gets_priorities(void **state)
{
    char stream[64];
    struct stat st;
    int pipes[2], stderr_kept = dup(STDERR_FILENO);
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(fstat(pipes[1], &st), 0);
    snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
    setenv("JOURNAL_STREAM", stream, 1);
    dup2(pipes[1], STDERR_FILENO);
    log_setup(LOG_INFO, false);
    log_warn("a");
    log_error("b");
    dup2(stderr_kept, STDERR_FILENO);
    log_setup(LOG_INFO, false); /* standard error is not what the variable names */
    line[read(pipes[0], line, sizeof line - 1)] = 0;
    assert_memory_equal(line, "<4>2", 4);
    assert_non_null(strstr(line, "\n<3>2"));
    CAPTURE(log_info("c"));
    assert_int_not_equal(*line, '<');
    unsetenv("JOURNAL_STREAM");
    close(pipes[0]);
    close(pipes[1]);
    close(stderr_kept);
}

static void a_thread_has_its_own_level(void **state)
{
    log_setup(LOG_WARN, false);
    log_level_here(LOG_DEBUG);
    assert_true(log_enabled(LOG_DEBUG));
    log_level_here(LOG_ERROR);
    assert_false(log_enabled(LOG_WARN));
    log_setup(LOG_INFO, false);
    assert_true(log_enabled(LOG_INFO));
}

static void nobody_can_forge_a_line(void **state)
{
    log_setup(LOG_INFO, false);
    CAPTURE(log_warn("bad", F_STR("path", "/x\n2026 error all is lost a=b"),
                     F_TEXT("raw", ((struct text){ "a\0\xff", 3 }))));
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    assert_non_null(strstr(line, "path=\"/x\\n2026 error all is lost a=b\" raw=\"a\\u0000?\""));
}

static void json_lines_are_json(void **state)
{
    log_setup(LOG_INFO, true);
    CAPTURE(
        log_error("it \"broke\"", F_TEXT("raw", ((struct text){ "\xff\"\n", 3 })), F_INT("n", 1), F_STR("none", NULL)));
    json_t *tree = json_loads(line, 0, NULL);
    assert_non_null(tree);
    assert_string_equal(json_string_value(json_object_get(tree, "level")), "error");
    assert_string_equal(json_string_value(json_object_get(tree, "message")), "it \"broke\"");
    assert_string_equal(json_string_value(json_object_get(tree, "raw")), "?\"\n");
    assert_int_equal(json_integer_value(json_object_get(tree, "n")), 1);
    assert_true(json_is_null(json_object_get(tree, "none")));
    json_decref(tree);
}

static int evaluated;

static int64_t count(void)
{
    return ++evaluated;
}

static void a_level_that_is_off_costs_nothing(void **state)
{
    log_setup(LOG_WARN, false);
    CAPTURE(log_info("quiet", F_INT("n", count())));
    assert_string_equal(line, "");
    assert_int_equal(evaluated, 0);
    CAPTURE(log_warn("loud", F_INT("n", count())));
    assert_int_equal(evaluated, 1);
    assert_non_null(strstr(line, "warn loud n=1"));
}

static void levels_have_names(void **state)
{
    enum log_level level;
    assert_true(log_level_read("debug", &level));
    assert_int_equal(level, LOG_DEBUG);
    assert_true(log_level_read("error", &level));
    assert_int_equal(level, LOG_ERROR);
    assert_false(log_level_read("loud", &level));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_journal_gets_priorities), cmocka_unit_test(a_thread_has_its_own_level),
        cmocka_unit_test(text_lines_read_well),        cmocka_unit_test(nobody_can_forge_a_line),
        cmocka_unit_test(json_lines_are_json),         cmocka_unit_test(a_level_that_is_off_costs_nothing),
        cmocka_unit_test(levels_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
