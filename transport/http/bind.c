/* Bind: sources are looked up by name once; at run time a binding is an index. */
#include "transport/http/bind.h"

#include "proto/config/config.h"
#include "transport/http/request_state.h"

#include <stdlib.h>

/* The parameters of the configuration that are numbers or texts, by name, and what start made of one. Secrets are left
 * out. */
#define CONFIG_ROW(type, field, flag, env, def, least, most, help)                                                     \
    { #field, CONFIG_KIND_##type, offsetof(struct config, field) },
enum { CONFIG_KIND_TEXT, CONFIG_KIND_SECRET, CONFIG_KIND_INT, CONFIG_KIND_BOOL };
static const struct {
    const char *name;
    int kind;
    size_t offset;
} settings[] = { CONFIG_PARAMETERS(CONFIG_ROW){ "courses_zone", CONFIG_KIND_TEXT,
                                                offsetof(struct config, courses_zone) } };

static const struct {
    const char *type;
    enum binding_form form;
} forms[] = {
    { "int4", BIND_INT4 }, { "int8", BIND_INT8 },   { "bool", BIND_BOOL }, { "text", BIND_TEXT },
    { "json", BIND_TEXT }, { "jsonb", BIND_JSONB }, { "uuid", BIND_UUID }, { "float8", BIND_FLOAT8 },
    { "date", BIND_DATE }, { "time", BIND_TIME },
};

static int field_index(const struct field *f, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (field_is(&f[i], name))
            return i;
    return -1;
}

static int setting_index(const char *name, uint8_t *ret_source)
{
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (!strcmp(settings[i].name, name) && settings[i].kind != CONFIG_KIND_SECRET &&
            settings[i].kind != CONFIG_KIND_BOOL) {
            *ret_source = settings[i].kind == CONFIG_KIND_INT ? BIND_CONFIG_INT : BIND_CONFIG_TEXT;
            return (int)settings[i].offset;
        }
    return -1;
}

/* The place of "source.name", -1 if the endpoint has no such value. */
static int resolve(const struct route *r, const char *source, uint8_t *ret_source)
{
    const char *dot = strchr(source, '.');
    struct text where = { source, dot ? (size_t)(dot - source) : 0 };
    if (!dot)
        return -1;
    *ret_source = text_is(where, "path") ? BIND_PATH : text_is(where, "query") ? BIND_QUERY : BIND_BODY;
    if (text_is(where, "caller")) {
        *ret_source = strcmp(dot + 1, "role") ? BIND_CALLER : BIND_ROLE;
        return *ret_source == BIND_ROLE || !strcmp(dot + 1, "user_id") ? 0 : -1;
    }
    if (text_is(where, "path"))
        return field_index(r->path, r->npath, dot + 1);
    if (text_is(where, "query"))
        return field_index(r->endpoint->query, r->nquery, dot + 1);
    if (text_is(where, "body") || text_is(where, "form"))
        return field_index(r->endpoint->body, r->nbody, dot + 1);
    return text_is(where, "config") ? setting_index(dot + 1, ret_source) : -1;
}

static int form_of(const char *type)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (!strcmp(forms[i].type, type))
            return (int)forms[i].form;
    return -1;
}

static bool has_column(const struct statement *st, int i, const char *name)
{
    return i < st->ncolumns && !strcmp(st->columns[i].source, name);
}

struct binding *bind_compile(const struct route *route, struct buf *why)
{
    const struct statement *st = route->endpoint->statement;
    if (st->nparams > DB_MAX_PARAMS || !has_column(st, 0, "status") || !has_column(st, 1, "body")) {
        buf_printf(why, "statement %s of %s must give status and body", st->name, route->endpoint->path);
        return NULL;
    }
    struct binding *b = calloc((size_t)st->nparams + 1, sizeof *b);
    for (int i = 0; b && i < st->nparams; i++) {
        int index = resolve(route, st->params[i].source, &b[i].source), form = form_of(st->params[i].type);
        if (index < 0 || form < 0) {
            buf_printf(why, "statement %s of %s: %s %s cannot be bound", st->name, route->endpoint->path,
                       st->params[i].source, st->params[i].type);
            free(b);
            return NULL;
        }
        b[i].index = (uint16_t)index;
        b[i].form = (uint8_t)form;
    }
    return b;
}

static struct value value_of(const struct request *rq, struct binding b)
{
    const struct route *r = rq->route;
    int base = b.source == BIND_QUERY ? r->npath : b.source == BIND_BODY ? r->npath + r->nquery : 0;
    const char *setting = (const char *)&config + b.index;
    struct value v = { .given = true };
    switch ((enum binding_source)b.source) {
    case BIND_CALLER:
        v.integer = rq->caller.user_id;
        v.given = rq->caller.user_id != 0;
        return v;
    case BIND_ROLE:
        v.text = rq->caller.role;
        v.given = v.text.p;
        return v;
    case BIND_CONFIG_INT:
        v.real = (double)*(const int64_t *)setting;
        v.integer = *(const int64_t *)setting;
        return v;
    case BIND_CONFIG_TEXT:
        v.text = text_of(*(const char *const *)setting);
        return v;
    default:
        return rq->values[base + b.index];
    }
}

/* Is there a value, sent or by default? */
static bool bound(const struct request *rq, struct binding b, const struct value *v)
{
    const struct route *r = rq->route;
    const struct endpoint *e = r->endpoint;
    const struct field *f = b.source == BIND_QUERY ? e->query : b.source == BIND_BODY ? e->body : NULL;
    return v->given || (f && f[b.index].def);
}

/* jsonb's binary form is its text behind a version byte. */
static struct text jsonb_of(struct request *rq, struct text json)
{
    char *p = json.p ? request_alloc(rq, json.n + 1) : NULL;
    if (!p)
        return (struct text){ 0 };
    p[0] = 1;
    memcpy(p + 1, json.p, json.n);
    return (struct text){ p, json.n + 1 };
}

static struct text uuid_of(struct request *rq, struct text t)
{
    uint8_t *p = request_alloc(rq, 16);
    return p && field_read_uuid(t, p) ? (struct text){ (char *)p, 16 } : (struct text){ 0 };
}

static void bind_one(struct request *rq, struct binding b, struct db_params *p)
{
    struct value v = value_of(rq, b);
    if (!bound(rq, b, &v)) {
        db_param_null(p);
        return;
    }
    switch ((enum binding_form)b.form) {
    case BIND_INT4:
    case BIND_DATE:
        db_param_int4(p, (int32_t)v.integer);
        break;
    case BIND_INT8:
        db_param_int8(p, v.integer);
        break;
    case BIND_TIME:
        db_param_int8(p, v.integer * 1000000); /* of the day */
        break;
    case BIND_BOOL:
        db_param_bool(p, v.boolean);
        break;
    case BIND_TEXT:
        db_param_text(p, v.text);
        break;
    case BIND_JSONB:
        db_param_binary(p, jsonb_of(rq, v.text));
        break;
    case BIND_UUID:
        db_param_binary(p, uuid_of(rq, v.text));
        break;
    case BIND_FLOAT8:
        db_param_float8(p, v.real);
        break;
    }
}

/* What a statement that answers a request gives. */
enum { STATUS, BODY };

static void answered(struct request *rq, const struct db_result *r)
{
    if (r->status != DB_OK)
        respond_db(rq, r);
    else if (r->rows == 0)
        respond_error(rq, ERROR_NOT_FOUND);
    else
        respond_json(rq, (int)db_int(r, 0, STATUS), db_null(r, 0, BODY) ? TEXT("null") : db_text(r, 0, BODY));
}

void bind_run(struct request *rq)
{
    const struct statement *st = rq->route->endpoint->statement;
    struct db_params p = { 0 };
    for (int i = 0; i < st->nparams; i++)
        bind_one(rq, rq->route->bindings[i], &p);
    request_query(rq, st, &p, answered);
}
