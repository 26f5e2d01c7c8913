/* Rows: see rows.h. */
#include "tools/top/rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- which row is which ---- */

static size_t add_id(const json_t *value, char *ret, size_t room)
{
    int n = 0;
    if (json_is_string(value))
        n = snprintf(ret, room, "%s", json_string_value(value));
    else if (json_is_integer(value))
        n = snprintf(ret, room, "%lld", (long long)json_integer_value(value));
    return n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

void rows_id(const struct view *view, const json_t *row, char ret[static ROWS_ID_MAX])
{
    void *first = json_object_iter((json_t *)row);
    size_t n = 0;
    *ret = '\0';
    if (!view->ids[0] && first)
        (void)add_id(json_object_iter_value(first), ret, ROWS_ID_MAX);
    for (int i = 0; i < VIEW_IDS && view->ids[i]; i++) {
        if (i && n + 1 < ROWS_ID_MAX)
            ret[n++] = ' ';
        n += add_id(json_object_get(row, view->ids[i]), ret + n, ROWS_ID_MAX - n);
        ret[n] = '\0';
    }
}

/* Owned by the caller; NULL without an answer before. */
static json_t *by_id(const struct view *view, json_t *data)
{
    json_t *all = json_array_size(data) ? json_object() : NULL, *row;
    char id[ROWS_ID_MAX];
    size_t i;
    json_array_foreach(data, i, row)
    {
        rows_id(view, row, id);
        (void)json_object_set_nocheck(all, id, row); /* one that is not kept has no rate */
    }
    return all;
}

/* The same thing in the answer before. */
static const json_t *earlier_of(const struct view *view, const json_t *earlier, const json_t *row)
{
    char id[ROWS_ID_MAX];
    rows_id(view, row, id);
    const json_t *before = json_object_get(earlier, id);
    bool same = !view->same || json_equal(json_object_get(row, view->same), json_object_get(before, view->same));
    return same ? before : NULL;
}

/* ---- columns ---- */

static bool left_out(const struct view *view, const char *key)
{
    for (const char *const *k = view->left_out; k && *k; k++)
        if (!strcmp(*k, key))
            return true;
    return false;
}

static bool has_key(const struct rows *r, const char *key)
{
    for (size_t i = 0; i < r->ncolumns; i++)
        if (!strcmp(r->columns[i].key, key))
            return true;
    return false;
}

static void add_column(struct rows *r, const char *title, const char *key, enum figure figure)
{
    if (r->ncolumns < VIEW_COLUMNS_MAX)
        r->columns[r->ncolumns++] = (struct rows_column){ title, key, figure };
}

static void find_columns(struct rows *r, json_t *data)
{
    size_t i;
    json_t *row, *value;
    const char *key;
    for (const struct view_column *c = r->view->columns; c && c->title; c++)
        add_column(r, c->title, c->key, c->figure);
    json_array_foreach(data, i, row)
    {
        json_object_foreach(row, key, value)
        {
            if (!has_key(r, key) && !left_out(r->view, key))
                add_column(r, key, key, figure_of_key(key));
        }
    }
}

/* ---- filter and order ---- */

void rows_cell(const struct rows *r, size_t row, size_t column, struct figure_cell *ret)
{
    figure_read(r->columns[column].figure, r->columns[column].key, &r->each[row], ret);
}

static bool passes(const struct rows *r, size_t row, const char *filter)
{
    struct figure_cell cell;
    for (size_t c = 0; *filter && c < r->ncolumns; c++) {
        rows_cell(r, row, c, &cell);
        if (strcasestr(cell.text, filter))
            return true;
    }
    return !*filter;
}

struct ordered {
    struct figure_of of;
    struct figure_cell cell;
    size_t came;
};

/* Largest number first, texts by the alphabet, nothing last. */
static int compare_cells(const struct figure_cell *a, const struct figure_cell *b)
{
    if (a->is_number && b->is_number)
        return (a->number < b->number) - (a->number > b->number);
    if (a->is_number != b->is_number)
        return a->is_number ? -1 : 1;
    return strcmp(a->text, b->text);
}

static int compare(const void *a, const void *b, void *reversed)
{
    const struct ordered *x = a, *y = b;
    int order = compare_cells(&x->cell, &y->cell);
    return order ? *(const bool *)reversed ? -order : order : (x->came > y->came) - (x->came < y->came);
}

static void sort(struct rows *r, bool reversed)
{
    struct ordered *order = r->n ? malloc(r->n * sizeof *order) : NULL;
    if (!order || r->sorted == r->ncolumns) {
        free(order);
        return;
    }
    for (size_t i = 0; i < r->n; i++) {
        order[i].of = r->each[i];
        order[i].came = i;
        rows_cell(r, i, r->sorted, &order[i].cell);
    }
    qsort_r(order, r->n, sizeof *order, compare, &reversed);
    for (size_t i = 0; i < r->n; i++)
        r->each[i] = order[i].of;
    free(order);
}

static size_t column_titled(const struct rows *r, const char *title)
{
    size_t i = 0;
    while (title && i < r->ncolumns && strcmp(r->columns[i].title, title))
        i++;
    return title ? i : r->ncolumns;
}

/* ---- selection ---- */

static void remember(const struct rows *r, struct rows_wish *wish, size_t at)
{
    wish->place = at;
    rows_id(r->view, r->each[at].now, wish->selected);
}

/* The row that was selected, wherever it is now; if it has gone, what stands in its place. */
static void find_selected(struct rows *r, struct rows_wish *wish)
{
    char id[ROWS_ID_MAX];
    r->selected = 0;
    if (!r->n)
        return;
    for (size_t i = 0; i < r->n && *wish->selected; i++) {
        rows_id(r->view, r->each[i].now, id);
        if (!strcmp(id, wish->selected)) {
            wish->place = r->selected = i;
            return;
        }
    }
    r->selected = wish->place < r->n ? wish->place : r->n - 1;
    if (*wish->selected)
        remember(r, wish, r->selected);
}

void rows_select(const struct rows *r, struct rows_wish *wish, int by)
{
    if (!r->n)
        return;
    size_t back = by < 0 ? (size_t) - (int64_t)by : 0, last = r->n - 1;
    size_t at = by < 0 ? r->selected - (back < r->selected ? back : r->selected) : r->selected + (size_t)by;
    remember(r, wish, at < last ? at : last);
}

void rows_sort_by(const struct rows *r, struct rows_wish *wish, int further)
{
    if (!r->ncolumns)
        return;
    int n = (int)r->ncolumns, from = r->sorted < r->ncolumns ? (int)r->sorted : further > 0 ? -1 : 0;
    snprintf(wish->sort, sizeof wish->sort, "%s", r->columns[((from + further) % n + n) % n].title);
    wish->reversed = false;
}

/* ---- filling ---- */

void rows_fill(struct rows *r, const struct view *view, const struct reading *reading, struct rows_wish *wish)
{
    size_t i;
    json_t *row;
    r->view = view;
    r->n = r->all = r->ncolumns = 0;
    json_decref(r->earlier);
    r->earlier = by_id(view, reading->before);
    find_columns(r, reading->now);
    json_array_foreach(reading->now, i, row)
    {
        r->all++;
        if (r->n == ROWS_MAX || !json_is_object(row))
            continue;
        r->each[r->n] = (struct figure_of){ row, earlier_of(view, r->earlier, row), reading->ms };
        r->n += passes(r, r->n, wish->filter);
    }
    r->sorted = column_titled(r, *wish->sort ? wish->sort : view->sort);
    sort(r, wish->reversed);
    find_selected(r, wish);
}

void rows_fini(struct rows *r)
{
    json_decref(r->earlier);
    *r = (struct rows){ 0 };
}

/* ---- sums ---- */

double rows_rate(const struct view *view, const struct reading *reading, const char *key)
{
    json_t *earlier = by_id(view, reading->before), *row;
    double sum = NAN;
    size_t i;
    json_array_foreach(reading->now, i, row)
    {
        double rate = figure_rate(&(struct figure_of){ row, earlier_of(view, earlier, row), reading->ms }, key);
        if (!isnan(rate))
            sum = (isnan(sum) ? 0 : sum) + rate;
    }
    json_decref(earlier);
    return sum;
}

int64_t rows_sum(const json_t *data, const char *key)
{
    int64_t sum = -1;
    size_t i;
    json_t *row;
    json_array_foreach((json_t *)data, i, row)
    {
        const json_t *value = json_object_get(row, key);
        if (json_is_integer(value))
            sum = (sum < 0 ? 0 : sum) + json_integer_value(value);
    }
    return sum;
}
