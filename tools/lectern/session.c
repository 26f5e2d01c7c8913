/* Session of a command: see session.h. */
#include "tools/lectern/session.h"

#include "proto/config.h"
#include "store/private_pg.h"
#include "tools/lectern/commands.h"

#include <stdio.h>

enum { ARGUMENTS_MOST = 64 };

static int help(const struct session_verb *verbs, const char *more, const char *command)
{
    printf("usage: lectern %s VERB [--database-url URL | --data DIR]\n\n", command);
    for (const struct session_verb *v = verbs; v->name; v++)
        printf("  %-6s %-18s  %s\n", v->name, v->args, v->about);
    printf("\n%s\n", more);
    return 0;
}

/* Parts the arguments into words, which stay, and flags with their values, which configure. False, and told, if they do
 * not. */
static bool read_arguments(int *argc, char **argv)
{
    char *flags[ARGUMENTS_MOST + 1];
    const char *why = "too many options";
    int words = 1, n = 0;
    flags[n++] = argv[0];
    for (int i = 1; i < *argc && n < ARGUMENTS_MOST; i++) {
        if (strncmp(argv[i], "--", 2) != 0) {
            argv[words++] = argv[i];
            continue;
        }
        flags[n++] = argv[i];
        if (!strchr(argv[i], '=') && i + 1 < *argc)
            flags[n++] = argv[++i];
    }
    *argc = words;
    argv[words] = NULL;
    bool good = n < ARGUMENTS_MOST && config_read(n, flags, &why);
    if (!good)
        command_refuse(argv[0], why);
    return good;
}

static const struct session_verb *verb_of(const struct session_verb *verbs, int argc, char **argv)
{
    for (const struct session_verb *v = verbs; v->name && argc > 1; v++)
        if (!strcmp(v->name, argv[1]) && argc - 2 >= v->least && argc - 2 <= v->most)
            return v;
    return NULL;
}

static int refuse_verb(const struct session_verb *verbs, const char *command)
{
    struct buf why = { 0 };
    buf_puts(&why, "say");
    for (const struct session_verb *v = verbs; v->name; v++)
        buf_printf(&why, "%s %s%s%s", v == verbs ? "" : v[1].name ? "," : " or", v->name, *v->args ? " " : "", v->args);
    buf_putc(&why, 0);
    int code = command_refuse(command, why.failed ? "" : why.p);
    buf_fini(&why);
    return code;
}

static PGconn *connect_to_it(struct buf *why)
{
    struct buf private = { 0 };
    PGconn *c = NULL;
    if (*config.database_url)
        c = pg_session_open(config.database_url, "lectern command", why);
    else if (private_pg_find(config.data, &private, why))
        c = pg_session_open(private.p, "lectern command", why);
    buf_fini(&private);
    return c;
}

int session_command(const struct session_verb *verbs, const char *more, int argc, char **argv)
{
    if (command_wants_help(argc, argv))
        return help(verbs, more, argv[0]);
    if (!read_arguments(&argc, argv))
        return 2;
    const struct session_verb *v = verb_of(verbs, argc, argv);
    if (!v)
        return refuse_verb(verbs, argv[0]);
    struct buf why = { 0 };
    PGconn *c = connect_to_it(&why);
    bool done = c && v->go(c, argv + 2, &why);
    if (!done)
        fprintf(stderr, "lectern %s: %.*s\n", argv[0], (int)why.n, why.p ? why.p : "");
    buf_fini(&why);
    PQfinish(c);
    return done ? 0 : 1;
}

PGresult *session_rows(PGconn *c, const struct statement *st, const struct db_params *p, const char *none,
                       struct buf *why)
{
    PGresult *r = pg_session_run(c, st, p, why);
    if (!r || PQntuples(r))
        return r;
    buf_puts(why, none);
    PQclear(r);
    return NULL;
}
