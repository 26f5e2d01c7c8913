/* Like: see like.h. */
#include "proto/openapi/like.h"

#include <jansson.h>
#include <stdlib.h>

void like_put_type(struct json *j, const char *type, bool nullable)
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

/* A member's name without its marks (see like.h). */
struct mark {
    char name[64];
    bool nullable; /* name? */
    bool absent;   /* name-: it may be missing */
    bool any;      /* name*: of any name */
    bool words;    /* name|: one of the words of its text */
};

static struct mark mark_of(const char *name)
{
    struct mark m = { .name = "" };
    size_t n = strnlen(name, sizeof m.name - 1);
    for (; n && strchr("?-*|", name[n - 1]); n--) {
        m.nullable |= name[n - 1] == '?';
        m.absent |= name[n - 1] == '-';
        m.any |= name[n - 1] == '*';
        m.words |= name[n - 1] == '|';
    }
    memcpy(m.name, name, n);
    return m;
}

/* The word that begins here. */
static struct text word_at(const char *words)
{
    return (struct text){ words, strcspn(words, "|") };
}

static void put_value(struct json *j, const char *key, const json_t *value);

static void put_members(struct json *j, const char *key, const json_t *object)
{
    const char *name;
    json_t *member;
    json_begin_object(j, key);
    json_object_foreach((json_t *)object, name, member)
    {
        struct mark m = mark_of(name);
        const char *words = m.words ? json_string_value(member) : NULL;
        if (words)
            json_text(j, m.name, word_at(words));
        else
            put_value(j, m.name, member);
    }
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

void like_put_example(struct json *j, const char *example)
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

static void put_words(struct json *j, const char *words, bool nullable)
{
    json_begin_array(j, "enum");
    for (struct text word; (word = word_at(words)).n; words += word.n + (words[word.n] == '|'))
        json_text(j, NULL, word);
    if (nullable)
        json_nil(j, NULL);
    json_end_array(j);
}

static void put_like(struct json *j, const char *key, const json_t *example, struct mark m);

static void put_like_members(struct json *j, const json_t *example)
{
    const char *name;
    json_t *member;
    json_begin_object(j, "properties");
    json_object_foreach((json_t *)example, name, member) if (!mark_of(name).any)
        put_like(j, mark_of(name).name, member, mark_of(name));
    json_end_object(j);
    json_begin_array(j, "required");
    json_object_foreach((json_t *)example, name, member) if (!mark_of(name).any && !mark_of(name).absent)
        json_str(j, NULL, mark_of(name).name);
    json_end_array(j);
    json_object_foreach((json_t *)example, name, member) if (mark_of(name).any)
        put_like(j, "additionalProperties", member, mark_of(name));
}

static void put_like(struct json *j, const char *key, const json_t *example, struct mark m)
{
    json_begin_object(j, key);
    if (m.words && json_is_string(example))
        put_words(j, json_string_value(example), m.nullable);
    else if (type_name(example))
        like_put_type(j, type_name(example), m.nullable);
    if (json_object_size(example))
        put_like_members(j, example);
    if (json_array_size(example))
        put_like(j, "items", json_array_get(example, 0), (struct mark){ 0 });
    json_end_object(j);
}

bool like_put_schema(struct json *j, const char *key, const char *example)
{
    json_t *parsed = json_loads(example, JSON_DECODE_ANY, NULL);
    if (!parsed)
        return false;
    put_like(j, key, parsed, (struct mark){ 0 });
    json_decref(parsed);
    return true;
}
