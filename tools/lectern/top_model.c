/* Top model: see top_model.h. */
#include "tools/lectern/top_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void make_safe(char *s)
{
    for (unsigned char *p = (unsigned char *)s; *p; p++) {
        if (*p < 0x20 || *p == 0x7f)
            *p = '?';
        else if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) /* C1 controls, which a terminal may obey */
            p[0] = p[1] = '?';
    }
}

static void cut_at_character(char *s, size_t n)
{
    while (n && ((unsigned char)s[n] & 0xc0) == 0x80)
        n--;
    s[n] = '\0';
}

static void copy_cell(const char *s, char into[TOP_CELL_MAX])
{
    size_t n = strlen(s), kept = n < TOP_CELL_MAX ? n : TOP_CELL_MAX - 1;
    memcpy(into, s, kept);
    into[kept] = '\0';
    if (kept < n) {
        into[kept] = s[kept]; /* so that the cut sees whether a character goes on */
        cut_at_character(into, kept);
    }
    make_safe(into);
}

void top_cell(const json_t *value, char into[TOP_CELL_MAX])
{
    if (json_is_string(value)) {
        copy_cell(json_string_value(value), into);
    } else if (json_is_real(value)) {
        snprintf(into, TOP_CELL_MAX, "%.3f", json_real_value(value));
    } else if (!value || json_is_null(value)) {
        copy_cell("-", into);
    } else {
        char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        copy_cell(text ? text : "?", into);
        free(text);
    }
}

static void find_columns(struct top_table *t, json_t *row)
{
    const char *key;
    json_t *value;
    json_object_foreach(row, key, value)
    {
        bool known = false;
        for (size_t i = 0; i < t->ncolumns; i++)
            known |= !strcmp(t->columns[i], key);
        if (!known && t->ncolumns < TOP_COLUMNS_MAX)
            t->columns[t->ncolumns++] = key;
    }
}

static bool passes(const json_t *row, const char *filter)
{
    const char *key;
    json_t *value;
    char cell[TOP_CELL_MAX];
    if (!filter || !*filter)
        return true;
    json_object_foreach((json_t *)row, key, value)
    {
        top_cell(value, cell);
        if (strcasestr(cell, filter))
            return true;
    }
    return false;
}

static int compare(const void *a, const void *b, void *column)
{
    const json_t *x = json_object_get(*(json_t *const *)a, column), *y = json_object_get(*(json_t *const *)b, column);
    if (json_is_number(x) && json_is_number(y)) {
        double l = json_number_value(x), r = json_number_value(y);
        return (l < r) - (l > r);
    }
    if (json_is_number(x) != json_is_number(y))
        return json_is_number(x) ? -1 : 1;
    char l[TOP_CELL_MAX], r[TOP_CELL_MAX];
    top_cell(x, l);
    top_cell(y, r);
    return strcmp(l, r);
}

void top_table_fill(struct top_table *t, json_t *data, const char *filter, int sort)
{
    size_t i;
    json_t *row;
    *t = (struct top_table){ 0 };
    json_array_foreach(data, i, row)
    {
        find_columns(t, row);
        if (json_is_object(row) && passes(row, filter) && t->nrows < TOP_ROWS_MAX)
            t->rows[t->nrows++] = row;
    }
    if (sort >= 0 && (size_t)sort < t->ncolumns)
        qsort_r(t->rows, t->nrows, sizeof *t->rows, compare, (void *)t->columns[sort]);
}

int64_t top_sum(const json_t *data, const char *key)
{
    size_t i;
    json_t *row;
    int64_t sum = -1;
    if (json_is_integer(json_object_get(data, key)))
        return json_integer_value(json_object_get(data, key));
    json_array_foreach((json_t *)data, i, row)
    {
        json_t *value = json_object_get(row, key);
        if (json_is_integer(value))
            sum = (sum < 0 ? 0 : sum) + json_integer_value(value);
    }
    return sum;
}

double top_rate(int64_t before, int64_t now, int64_t ms)
{
    return before < 0 || now < before || ms <= 0 ? 0 : (double)(now - before) * 1000 / (double)ms;
}
