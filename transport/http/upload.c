/* Upload: see upload.h. Between the connection, which brings pieces of the body, and the parser of forms. */
#include "transport/http/upload.h"

#include "proto/config/config.h"
#include "proto/config/config_live.h"
#include "transport/http/connection_state.h"
#include "transport/http/multipart.h"
#include "transport/http/request_state.h"

#include <assert.h>
#include <strings.h>

enum part_kind { PART_FIELD, PART_FILE, PART_IGNORED };

struct upload {
    const struct upload_ops *ops;
    const char *file_field;
    struct multipart *parser;
    enum multipart_result result;

    enum part_kind part; /* the one being read */
    struct pair pair;
    struct buf value;
    uint64_t fields_n, file_n, dropped;
    uint64_t timed; /* bytes of the body when its deadline was set */

    enum error refusal; /* ERROR_UNPROCESSABLE: a field before the file is faulty */
    struct text detail; /* absent: the error's own */
    bool at_once;       /* nothing that may come can change the refusal */
    bool begun, handed, paused;
};

/* ---- refusing ---- */

static void refuse(struct upload *u, enum error why, struct text detail, bool at_once)
{
    if (u->refusal && !at_once)
        return;
    u->refusal = why;
    u->detail = detail;
    u->at_once = at_once;
}

void upload_refuse(struct request *rq, enum error why, struct text detail)
{
    refuse(rq->upload, why, request_keep(rq, detail), false);
}

void upload_fail(struct request *rq, enum error why)
{
    struct upload *u = rq->upload;
    assert(u && !u->handed);
    refuse(u, why, (struct text){ 0 }, true);
    if (rq->connection && !rq->connection->feeding) {
        connection_give_up_body(rq->connection, why);
        upload_answer(rq, why);
    }
}

void upload_answer(struct request *rq, enum error why)
{
    struct upload *u = rq->upload;
    if (why == ERROR_UNPROCESSABLE && !validate_fields(rq))
        return;
    if (why == u->refusal && u->detail.p)
        respond_detail(rq, why, u->detail);
    else
        respond_error(rq, why);
}

/* ---- parts ---- */

static void begin_file(struct request *rq, const struct part *part)
{
    struct upload *u = rq->upload;
    if (u->begun) {
        refuse(u, ERROR_BAD_REQUEST, TEXT("Only one file is taken"), true);
        return;
    }
    if (!validate_given(rq)) {
        refuse(u, ERROR_UNPROCESSABLE, (struct text){ 0 }, false);
        return;
    }
    u->begun = true;
    u->ops->begin(rq, part->file_name, part->content_type);
}

static bool on_part(void *arg, const struct part *part)
{
    struct request *rq = arg;
    struct upload *u = rq->upload;
    bool file = part->file_name.p, ours = file && text_is(part->name, u->file_field);
    u->part = !file ? PART_FIELD : ours && part->file_name.n ? PART_FILE : PART_IGNORED;
    u->pair = (struct pair){ .name = request_keep(rq, part->name), .file = file };
    u->fields_n += part->name.n;
    buf_reset(&u->value);
    if (u->part == PART_FILE)
        begin_file(rq, part);
    return u->pair.name.p && !u->at_once;
}

static void file_data(struct request *rq, struct text bytes)
{
    struct upload *u = rq->upload;
    u->file_n += bytes.n;
    if (u->file_n > (uint64_t)*u->ops->max_file)
        refuse(u, ERROR_BODY_TOO_LARGE, (struct text){ 0 }, true);
    else if (u->refusal)
        u->dropped += bytes.n;
    else
        u->ops->data(rq, bytes);
}

static bool on_data(void *arg, struct text bytes)
{
    struct request *rq = arg;
    struct upload *u = rq->upload;
    if (u->part == PART_FILE) {
        file_data(rq, bytes);
    } else if (u->part == PART_FIELD) {
        u->fields_n += bytes.n;
        if (u->fields_n > (uint64_t)config_here()->max_body)
            refuse(u, ERROR_BODY_TOO_LARGE, (struct text){ 0 }, true);
        else
            buf_text(&u->value, bytes);
    }
    return !u->value.failed && !u->at_once;
}

/* A file field without a file name is how a form says that nothing was chosen. */
static bool on_part_end(void *arg)
{
    struct request *rq = arg;
    struct upload *u = rq->upload;
    if (u->part == PART_IGNORED && text_is(u->pair.name, u->file_field))
        return true;
    u->pair.value = u->part == PART_FIELD ? request_keep(rq, buf_view(&u->value)) : TEXT("");
    return u->pair.value.p && pairs_add(&rq->form, &rq->arena, u->pair) == PAIRS_READ;
}

static const struct multipart_ops parts = { on_part, on_data, on_part_end };

/* ---- as it comes ---- */

static enum error push(struct request *rq, struct text piece)
{
    struct upload *u = rq->upload;
    if (u->result == MULTIPART_MORE)
        u->result = multipart_push(u->parser, piece.p, piece.n);
    if (u->at_once || (u->refusal && u->dropped > UPLOAD_DROPPED_MOST))
        return u->refusal;
    if (u->result == MULTIPART_STOPPED)
        return ERROR_OVERLOADED;
    if (u->result != MULTIPART_MALFORMED)
        return ERROR_OK;
    refuse(u, ERROR_BAD_REQUEST, TEXT("There was an error parsing the body"), true);
    return u->refusal;
}

static void fini(struct request *rq)
{
    struct upload *u = rq->upload;
    assert(u && rq->http->uploads);
    rq->http->uploads--;
    buf_fini(&u->value);
    if (u->begun && !u->handed)
        u->ops->discard(rq);
    rq->upload = NULL;
}

static const struct body_sink sink = { push, fini };

/* ---- its beginning ---- */

static const char *file_field(const struct endpoint *e)
{
    for (const struct field *f = e->body; f && f->name; f++)
        if (f->type == FIELD_FILE)
            return f->name;
    return NULL;
}

static struct upload *create(struct request *rq, struct text boundary)
{
    struct upload *u = request_alloc(rq, sizeof *u);
    if (!u)
        return NULL;
    u->ops = rq->route->endpoint->upload;
    u->file_field = file_field(rq->route->endpoint);
    u->parser = request_alloc(rq, sizeof *u->parser);
    assert(u->file_field);
    if (!u->parser)
        return NULL;
    multipart_init(u->parser, boundary, &parts, rq);
    return u;
}

void upload_open(struct request *rq)
{
    struct text boundary, type = rq->head.headers[HEADER_CONTENT_TYPE];
    enum error over = ERROR_OK;
    bool form = type.n >= 19 && !strncasecmp(type.p, "multipart/form-data", 19) && multipart_boundary(type, &boundary);
    if (rq->head.framing == FRAMING_LENGTH && rq->head.length > request_body_limit(rq)) {
        respond_error(rq, ERROR_BODY_TOO_LARGE);
    } else if (!rq->connection || rq->http->uploads >= UPLOADS_MOST) {
        rq->http->stats.uploads_refused += rq->connection != NULL;
        respond_error(rq, ERROR_OVERLOADED);
    } else if (!form) { /* no form, or one that cannot be read: the validation says which */
        if (validate_fields(rq))
            respond_error(rq, ERROR_UNPROCESSABLE);
    } else if ((over = request_uploading(rq))) {
        respond_error(rq, over);
    } else if (!(rq->upload = create(rq, boundary))) {
        respond_error(rq, ERROR_OVERLOADED);
    } else {
        rq->sink = &sink;
        if (++rq->http->uploads > rq->http->stats.uploads_highest)
            rq->http->stats.uploads_highest = rq->http->uploads;
        connection_receive(rq->connection);
    }
}

/* ---- its end ---- */

void upload_complete(struct request *rq)
{
    struct upload *u = rq->upload;
    assert(!u->handed);
    rq->close = rq->linger = false; /* its body has been read */
    if (u->result != MULTIPART_COMPLETE) {
        respond_detail(rq, ERROR_BAD_REQUEST, TEXT("There was an error parsing the body"));
    } else if (!validate_fields(rq)) {
        return;
    } else if (u->refusal) {
        upload_answer(rq, u->refusal);
    } else {
        u->handed = true;
        request_handle(rq);
    }
}

void upload_pause(struct request *rq)
{
    rq->upload->paused = true;
}

void upload_resume(struct request *rq)
{
    assert(rq->upload && rq->connection);
    if (!rq->upload->paused)
        return;
    rq->upload->paused = false;
    connection_resume(rq->connection);
}

bool upload_paused(const struct request *rq)
{
    return rq->upload && rq->upload->paused;
}

bool upload_progress(struct request *rq)
{
    struct upload *u = rq->upload;
    if (!u || rq->body_n - u->timed < UPLOAD_PROGRESS_LEAST)
        return false;
    u->timed = rq->body_n;
    return true;
}
