/* Sweep: see sweep.h. Names are asked about a page at a time; files without a row are only gathered, and removed at the
 * end if the folder turns out to be this database's. */
#include "store/sweep.h"

#include "proto/base/json.h"
#include "store/pg_session.h"
#include "store/statements.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { PAGE = 500 };

struct found {
    char name[FILES_NAME_MAX]; /* without ".part" */
    bool part, has_row;
};

struct sweep {
    const struct files *files;
    PGconn *c;
    struct found page[PAGE];
    int n;
    int known;           /* finished files with a row */
    struct buf nameless; /* finished files without one: names with their NUL */
    int unknown;
    struct sweep_count count;
};

/* ---- asking ---- */

static void put_names(const struct sweep *s, struct buf *out)
{
    struct json j = json_into(out);
    json_begin_array(&j, NULL);
    for (int i = 0; i < s->n; i++)
        json_str(&j, NULL, s->page[i].name);
    json_end_array(&j);
}

static void mark(struct sweep *s, const char *name)
{
    for (int i = 0; i < s->n; i++)
        if (!strcmp(s->page[i].name, name))
            s->page[i].has_row = true;
}

static bool ask(struct sweep *s, struct buf *why)
{
    struct buf names = { 0 };
    struct db_params p = { 0 };
    put_names(s, &names);
    db_param_text(&p, buf_view(&names));
    if (names.failed)
        buf_puts(why, "out of memory");
    PGresult *rows = names.failed ? NULL : pg_session_run(s->c, &AUDIO_KNOWN, &p, why);
    for (int i = 0; rows && i < PQntuples(rows); i++)
        mark(s, PQgetvalue(rows, i, 0));
    buf_fini(&names);
    PQclear(rows);
    return rows != NULL;
}

/* ---- deciding ---- */

static void settle_part(struct sweep *s, const struct found *f)
{
    if (f->has_row && !files_keep(s->files, f->name))
        s->count.finished++;
    else if (!f->has_row && !files_drop(s->files, f->name))
        s->count.removed++;
}

static void settle_page(struct sweep *s)
{
    for (int i = 0; i < s->n; i++) {
        const struct found *f = &s->page[i];
        if (f->part) {
            settle_part(s, f);
        } else if (f->has_row) {
            s->known++;
        } else {
            buf_put(&s->nameless, f->name, strlen(f->name) + 1);
            s->unknown++;
        }
    }
    s->n = 0;
}

static bool take(struct sweep *s, const char *name, struct buf *why)
{
    bool part;
    if (!files_is_name(name, &part))
        return true;
    struct found *f = &s->page[s->n++];
    *f = (struct found){ .part = part };
    memcpy(f->name, name, strcspn(name, ".") + 1);
    const char *ending = strchr(name, '.') + 1;
    strncat(f->name, ending, strcspn(ending, "."));
    if (s->n < PAGE)
        return true;
    if (!ask(s, why))
        return false;
    settle_page(s);
    return true;
}

static void remove_nameless(struct sweep *s)
{
    if (s->unknown > s->known || s->nameless.failed) {
        s->count.spared = s->unknown;
        return;
    }
    for (size_t at = 0; at < s->nameless.n; at += strlen(s->nameless.p + at) + 1)
        s->count.removed += !files_delete(s->files, s->nameless.p + at);
}

static bool look(struct sweep *s, DIR *dir, struct buf *why)
{
    for (struct dirent *e; (e = readdir(dir));)
        if (!take(s, e->d_name, why))
            return false;
    if (s->n && !ask(s, why))
        return false;
    settle_page(s);
    remove_nameless(s);
    return true;
}

/* A descriptor of its own: closedir closes it. */
static DIR *open_folder(const struct files *f, struct buf *why)
{
    DIR *dir = opendir(f->folder);
    if (!dir)
        buf_printf(why, "cannot read %s: %s", f->folder, strerror(errno));
    return dir;
}

bool sweep_files(const struct files *f, const char *conninfo, struct sweep_count *ret, struct buf *why)
{
    struct sweep *s = calloc(1, sizeof *s);
    DIR *dir = s ? open_folder(f, why) : NULL;
    if (!s)
        buf_puts(why, "out of memory");
    bool done = false;
    if (dir) {
        s->files = f;
        s->c = pg_session_open(conninfo, "lectern sweep", why);
        done = s->c && look(s, dir, why);
        PQfinish(s->c);
        *ret = s->count;
        buf_fini(&s->nameless);
        closedir(dir);
    }
    free(s);
    return done;
}
