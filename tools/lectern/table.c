/* Table: see table.h. */
#include "tools/lectern/table.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 40 };

/* One value as text; the caller frees. Control bytes become '?', since actors' names and reasons end up on a terminal.
 */
static char *cell(const json_t *value)
{
    char *text;
    if (!value || json_is_null(value))
        text = strdup("-");
    else if (json_is_string(value))
        text = strdup(json_string_value(value));
    else
        text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));
    for (char *c = text; c && *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    return text;
}

static int width(const json_t *value)
{
    char *text = cell(value);
    int n = text ? (int)strlen(text) : 0;
    free(text);
    return n;
}

static void put(const json_t *value, int columns, bool right, FILE *out)
{
    char *text = cell(value);
    fprintf(out, right ? "%*s" : "%-*s", columns, text ? text : "");
    free(text);
}

struct column {
    const char *key;
    int width;
    bool number;
};

/* The keys of all rows, in the order they come up. */
static int columns_of(const json_t *rows, struct column ret[static COLUMNS_MAX])
{
    int n = 0;
    size_t i;
    json_t *row, *value;
    const char *key;
    json_array_foreach(rows, i, row)
    {
        json_object_foreach(row, key, value)
        {
            int at = 0;
            while (at < n && strcmp(ret[at].key, key))
                at++;
            if (at == COLUMNS_MAX)
                continue;
            if (at == n)
                ret[n++] = (struct column){ key, (int)strlen(key), true };
            int w = width(value);
            ret[at].width = w > ret[at].width ? w : ret[at].width;
            ret[at].number = ret[at].number && json_is_number(value);
        }
    }
    return n;
}

static void print_rows(const json_t *rows, FILE *out)
{
    struct column columns[COLUMNS_MAX];
    int n = columns_of(rows, columns);
    for (int i = 0; i < n; i++)
        fprintf(out, columns[i].number ? "%*s  " : "%-*s  ", columns[i].width, columns[i].key);
    fprintf(out, n ? "\n" : "(none)\n");
    size_t at;
    json_t *row;
    json_array_foreach(rows, at, row)
    {
        for (int i = 0; i < n; i++) {
            put(json_object_get(row, columns[i].key), columns[i].width, columns[i].number, out);
            fputs("  ", out);
        }
        fputc('\n', out);
    }
}

static void print_object(json_t *object, FILE *out)
{
    int widest = 0;
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) widest = (int)strlen(key) > widest ? (int)strlen(key) : widest;
    json_object_foreach(object, key, value)
    {
        fprintf(out, "%-*s  ", widest, key);
        put(value, 0, false, out);
        fputc('\n', out);
    }
}

bool table_print(struct text answer, bool as_json, FILE *out, FILE *err)
{
    json_t *tree = json_loadb(answer.p, answer.n, 0, NULL), *data = json_object_get(tree, "data");
    bool ok = json_is_true(json_object_get(tree, "ok")) && data;
    const char *why = json_string_value(json_object_get(tree, "error"));
    if (!ok) {
        fprintf(err, "lectern admin: %s\n", why ? why : "the server's answer makes no sense");
    } else if (as_json) {
        json_dumpf(data, out, JSON_INDENT(2) | JSON_ENCODE_ANY);
        fputc('\n', out);
    } else if (json_is_array(data)) {
        print_rows(data, out);
    } else if (json_is_object(data)) {
        print_object(data, out);
    } else {
        put(data, 0, false, out);
        fputc('\n', out);
    }
    json_decref(tree);
    return ok;
}
