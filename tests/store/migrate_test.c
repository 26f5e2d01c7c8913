/* Migrations: up, down, up again leave the same schema; two at once; sentences for what cannot be done. */
#include "store/migrate.h"

#include "tests/store/pg_help.h"
#include "tests/test.h"

#include <pthread.h>
#include <stdlib.h>

static struct buf why, out;

/* Everything the catalogue says of our tables, in one text. */
static char *schema_of(PGconn *c)
{
    PGresult *r = PQexec(
        c,
        "select string_agg(x, E'\n' order by x) from ("
        "select format('%s.%s.%s %s %s %s', table_schema, table_name, column_name, ordinal_position, data_type, "
        "column_default) from information_schema.columns where table_schema in ('account', 'classroom', 'courses') union all "
        "select indexdef from pg_indexes where schemaname in ('account', 'classroom', 'courses') union all "
        "select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint "
        "where connamespace::regnamespace::text in ('account', 'classroom', 'courses')) s (x)");
    assert_int_equal(PQresultStatus(r), PGRES_TUPLES_OK);
    char *text = strdup(PQgetvalue(r, 0, 0));
    PQclear(r);
    return text;
}

static bool why_has(const char *words)
{
    buf_putc(&why, '\0');
    bool has = strstr(why.p, words);
    if (!has)
        fprintf(stderr, "%s\n", why.p);
    buf_reset(&why);
    return has;
}

static void up_down_up_leaves_the_same_schema(void **state)
{
    const char *conninfo = private_pg_conninfo(help_pg);
    PGconn *c = help_connect(conninfo);
    char *before = schema_of(c);
    assert_true(strlen(before) > 100);
    for (int i = migration_count; i-- > 0;) /* step by step, each alone */
        assert_true(migrate_down(conninfo, migrations[i].number - 1, &why));
    char *empty = schema_of(c);
    assert_string_equal(empty, "");
    assert_int_equal(help_ask(c, "select count(*) from public.schema_migrations"), 0);
    for (int i = 0; i < migration_count; i++)
        assert_true(migrate_up(conninfo, migrations[i].number, &why));
    char *after = schema_of(c);
    assert_string_equal(before, after);
    free(before);
    free(empty);
    free(after);
    PQfinish(c);
}

static void status_tells_each_step(void **state)
{
    const char *conninfo = private_pg_conninfo(help_pg);
    buf_reset(&out);
    assert_true(migrate_down(conninfo, 1, &why));
    assert_true(migrate_status(conninfo, &out, &why));
    buf_putc(&out, '\0');
    assert_non_null(strstr(out.p, "0001  account                  applied 20"));
    assert_non_null(strstr(out.p, "0002  classroom                not applied\n"));
    assert_true(migrate_up(conninfo, -1, &why));
    assert_true(migrate_up(conninfo, -1, &why)); /* nothing to do is well */
}

static void *go_up(void *ret_ok)
{
    struct buf reason = { 0 };
    *(bool *)ret_ok = migrate_up(private_pg_conninfo(help_pg), -1, &reason);
    buf_fini(&reason);
    return NULL;
}

static void two_at_once_apply_each_step_once(void **state)
{
    bool ok[2] = { false, false };
    pthread_t threads[2];
    assert_true(migrate_down(private_pg_conninfo(help_pg), 0, &why));
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, go_up, &ok[i]), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_true(ok[0] && ok[1]);
    PGconn *c = help_connect(private_pg_conninfo(help_pg));
    assert_int_equal(help_ask(c, "select count(*) from public.schema_migrations"), migration_count);
    PQfinish(c);
}

static void a_failing_step_leaves_nothing(void **state)
{
    const char *conninfo = private_pg_conninfo(help_pg);
    PGconn *c = help_connect(conninfo);
    assert_true(migrate_down(conninfo, 0, &why));
    help_ask(c, "create schema classroom");
    help_ask(c, "create table classroom.chat_messages (x int)"); /* in the way of step 2, half way through */
    assert_false(migrate_up(conninfo, -1, &why));
    assert_true(why_has("step 0002 classroom cannot be applied"));
    assert_int_equal(help_ask(c, "select count(*) from public.schema_migrations"), 1);
    assert_int_equal(help_ask(c, "select count(*) from pg_tables where schemaname = 'classroom'"), 1);
    help_ask(c, "drop schema classroom cascade");
    assert_true(migrate_up(conninfo, -1, &why));
    PQfinish(c);
}

static void a_newer_database_is_left_alone(void **state)
{
    const char *conninfo = private_pg_conninfo(help_pg);
    PGconn *c = help_connect(conninfo);
    help_ask(c, "insert into public.schema_migrations values (9999, 'future')");
    assert_false(migrate_up(conninfo, -1, &why));
    assert_true(why_has("step 9999, which this program does not know"));
    assert_false(migrate_down(conninfo, 0, &why));
    buf_reset(&why);
    help_ask(c, "delete from public.schema_migrations where number = 9999");
    PQfinish(c);
}

static void what_cannot_be_reached_is_told(void **state)
{
    char conninfo[512];
    snprintf(conninfo, sizeof conninfo, "%s dbname=nowhere", private_pg_conninfo(help_pg));
    assert_false(migrate_up(conninfo, -1, &why));
    assert_true(why_has("there is no database \"nowhere\" yet"));
    assert_false(migrate_up("host=/nonexistent dbname=x", -1, &why));
    assert_true(why_has("cannot connect to the database: "));
    assert_false(migrate_up("nonsense", -1, &why));
    assert_true(why_has("the database's address cannot be read: "));
}

/* The address as the first implementation's deployments write it. */
static void the_asyncpg_form_is_read(void **state)
{
    char conninfo[512], host[400] = "";
    PGconn *c = help_connect(private_pg_conninfo(help_pg));
    for (const char *p = PQhost(c); *p; p++) {
        size_t n = strlen(host);
        snprintf(host + n, sizeof host - n, *p == '/' ? "%%2F" : "%c", *p);
    }
    PQfinish(c);
    snprintf(conninfo, sizeof conninfo, "postgresql+asyncpg://lectern@%s/lectern?ssl=disable", host);
    buf_reset(&out);
    assert_true(migrate_status(conninfo, &out, &why));
}

static int free_bufs(void **state)
{
    buf_fini(&why);
    buf_fini(&out);
    return help_stop(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(up_down_up_leaves_the_same_schema), cmocka_unit_test(status_tells_each_step),
        cmocka_unit_test(two_at_once_apply_each_step_once),  cmocka_unit_test(a_failing_step_leaves_nothing),
        cmocka_unit_test(a_newer_database_is_left_alone),    cmocka_unit_test(what_cannot_be_reached_is_told),
        cmocka_unit_test(the_asyncpg_form_is_read),
    };
    return cmocka_run_group_tests(tests, help_start, free_bufs);
}
