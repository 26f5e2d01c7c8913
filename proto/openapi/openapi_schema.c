/* OpenAPI schemas: what a field takes. See openapi_parts.h. */
#include "proto/openapi/openapi_parts.h"

#include "proto/field.h"
#include "proto/openapi/like.h"

bool openapi_any(const struct field *f)
{
    return f && f->name;
}

/* ---- fields ---- */

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
    like_put_type(j, "string", f->nullable);
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
    like_put_type(j, "array", f->nullable);
    json_int(j, "maxItems", (int64_t)f->max);
    openapi_put_object_schema(j, "items", f->items);
}

/* A list of anything of one type. */
static void put_list_of(struct json *j, const struct field *f, const char *type)
{
    like_put_type(j, "array", f->nullable);
    json_int(j, "maxItems", f->items ? f->count : (int64_t)f->max); /* of so many bytes */
    json_begin_object(j, "items");
    json_str(j, "type", type);
    if (f->items)
        put_bounds(j, f->items, "minLength", "maxLength");
    json_end_object(j);
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
        like_put_type(j, "integer", f->nullable);
        json_str(j, "format", "int32");
        put_bounds(j, f, f->above ? "exclusiveMinimum" : "minimum", "maximum");
        break;
    case FIELD_BOOL:
        like_put_type(j, "boolean", f->nullable);
        break;
    case FIELD_REAL:
        like_put_type(j, "number", f->nullable);
        put_bounds(j, f, f->above ? "exclusiveMinimum" : "minimum", "maximum");
        break;
    case FIELD_OBJECT:
        like_put_type(j, "object", f->nullable);
        break;
    case FIELD_UUID:
        like_put_type(j, "string", f->nullable);
        json_str(j, "format", "uuid");
        break;
    case FIELD_INT64:
        like_put_type(j, "integer", f->nullable);
        json_str(j, "format", "int64");
        put_bounds(j, f, "minimum", "maximum");
        break;
    case FIELD_DATE:
        like_put_type(j, "string", f->nullable);
        json_str(j, "format", "date");
        break;
    case FIELD_TIME:
        like_put_type(j, "string", f->nullable);
        json_str(j, "pattern", "^[0-9]{2}:[0-9]{2}(:[0-9]{2})?$");
        break;
    case FIELD_CLOCK:
        like_put_type(j, "string", f->nullable);
        json_str(j, "pattern", "^([0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2})?$");
        break;
    case FIELD_LIST:
        put_list_schema(j, f);
        break;
    case FIELD_OBJECTS:
        put_list_of(j, f, "object");
        break;
    case FIELD_TEXTS:
        put_list_of(j, f, "string");
        break;
    case FIELD_ID:
        like_put_type(j, "integer", f->nullable);
        json_str(j, "format", "int32");
        json_int(j, "minimum", 1);
        break;
    case FIELD_FILE:
        like_put_type(j, "string", f->nullable);
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
