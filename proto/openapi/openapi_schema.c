/* OpenAPI schemas: what a field takes, and what an example is like. See openapi_parts.h. */
#include "proto/openapi/openapi_parts.h"

#include "proto/field.h"

#include <jansson.h>
#include <stdlib.h>

bool openapi_any(const struct field *f)
{
    return f && f->name;
}

/* ---- fields ---- */

static void put_type(struct json *j, const char *type, bool nullable)
{
    if (!nullable) {
        json_str(j, "type", type);
        return;
    }
    json_begin_array(j, "type");
    json_str(j, NULL, type);
    json_str(j, NULL, "null");
    json_end_array(j);
}

static void put_bounds(struct json *j, const struct field *f, const char *least, const char *most)
{
    bool whole = f->type != FIELD_REAL;
    if (field_has_min(f) && !(f->type == FIELD_TEXT && f->min <= 0)) {
        if (whole)
            json_int(j, least, (int64_t)f->min);
        else
            json_double(j, least, f->min);
    }
    if (!field_has_max(f))
        return;
    if (whole)
        json_int(j, most, (int64_t)f->max);
    else
        json_double(j, most, f->max);
}

static void put_text_schema(struct json *j, const struct field *f)
{
    put_type(j, "string", f->nullable);
    if (!f->oneof) {
        put_bounds(j, f, "minLength", "maxLength");
        return;
    }
    json_begin_array(j, "enum");
    for (int i = 0; f->oneof[i]; i++)
        json_str(j, NULL, f->oneof[i]);
    if (f->nullable)
        json_nil(j, NULL);
    json_end_array(j);
}

static void put_list_schema(struct json *j, const struct field *f)
{
    put_type(j, "array", f->nullable);
    json_int(j, "maxItems", (int64_t)f->max);
    openapi_put_object_schema(j, "items", f->items);
}

static void put_type_schema(struct json *j, const struct field *f)
{
    switch (f->type) {
    case FIELD_EMAIL:
        json_str(j, "format", "email");
        /* fall through */
    case FIELD_TEXT:
    case FIELD_PATH:
        put_text_schema(j, f);
        break;
    case FIELD_INT32:
        put_type(j, "integer", f->nullable);
        json_str(j, "format", "int32");
        put_bounds(j, f, f->above ? "exclusiveMinimum" : "minimum", "maximum");
        break;
    case FIELD_BOOL:
        put_type(j, "boolean", f->nullable);
        break;
    case FIELD_REAL:
        put_type(j, "number", f->nullable);
        put_bounds(j, f, f->above ? "exclusiveMinimum" : "minimum", "maximum");
        break;
    case FIELD_OBJECT:
        put_type(j, "object", f->nullable);
        break;
    case FIELD_UUID:
        put_type(j, "string", f->nullable);
        json_str(j, "format", "uuid");
        break;
    case FIELD_INT64:
        put_type(j, "integer", f->nullable);
        json_str(j, "format", "int64");
        put_bounds(j, f, "minimum", "maximum");
        break;
    case FIELD_DATE:
        put_type(j, "string", f->nullable);
        json_str(j, "format", "date");
        break;
    case FIELD_TIME:
        put_type(j, "string", f->nullable);
        json_str(j, "pattern", "^[0-9]{2}:[0-9]{2}(:[0-9]{2})?$");
        break;
    case FIELD_CLOCK:
        put_type(j, "string", f->nullable);
        json_str(j, "pattern", "^([0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2})?$");
        break;
    case FIELD_LIST:
        put_list_schema(j, f);
        break;
    case FIELD_FILE:
        put_type(j, "string", f->nullable);
        json_str(j, "contentMediaType", "application/octet-stream");
        break;
    }
}

static void put_default(struct json *j, const struct field *f)
{
    struct value v;
    if (!f->def || field_check_text(f, text_of(f->def), &v))
        return;
    if (f->type == FIELD_INT32 || f->type == FIELD_INT64)
        json_int(j, "default", v.integer);
    else if (f->type == FIELD_REAL)
        json_double(j, "default", v.real);
    else if (f->type == FIELD_BOOL)
        json_bool(j, "default", v.boolean);
    else
        json_text(j, "default", v.text);
}

void openapi_put_schema(struct json *j, const char *key, const struct field *f)
{
    json_begin_object(j, key);
    put_type_schema(j, f);
    put_default(j, f);
    if (f->about)
        json_str(j, "description", f->about);
    json_end_object(j);
}

bool openapi_has_required(const struct field *f)
{
    for (; openapi_any(f); f++)
        if (f->required)
            return true;
    return false;
}

void openapi_put_object_schema(struct json *j, const char *key, const struct field *fields)
{
    json_begin_object(j, key);
    json_str(j, "type", "object");
    json_begin_object(j, "properties");
    for (const struct field *f = fields; openapi_any(f); f++)
        openapi_put_schema(j, f->name, f);
    json_end_object(j);
    if (openapi_has_required(fields)) {
        json_begin_array(j, "required");
        for (const struct field *f = fields; openapi_any(f); f++)
            if (f->required)
                json_str(j, NULL, f->name);
        json_end_array(j);
    }
    json_end_object(j);
}

/* ---- examples ---- */

/* A member's name without its marks (see endpoint.h). */
struct mark {
    char name[64];
    bool nullable; /* name? */
    bool absent;   /* name-: it may be missing */
    bool any;      /* name*: of any name */
};

static struct mark mark_of(const char *name)
{
    struct mark m = { .name = "" };
    size_t n = strnlen(name, sizeof m.name - 1);
    for (; n && strchr("?-*", name[n - 1]); n--)
        *(name[n - 1] == '?' ? &m.nullable : name[n - 1] == '-' ? &m.absent : &m.any) = true;
    memcpy(m.name, name, n);
    return m;
}

static void put_value(struct json *j, const char *key, const json_t *value);

static void put_members(struct json *j, const char *key, const json_t *object)
{
    const char *name;
    json_t *member;
    json_begin_object(j, key);
    json_object_foreach((json_t *)object, name, member) put_value(j, mark_of(name).name, member);
    json_end_object(j);
}

/* The value with the marks left out. */
static void put_value(struct json *j, const char *key, const json_t *value)
{
    if (json_is_object(value)) {
        put_members(j, key, value);
    } else if (json_is_array(value)) {
        json_begin_array(j, key);
        for (size_t i = 0; i < json_array_size(value); i++)
            put_value(j, NULL, json_array_get(value, i));
        json_end_array(j);
    } else {
        char *text = json_dumps(value, JSON_ENCODE_ANY);
        if (text)
            json_raw(j, key, text_of(text));
        j->out->failed |= !text;
        free(text);
    }
}

/* An example that is JSON is shown as such, else as text. */
void openapi_put_example(struct json *j, const char *example)
{
    json_t *parsed = example ? json_loads(example, JSON_DECODE_ANY, NULL) : NULL;
    if (parsed)
        put_value(j, "example", parsed);
    else if (example)
        json_str(j, "example", example);
    json_decref(parsed);
}

static const char *type_name(const json_t *value)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "object", [JSON_ARRAY] = "array",  [JSON_STRING] = "string", [JSON_INTEGER] = "integer",
        [JSON_REAL] = "number",   [JSON_TRUE] = "boolean", [JSON_FALSE] = "boolean", [JSON_NULL] = NULL,
    };
    return names[json_typeof(value)];
}

static void put_like(struct json *j, const char *key, const json_t *example, bool nullable);

static void put_like_members(struct json *j, const json_t *example)
{
    const char *name;
    json_t *member;
    json_begin_object(j, "properties");
    json_object_foreach((json_t *)example, name, member) if (!mark_of(name).any)
        put_like(j, mark_of(name).name, member, mark_of(name).nullable);
    json_end_object(j);
    json_begin_array(j, "required");
    json_object_foreach((json_t *)example, name, member) if (!mark_of(name).any && !mark_of(name).absent)
        json_str(j, NULL, mark_of(name).name);
    json_end_array(j);
    json_object_foreach((json_t *)example, name, member) if (mark_of(name).any)
        put_like(j, "additionalProperties", member, mark_of(name).nullable);
}

static void put_like(struct json *j, const char *key, const json_t *example, bool nullable)
{
    json_begin_object(j, key);
    if (type_name(example))
        put_type(j, type_name(example), nullable);
    if (json_object_size(example))
        put_like_members(j, example);
    if (json_array_size(example))
        put_like(j, "items", json_array_get(example, 0), false);
    json_end_object(j);
}

void openapi_put_like(struct json *j, const char *key, const json_t *example)
{
    put_like(j, key, example, false);
}
