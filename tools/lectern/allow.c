/* Allow: `lectern allow`. Which addresses may sign in to the attendance area with Google, as what. A file is taken
 * whole or not at all. Main thread. */
#include "proto/csv_reader.h"
#include "store/statements.h"
#include "tools/lectern/commands.h"
#include "tools/lectern/session.h"

#include <errno.h>
#include <stdio.h>
#include <strings.h>

enum { FILE_MOST = 8 << 20, EMAIL_MOST = 320, NAME_MOST = 200, COLUMNS = 3 };

/* One line of the list. */
struct entry {
    struct text email, name, role;
};

static struct text trimmed(struct text t)
{
    static const char blanks[] = " \t\r\n";
    while (t.n && strchr(blanks, *t.p))
        t = (struct text){ t.p + 1, t.n - 1 };
    while (t.n && strchr(blanks, t.p[t.n - 1]))
        t.n--;
    return t;
}

/* What is wrong with it, NULL if nothing. */
static const char *fault_of(const struct entry *e)
{
    const char *at = e->email.n ? memchr(e->email.p, '@', e->email.n) : NULL;
    if (!at || at == e->email.p || at + 1 == e->email.p + e->email.n || e->email.n > EMAIL_MOST)
        return "is not an e-mail address";
    for (size_t i = 0; i < e->email.n; i++)
        if ((unsigned char)e->email.p[i] <= ' ')
            return "is not an e-mail address";
    if (!text_is(e->role, "teacher") && !text_is(e->role, "admin"))
        return "has no role: it must be teacher or admin";
    return e->name.n > NAME_MOST ? "has too long a name" : NULL;
}

/* Puts one entry on the list and appends the line that says so. */
static bool put(PGconn *c, const struct entry *e, struct buf *out, struct buf *why)
{
    struct db_params p = { 0 };
    const char *fault = fault_of(e);
    if (fault) {
        buf_printf(why, "%.*s %s", (int)e->email.n, e->email.n ? e->email.p : "", fault);
        return false;
    }
    db_param_text(&p, e->email);
    db_param_text(&p, e->role);
    db_param_text(&p, e->name.p ? e->name : TEXT(""));
    PGresult *r = session_rows(c, &ATTENDANCE_ALLOW_PUT, &p, "nothing was put", why);
    if (r)
        buf_printf(out, "%s  %s  %.*s\n", *PQgetvalue(r, 0, 1) == 't' ? "added  " : "updated", PQgetvalue(r, 0, 0),
                   (int)e->role.n, e->role.p);
    PQclear(r);
    return r;
}

static bool add(PGconn *c, char **args, struct buf *out, struct buf *why)
{
    const struct entry e = { trimmed(text_of(args[0])), trimmed(text_of(args[2] ? args[2] : "")),
                             trimmed(text_of(args[1])) };
    return put(c, &e, out, why);
}

/* Off the list, and out: a running server is told by the database when it is committed. */
static bool del(PGconn *c, char **args, struct buf *out, struct buf *why)
{
    struct db_params p = { 0 };
    db_param_text(&p, text_of(args[0]));
    PGresult *r = session_rows(c, &ATTENDANCE_ALLOW_DELETE, &p, "that address is not on the list", why);
    if (r)
        buf_printf(out, "removed  %s\n", PQgetvalue(r, 0, 0));
    PQclear(r);
    return r && pg_session_do(c, &ATTENDANCE_ALLOW_END, &p, why);
}

static bool list(PGconn *c, char **args, struct buf *out, struct buf *why)
{
    PGresult *r = pg_session_run(c, &ATTENDANCE_ALLOW_LIST, NULL, why);
    for (int i = 0; i < PQntuples(r); i++)
        buf_printf(out, "%-40s %-8s %s\n", PQgetvalue(r, i, 0), PQgetvalue(r, i, 1), PQgetvalue(r, i, 2));
    PQclear(r);
    return r;
}

/* ---- a file ---- */

static bool read_file(const char *path, struct buf *out, struct buf *why)
{
    FILE *f = fopen(path, "re");
    char piece[65536];
    size_t n;
    if (!f) {
        buf_printf(why, "%s: %s", path, strerror(errno));
        return false;
    }
    while (out->n <= FILE_MOST && (n = fread(piece, 1, sizeof piece, f)))
        buf_put(out, piece, n);
    bool whole = !ferror(f) && out->n <= FILE_MOST && !out->failed;
    if (!whole)
        buf_printf(why, "%s cannot be read, or has more than %d bytes", path, FILE_MOST);
    fclose(f);
    return whole;
}

/* Which column is which: by the names in the first row, else e-mail, name, role. */
struct order {
    int email, name, role;
};

static int place_of(const struct text *fields, int n, const char *name)
{
    for (int i = 0; i < n; i++) {
        struct text t = trimmed(fields[i]);
        if (t.n == strlen(name) && !strncasecmp(t.p, name, t.n))
            return i;
    }
    return -1;
}

static bool read_order(const struct text *fields, int n, struct order *ret)
{
    struct order o = { place_of(fields, n, "email"), place_of(fields, n, "name"), place_of(fields, n, "role") };
    if (o.email < 0 || o.role < 0)
        return false;
    *ret = o;
    return true;
}

static struct text column(const struct text *fields, int n, int i)
{
    return i >= 0 && i < n ? trimmed(fields[i]) : TEXT("");
}

static bool put_rows(PGconn *c, struct csv_reader *r, struct buf *out, struct buf *why)
{
    struct order order = { 0, 1, 2 };
    struct text f[COLUMNS];
    enum csv_read read;
    int n, rows = 0;
    while ((read = csv_reader_row(r, f, COLUMNS, &n)) == CSV_ROW) {
        if (!rows++ && read_order(f, n, &order))
            continue;
        const struct entry e = { column(f, n, order.email), column(f, n, order.name), column(f, n, order.role) };
        if (!put(c, &e, out, why)) {
            buf_printf(why, " (line %d); nothing was changed", r->line);
            return false;
        }
    }
    if (read == CSV_MALFORMED)
        buf_printf(why, "line %d is not email,name,role; nothing was changed", r->line);
    return read == CSV_END;
}

static bool import(PGconn *c, char **args, struct buf *out, struct buf *why)
{
    struct buf file = { 0 };
    bool done = read_file(args[0], &file, why);
    if (done) {
        struct csv_reader r = csv_reader_of(buf_view(&file));
        done = put_rows(c, &r, out, why);
        csv_reader_fini(&r);
    }
    buf_fini(&file);
    return done;
}

static const struct session_verb verbs[] = {
    { "add", "EMAIL ROLE [NAME]", "let an address in, or renew its role and name", 2, 3, add, true },
    { "del", "EMAIL", "take an address off the list; role and tokens end at once", 1, 1, del, true },
    { "list", "", "show who may sign in", 0, 0, list },
    { "import", "FILE.csv", "add or renew every line of email,name,role, or none", 1, 1, import, true },
    {},
};

int command_allow(int argc, char **argv)
{
    return session_command(verbs, "ROLE is teacher or admin. Addresses are kept in lower case.", argc, argv);
}
