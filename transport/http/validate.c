/* Validate: the fields of an endpoint's table against path, query and body. All that is wrong is reported at once. */
#include "proto/base/utf8.h"
#include "transport/http/document.h"
#include "transport/http/multipart.h"
#include "transport/http/report.h"
#include "transport/http/request_state.h"

/* ---- JSON, with a byte order mark before it or none ---- */

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
    rq->body_text = utf8_past_mark(rq->body_text);
    if (!rq->body_text.n)
        return true;
    if (!document_fits(rq->body_text)) {
        respond_error(rq, ERROR_BODY_TOO_RICH);
        return false;
    }
    rq->json = document_read(rq->body_text, &offset);
    if (rq->json)
        return true;
    if (offset == DOCUMENT_NO_MEMORY) {
        respond_error(rq, ERROR_OVERLOADED);
        return false;
    }
    struct report r = { .rq = rq };
    report_malformed(&r, offset);
    return report_clean(&r);
}

static enum fault object_value(struct request *rq, const struct field *f, const struct json_t *sent, struct value *v)
{
    struct buf text = { 0 };
    bool by_name = document_member(rq->json, f->name) == sent;
    struct text slice = document_slice(rq->body_text, by_name ? f->name : f->alias);
    enum fault fault = slice.p ? field_check_object(f, slice, &text) : FAULT_OBJECT;
    if (!fault)
        v->text = text.failed ? (struct text){ 0 } : request_keep(rq, buf_view(&text));
    if (!fault && !v->text.p)
        fault = FAULT_MEMORY;
    buf_fini(&text);
    return fault;
}

/* A list's faults, on their way into the report. */
struct list_check {
    struct report *report;
    const struct field *list;
};

static void on_list_fault(void *arg, int item, const struct field *f, enum fault fault, const struct json_t *v)
{
    const struct list_check *c = arg;
    const struct report_fault it = {
        .where = "body", .list = c->list, .item = item, .field = f, .fault = fault, .json = v
    };
    report_add(c->report, &it);
}

static void check_list(struct report *r, const struct field *f, const struct json_t *sent, struct value *v)
{
    struct list_check check = { r, f };
    struct buf text = { 0 };
    if (field_check_list(f, sent, &text, on_list_fault, &check)) {
        *v = (struct value){ .text = request_keep(r->rq, buf_view(&text)), .given = true };
        if (!v->text.p)
            on_list_fault(&check, -1, f, FAULT_MEMORY, NULL);
    }
    buf_fini(&text);
}

/* By either spelling; a null hides nothing that the other one says. */
static const struct json_t *sent_member(const struct request *rq, const struct field *f)
{
    const struct json_t *v = rq->json ? document_member(rq->json, f->name) : NULL;
    if (!rq->json || !f->alias || (v && !document_is_null(v)))
        return v;
    const struct json_t *other = document_member(rq->json, f->alias);
    return other ? other : v;
}

static void check_member(struct report *r, const struct field *f, struct value *v)
{
    const struct json_t *sent = sent_member(r->rq, f);
    enum fault fault = field_check_json(f, sent, v);
    if (!fault && v->given && field_is_document(f))
        fault = object_value(r->rq, f, sent, v);
    if (!fault && v->given && f->type == FIELD_LIST)
        check_list(r, f, sent, v);
    if (!fault && v->given && f->type == FIELD_TEXTS && f->items)
        (void)field_check_texts(f, sent, on_list_fault, &(struct list_check){ r, f });
    if (fault)
        report_add(r, &(struct report_fault){ .where = "body", .field = f, .fault = fault, .json = sent });
}

/* What is wrong with the body as a whole. */
static enum fault whole_fault(const struct request *rq)
{
    const struct endpoint *e = rq->route->endpoint;
    bool required = false;
    for (int i = 0; i < rq->route->nbody; i++)
        required |= e->body[i].required;
    if (rq->body_text.n && !rq->json && e->body_kind == BODY_JSON)
        return FAULT_OBJECT;
    if (rq->json && !document_is_object(rq->json))
        return FAULT_OBJECT;
    return !rq->json && required && e->body_kind == BODY_JSON ? FAULT_MISSING : FAULT_NONE;
}

static void check_json(struct request *rq, struct value *v, struct report *r)
{
    const struct endpoint *e = rq->route->endpoint;
    enum fault fault = whole_fault(rq);
    if (fault)
        report_add(r, &(struct report_fault){ .where = "body", .fault = fault, .json = rq->json });
    for (int i = 0; !fault && i < rq->route->nbody; i++)
        check_member(r, &e->body[i], &v[i]);
}

/* ---- forms ---- */

/* Reports a value that came as text, if there is something wrong with it. */
static void report_text(struct report *r, const char *where, const struct field *f, enum fault fault,
                        const struct pair *sent)
{
    struct text text = sent && !sent->file ? sent->value : (struct text){ 0 };
    if (fault)
        report_add(r, &(struct report_fault){ .where = where, .field = f, .fault = fault, .text = text });
}

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

static const struct pair *sent_pair(const struct pairs *pairs, const struct field *f)
{
    const struct pair *pair = pairs_last(pairs, f->name);
    return pair || !f->alias ? pair : pairs_last(pairs, f->alias);
}

/* An empty value of a form is as good as none, since forms send every field. */
static enum fault form_value(const struct field *f, const struct pair *pair, struct value *v)
{
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
        const struct pair *pair = sent_pair(&rq->form, &f[i]);
        report_text(r, "body", &f[i], form_value(&f[i], pair, &v[i]), pair);
    }
}

bool validate_given(struct request *rq)
{
    const struct field *f = rq->route->endpoint->body;
    bool good = true;
    for (int i = 0; i < rq->route->nbody; i++) {
        const struct pair *pair = sent_pair(&rq->form, &f[i]);
        struct value v;
        good &= !pair || !pair->value.n || form_value(&f[i], pair, &v) == FAULT_NONE;
    }
    return good;
}

/* ---- all of it ---- */

static void check_path(struct request *rq, struct value *v, struct report *r)
{
    const struct field *f = rq->route->path;
    for (int i = 0; i < rq->route->npath; i++) {
        const struct pair sent = { .value = rq->params[i] };
        enum fault fault = field_check_text(&f[i], rq->params[i], &v[i]);
        if (fault && f[i].type == FIELD_TEXT && rq->area->odd_path_absent)
            r->refusal = ERROR_NOT_FOUND;
        else
            report_text(r, "path", &f[i], fault, &sent);
    }
}

static void check_query(struct request *rq, struct value *v, struct report *r)
{
    const struct field *f = rq->route->endpoint->query;
    for (int i = 0; i < rq->route->nquery; i++) {
        const struct pair *pair = sent_pair(&rq->query, &f[i]);
        enum fault fault = pair ? field_check_text(&f[i], pair->value, &v[i]) : field_absent(&f[i], &v[i]);
        report_text(r, "query", &f[i], fault, pair);
    }
}

bool validate_fields(struct request *rq)
{
    const struct route *route = rq->route;
    bool form = route->endpoint->body_kind == BODY_FORM;
    if (form && !rq->upload && !read_form(rq))
        return false;
    struct value *v = request_alloc(rq, (size_t)(route->npath + route->nquery + route->nbody + 1) * sizeof *v);
    if (!v) {
        respond_error(rq, ERROR_OVERLOADED);
        return false;
    }
    rq->values = v;
    struct report r = { .rq = rq };
    check_path(rq, v, &r);
    check_query(rq, v + route->npath, &r);
    if (form)
        check_form(rq, v + route->npath + route->nquery, &r);
    else if (json_kind(rq))
        check_json(rq, v + route->npath + route->nquery, &r);
    return report_clean(&r);
}
