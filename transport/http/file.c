/* File: see file.h. */
#include "transport/http/file.h"

#include "proto/base/log.h"
#include "transport/budgets/budgets.h"
#include "transport/http/body.h"
#include "transport/http/request_state.h"
#include "transport/http/selection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINES_ROOM = 640 };

/* A file on its way to a request, in the request's memory. */
struct opening {
    struct pool_job job;
    struct request *rq;
    struct file_answer answer;
    int fd, why; /* why: errno when fd is -1 */
    struct stat info;
};

/* ---- on the pool ---- */

/* O_NONBLOCK: a pipe must not hold the thread. */
static void open_work(struct pool_job *job)
{
    struct opening *o = (struct opening *)job;
    o->fd = open(o->answer.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
    if (o->fd >= 0 && !fstat(o->fd, &o->info) && S_ISREG(o->info.st_mode)) {
        (void)posix_fadvise(o->fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* without it the kernel reads ahead less */
        return;
    }
    o->why = o->fd < 0 ? errno : EISDIR;
    if (o->fd >= 0)
        close(o->fd);
    o->fd = -1;
}

/* ---- the answer ---- */

static struct selection select_part(const struct request *rq, const struct selection_file *file)
{
    const struct text *h = rq->head.headers;
    bool ranges = !request_head_only(rq);
    struct selection_headers said = { .if_none_match = h[HEADER_IF_NONE_MATCH],
                                      .if_modified_since = h[HEADER_IF_MODIFIED_SINCE] };
    if (ranges) {
        said.if_range = h[HEADER_IF_RANGE];
        said.range = h[HEADER_RANGE];
    }
    return selection_of(&said, file, worker_wall(rq->http->worker) / 1000000);
}

static void put_content_range(struct buf *out, const struct selection_file *file, const struct selection *s)
{
    buf_puts(out, "Content-Range: bytes ");
    if (s->what == SELECTED_NOTHING) {
        buf_putc(out, '*');
    } else {
        buf_int(out, (int64_t)s->from);
        buf_putc(out, '-');
        buf_int(out, (int64_t)(s->from + s->n - 1));
    }
    buf_putc(out, '/');
    buf_int(out, (int64_t)file->size);
    buf_puts(out, "\r\n");
}

/* The header lines that depend on the file. In the request's memory; NULL without. */
static const char *lines(struct request *rq, const struct open_file *f, const struct selection_file *file,
                         const struct selection *s)
{
    struct buf out = { 0 };
    (void)buf_room(&out, LINES_ROOM); /* a failure shows at the end */
    buf_puts(&out, "Accept-Ranges: bytes\r\n");
    if (s->what != SELECTED_NOTHING) {
        buf_puts(&out, "ETag: ");
        buf_text(&out, file->etag);
        buf_puts(&out, "\r\nLast-Modified: ");
        selection_put_date(&out, file->modified);
        buf_puts(&out, "\r\n");
        buf_puts(&out, f->extra);
    }
    if (s->what == SELECTED_PART || s->what == SELECTED_NOTHING)
        put_content_range(&out, file, s);
    buf_putc(&out, 0);
    struct text kept = out.failed ? (struct text){ 0 } : request_keep(rq, buf_view(&out));
    buf_fini(&out);
    return kept.p;
}

static void respond_open(struct request *rq, struct open_file *f)
{
    char etag[64];
    int n = snprintf(etag, sizeof etag, "\"%llx.%lx-%llx\"", (unsigned long long)f->modified.tv_sec,
                     (unsigned long)f->modified.tv_nsec, (unsigned long long)f->size);
    struct selection_file file = { { etag, (size_t)n }, f->modified.tv_sec, f->size };
    struct selection s = select_part(rq, &file);
    const char *extra = lines(rq, f, &file, &s);
    if (!extra) {
        respond_error(rq, ERROR_OVERLOADED);
    } else if (s.what == SELECTED_UNCHANGED) {
        respond_content(rq, 304, NULL, extra, TEXT(""));
    } else if (s.what == SELECTED_NOTHING) {
        respond_content(rq, error_status(ERROR_RANGE_NOT_SATISFIABLE), "application/json", extra,
                        TEXT("{\"detail\":\"Range not satisfiable\"}"));
    } else {
        struct body_head head = { s.what == SELECTED_PART ? 206 : 200, f->content_type, extra, s.n };
        struct body_file body = { f->fd, s.from, open_file_unref, open_file_ref(f) };
        body_range(rq, &head, &body);
    }
}

bool file_respond_again(struct request *rq, const char *key)
{
    struct open_file *f = open_file_find(rq->http, key);
    if (!f)
        return false;
    respond_open(rq, f);
    return true;
}

static void respond_opened(struct request *rq, const struct opening *o)
{
    const struct file_answer *a = &o->answer;
    struct open_file *f = open_file_create(rq->http, o->fd, &o->info, a->key ? a->key : "", a->content_type, a->extra);
    if (!f) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    if (a->key)
        open_file_keep(rq->http, f);
    respond_open(rq, f);
    open_file_unref(f);
}

static enum error refusal(const struct opening *o)
{
    switch (o->why) {
    case EMFILE:
    case ENFILE:
    case ENOMEM:
        return ERROR_OVERLOADED;
    case EIO:
        return ERROR_INTERNAL;
    default:
        return o->answer.absent;
    }
}

static void open_done(struct pool_job *job)
{
    struct opening *o = (struct opening *)job;
    if (job->cancelled && o->fd >= 0)
        close(o->fd);
    if (job->cancelled)
        respond_error(o->rq, ERROR_UNAVAILABLE);
    else if (o->fd >= 0)
        respond_opened(o->rq, o);
    else
        respond_error(o->rq, refusal(o));
}

void file_respond(struct request *rq, const struct file_answer *answer)
{
    struct opening *o = request_alloc(rq, sizeof *o);
    if (!o) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    *o = (struct opening){ .job = { .work = open_work, .done = open_done }, .rq = rq, .answer = *answer, .fd = -1 };
    o->job.owner = budget_key(BUDGET_BODIES, payer_address(&rq->peer));
    if (!rq->http->files || !pool_submit(rq->http->files, &o->job))
        respond_error(rq, ERROR_OVERLOADED);
}
