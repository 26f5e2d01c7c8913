/* Report: see report.h. */
#include "transport/http/report.h"

#include "proto/base/utf8.h"
#include "transport/http/document.h"

static bool as_text(const struct report *r)
{
    return request_area(r->rq)->faults_as_text || request_endpoint(r->rq)->faults_as_text;
}

/* A person reads it: name and message of each fault. */
static void put_told(struct report *r, const char *name, struct text message)
{
    if (r->faults++)
        buf_puts(&r->text, "; ");
    buf_puts(&r->text, name);
    buf_puts(&r->text, ": ");
    buf_text(&r->text, message);
}

static void open_entry(struct report *r, const char *where)
{
    if (!r->faults++) {
        r->json = json_into(&r->text);
        json_begin_object(&r->json, NULL);
        json_begin_array(&r->json, "detail");
    }
    json_begin_object(&r->json, NULL);
    json_begin_array(&r->json, "loc");
    json_str(&r->json, NULL, where);
}

static void close_entry(struct report *r, const char *message, const char *type, struct text input)
{
    json_end_array(&r->json);
    json_str(&r->json, "msg", message);
    json_str(&r->json, "type", type);
    if (request_area(r->rq)->shows_input)
        json_raw(&r->json, "input", input);
    json_end_object(&r->json);
}

/* What was sent, if it is short enough to be sent back. */
static void put_input(struct buf *out, const struct report_fault *f)
{
    if (!f->text.p)
        document_put(f->json, REPORT_INPUT_MOST, out);
    else if (f->text.n <= REPORT_INPUT_MOST && utf8_valid(f->text))
        json_escape(out, f->text);
    else
        buf_puts(out, "null");
}

static void put_entry(struct report *r, const struct report_fault *f)
{
    struct buf message = { 0 }, input = { 0 };
    fault_message(f->fault, f->field, &message);
    if (as_text(r)) {
        put_told(r, f->field ? f->field->name : f->where, buf_view(&message));
        r->text.failed |= message.failed;
        buf_fini(&message);
        return;
    }
    buf_putc(&message, 0);
    put_input(&input, f);
    open_entry(r, f->where);
    if (f->list)
        json_str(&r->json, NULL, f->list->name);
    if (f->list && f->item >= 0)
        json_int(&r->json, NULL, f->item);
    if (f->field && f->field != f->list && f->field->name)
        json_str(&r->json, NULL, f->field->name);
    close_entry(r, message.failed ? "" : message.p, fault_type(f->fault), buf_view(&input));
    r->text.failed |= message.failed | input.failed;
    buf_fini(&message);
    buf_fini(&input);
}

/* Is the text none of the kind at all? */
static bool is_none(enum fault fault)
{
    return fault == FAULT_DATE || fault == FAULT_TIME || fault == FAULT_NUL || fault == FAULT_ENCODING;
}

void report_add(struct report *r, const struct report_fault *f)
{
    if (f->field && f->field->refusal && is_none(f->fault))
        r->refusal = f->field->refusal;
    else if (f->fault == FAULT_MEMORY)
        r->refusal = ERROR_OVERLOADED;
    else if (r->faults < REPORT_MOST)
        put_entry(r, f);
}

void report_malformed(struct report *r, size_t offset)
{
    if (as_text(r)) {
        put_told(r, "body", TEXT("malformed JSON"));
        return;
    }
    open_entry(r, "body");
    json_int(&r->json, NULL, (int64_t)offset);
    close_entry(r, "malformed JSON", "value_error.jsondecode", TEXT("null"));
}

bool report_clean(struct report *r)
{
    bool clean = !r->faults && !r->refusal;
    bool told = r->faults && r->refusal != ERROR_OVERLOADED && !r->text.failed;
    if (told && as_text(r)) {
        bool of_area = request_area(r->rq)->faults_as_text;
        respond_detail(r->rq, of_area ? ERROR_BAD_REQUEST : ERROR_UNPROCESSABLE, buf_view(&r->text));
    } else if (told) {
        json_end_array(&r->json);
        json_end_object(&r->json);
        respond_json(r->rq, error_status(ERROR_UNPROCESSABLE), buf_view(&r->text));
    } else if (!clean) {
        respond_error(r->rq, r->faults ? ERROR_OVERLOADED : r->refusal);
    }
    buf_fini(&r->text);
    return clean;
}
