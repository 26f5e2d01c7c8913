/* Allow: `lectern allow`. Which addresses may sign in to the attendance area with Google, as what. A file is taken
 * whole or not at all. Main thread. */
#include "proto/field.h"
#include "store/statements.h"
#include "tools/lectern/commands.h"
#include "tools/lectern/session.h"
#include "tools/lectern/sheet.h"

#include <errno.h>
#include <stdio.h>

enum { FILE_MOST = 8 << 20 };

/* One line of the list. */
enum { EMAIL, NAME, ROLE, COLUMNS };

static const char *const roles[] = { "teacher", "admin", NULL };
static const struct {
    struct field field;
    const char *fault; /* what is said of an address whose value is none */
} checks[COLUMNS] = {
    [EMAIL] = { { "email", FIELD_EMAIL, .max = 320 }, "is not an e-mail address" },
    [NAME] = { { "name", FIELD_TEXT, .trim = true, .max = 200 }, "has too long a name, or one that is not UTF-8" },
    [ROLE] = { { "role", FIELD_TEXT, .oneof = roles }, "has no role: it must be teacher or admin" },
};

/* Puts one entry on the list and appends the line that says so. */
static bool put(PGconn *c, const struct text entry[static COLUMNS], struct buf *out, struct buf *why)
{
    static const int order[COLUMNS] = { EMAIL, ROLE, NAME };
    struct db_params p = { 0 };
    struct value v[COLUMNS];
    for (int i = 0; i < COLUMNS; i++) {
        int k = order[i];
        if (field_check_text(&checks[k].field, entry[k], &v[k])) {
            buf_printf(why, "%.*s %s", (int)entry[EMAIL].n, entry[EMAIL].p, checks[k].fault);
            return false;
        }
        db_param_text(&p, v[k].text);
    }
    PGresult *r = session_rows(c, &ATTENDANCE_ALLOW_PUT, &p, "nothing was put", why);
    if (r)
        buf_printf(out, "%s  %s  %s\n", *PQgetvalue(r, 0, 1) == 't' ? "added  " : "updated", PQgetvalue(r, 0, 0),
                   v[ROLE].text.p);
    PQclear(r);
    return r;
}

static bool add(PGconn *c, char **args, struct buf *out, struct buf *why)
{
    const struct text entry[COLUMNS] = {
        [EMAIL] = text_of(args[0]), [ROLE] = text_of(args[1]), [NAME] = text_of(args[2] ? args[2] : "")
    };
    return put(c, entry, out, why);
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

static const struct sheet_column columns[COLUMNS] = {
    [EMAIL] = { (const char *const[]){ "email", "emailaddress", "mail", NULL }, true },
    [NAME] = { (const char *const[]){ "name", "fullname", NULL } },
    [ROLE] = { (const char *const[]){ "role", NULL }, true },
};

static bool put_rows(PGconn *c, struct sheet *s, struct buf *out, struct buf *why)
{
    struct text entry[COLUMNS];
    enum csv_read read;
    while ((read = sheet_row(s, entry, why)) == CSV_ROW)
        if (!put(c, entry, out, why)) {
            buf_printf(why, " (line %d)", s->line);
            return false;
        }
    return read == CSV_END;
}

static bool import(PGconn *c, char **args, struct buf *out, struct buf *why)
{
    struct buf file = { 0 };
    struct sheet sheet = { 0 };
    bool read = read_file(args[0], &file, why);
    bool done = read && sheet_init(&sheet, buf_view(&file), columns, COLUMNS, why) && put_rows(c, &sheet, out, why);
    if (read && !done)
        buf_puts(why, "; nothing was changed");
    sheet_fini(&sheet);
    buf_fini(&file);
    return done;
}

static const struct session_verb verbs[] = {
    { "add", "EMAIL ROLE [NAME]", "let an address in, or renew its role and name", 2, 3, add, true },
    { "del", "EMAIL", "take an address off the list; role and tokens end at once", 1, 1, del, true },
    { "list", "", "show who may sign in", 0, 0, list },
    { "import", "FILE.csv", "add or renew every line of a list with email, name and role, or none", 1, 1, import, true,
      .verbatim = true },
    {},
};

int command_allow(int argc, char **argv)
{
    return session_command(verbs, "ROLE is teacher or admin. Addresses are kept in lower case.", argc, argv);
}
