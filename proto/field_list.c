/* Field: lists of objects. What comes out is as the table says and not as the client wrote it, so that a statement can
 * take it apart without a doubt. */
#include "proto/field.h"

#include "proto/base/json.h"

#include <assert.h>
#include <jansson.h>

struct list {
    const struct field *field;
    struct json json;
    field_list_fault *on_fault;
    void *arg;
    bool good;
};

static void tell(struct list *l, int item, const struct field *f, enum fault fault, const json_t *v)
{
    l->good = false;
    l->on_fault(l->arg, item, f, fault, v);
}

static void put_value(struct json *j, const struct field *f, const struct value *v)
{
    const char *key = f->alias ? f->alias : f->name;
    if (!v->given && !f->def)
        json_nil(j, key);
    else if (f->type == FIELD_INT32 || f->type == FIELD_INT64 || f->type == FIELD_ID)
        json_int(j, key, v->integer);
    else if (f->type == FIELD_BOOL)
        json_bool(j, key, v->boolean);
    else if (f->type == FIELD_REAL)
        json_double(j, key, v->real);
    else
        json_text(j, key, v->text);
}

static void check_member(struct list *l, int item, const struct field *f, const json_t *object)
{
    struct value value = { 0 };
    struct buf digits = { 0 };
    const json_t *v = json_object_get(object, f->name);
    assert(!field_is_document(f) && f->type != FIELD_LIST && f->type != FIELD_FILE);
    if (!v && f->alias)
        v = json_object_get(object, f->alias);
    bool written = f->digits && json_is_integer(v);
    if (written)
        buf_int(&digits, json_integer_value(v));
    enum fault fault = digits.failed ? FAULT_MEMORY
                       : written     ? field_check_text(f, buf_view(&digits), &value)
                                     : field_check_json(f, v, &value);
    if (fault)
        tell(l, item, f, fault, v);
    else
        put_value(&l->json, f, &value);
    buf_fini(&digits);
}

static void check_item(struct list *l, int item, const json_t *object)
{
    if (!json_is_object(object)) {
        tell(l, item, NULL, FAULT_OBJECT, object);
        return;
    }
    json_begin_object(&l->json, NULL);
    for (const struct field *f = l->field->items; f->name; f++)
        check_member(l, item, f, object);
    json_end_object(&l->json);
}

bool field_check_texts(const struct field *f, const json_t *v, field_list_fault *on_fault, void *arg)
{
    struct list l = { .field = f, .on_fault = on_fault, .arg = arg, .good = true };
    struct value ignored;
    enum fault fault;
    size_t i;
    json_t *item;
    if (json_array_size(v) > (size_t)f->count) {
        tell(&l, -1, f, FAULT_TOO_MANY, v);
        return false;
    }
    json_array_foreach((json_t *)v, i, item) if ((fault = field_check_json(f->items, item, &ignored)))
        tell(&l, (int)i, f->items, fault, item);
    return l.good;
}

bool field_check_list(const struct field *f, const json_t *v, struct buf *out, field_list_fault *on_fault, void *arg)
{
    struct list l = { f, json_into(out), on_fault, arg, true };
    size_t n = json_array_size(v);
    if (!json_is_array(v) || (double)n > f->max) {
        tell(&l, -1, f, json_is_array(v) ? FAULT_TOO_MANY : FAULT_LIST, v);
        return false;
    }
    json_begin_array(&l.json, NULL);
    for (size_t i = 0; i < n; i++)
        check_item(&l, (int)i, json_array_get(v, i));
    json_end_array(&l.json);
    if (out->failed)
        tell(&l, -1, f, FAULT_MEMORY, NULL);
    return l.good;
}
