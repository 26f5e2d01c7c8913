/* Folder: see folder.h. The files lie in an array sorted by name. */
#include "transport/http/folder.h"

#include "proto/base/masked.h"
#include "transport/http/accept.h"
#include "transport/http/file.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    char *path;       /* as it is opened */
    struct text name; /* its end: below the folder */
    const char *type;
    char *packed; /* path of its .gz, or NULL */
};

struct folder {
    struct entry *at;
    int n;
};

static const struct {
    const char *ending, *type;
} types[] = {
    { ".html", "text/html; charset=utf-8" },
    { ".css", "text/css; charset=utf-8" },
    { ".js", "text/javascript; charset=utf-8" },
    { ".mjs", "text/javascript; charset=utf-8" },
    { ".json", "application/json" },
    { ".txt", "text/plain; charset=utf-8" },
    { ".svg", "image/svg+xml" },
    { ".png", "image/png" },
    { ".ico", "image/x-icon" },
    { ".woff2", "font/woff2" },
    { ".wasm", "application/wasm" },
    { ".gz", "application/gzip" },
};

static const char *type_of(const char *name)
{
    const char *ending = strrchr(name, '.');
    for (size_t i = 0; ending && i < sizeof types / sizeof *types; i++)
        if (!strcmp(ending, types[i].ending))
            return types[i].type;
    return NULL;
}

/* ---- finding ---- */

static int by_name(const void *a, const void *b)
{
    struct text x = ((const struct entry *)a)->name, y = ((const struct entry *)b)->name;
    int order = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);
    return order ? order : (x.n > y.n) - (x.n < y.n);
}

static struct entry *find(const struct folder *f, struct text name)
{
    struct entry key = { .name = name };
    return name.n && f->n ? bsearch(&key, f->at, (size_t)f->n, sizeof key, by_name) : NULL;
}

static bool add(struct folder *f, const FTSENT *file, size_t top)
{
    const char *type = type_of(file->fts_name);
    size_t n = file->fts_pathlen - top;
    if (!type || n > FOLDER_NAME_MOST)
        return true;
    if (f->n == FOLDER_FILES_MOST) {
        errno = E2BIG;
        return false;
    }
    struct entry *more = realloc(f->at, (size_t)(f->n + 1) * sizeof *more);
    char *path = more ? strdup(file->fts_path) : NULL;
    if (more)
        f->at = more;
    if (!path)
        return false;
    f->at[f->n++] = (struct entry){ .path = path, .name = { path + top, n }, .type = type };
    return true;
}

/* Without an order of its own, in file system order. */
static bool walk(struct folder *f, FTS *tree, size_t top)
{
    for (FTSENT *at; errno = 0, (at = fts_read(tree));) {
        bool dot = at->fts_level > 0 && at->fts_name[0] == '.';
        if (at->fts_info == FTS_DNR || at->fts_info == FTS_ERR || at->fts_info == FTS_NS) {
            errno = at->fts_errno;
            return false;
        }
        if (at->fts_level == 0 && at->fts_info == FTS_F) {
            errno = ENOTDIR;
            return false;
        }
        if (at->fts_info == FTS_D && dot)
            fts_set(tree, at, FTS_SKIP);
        else if (at->fts_info == FTS_F && !dot && !add(f, at, top))
            return false;
    }
    return errno == 0;
}

/* Takes each NAME.gz out of the list and puts it with NAME. */
static void pair_packed(struct folder *f)
{
    int kept = 0;
    if (f->n)
        qsort(f->at, (size_t)f->n, sizeof *f->at, by_name);
    for (int i = 0; i < f->n; i++) {
        struct text name = f->at[i].name;
        bool packed = name.n > 3 && !memcmp(name.p + name.n - 3, ".gz", 3);
        struct folder before = { f->at, kept };
        struct entry *plain = packed ? find(&before, (struct text){ name.p, name.n - 3 }) : NULL;
        if (plain)
            plain->packed = f->at[i].path;
        else
            f->at[kept++] = f->at[i];
    }
    f->n = kept;
}

struct folder *folder_open(const char *path, struct buf *why)
{
    char *const tops[] = { (char *)path, NULL };
    struct folder *f = calloc(1, sizeof *f);
    size_t n = strlen(path), top = n && path[n - 1] == '/' ? n : n + 1;
    FTS *tree = f ? fts_open(tops, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL) : NULL;
    bool found = tree && walk(f, tree, top);
    if (!found) {
        masked_put(path, why);
        buf_printf(why, ": %s", strerror(errno));
    }
    if (tree)
        fts_close(tree);
    if (found) {
        pair_packed(f);
        return f;
    }
    folder_close(f);
    return NULL;
}

void folder_close(struct folder *f)
{
    for (int i = 0; f && i < f->n; i++) {
        free(f->at[i].path);
        free(f->at[i].packed);
    }
    if (f)
        free(f->at);
    free(f);
}

int folder_files(const struct folder *f)
{
    return f->n;
}

const char *folder_type(const struct folder *f, struct text name)
{
    const struct entry *e = find(f, name);
    return e ? e->type : NULL;
}

/* ---- answering ---- */

/* In the request's memory; NULL without. */
static const char *lines(struct request *rq, const struct entry *e, bool packed, const char *policy)
{
    struct buf out = { 0 };
    buf_puts(&out, "Cache-Control: no-cache\r\nReferrer-Policy: no-referrer\r\n");
    buf_printf(&out, "Content-Security-Policy: %s\r\n", policy);
    buf_puts(&out, e->packed ? "Vary: Accept-Encoding\r\n" : "");
    buf_puts(&out, packed ? "Content-Encoding: gzip\r\n" : "");
    buf_putc(&out, 0);
    struct text kept = out.failed ? (struct text){ 0 } : request_keep(rq, buf_view(&out));
    buf_fini(&out);
    return kept.p;
}

void folder_respond(struct request *rq, const struct folder *f, struct text name, const char *policy)
{
    const struct entry *e = find(f, name);
    bool packed = e && e->packed && accept_gzip(request_header(rq, "accept-encoding"));
    const char *extra = e ? lines(rq, e, packed, policy) : NULL;
    if (extra)
        file_respond(rq, &(struct file_answer){ packed ? e->packed : e->path, e->type, extra, ERROR_NOT_FOUND });
    else
        respond_error(rq, e ? ERROR_OVERLOADED : ERROR_NOT_FOUND);
}
