/* Table: see table.h. */
#include "tools/lectern/table.h"

#include "proto/base/csv.h"
#include "tools/top/shown.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One value as text; the caller frees. */
static char *cell(const json_t *value)
{
    if (!value || json_is_null(value))
        return strdup("-");
    if (json_is_string(value))
        return strdup(json_string_value(value));
    return json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));
}

static int width(const json_t *value)
{
    char *text = cell(value);
    int n = shown_width(text_of(text));
    free(text);
    return n;
}

/* So that nothing in it is a terminal's to obey, at least so wide. */
static void put_text(struct text t, int columns, bool right, FILE *out)
{
    struct buf safe = { 0 };
    int pad = columns - shown_width(t);
    shown_all(&safe, t);
    fprintf(out, "%*s", right && pad > 0 ? pad : 0, "");
    (void)fwrite(safe.p ? safe.p : "", 1, safe.n, out);
    fprintf(out, "%*s", !right && pad > 0 ? pad : 0, "");
    buf_fini(&safe);
}

static void put(const json_t *value, int columns, bool right, FILE *out)
{
    char *text = cell(value);
    put_text(text_of(text), columns, right, out);
    free(text);
}

struct column {
    const char *key;
    int width;
    bool number;
};

/* The keys of all rows, in the order they come up. */
static int columns_of(const json_t *rows, struct column ret[static TABLE_COLUMNS_MAX])
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
            if (at == TABLE_COLUMNS_MAX)
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

/* At least as wide as before. */
static void widen(struct column *columns, int n, struct table_past *past)
{
    for (int i = 0; i < n; i++) {
        columns[i].width = columns[i].width > past->widths[i] ? columns[i].width : past->widths[i];
        past->widths[i] = columns[i].width;
    }
}

static void print_header(const struct column *columns, int n, FILE *out)
{
    for (int i = 0; i < n; i++)
        fprintf(out, columns[i].number ? "%*s  " : "%-*s  ", columns[i].width, columns[i].key);
    fprintf(out, n ? "\n" : "(none)\n");
}

static void print_rows(const json_t *rows, bool goes_on, struct table_past *past, FILE *out)
{
    struct column columns[TABLE_COLUMNS_MAX];
    int n = columns_of(rows, columns);
    if (!n && goes_on)
        return;
    widen(columns, n, past);
    if (!past->headed)
        print_header(columns, n, out);
    past->headed = true;
    size_t at;
    json_t *row;
    json_array_foreach(rows, at, row)
    {
        for (int i = 0; i < n; i++) {
            bool last = i + 1 == n && !columns[i].number; /* needs no room behind it */
            put(json_object_get(row, columns[i].key), last ? 0 : columns[i].width, columns[i].number, out);
            fputs(last ? "" : "  ", out);
        }
        if (!json_is_object(row))
            put(row, 0, false, out);
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

static void print_lines(json_t *data, bool goes_on, struct table_past *past, FILE *out)
{
    if (json_is_array(data)) {
        print_rows(data, goes_on, past, out);
    } else if (json_is_object(data)) {
        print_object(data, out);
    } else {
        put(data, 0, false, out);
        fputc('\n', out);
    }
}

/* ---- CSV: an object is one row ---- */

static void csv_cell(struct csv *c, const json_t *value)
{
    if (!value || json_is_null(value))
        csv_ours(c, (struct text){ NULL, 0 });
    else if (json_is_string(value))
        csv_text(c, text_of(json_string_value(value)));
    else if (json_is_object(value) || json_is_array(value)) {
        char *text = json_dumps(value, JSON_COMPACT);
        csv_json(c, text_of(text));
        free(text);
    } else {
        char *text = cell(value);
        csv_ours(c, text_of(text));
        free(text);
    }
}

static void print_csv(json_t *data, struct table_past *past, FILE *out)
{
    struct column columns[TABLE_COLUMNS_MAX];
    struct buf text = { 0 };
    struct csv c = csv_into(&text);
    json_t *rows = json_is_array(data) ? json_incref(data) : json_pack("[O]", data), *row;
    int n = columns_of(rows, columns);
    for (int i = 0; i < n && !past->headed; i++)
        csv_text(&c, text_of(columns[i].key));
    if (n && !past->headed)
        csv_end_row(&c);
    past->headed |= n > 0;
    size_t at;
    json_array_foreach(rows, at, row)
    {
        for (int i = 0; i < n; i++)
            csv_cell(&c, json_object_get(row, columns[i].key));
        if (!json_is_object(row))
            csv_cell(&c, row);
        csv_end_row(&c);
    }
    fwrite(buf_view(&text).p, 1, text.n, out);
    buf_fini(&text);
    json_decref(rows);
}

/* ---- JSON ---- */

static void print_json(const json_t *data, bool goes_on, FILE *out)
{
    size_t at;
    json_t *row;
    if (!goes_on || !json_is_array(data)) {
        json_dumpf(data, out, JSON_ENCODE_ANY | (goes_on ? JSON_COMPACT : JSON_INDENT(2)));
        fputc('\n', out);
        return;
    }
    json_array_foreach(data, at, row)
    {
        json_dumpf(row, out, JSON_ENCODE_ANY | JSON_COMPACT);
        fputc('\n', out);
    }
}

/* A worker that stays silent is named once. */
static void print_silent(json_t *workers, uint64_t *past, FILE *err)
{
    uint64_t silent = 0;
    size_t i;
    json_t *worker;
    json_array_foreach(workers, i, worker)
    {
        json_int_t n = json_integer_value(worker);
        uint64_t bit = n >= 0 && n < 64 ? UINT64_C(1) << n : 0;
        if (!(*past & bit))
            fprintf(err, "lectern admin: worker %" JSON_INTEGER_FORMAT " does not answer\n", n);
        silent |= bit;
    }
    *past = silent;
}

static void print_notes(json_t *tree, struct table_past *past, FILE *err)
{
    print_silent(json_object_get(tree, "silent"), &past->silent, err);
    if (json_object_get(tree, "note"))
        fprintf(err, "lectern admin: %s\n", json_string_value(json_object_get(tree, "note")));
    if (json_object_get(tree, "left_off"))
        fprintf(err, "lectern admin: %" JSON_INTEGER_FORMAT " more rows are left off\n",
                json_integer_value(json_object_get(tree, "left_off")));
}

static void read_more(json_t *tree, struct table_more *more)
{
    json_t *again = json_object_get(tree, "again"), *args = json_object_get(again, "args");
    size_t i;
    json_t *arg;
    more->after_ms = json_integer_value(json_object_get(again, "after_ms"));
    json_array_foreach(args, i, arg) if (more->n < TABLE_MORE_MAX && json_is_string(arg)) more->args[more->n++] =
        json_string_value(arg);
}

static void print(json_t *data, enum table_form form, struct table_more *more, FILE *out)
{
    bool goes_on = more->past.begun || more->n;
    if (form == TABLE_JSON)
        print_json(data, goes_on, out);
    else if (form == TABLE_CSV)
        print_csv(data, &more->past, out);
    else
        print_lines(data, goes_on, &more->past, out);
}

/* JSON and CSV say what is, but not to a terminal, which may obey what somebody is called. */
static void print_to_terminal(json_t *data, enum table_form form, struct table_more *more, FILE *out)
{
    char *text = NULL;
    size_t n = 0;
    FILE *memory = open_memstream(&text, &n);
    if (!memory)
        return;
    print(data, form, more, memory);
    fclose(memory);
    for (const char *line = text, *end; line && *line; line = end + 1) {
        end = strchrnul(line, '\n');
        put_text((struct text){ line, (size_t)(end - line) }, 0, false, out);
        fputc('\n', out);
        if (!*end)
            break;
    }
    free(text);
}

bool table_print(struct text answer, enum table_form form, FILE *out, FILE *err, struct table_more *more)
{
    json_t *tree = json_loadb(answer.p, answer.n, 0, NULL), *data = json_object_get(tree, "data");
    bool ok = json_is_true(json_object_get(tree, "ok")) && data;
    const char *why = json_string_value(json_object_get(tree, "error"));
    more->tree = tree;
    if (!ok) {
        fputs("lectern admin: ", err);
        put_text(text_of(why ? why : "the server's answer makes no sense"), 0, false, err);
        fputc('\n', err);
        return false;
    }
    read_more(tree, more);
    if (isatty(fileno(out)))
        print_to_terminal(data, form, more, out);
    else
        print(data, form, more, out);
    print_notes(tree, &more->past, err);
    return true;
}

void table_more_fini(struct table_more *more)
{
    json_decref(more->tree);
    *more = (struct table_more){ 0 };
}
