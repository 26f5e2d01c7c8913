/* Session of a command: see session.h. */
#include "tools/lectern/session.h"

#include "proto/base/stamp.h"
#include "proto/base/utf8.h"
#include "proto/config/config.h"
#include "store/private_pg.h"
#include "store/statements.h"
#include "tools/lectern/commands.h"
#include "tools/lectern/drop.h"

#include <pwd.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

enum { ARGUMENTS_MOST = 64, RECORD_MOST = 4000 };

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

/* In place; what is pasted comes with more than one sees. */
static void trim(char *word)
{
    struct text t = utf8_trim(text_of(word));
    memmove(word, t.p, t.n);
    word[t.n] = 0;
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
    else if ((geteuid() || drop_takes(config.data, why)) && private_pg_find(config.data, &private, why))
        c = pg_session_open(private.p, "lectern command", why);
    buf_fini(&private);
    return c;
}

/* ---- who changed what ---- */

/* Cut so that it is text still. */
static struct text cut(struct text t)
{
    if (t.n > RECORD_MOST)
        for (t.n = RECORD_MOST; t.n && ((unsigned char)t.p[t.n] & 0xc0) == 0x80;)
            t.n--;
    return t;
}

/* The words; of what has more than a line to say, those lines too. */
static void put_arguments(struct buf *to, char **words, struct text out)
{
    bool first = true;
    for (; *words; words++, first = false)
        buf_printf(to, "%s%s", first ? "" : " ", *words);
    const char *end = out.n ? memchr(out.p, '\n', out.n) : NULL;
    if (!end || end + 1 == out.p + out.n)
        return;
    buf_puts(to, ": ");
    for (size_t i = 0; i + 1 < out.n; i++)
        buf_puts(to, out.p[i] == '\n' ? "; " : (char[]){ out.p[i], 0 });
}

/* A row of the audit, as commands through the admin socket get one. */
static bool record(PGconn *c, char **words, struct text out, struct text failed, struct buf *why)
{
    struct db_params p = { 0 };
    struct buf arguments = { 0 };
    const struct passwd *user = getpwuid(getuid());
    int64_t id;
    bool done = getrandom(&id, sizeof id, 0) == sizeof id;
    put_arguments(&arguments, words + 1, out);
    db_param_int8(&p, id);
    db_param_timestamp(&p, stamp_now());
    db_param_int8(&p, getuid());
    db_param_int8(&p, getpid());
    db_param_text(&p, user ? text_of(user->pw_name) : (struct text){ 0 });
    db_param_text(&p, text_of(*words));
    db_param_text(&p, cut(buf_view(&arguments)));
    db_param_text(&p, cut(failed));
    done = done && !arguments.failed && pg_session_do(c, &OPERATIONS_AUDIT_PUT, &p, why);
    buf_fini(&arguments);
    return done;
}

/* Change and record are one transaction. What fails is recorded by itself, if it can be. */
static bool change(PGconn *c, const struct session_verb *v, char **words, struct buf *out, struct buf *why)
{
    struct buf ignored = { 0 };
    bool done = pg_session_do(c, &STORE_BEGIN, NULL, why) && v->go(c, words + 2, out, why) &&
                record(c, words, buf_view(out), (struct text){ 0 }, why) && pg_session_do(c, &STORE_COMMIT, NULL, why);
    if (!done) {
        (void)pg_session_do(c, &STORE_ROLLBACK, NULL, &ignored); /* the first reason is the one to tell */
        (void)record(c, words, (struct text){ 0 }, buf_view(why), &ignored);
    }
    buf_fini(&ignored);
    return done;
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
    for (char **word = argv + 2; *word && !v->verbatim; word++)
        trim(*word);
    struct buf why = { 0 }, out = { 0 };
    PGconn *c = connect_to_it(&why);
    bool done = c && (v->changes ? change(c, v, argv, &out, &why) : v->go(c, argv + 2, &out, &why));
    if (done)
        fwrite(out.p ? out.p : "", 1, out.n, stdout);
    else
        fprintf(stderr, "lectern %s: %.*s\n", argv[0], (int)why.n, why.p ? why.p : "");
    buf_fini(&why);
    buf_fini(&out);
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
