/* Audio stream: the bytes of an audio file (classroom contract, section 5). In legacy mode anybody may have them; else
 * whoever comes with a signed address (proto/identity/signed_url.h), which is what players can open, or with the token of
 * somebody who may hear the file. */
#include "proto/identity/signed_url.h"
#include "store/files.h"
#include "store/statements.h"
#include "transport/api/classroom/classroom.h"
#include "transport/http/file.h"
#include "transport/transport.h"

#include <stdio.h>

enum { TITLE_SHOWN = 100 };

static void put_quoted(struct buf *out, struct text t)
{
    for (size_t i = 0; i < t.n; i++)
        buf_putc(out, t.p[i] < ' ' || t.p[i] > '~' || strchr("\"\\%;/", t.p[i]) ? '_' : t.p[i]);
}

static void put_encoded(struct buf *out, struct text t)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    for (size_t i = 0; i < t.n; i++)
        if (t.p[i] && strchr(plain, t.p[i]))
            buf_putc(out, t.p[i]);
        else
            buf_printf(out, "%%%02X", (unsigned char)t.p[i]);
}

/* Not more of it than a header line can well have, and no half character. */
static struct text shortened(struct text t)
{
    if (t.n <= TITLE_SHOWN)
        return t;
    for (t.n = TITLE_SHOWN; t.n && (t.p[t.n] & 0xc0) == 0x80; t.n--)
        ;
    return t;
}

/* `inline; filename="title.mp3"`, and the title in full for those who read it (RFC 6266). */
static void put_disposition(struct buf *out, struct text title, struct text ending)
{
    title = shortened(title);
    buf_puts(out, "Content-Disposition: inline; filename=\"");
    put_quoted(out, title);
    put_quoted(out, ending);
    buf_puts(out, "\"; filename*=UTF-8''");
    put_encoded(out, title);
    put_encoded(out, ending);
    buf_puts(out, "\r\n");
}

static bool is_plain(struct text t)
{
    for (size_t i = 0; i < t.n; i++)
        if (t.p[i] < ' ' || t.p[i] > '~')
            return false;
    return t.n > 0;
}

/* Rows that moved over from another system may have other names; none leads out of the folder. */
static bool names_a_file(struct text name)
{
    return is_plain(name) && name.p[0] != '.' && !memchr(name.p, '/', name.n);
}

static const char *keep_text(struct request *rq, struct buf *b)
{
    buf_putc(b, 0);
    const char *kept = b->failed ? NULL : request_keep(rq, buf_view(b)).p;
    buf_fini(b);
    return kept;
}

/* A stranger's file is never a page of ours: no script runs in it, and it plays when it is opened by itself. */
static const char stranger_lines[] = "Content-Security-Policy: sandbox; default-src 'none'; media-src 'self'; "
                                     "style-src 'unsafe-inline'\r\n";

static void on_file(struct request *rq, const struct db_result *r)
{
    if (r->status != DB_OK) {
        respond_db(rq, r);
        return;
    }
    struct text name = r->rows ? db_text(r, 0, AUDIO_FILE_FILE_PATH) : (struct text){ 0 };
    if (!names_a_file(name)) {
        respond_error(rq, ERROR_AUDIO_ABSENT);
        return;
    }
    if (!db_bool(r, 0, AUDIO_FILE_MAY)) {
        respond_error(rq, ERROR_AUDIO_FORBIDDEN);
        return;
    }
    struct text type = db_text(r, 0, AUDIO_FILE_MIME_TYPE);
    struct buf path = { 0 }, lines = { 0 }, kind = { 0 };
    files_path(transport_of(request_worker(rq))->files, name, &path);
    buf_printf(&lines, "Cache-Control: private, %s\r\n", request_data(rq) ? "max-age=86400" : "no-cache");
    buf_puts(&lines, stranger_lines);
    put_disposition(&lines, db_text(r, 0, AUDIO_FILE_TITLE), files_ending(name));
    buf_text(&kind, is_plain(type) ? type : TEXT("application/octet-stream"));
    struct file_answer answer = { .path = keep_text(rq, &path),
                                  .content_type = keep_text(rq, &kind),
                                  .extra = keep_text(rq, &lines),
                                  .key = request_data(rq),
                                  .absent = ERROR_AUDIO_ABSENT };
    if (answer.path && answer.content_type && answer.extra)
        file_respond(rq, &answer);
    else
        respond_error(rq, ERROR_OVERLOADED);
}

/* ---- who may hear it ---- */

bool audio_open(struct request *rq)
{
    return audio_url_open() ||
           audio_url_valid(request_path_param(rq, 0), request_query_last(rq, "expires"),
                           request_query_last(rq, "signature"), worker_wall(request_worker(rq)) / 1000000);
}

/* Players ask for many parts of one file: what is known of it is good for a second, but for whom it is asked. */
void audio_stream(struct request *rq)
{
    struct db_params p = { 0 };
    char key[32];
    int32_t user = request_caller(rq)->user_id;
    snprintf(key, sizeof key, "audio/%d", request_int(rq, "audio_id"));
    if (!user && file_respond_again(rq, key))
        return;
    request_set_data(rq, user ? NULL : (void *)request_keep(rq, text_of(key)).p);
    db_param_int4(&p, request_int(rq, "audio_id"));
    if (user)
        db_param_int4(&p, user);
    else
        db_param_null(&p);
    request_query(rq, &AUDIO_FILE, &p, on_file);
}
