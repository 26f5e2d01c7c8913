/* Audio: files for lessons: upload, list, stream (classroom contract, section 5). An upload goes to the disk as it
 * comes (transport/intake.h); when it is there a child says what it is and how long, then its row commits, then the
 * file gets its name. Until then every end of the chain removes it. */
#include "proto/config.h"
#include "proto/log.h"
#include "proto/utf8.h"
#include "store/probe.h"
#include "store/statements.h"
#include "transport/api/api.h"
#include "transport/http/file.h"
#include "transport/http/upload.h"
#include "transport/intake.h"
#include "transport/transport.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <strings.h>
#include <unistd.h>

enum { TYPE_MOST = 100, TITLE_SHOWN = 100 };

static const char *const endings[] = { "mp3", "wav", "m4a", "ogg", "webm" };
/* What clients may declare is more; these are named to those that are refused. */
static const char *const types[] = { "audio/mpeg", "audio/wav", "audio/mp4", "audio/x-m4a",
                                     "audio/mp3",  "audio/ogg", "audio/webm" };
enum { ENDINGS = sizeof endings / sizeof *endings, TYPES = sizeof types / sizeof *types };

/* An upload, in its request's memory. */
struct incoming {
    struct request *rq;
    struct intake *intake; /* NULL until the file is taken */
    struct pool_job probing;
    struct probed probed;
    bool told; /* probed is what the probe found */
    struct text answer;
};

/* ---- what is taken ---- */

/* The last part of a file name, with its point; empty if it has none. */
static struct text ending_of(struct text name)
{
    for (size_t i = name.n; i > 0; i--)
        if (name.p[i - 1] == '.')
            return (struct text){ name.p + i - 1, name.n - i + 1 };
    return TEXT("");
}

static bool is_same(struct text t, const char *word)
{
    return strlen(word) == t.n && !strncasecmp(t.p, word, t.n);
}

static const char *known_ending(struct text ending)
{
    for (int i = 0; ending.n && i < ENDINGS; i++)
        if (is_same((struct text){ ending.p + 1, ending.n - 1 }, endings[i]))
            return endings[i];
    return NULL;
}

static bool begins_with(struct text t, const char *word)
{
    size_t n = strlen(word);
    return t.n >= n && is_same((struct text){ t.p, n }, word);
}

static bool ends_with(struct text t, const char *word)
{
    size_t n = strlen(word);
    return t.n >= n && is_same((struct text){ t.p + t.n - n, n }, word);
}

/* Is it plainly no media, or no header at all? What clients declare comes from tables of their systems, often another
 * name or a general one, so the content says the rest. */
static bool refused_type(struct text type)
{
    static const char *const beginnings[] = { "text/",
                                              "image/",
                                              "font/",
                                              "model/",
                                              "message/",
                                              "multipart/",
                                              "application/json",
                                              "application/xml",
                                              "application/pdf",
                                              "application/zip",
                                              "application/gzip",
                                              "application/javascript",
                                              "application/x-javascript",
                                              "application/x-www-form-urlencoded",
                                              "application/rtf",
                                              "application/msword",
                                              "application/vnd.ms-",
                                              "application/vnd.o" };
    for (size_t i = 0; i < type.n; i++)
        if ((unsigned char)type.p[i] < ' ' && type.p[i] != '\t')
            return true;
    const char *end = type.p ? memchr(type.p, ';', type.n) : NULL;
    struct text kind = utf8_trim((struct text){ type.p, end ? (size_t)(end - type.p) : type.n });
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
        if (begins_with(kind, beginnings[i]))
            return true;
    return ends_with(kind, "+json") || ends_with(kind, "+xml") || ends_with(kind, "+zip");
}

static void put_allowed(struct buf *out, const char *what, struct text sent, const char *before,
                        const char *const *allowed, int n)
{
    buf_printf(out, "Invalid file %s ", what);
    buf_text(out, utf8_valid(sent) && sent.n <= TYPE_MOST ? sent : TEXT(""));
    for (int i = 0; i < n; i++)
        buf_printf(out, "%s%s%s", i ? ", " : ". Allowed: ", before, allowed[i]);
}

static void refuse_content(struct request *rq)
{
    struct buf detail = { 0 };
    put_allowed(&detail, "content:", TEXT("no audio was found in it"), ".", endings, ENDINGS);
    respond_detail(rq, ERROR_AUDIO_CONTENT, buf_view(&detail));
    buf_fini(&detail);
}

static void refuse_ending(struct request *rq, struct text ending)
{
    struct buf detail = { 0 };
    put_allowed(&detail, "extension", ending, ".", endings, ENDINGS);
    upload_refuse(rq, ERROR_AUDIO_EXTENSION, buf_view(&detail));
    buf_fini(&detail);
}

static void refuse_type(struct request *rq, struct text type)
{
    struct buf detail = { 0 };
    put_allowed(&detail, "type", type, "", types, TYPES);
    upload_refuse(rq, ERROR_AUDIO_TYPE, buf_view(&detail));
    buf_fini(&detail);
}

/* ---- taking it ---- */

/* Storage is the operator's concern: the log has the reason, the client a name for it. */
static enum error storage_error(int why)
{
    if (why == -ECANCELED)
        return ERROR_UNAVAILABLE;
    if (why == -ENOMEM || why == -EMFILE || why == -ENFILE)
        return ERROR_OVERLOADED;
    log_error("an upload could not be stored", F_STR("why", strerror(-why)));
    bool full = why == -ENOSPC || why == -EDQUOT || why == -EFBIG;
    return full ? ERROR_STORAGE_FULL : ERROR_STORAGE_FAILED;
}

static void on_room(void *arg)
{
    struct incoming *in = arg;
    upload_resume(in->rq);
}

static void on_failed(void *arg, int why)
{
    struct incoming *in = arg;
    upload_fail(in->rq, storage_error(why)); /* which discards it */
}

static void begin_upload(struct request *rq, struct text file_name, struct text content_type)
{
    static const struct intake_ops ops = { on_room, on_failed };
    struct incoming *in = request_alloc(rq, sizeof *in);
    request_set_data(rq, in);
    if (!in) {
        upload_fail(rq, ERROR_OVERLOADED);
        return;
    }
    in->rq = rq;
    struct text sent = ending_of(file_name);
    const char *ending = known_ending(sent);
    if (!ending) {
        refuse_ending(rq, sent);
        return;
    }
    if (refused_type(content_type)) {
        refuse_type(rq, content_type);
        return;
    }
    in->intake = intake_create(transport_of(request_worker(rq))->intakes, ending, &ops, in);
    if (!in->intake)
        upload_fail(rq, ERROR_OVERLOADED);
}

static void take_bytes(struct request *rq, struct text bytes)
{
    struct incoming *in = request_data(rq);
    if (!intake_put(in->intake, bytes))
        upload_pause(rq);
}

static void discard(struct request *rq)
{
    struct incoming *in = request_data(rq);
    if (in)
        intake_abandon(in->intake);
}

/* ---- storing it ---- */

static void give_up(struct incoming *in, enum error why)
{
    intake_abandon(in->intake);
    respond_error(in->rq, why);
}

/* Its row has committed, so it is an upload whatever becomes of the name: the next start gives it, too. */
static void on_kept(void *arg, int why)
{
    struct incoming *in = arg;
    if (why)
        log_error("an upload keeps its temporary name until the next start", F_STR("why", strerror(-why)));
    if (in->answer.p)
        respond_json(in->rq, 200, in->answer);
    else
        respond_error(in->rq, ERROR_OVERLOADED);
}

static void on_stored(void *arg, const struct db_result *r)
{
    struct incoming *in = arg;
    if (r->status == DB_OK) {
        in->answer = request_keep(in->rq, db_text(r, 0, 0));
        intake_keep(in->intake, on_kept);
        return;
    }
    if (r->status == DB_LOST)
        intake_leave(in->intake); /* it may have committed */
    else
        intake_abandon(in->intake);
    respond_db(in->rq, r);
}

static void store(struct incoming *in)
{
    struct request *rq = in->rq;
    struct db *db = worker_service(request_worker(rq), SERVICE_DB_READ);
    struct db_params p = { 0 };
    db_param_int4(&p, request_caller(rq)->user_id);
    db_param_text(&p, request_text(rq, "title"));
    db_param_text(&p, request_text(rq, "description"));
    db_param_text(&p, text_of(intake_name(in->intake)));
    db_param_text(&p, text_of(media_type(in->probed.kind)));
    if (isnan(in->probed.seconds))
        db_param_null(&p);
    else
        db_param_float8(&p, in->probed.seconds);
    if (!db || !db_query(db, &AUDIO_STORE, &p, on_stored, in))
        give_up(in, ERROR_OVERLOADED);
}

static struct incoming *incoming_of(struct pool_job *job)
{
    return (struct incoming *)((char *)job - offsetof(struct incoming, probing));
}

static void probe_work(struct pool_job *job)
{
    struct incoming *in = incoming_of(job);
    int fd = intake_reopen(in->intake);
    in->told = fd >= 0 && probe_run(NULL, fd, PROBE_MS, &in->probed);
    if (fd >= 0)
        close(fd);
}

static void probe_done(struct pool_job *job)
{
    struct incoming *in = incoming_of(job);
    if (job->cancelled) {
        give_up(in, ERROR_UNAVAILABLE);
    } else if (!in->told) {
        give_up(in, ERROR_OVERLOADED);
    } else if (in->probed.kind) {
        store(in);
    } else {
        intake_abandon(in->intake);
        refuse_content(in->rq);
    }
}

static void on_synced(void *arg, int why)
{
    struct incoming *in = arg;
    if (why) {
        give_up(in, storage_error(why));
        return;
    }
    in->probing = (struct pool_job){ .work = probe_work, .done = probe_done };
    if (!pool_submit(transport_of(request_worker(in->rq))->probes, &in->probing))
        give_up(in, ERROR_OVERLOADED);
}

static void finish_upload(struct request *rq)
{
    struct incoming *in = request_data(rq);
    intake_finish(in->intake, on_synced);
}

/* ---- streaming it ---- */

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

static void on_file(struct request *rq, const struct db_result *r)
{
    if (r->status != DB_OK) {
        respond_db(rq, r);
        return;
    }
    struct text name = r->rows ? db_text(r, 0, 0) : (struct text){ 0 };
    if (!names_a_file(name)) {
        respond_error(rq, ERROR_AUDIO_ABSENT);
        return;
    }
    struct text type = db_text(r, 0, 1);
    struct buf path = { 0 }, lines = { 0 }, kind = { 0 };
    files_path(transport_of(request_worker(rq))->files, name, &path);
    buf_puts(&lines, "Cache-Control: private, max-age=86400\r\n");
    put_disposition(&lines, db_text(r, 0, 2), ending_of(name));
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

/* Players ask for many parts of one file: what is known of it is good for a second. */
static void stream(struct request *rq)
{
    struct db_params p = { 0 };
    char key[32];
    snprintf(key, sizeof key, "audio/%d", request_int(rq, "audio_id"));
    if (file_respond_again(rq, key))
        return;
    request_set_data(rq, (void *)request_keep(rq, text_of(key)).p);
    db_param_int4(&p, request_int(rq, "audio_id"));
    request_query(rq, &AUDIO_FILE, &p, on_file);
}

/* ---- the table ---- */

static const struct upload_ops upload = { &config.audio_max_bytes, begin_upload, take_bytes, discard };

static const struct field upload_form[] = {
    { "title", FIELD_TEXT, .required = true, .trim = true, .min = 1, .max = 500 },
    { "description", FIELD_TEXT, .max = 10000, .def = "" },
    { "file", FIELD_FILE, .required = true, .about = ".mp3, .wav, .m4a, .ogg or .webm" },
    {},
};

#define STAMP "2026-02-24T16:24:20.666428"
#define ROW                                                                                                            \
    "\"audio_id\":1,\"title\":\"An air\",\"description?\":\"\",\"file_path\":"                                         \
    "\"9f86d081884c7d659a2feaa0c55ad015.mp3\",\"mime_type\":\"audio/mpeg\",\"uploaded_at\":\"" STAMP "\""

static const struct answer stream_answers[] = { { 200, "The file, in the type of its content", .content = "audio/*" },
                                                { 206, "The part that Range asks for" },
                                                { 304, "The client has it" },
                                                {} };
#define STREAM_ROW                                                                                                     \
    .handle = stream, .answers = stream_answers, .gives = "the bytes of the file",                                     \
    .refusals = REFUSALS(ERROR_AUDIO_ABSENT, ERROR_RANGE_NOT_SATISFIABLE)

const struct endpoint audio_endpoints[] = {
    { POST, "/audio/upload", TEACHER, .handle = finish_upload, .upload = &upload, .body_kind = BODY_FORM,
      .body = upload_form, .summary = "Upload an audio file",
      .about = "The fields may stand before or behind the file, whose content says what it is.",
      .refusals = REFUSALS(ERROR_AUDIO_EXTENSION, ERROR_AUDIO_TYPE, ERROR_AUDIO_CONTENT, ERROR_STORAGE_FAILED,
                           ERROR_STORAGE_FULL),
      .gives = "{" ROW "}", .example = "{\"title\":\"An air\",\"description\":\"\",\"file\":\"air.mp3\"}" },
    { GET, "/audio/list", KNOWN, .statement = &AUDIO_LIST, .summary = "List one's own audio files, newest first",
      .gives = "[{" ROW ",\"duration?\":12.5,\"uploaded_by?\":1}]" },
    { GET, "/audio/{audio_id:int32}/stream", ANYONE, STREAM_ROW, .summary = "The bytes of an audio file",
      .about = "Ranges and conditional requests are answered." },
    { GET, "/audio/{audio_id:int32}/play", ANYONE, STREAM_ROW, .summary = "The same as stream" },
    {},
};
