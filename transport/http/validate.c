/* Validate: the fields of an endpoint's table against path, query and body. All that is wrong is reported at once. */
#include "transport/http/document.h"
#include "transport/http/multipart.h"
#include "transport/http/request_state.h"

#include "proto/json.h"

/* The 422 answer while it is being written. */
struct report {
    struct buf text;
    struct json json;
    int faults;
};

static void report_open(struct report *r, const char *where)
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

static void report_close(struct report *r, const char *message, const char *type)
{
    json_end_array(&r->json);
    json_str(&r->json, "msg", message);
    json_str(&r->json, "type", type);
    json_end_object(&r->json);
}

/* f NULL: the body as a whole. */
static void report_fault(struct report *r, const char *where, const struct field *f, enum fault fault)
{
    struct buf message = { 0 };
    fault_message(fault, f, &message);
    buf_putc(&message, 0);
    r->text.failed = r->text.failed || fault == FAULT_MEMORY;
    report_open(r, where);
    if (f)
        json_str(&r->json, NULL, f->name);
    report_close(r, message.failed ? "" : message.p, fault_type(fault));
    buf_fini(&message);
}

/* Sends the report if there is anything in it. True: there was nothing. */
static bool report_clean(struct report *r, struct request *rq)
{
    if (!r->faults)
        return true;
    json_end_array(&r->json);
    json_end_object(&r->json);
    if (r->text.failed)
        respond_error(rq, ERROR_OVERLOADED);
    else
        respond_json(rq, error_status(ERROR_UNPROCESSABLE), buf_view(&r->text));
    buf_fini(&r->text);
    return false;
}

/* ---- JSON ---- */

static bool json_kind(const struct request *rq)
{
    enum body_kind kind = rq->route->endpoint->body_kind;
    return kind == BODY_JSON || kind == BODY_JSON_OPTIONAL;
}

/* A missing content type reads as JSON. */
static bool declared_json(const struct request *rq)
{
    struct text type = rq->head.headers[HEADER_CONTENT_TYPE];
    return !type.n || content_type_json(type);
}

bool validate_json(struct request *rq)
{
    size_t offset = 0;
    if (rq->json || !json_kind(rq) || !rq->body_text.n || !declared_json(rq))
        return true;
    rq->json = document_read(rq->body_text, &offset);
    if (rq->json)
        return true;
    if (offset == DOCUMENT_NO_MEMORY) {
        respond_error(rq, ERROR_OVERLOADED);
        return false;
    }
    struct report r = { 0 };
    report_open(&r, "body");
    json_int(&r.json, NULL, (int64_t)offset);
    report_close(&r, "malformed JSON", "value_error.jsondecode");
    return report_clean(&r, rq);
}

static enum fault object_value(struct request *rq, const struct field *f, struct value *v)
{
    struct buf text = { 0 };
    struct text slice = document_slice(rq->body_text, f->name);
    enum fault fault = slice.p ? field_check_object(f, slice, &text) : FAULT_OBJECT;
    if (!fault)
        v->text = text.failed ? (struct text){ 0 } : request_keep(rq, buf_view(&text));
    if (!fault && !v->text.p)
        fault = FAULT_MEMORY;
    buf_fini(&text);
    return fault;
}

static enum fault json_value(struct request *rq, const struct field *f, struct value *v)
{
    enum fault fault = field_check_json(f, rq->json ? document_member(rq->json, f->name) : NULL, v);
    return fault || f->type != FIELD_OBJECT || !v->given ? fault : object_value(rq, f, v);
}

static void check_json(struct request *rq, struct value *v, struct report *r)
{
    const struct endpoint *e = rq->route->endpoint;
    bool required = false;
    for (int i = 0; i < rq->route->nbody; i++)
        required |= e->body[i].required;
    if (rq->body_text.n && !rq->json && e->body_kind == BODY_JSON) {
        report_fault(r, "body", NULL, FAULT_OBJECT);
        return;
    }
    if (rq->json && !document_is_object(rq->json)) {
        report_fault(r, "body", NULL, FAULT_OBJECT);
        return;
    }
    if (!rq->json && required && e->body_kind == BODY_JSON) {
        report_fault(r, "body", NULL, FAULT_MISSING);
        return;
    }
    for (int i = 0; i < rq->route->nbody; i++) {
        enum fault fault = json_value(rq, &e->body[i], &v[i]);
        if (fault)
            report_fault(r, "body", &e->body[i], fault);
    }
}

/* ---- forms ---- */

/* Gathers the parts of a multipart form, which are small fields here. */
struct gather {
    struct request *rq;
    struct pair pair;
    struct buf value;
};

static bool gather_begin(void *arg, const struct part *part)
{
    struct gather *g = arg;
    g->pair = (struct pair){ .name = request_keep(g->rq, part->name), .file = part->file_name.p };
    buf_reset(&g->value);
    return g->pair.name.p;
}

static bool gather_data(void *arg, struct text bytes)
{
    struct gather *g = arg;
    buf_text(&g->value, bytes);
    return !g->value.failed;
}

static bool gather_end(void *arg)
{
    struct gather *g = arg;
    g->pair.value = request_keep(g->rq, buf_view(&g->value));
    return g->pair.value.p && pairs_add(&g->rq->form, &g->rq->arena, g->pair) == PAIRS_READ;
}

static const struct multipart_ops gather_ops = { gather_begin, gather_data, gather_end };

/* The parser holds the head of a part, so it lies in the arena and not on the stack. An empty body is an empty form. */
static enum multipart_result read_multipart(struct request *rq, struct text boundary)
{
    struct gather g = { .rq = rq };
    struct multipart *m = request_alloc(rq, sizeof *m);
    if (!m)
        return MULTIPART_STOPPED;
    multipart_init(m, boundary, &gather_ops, &g);
    enum multipart_result result =
        rq->body_text.n ? multipart_push(m, rq->body_text.p, rq->body_text.n) : MULTIPART_COMPLETE;
    buf_fini(&g.value);
    return result;
}

static bool is_type(struct text t, const char *type)
{
    size_t n = strlen(type);
    return t.n >= n && !strncasecmp(t.p, type, n);
}

/* Fills rq->form. False: it has been answered. A body that is no form is an empty one: its fields are missing. */
static bool read_form(struct request *rq)
{
    struct text boundary, type = rq->head.headers[HEADER_CONTENT_TYPE];
    if (is_type(type, "application/x-www-form-urlencoded")) {
        if (!rq->body_text.n ||
            pairs_read(&rq->form, &rq->arena, (char *)rq->body_text.p, rq->body_text.n) == PAIRS_READ)
            return true;
    } else if (is_type(type, "multipart/form-data")) {
        if (!multipart_boundary(type, &boundary)) {
            respond_detail(rq, ERROR_BAD_REQUEST, TEXT("Missing boundary in multipart."));
            return false;
        }
        if (read_multipart(rq, boundary) == MULTIPART_COMPLETE)
            return true;
    } else {
        return true;
    }
    respond_detail(rq, ERROR_BAD_REQUEST, TEXT("There was an error parsing the body"));
    return false;
}

/* An empty value of a form is as good as none, since forms send every field. */
static enum fault form_value(struct request *rq, const struct field *f, struct value *v)
{
    const struct pair *pair = pairs_last(&rq->form, f->name);
    if (!pair || (!pair->value.n && !pair->file))
        return field_absent(f, v);
    if (f->type == FIELD_FILE && pair->file) {
        *v = (struct value){ .text = pair->value, .given = true };
        return FAULT_NONE;
    }
    return pair->file ? FAULT_TEXT : field_check_text(f, pair->value, v);
}

static void check_form(struct request *rq, struct value *v, struct report *r)
{
    const struct field *f = rq->route->endpoint->body;
    for (int i = 0; i < rq->route->nbody; i++) {
        enum fault fault = form_value(rq, &f[i], &v[i]);
        if (fault)
            report_fault(r, "body", &f[i], fault);
    }
}

/* ---- all of it ---- */

static void check_path(struct request *rq, struct value *v, struct report *r)
{
    const struct field *f = rq->route->path;
    for (int i = 0; i < rq->route->npath; i++) {
        enum fault fault = field_check_text(&f[i], rq->params[i], &v[i]);
        if (fault)
            report_fault(r, "path", &f[i], fault);
    }
}

static void check_query(struct request *rq, struct value *v, struct report *r)
{
    const struct field *f = rq->route->endpoint->query;
    for (int i = 0; i < rq->route->nquery; i++) {
        const struct pair *pair = pairs_last(&rq->query, f[i].name);
        enum fault fault = pair ? field_check_text(&f[i], pair->value, &v[i]) : field_absent(&f[i], &v[i]);
        if (fault)
            report_fault(r, "query", &f[i], fault);
    }
}

bool validate_fields(struct request *rq)
{
    const struct route *route = rq->route;
    bool form = route->endpoint->body_kind == BODY_FORM;
    if (form && !read_form(rq))
        return false;
    struct value *v = request_alloc(rq, (size_t)(route->npath + route->nquery + route->nbody + 1) * sizeof *v);
    if (!v) {
        respond_error(rq, ERROR_OVERLOADED);
        return false;
    }
    rq->values = v;
    struct report r = { 0 };
    check_path(rq, v, &r);
    check_query(rq, v + route->npath, &r);
    if (form)
        check_form(rq, v + route->npath + route->nquery, &r);
    else if (json_kind(rq))
        check_json(rq, v + route->npath + route->nquery, &r);
    return report_clean(&r, rq);
}
