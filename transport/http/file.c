/* File: see file.h. */
#include "transport/http/file.h"

#include "proto/log.h"
#include "transport/http/body.h"
#include "transport/http/request_state.h"
#include "transport/http/selection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
    o->fd = open(o->answer.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (o->fd >= 0 && !fstat(o->fd, &o->info) && S_ISREG(o->info.st_mode))
        return;
    o->why = o->fd < 0 ? errno : EISDIR;
    if (o->fd >= 0)
        close(o->fd);
    o->fd = -1;
}

/* ---- the answer ---- */

static void close_file(void *arg)
{
    close((int)(intptr_t)arg);
}

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

/* The header lines that depend on the file. In the request's memory; NULL without. */
static const char *lines(struct request *rq, const struct opening *o, const struct selection_file *file,
                         const struct selection *s)
{
    struct buf out = { 0 };
    buf_puts(&out, "Accept-Ranges: bytes\r\n");
    if (s->what == SELECTED_NOTHING) {
        buf_printf(&out, "Content-Range: bytes */%llu\r\n", (unsigned long long)file->size);
    } else {
        buf_puts(&out, "ETag: ");
        buf_text(&out, file->etag);
        buf_puts(&out, "\r\nLast-Modified: ");
        selection_put_date(&out, file->modified);
        buf_puts(&out, "\r\n");
        buf_puts(&out, o->answer.extra ? o->answer.extra : "");
    }
    if (s->what == SELECTED_PART)
        buf_printf(&out, "Content-Range: bytes %llu-%llu/%llu\r\n", (unsigned long long)s->from,
                   (unsigned long long)(s->from + s->n - 1), (unsigned long long)file->size);
    buf_putc(&out, 0);
    struct text kept = out.failed ? (struct text){ 0 } : request_keep(rq, buf_view(&out));
    buf_fini(&out);
    return kept.p;
}

static void respond_without_body(struct request *rq, int fd, enum selected what, const char *extra)
{
    close(fd);
    if (what == SELECTED_UNCHANGED)
        respond_content(rq, 304, NULL, extra, TEXT(""));
    else
        respond_content(rq, error_status(ERROR_RANGE_NOT_SATISFIABLE), "application/json", extra,
                        TEXT("{\"detail\":\"Range not satisfiable\"}"));
}

static void respond_open(struct request *rq, const struct opening *o)
{
    char etag[64];
    int n = snprintf(etag, sizeof etag, "\"%llx.%lx-%llx\"", (unsigned long long)o->info.st_mtim.tv_sec,
                     (unsigned long)o->info.st_mtim.tv_nsec, (unsigned long long)o->info.st_size);
    struct selection_file file = { { etag, (size_t)n }, o->info.st_mtim.tv_sec, (uint64_t)o->info.st_size };
    struct selection s = select_part(rq, &file);
    const char *extra = lines(rq, o, &file, &s);
    if (!extra) {
        close(o->fd);
        respond_error(rq, ERROR_OVERLOADED);
    } else if (s.what == SELECTED_UNCHANGED || s.what == SELECTED_NOTHING) {
        respond_without_body(rq, o->fd, s.what, extra);
    } else {
        struct body_head head = { s.what == SELECTED_PART ? 206 : 200, o->answer.content_type, extra, s.n };
        struct body_file body = { o->fd, s.from, close_file, (void *)(intptr_t)o->fd };
        body_range(rq, &head, &body);
    }
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
        respond_open(o->rq, o);
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
    if (!rq->http->files || !pool_submit(rq->http->files, &o->job))
        respond_error(rq, ERROR_OVERLOADED);
}
