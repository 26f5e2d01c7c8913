/* Document: jansson reads and judges; the slice is found by walking text that jansson has found valid. */
#include "transport/http/document.h"

#include <jansson.h>

struct json_t *document_read(struct text json, size_t *ret_offset)
{
    json_error_t error;
    const size_t how = JSON_DECODE_ANY | JSON_ALLOW_NUL;
    json_t *d = json_loadb(json.p, json.n, how, &error);
    if (!d &&
        json_error_code(&error) == json_error_numeric_overflow) /* no fault of JSON's; a field says what it takes */
        d = json_loadb(json.p, json.n, how | JSON_DECODE_INT_AS_REAL, &error);
    if (!d)
        *ret_offset = json_error_code(&error) == json_error_out_of_memory ? DOCUMENT_NO_MEMORY
                      : error.position > 0                                ? (size_t)error.position
                                                                          : 0;
    return d;
}

/* p is at the opening quote; returns what follows the closing one. */
static const char *skip_string(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++)
        p += *p == '\\';
    return p < end ? p + 1 : end;
}

bool document_fits(struct text json)
{
    size_t values = 1, containers = 0;
    for (const char *p = json.p, *end = p + json.n; p < end;) {
        containers += *p == '[' || *p == '{';
        values += *p == ',';
        p = *p == '"' ? skip_string(p, end) : p + 1;
    }
    return values + containers <= DOCUMENT_VALUES_MOST && containers <= DOCUMENT_CONTAINERS_MOST;
}

void document_free(struct json_t *d)
{
    json_decref(d);
}

bool document_is_object(const struct json_t *d)
{
    return json_is_object(d);
}

bool document_is_null(const struct json_t *d)
{
    return json_is_null(d);
}

const struct json_t *document_member(const struct json_t *d, const char *name)
{
    return json_object_get(d, name);
}

void document_put(const struct json_t *v, size_t most, struct buf *out)
{
    bool plain = v && !json_is_object(v) && !json_is_array(v);
    size_t n = plain ? json_dumpb(v, NULL, 0, JSON_ENCODE_ANY | JSON_COMPACT) : 0;
    char *room = n && n <= most ? buf_room(out, n) : NULL;
    if (room)
        out->n += json_dumpb(v, room, n, JSON_ENCODE_ANY | JSON_COMPACT);
    else
        buf_puts(out, "null");
}

static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && strchr(" \t\r\n", *p))
        p++;
    return p;
}

static const char *skip_value(const char *p, const char *end)
{
    int depth = 0;
    while (p < end) {
        if (*p == '"') {
            p = skip_string(p, end);
        } else if (*p == '{' || *p == '[') {
            depth++;
            p++;
        } else if (depth == 0 && (*p == ',' || *p == '}')) {
            break;
        } else {
            depth -= *p == '}' || *p == ']';
            p++;
        }
        if (depth == 0 && strchr("\"}]", p[-1]))
            break;
    }
    return p;
}

/* Is it what this string of a document (without its quotes) says? */
static bool says(struct text string, const char *word)
{
    size_t n = strlen(word);
    if (!memchr(string.p, '\\', string.n))
        return string.n == n && !memcmp(string.p, word, n);
    if (string.n > n * 6) /* \uXXXX is the longest escape of a byte */
        return false;
    json_t *key = json_loadb(string.p - 1, string.n + 2, JSON_DECODE_ANY, NULL);
    bool same = json_is_string(key) && json_string_length(key) == n && !memcmp(json_string_value(key), word, n);
    json_decref(key);
    return same;
}

struct text document_slice(struct text json, const char *name)
{
    struct text found = { 0 };
    const char *end = json.p + json.n, *p = skip_blanks(json.p, end);
    while (p < end && *p != '}') {
        p = skip_blanks(p + 1, end); /* after { or , */
        if (p >= end || *p != '"')
            break;
        const char *key = p + 1;
        p = skip_string(p, end);
        bool same = says((struct text){ key, (size_t)(p - 1 - key) }, name);
        p = skip_blanks(p, end);                   /* at the colon */
        p = skip_blanks(p < end ? p + 1 : p, end); /* at the value */
        const char *value = p;
        p = skip_value(p, end);
        if (same) /* of several members of one name jansson keeps the last */
            found = (struct text){ value, (size_t)(p - value) };
        p = skip_blanks(p, end);
    }
    return found;
}
