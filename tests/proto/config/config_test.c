/* Config: the four sources and their order, bounds, and the rules between parameters. Each test runs in a folder of its
 * own. */
#include "proto/base/utf8.h"
#include "proto/config/config.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void clear_environment(void)
{
#define CLEAR(type, field, flag, env, def, least, most, help) unsetenv(env);
    CONFIG_PARAMETERS(CLEAR)
#undef CLEAR
#define CLEAR_SYNONYM(field, name) unsetenv(name);
    CONFIG_SYNONYMS(CLEAR_SYNONYM)
#undef CLEAR_SYNONYM
    unsetenv("APP_HOST");
    unsetenv("APP_PORT");
    unsetenv("HOST");
    unsetenv("PORT");
    unsetenv("DEBUG");
}

static int setup(void **state)
{
    strcpy(folder, "/tmp/lectern-config-XXXXXX");
    clear_environment();
    return !mkdtemp(folder) || chdir(folder) || mkdir("in", 0700) || chdir("in");
}

static int teardown(void **state)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return chdir("/") || system(command);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* Up to six arguments after the command's name. */
#define READ(...) run(config_read, (const char *[]){ "serve", __VA_ARGS__ __VA_OPT__(, ) NULL })
#define LOAD(...) run(load, (const char *[]){ "serve", __VA_ARGS__ __VA_OPT__(, ) NULL })
static const char *why;

/* All that serving does. */
static bool load(int argc, char **argv, const char **ret_why)
{
    return config_load(argc, argv, ret_why) && config_keep_secret(ret_why);
}

static bool run(bool (*how)(int, char **, const char **), const char **argv)
{
    int argc = 0;
    while (argv[argc])
        argc++;
    return how(argc, (char **)argv, &why);
}

static void assert_says(const char *part)
{
    if (!strstr(why, part))
        fail_msg("\"%s\" does not say \"%s\"", why, part);
}

static void defaults_hold(void **state)
{
    assert_true(READ());
    assert_string_equal(config.listen, "0.0.0.0:8000");
    assert_string_equal(config.identity, "token");
    assert_int_equal(config.token_days, 7);
    assert_int_equal(config.bcrypt_cost, 12);
    assert_false(config.dev);
}

static void flags_have_two_forms(void **state)
{
    assert_true(READ("--workers", "3", "--listen=127.0.0.1:1", "--dev"));
    assert_int_equal(config.workers, 3);
    assert_string_equal(config.listen, "127.0.0.1:1");
    assert_true(config.dev);
    assert_true(READ("--dev=false"));
    assert_false(config.dev);
}

static void the_stronger_source_wins(void **state)
{
    write_file("../.env", "LECTERN_WORKERS=1\nLECTERN_ROOM_RING=100\nLECTERN_BATCH_TURNS=7\nUNRELATED=1\n");
    setenv("LECTERN_WORKERS", "2", 1);
    setenv("LECTERN_ROOM_RING", "200", 1);
    assert_true(READ("--workers=3"));
    assert_int_equal(config.workers, 3);
    assert_int_equal(config.room_ring, 200);
    assert_int_equal(config.batch_turns, 7);
}

static void the_nearer_file_wins_whole(void **state)
{
    write_file("../.env", "LECTERN_WORKERS=1\nLECTERN_ROOM_RING=100\n");
    write_file(".env", "LECTERN_WORKERS=5\n");
    assert_true(READ());
    assert_int_equal(config.workers, 5);
    assert_int_equal(config.room_ring, 1024);
}

static void an_empty_environment_value_is_none(void **state)
{
    setenv("LECTERN_WORKERS", "", 1);
    assert_true(READ());
    assert_int_equal(config.workers, 0);
}

static void quotation_marks_around_a_value_of_the_environment_are_taken_off(void **state)
{
    static const struct {
        const char *given, *taken;
    } rows[] = {
        { "\"https://a.example\"", "https://a.example" },
        { "'https://a.example'", "https://a.example" },
        { " \"https://a.example\"\r", "https://a.example" },
        { "\"\"", "*" },
        { "\"'x'\"", "'x'" },
        { "\"a", "\"a" },
        { "a\"", "a\"" },
        { "\"a'", "\"a'" },
        { "\"", "\"" },
        { "\"https://a.example\",\"https://b.example\"", "\"https://a.example\",\"https://b.example\"" },
        { "[\"https://a.example\"]", "[\"https://a.example\"]" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        setenv("CORS_ORIGINS", rows[i].given, 1);
        assert_true(READ());
        assert_string_equal(config.cors_origins, rows[i].taken);
    }
    write_file("a.conf", "LECTERN_ROOM_RING=100\n");
    setenv("LECTERN_CONFIG", "\"a.conf\"", 1);
    setenv("LECTERN_WORKERS", "'3'", 1);
    setenv("LECTERN_DEV", "\"true\"", 1);
    setenv("PORT", "\"81\"", 1);
    setenv("DEBUG", "'1'", 1);
    setenv("CORS_ORIGINS", "*", 1);
    assert_true(READ());
    assert_int_equal(config.room_ring, 100);
    assert_int_equal(config.workers, 3);
    assert_true(config.dev);
    assert_string_equal(config.listen, "127.0.0.1:81");
    assert_string_equal(config.log_level, "debug");
    assert_true(READ("--root-path", "\"/x\"")); /* of a flag the shell has done it */
    assert_string_equal(config.root_path, "\"/x\"");
}

static void files_have_quotes_and_comments(void **state)
{
    write_file(".env", "# a comment\n\n  export LECTERN_ROOT_PATH = /seeds   # behind a proxy\n"
                       "JWT_SECRET=\"with \\\"quotes\\\" # and a hash\"\r\n"
                       "LECTERN_HOSTS='classroom=a.example' # c\nCORS_ORIGINS=https://a#b\nDATABASE_URL=\n");
    assert_true(READ());
    assert_string_equal(config.root_path, "/seeds");
    assert_string_equal(config.jwt_secret, "with \"quotes\" # and a hash");
    assert_string_equal(config.hosts, "classroom=a.example");
    assert_string_equal(config.cors_origins, "https://a#b");
    assert_string_equal(config.database_url, "");
}

static void a_bad_file_is_named_with_its_line(void **state)
{
    static const char *const bad[] = { "A=1\nnonsense\n", "\nA='open\n", "\nA=\"x\" y\n", "\n=1\n" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_file(".env", bad[i]);
        assert_false(READ());
        assert_says("./.env, line 2 is not KEY=VALUE");
    }
    FILE *file = fopen(".env", "w");
    for (int i = 0; i < 70000; i++)
        fputc('#', file);
    fclose(file);
    assert_false(READ());
    assert_says("larger than 65536");
}

static void a_file_may_begin_with_a_byte_order_mark(void **state)
{
    write_file(".env", UTF8_MARK "LECTERN_WORKERS=5\r\nLECTERN_ROOM_RING=\"100\"\r\n");
    assert_true(READ());
    assert_int_equal(config.workers, 5);
    assert_int_equal(config.room_ring, 100);
    write_file(".env", UTF8_MARK UTF8_MARK "LECTERN_WORKERS=5\n");
    assert_false(READ());
    assert_says("./.env, line 1 is not KEY=VALUE");
}

static void one_file_is_read_and_a_named_one_instead_of_env(void **state)
{
    write_file(".env", "LECTERN_WORKERS=5\nLECTERN_ROOM_RING=100\n");
    write_file("a.conf", "LECTERN_WORKERS=6\nPORT=81\n");
    write_file("b.conf", "LECTERN_WORKERS=7\n");
    setenv("LECTERN_CONFIG", "a.conf", 1);
    assert_true(READ());
    assert_int_equal(config.workers, 6);
    assert_int_equal(config.room_ring, 1024);
    assert_string_equal(config.listen, "0.0.0.0:81");
    assert_string_equal(config_file(), "a.conf");
    assert_true(READ("--config", "b.conf"));
    assert_int_equal(config.workers, 7);
    assert_true(READ("--config=b.conf", "--workers", "8"));
    assert_int_equal(config.workers, 8);
    assert_false(READ("--config", "none.conf"));
    assert_string_equal(why, "cannot read the configuration file none.conf: No such file or directory");
}

static void other_names_count_where_a_parameters_own_is_absent(void **state)
{
    write_file(".env", "OR_THRESHOLD=0.25\nSR_THRESHOLD=2.5\nWEBSOCKET_TIMEOUT=77\nLECTERN_WS_SILENCE=66\n");
    setenv("SR_THRESHOLD", " \"2.0\" ", 1);
    setenv("WEBSOCKET_HEARTBEAT_INTERVAL", "7", 1);
    assert_true(READ());
    assert_true(config.overlap_ratio_threshold == 0.25 && config.speaking_rate_threshold == 2.0);
    assert_int_equal(config.ws_ping, 7);
    assert_int_equal(config.ws_silence, 66);
    setenv("SPEAKING_RATE_THRESHOLD", "3.5", 1);
    assert_true(READ());
    assert_true(config.speaking_rate_threshold == 3.5);
    setenv("WEBSOCKET_HEARTBEAT_INTERVAL", "often", 1);
    assert_false(READ());
    assert_says("WEBSOCKET_HEARTBEAT_INTERVAL is \"often\"");
    unsetenv("WEBSOCKET_HEARTBEAT_INTERVAL");
    write_file("a.conf", "OR_THRESHOLD=0.2\n");
    assert_true(READ("--config", "a.conf"));
    assert_true(config.overlap_ratio_threshold == 0.2);
}

static void unknown_names_are_refused_with_their_line(void **state)
{
    write_file("a.conf", "# ours alone\nLECTERN_WORKERS=6\nUNRELATED=1\n");
    assert_false(READ("--config", "a.conf"));
    assert_string_equal(why, "a.conf, line 3: UNRELATED is no parameter; `lectern config` lists them");
    write_file("a.conf", "LECTERN_CONFIG=b.conf\n");
    assert_false(READ("--config", "a.conf"));
    write_file("a.conf", "workers=3\n");
    assert_false(READ("--config", "a.conf"));
    write_file(".env", "UNRELATED=1\nLECTERN_WROKERS=6\n");
    assert_false(READ());
    assert_string_equal(why, "./.env, line 2: LECTERN_WROKERS is no parameter; `lectern config` lists them");
}

static void a_bad_value_of_a_file_is_named_with_its_line(void **state)
{
    write_file("a.conf", "\nLECTERN_WORKERS=65\n");
    assert_false(READ("--config", "a.conf"));
    assert_string_equal(why, "LECTERN_WORKERS is \"65\" (a.conf, line 2); it must be a whole number from 0 to 64");
}

static void a_try_makes_nothing(void **state)
{
    assert_true(run(config_load, (const char *[]){ "check", "--dev", "--data", "d", NULL }));
    assert_int_equal(access("d", F_OK), -1);
    assert_false(run(config_load, (const char *[]){ "check", NULL }));
    assert_says("DATABASE_URL is not set");
}

static void bounds_name_parameter_value_and_range(void **state)
{
    static const char *const bad[] = { "65", "-1", "x", "", "1x", "99999999999999999999", "1.5" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char expected[128];
        snprintf(expected, sizeof expected, "--workers is \"%s\"; it must be a whole number from 0 to 64", bad[i]);
        assert_false(READ("--workers", bad[i]));
        assert_string_equal(why, expected);
    }
    setenv("LECTERN_BATCH_TURNS", "0", 1);
    assert_false(READ());
    assert_string_equal(why, "LECTERN_BATCH_TURNS is \"0\" (environment); it must be a whole number from 1 to 10000");
}

static void words_and_truth_are_checked(void **state)
{
    assert_false(READ("--identity", "none!"));
    assert_string_equal(why, "--identity is \"none!\"; it must be one of token, legacy");
    assert_false(READ("--log-level", "loud"));
    assert_string_equal(why, "--log-level is \"loud\"; it must be one of debug, info, warn, error");
    assert_false(READ("--dev=maybe"));
    assert_string_equal(why, "--dev is \"maybe\"; it must be true or false");
}

static void names_have_no_case(void **state)
{
    write_file(".env", "app_version=1\nAccess_Token_Expire_Minutes=2\n");
    setenv("secret_key", "x", 1);
    assert_true(READ());
    unsetenv("secret_key");
    assert_string_equal(config.coaching_version, "1");
    assert_true(config.coaching_access_minutes == 2);
    assert_string_equal(config.coaching_secret_key, "x");
    setenv("App_Version", "3", 1);
    setenv("APP_VERSION", "4", 1);
    assert_true(READ());
    unsetenv("App_Version");
    unsetenv("APP_VERSION");
    assert_string_equal(config.coaching_version, "4");
}

static void other_names_have_no_case_either(void **state)
{
    write_file(".env",
               "websocket_timeout=61\nSr_Threshold=2\nor_threshold=0.4\nOverlap_Ratio_Threshold=0.5\ndebug=true\n");
    assert_true(READ());
    assert_int_equal(config.ws_silence, 61);
    assert_true(config.speaking_rate_threshold == 2 && config.overlap_ratio_threshold == 0.5);
    assert_string_equal(config.log_level, "debug");
}

/* On this machine, or where DEBUG says so, but never elsewhere. */
static void a_weak_key_is_for_this_machine(void **state)
{
    static const struct {
        const char *key, *listen, *debug;
        bool good, weak;
    } rows[] = {
        { "short", "0.0.0.0:8000", NULL, false, true },
        { "short", "127.0.0.1:8000", NULL, true, true },
        { "short", "0.0.0.0:8000", "true", true, true },
        { "short", "0.0.0.0:8000", "false", false, true },
        { "your-secret-key-change-in-production", "[::]:8000", NULL, false, true },
        { "9f1c6a5be0d74382a1b5c3d2e4f60718293a4b5c6d7e8f90", "0.0.0.0:8000", NULL, true, false },
        { "", "0.0.0.0:8000", NULL, true, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        clear_environment();
        setenv("DATABASE_URL", "postgresql://h/d", 1);
        setenv("JWT_SECRET", "0f1c6a5be0d74382a1b5c3d2e4f60718293a4b5c6d7e8f91", 1);
        setenv("SECRET_KEY", rows[i].key, 1);
        if (rows[i].debug)
            setenv("DEBUG", rows[i].debug, 1);
        assert_int_equal(run(config_load, (const char *[]){ "serve", "--listen", rows[i].listen, NULL }), rows[i].good);
        assert_true(rows[i].good || strstr(why, "SECRET_KEY"));
        assert_int_equal(!!config_key_lack(), rows[i].weak);
    }
}

static void unknown_options_are_refused(void **state)
{
    assert_false(READ("--wrokers", "3"));
    assert_says("--wrokers is not an option");
    assert_false(READ("stray"));
    assert_says("stray is not an option");
    assert_false(READ("--workers"));
    assert_string_equal(why, "--workers needs a value");
}

static void a_bad_secret_is_not_repeated(void **state)
{
    char long_one[1100];
    memset(long_one, 's', sizeof long_one);
    long_one[sizeof long_one - 1] = 0;
    assert_false(READ("--jwt-secret", long_one));
    assert_string_equal(why, "--jwt-secret has 1099 bytes; it must have 0 to 1000");
    setenv("DATABASE_URL", "postgresql://localhost/x", 1);
    assert_false(LOAD("--jwt-secret", "hush"));
    assert_null(strstr(why, "hush"));
    assert_says("JWT_SECRET has 4 bytes");
}

static void serving_needs_a_database_and_a_secret(void **state)
{
    setenv("JWT_SECRET", "0123456789abcdef0123456789abcdef", 1);
    assert_false(LOAD());
    assert_says("DATABASE_URL is not set");
    unsetenv("JWT_SECRET");
    setenv("DATABASE_URL", "postgresql://localhost/x", 1);
    assert_false(LOAD());
    assert_says("JWT_SECRET is not set");
    setenv("JWT_SECRET", "0123456789abcdef0123456789abcde", 1);
    assert_false(LOAD());
    assert_says("JWT_SECRET has 31 bytes");
    setenv("JWT_SECRET", "0123456789abcdef0123456789abcdef", 1);
    assert_true(LOAD());
}

static void development_implies(void **state)
{
    assert_true(LOAD("--dev"));
    assert_string_equal(config.listen, "127.0.0.1:8000");
    assert_string_equal(config.identity, "legacy");
    assert_int_equal(strlen(config.jwt_secret), 64);
    assert_true(LOAD("--dev", "--listen", "127.0.0.1:9", "--identity=token"));
    assert_string_equal(config.listen, "127.0.0.1:9");
    assert_string_equal(config.identity, "token");
}

static void the_made_secret_is_kept(void **state)
{
    struct stat st;
    assert_true(LOAD("--dev", "--data", "a/b"));
    char *first = strdup(config.jwt_secret);
    assert_int_equal(stat("a/b/jwt_secret", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_true(LOAD("--dev", "--data", "a/b"));
    assert_string_equal(config.jwt_secret, first);
    assert_true(LOAD("--dev", "--data", "other"));
    assert_string_not_equal(config.jwt_secret, first);
    free(first);
    write_file("a/b/jwt_secret", "short\n");
    assert_false(LOAD("--dev", "--data", "a/b"));
    assert_says("JWT_SECRET has 5 bytes");
    write_file("a/b/jwt_secret", "\n0123456789abcdef0123456789abcdef\n");
    assert_false(LOAD("--dev", "--data", "a/b"));
    assert_says("a/b/jwt_secret is empty");
    write_file("file", "");
    assert_false(LOAD("--dev", "--data", "file/x"));
    assert_says("cannot read or make file/x/jwt_secret");
}

static void legacy_listens_on_loopback_only_in_development(void **state)
{
    assert_false(LOAD("--dev", "--listen", "0.0.0.0:8000"));
    assert_says("only a loopback address");
    setenv("LECTERN_LISTEN", "[::]:8000", 1);
    assert_false(LOAD("--dev"));
    unsetenv("LECTERN_LISTEN");
    assert_false(LOAD("--dev", "--listen", "0.0.0.0:8000", "--identity", "legacy"));
    assert_true(LOAD("--dev", "--listen", "0.0.0.0:8000", "--identity", "token"));
    assert_true(LOAD("--dev", "--listen", "[::1]:8000"));
    assert_true(LOAD("--dev", "--listen", "localhost:8000"));
}

static void documented_names_count_where_nothing_else_is_said(void **state)
{
    static const struct {
        const char *host, *port, *listen, *dev;
    } rows[] = {
        { NULL, "9000", "0.0.0.0:9000", "127.0.0.1:9000" },
        { "127.0.0.1", NULL, "127.0.0.1:8000", "127.0.0.1:8000" },
        { "10.0.0.1", "9000", "10.0.0.1:9000", "127.0.0.1:9000" },
        { "a-machine", "9000", "0.0.0.0:8000", "127.0.0.1:9000" },
        { "10.0.0.1", "many", "0.0.0.0:8000", "127.0.0.1:8000" },
        { "", "", "0.0.0.0:8000", "127.0.0.1:8000" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsetenv("HOST");
        unsetenv("PORT");
        if (rows[i].host)
            setenv("HOST", rows[i].host, 1);
        if (rows[i].port)
            setenv("PORT", rows[i].port, 1);
        assert_true(READ());
        assert_string_equal(config.listen, rows[i].listen);
        assert_true(READ("--dev"));
        assert_string_equal(config.listen, rows[i].dev);
        assert_true(READ("--listen", "127.0.0.1:7"));
        assert_string_equal(config.listen, "127.0.0.1:7");
    }
    write_file(".env", "DEBUG=true\nPORT=81\n");
    unsetenv("HOST");
    unsetenv("PORT");
    assert_true(READ());
    assert_string_equal(config.listen, "0.0.0.0:81");
    assert_string_equal(config.log_level, "debug");
    assert_true(READ("--log-level", "warn"));
    assert_string_equal(config.log_level, "warn");
    setenv("DEBUG", "false", 1);
    assert_true(READ());
    assert_string_equal(config.log_level, "info");
}

static void the_names_of_an_application_come_before_those_of_a_shell(void **state)
{
    setenv("HOST", "10.0.0.1", 1);
    setenv("PORT", "9000", 1);
    setenv("APP_PORT", "9001", 1);
    assert_true(READ());
    assert_string_equal(config.listen, "10.0.0.1:9001");
    setenv("APP_HOST", "127.0.0.2", 1);
    assert_true(READ());
    assert_string_equal(config.listen, "127.0.0.2:9001");
    assert_true(READ("--dev"));
    assert_string_equal(config.listen, "127.0.0.1:9001");
    setenv("LECTERN_LISTEN", "127.0.0.1:7", 1);
    assert_true(READ());
    assert_string_equal(config.listen, "127.0.0.1:7");
    clear_environment();
    write_file(".env", "APP_HOST=127.0.0.3\nAPP_PORT=82\n");
    assert_true(READ());
    assert_string_equal(config.listen, "127.0.0.3:82");
}

static void origins_for_all_count_where_an_area_has_none_of_its_own(void **state)
{
    assert_true(READ());
    assert_string_equal(config.practice_origins, "");
    setenv("CORS_ORIGINS", "https://a.example", 1);
    assert_true(READ("--coaching-origins", "https://b.example"));
    assert_string_equal(config.practice_origins, "https://a.example");
    assert_string_equal(config.coaching_origins, "https://b.example");
}

static void a_bad_address_is_refused(void **state)
{
    static const char *const bad[] = { "8000",       "127.0.0.1", "127.0.0.1:65536", "example.org:80",
                                       "127.0.0.1:", "::1:8000",  "[::1:80" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(LOAD("--dev", "--listen", bad[i]));
        assert_says("it must be a numeric ADDRESS:PORT");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(defaults_hold),
        TEST(flags_have_two_forms),
        TEST(the_stronger_source_wins),
        TEST(the_nearer_file_wins_whole),
        TEST(an_empty_environment_value_is_none),
        TEST(quotation_marks_around_a_value_of_the_environment_are_taken_off),
        TEST(files_have_quotes_and_comments),
        TEST(a_bad_file_is_named_with_its_line),
        TEST(a_file_may_begin_with_a_byte_order_mark),
        TEST(one_file_is_read_and_a_named_one_instead_of_env),
        TEST(other_names_count_where_a_parameters_own_is_absent),
        TEST(unknown_names_are_refused_with_their_line),
        TEST(a_bad_value_of_a_file_is_named_with_its_line),
        TEST(a_try_makes_nothing),
        TEST(bounds_name_parameter_value_and_range),
        TEST(words_and_truth_are_checked),
        TEST(unknown_options_are_refused),
        TEST(names_have_no_case),
        TEST(other_names_have_no_case_either),
        TEST(a_weak_key_is_for_this_machine),
        TEST(a_bad_secret_is_not_repeated),
        TEST(serving_needs_a_database_and_a_secret),
        TEST(development_implies),
        TEST(the_made_secret_is_kept),
        TEST(legacy_listens_on_loopback_only_in_development),
        TEST(documented_names_count_where_nothing_else_is_said),
        TEST(the_names_of_an_application_come_before_those_of_a_shell),
        TEST(origins_for_all_count_where_an_area_has_none_of_its_own),
        TEST(a_bad_address_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
