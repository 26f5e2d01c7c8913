/* Audio: files for lessons: upload, list (classroom contract, section 5); their bytes: audio_stream.c. An upload goes
 * to the disk as it comes (transport/intake.h); when it is there a child says what it is and how long, then its row
 * commits, then the file gets its name. Until then every end of the chain removes it. */
#include "actors/databases.h"
#include "proto/base/log.h"
#include "proto/base/utf8.h"
#include "proto/config/config.h"
#include "proto/config/config_live.h"
#include "proto/identity/signed_url.h"
#include "store/probe.h"
#include "store/statements.h"
#include "transport/api/classroom/classroom.h"
#include "transport/http/upload.h"
#include "transport/intake.h"
#include "transport/transport.h"

#include <errno.h>
#include <math.h>
#include <strings.h>
#include <unistd.h>

enum { TYPE_MOST = 100 };

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
    uint64_t n; /* bytes of it */
    bool told;  /* probed is what the probe found */
    struct text answer;
};

/* ---- what is taken ---- */

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
    struct text sent = files_ending(file_name);
    const char *ending = known_ending(sent);
    if (!ending) {
        refuse_ending(rq, sent);
        return;
    }
    if (refused_type(content_type)) {
        refuse_type(rq, content_type);
        return;
    }
    if (!intakes_room(transport_of(request_worker(rq))->intakes)) {
        upload_fail(rq, ERROR_STORAGE_LOW);
        return;
    }
    in->intake = intake_create(transport_of(request_worker(rq))->intakes, ending, &ops, in);
    if (!in->intake)
        upload_fail(rq, ERROR_OVERLOADED);
}

static void take_bytes(struct request *rq, struct text bytes)
{
    struct incoming *in = request_data(rq);
    in->n += bytes.n;
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

/* A file's row, a JSON object, and where players hear it if not everybody may. */
static void put_row(const struct request *rq, struct buf *out, int32_t audio, struct text row)
{
    if (audio_url_open()) {
        buf_text(out, row);
        return;
    }
    buf_text(out, (struct text){ row.p, row.n - 1 }); /* without its brace */
    buf_puts(out, ",\"stream_url\":\"");
    audio_url_put(out, audio, worker_wall(request_worker(rq)) / 1000000);
    buf_puts(out, "\"}");
}

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
    if (r->status == DB_OK && !r->rows) {
        give_up(in, ERROR_STORED_MOST);
        return;
    }
    if (r->status == DB_OK) {
        struct buf answer = { 0 };
        put_row(in->rq, &answer, (int32_t)db_int(r, 0, AUDIO_STORE_AUDIO_ID), db_text(r, 0, AUDIO_STORE_BODY));
        in->answer = answer.failed ? (struct text){ 0 } : request_keep(in->rq, buf_view(&answer));
        buf_fini(&answer);
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
    struct db *db = db_reading(request_worker(rq));
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
    db_param_int8(&p, (int64_t)in->n);
    db_param_int8(&p, config_here()->stored_max_bytes);
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
    in->probing.owner = (uint64_t)request_caller(in->rq)->user_id;
    if (!pool_submit(transport_of(request_worker(in->rq))->probes, &in->probing))
        give_up(in, ERROR_OVERLOADED);
}

static void finish_upload(struct request *rq)
{
    struct incoming *in = request_data(rq);
    intake_finish(in->intake, on_synced);
}

/* ---- listing them ---- */

static void on_list(struct request *rq, const struct db_result *r)
{
    struct buf body = { 0 };
    if (r->status != DB_OK) {
        respond_db(rq, r);
        return;
    }
    for (int i = 0; i < r->rows; i++) {
        buf_putc(&body, i ? ',' : '[');
        put_row(rq, &body, (int32_t)db_int(r, i, AUDIO_FILE_FILE_PATH), db_text(r, i, AUDIO_FILE_MIME_TYPE));
    }
    buf_puts(&body, r->rows ? "]" : "[]");
    respond_built(rq, 200, &body);
}

static void list(struct request *rq)
{
    struct db_params p = { 0 };
    db_param_int4(&p, request_caller(rq)->user_id);
    request_query(rq, &AUDIO_LIST, &p, on_list);
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

static const struct field stream_query[] = {
    { "expires", FIELD_TEXT, .max = 200, .about = "of a signed address" },
    { "signature", FIELD_TEXT, .max = 200, .about = "of a signed address" },
    {},
};
static const struct answer stream_answers[] = { { 200, "The file, in the type of its content", .content = "audio/*" },
                                                { 206, "The part that Range asks for" },
                                                { 304, "The client has it" },
                                                {} };
#define STREAM_ROW                                                                                                     \
    .open = audio_open, .handle = audio_stream, .query = stream_query, .answers = stream_answers,                      \
    .gives = "the bytes of the file",                                                                                  \
    .refusals = REFUSALS(ERROR_AUDIO_ABSENT, ERROR_AUDIO_FORBIDDEN, ERROR_RANGE_NOT_SATISFIABLE)

const struct endpoint audio_endpoints[] = {
    { POST, "/audio/upload", TEACHER, .handle = finish_upload, .upload = &upload, .body_kind = BODY_FORM,
      .body = upload_form, .summary = "Upload an audio file",
      .about = "The fields may stand before or behind the file, whose content says what it is.",
      .refusals = REFUSALS(ERROR_AUDIO_EXTENSION, ERROR_AUDIO_TYPE, ERROR_AUDIO_CONTENT, ERROR_STORAGE_FAILED,
                           ERROR_STORAGE_FULL, ERROR_STORAGE_LOW, ERROR_STORED_MOST, ERROR_TOO_MANY_UPLOADS),
      .gives = "{" ROW ",\"stream_url-\":\"" AUDIO_URL_EXAMPLE "\"}",
      .example = "{\"title\":\"An air\",\"description\":\"\",\"file\":\"air.mp3\"}" },
    { GET, "/audio/list", KNOWN, .handle = list, .summary = "List one's own audio files, newest first",
      .gives = "[{" ROW ",\"duration?\":12.5,\"uploaded_by?\":1,\"stream_url-\":\"" AUDIO_URL_EXAMPLE "\"}]" },
    { GET, "/audio/{audio_id:int32}/stream", KNOWN, STREAM_ROW, .summary = "The bytes of an audio file",
      .about = "Ranges and conditional requests are answered. Players open the signed stream_url of an answer; a token "
               "works too." },
    { GET, "/audio/{audio_id:int32}/play", KNOWN, STREAM_ROW, .summary = "The same as stream" },
    {},
};
