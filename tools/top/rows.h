/* Rows: an answer's array as a table of columns: rates against the answer before, sorted, filtered, with one row
 * selected that stays selected wherever it goes. One owner, no locks; borrows the answers. */
#pragma once

#include "tools/top/views.h"

enum { ROWS_MAX = 1000, ROWS_ID_MAX = 160, ROWS_TITLE_MAX = 48, ROWS_FILTER_MAX = 60 };

/* Two answers to the same question. Either may be NULL. */
struct reading {
    json_t *now, *before; /* data */
    int64_t ms;           /* between the two */
};

/* What the operator wants of a view; kept from answer to answer. Zeroed: as the view says. */
struct rows_wish {
    char sort[ROWS_TITLE_MAX]; /* a column's title; empty: the view's */
    bool reversed;
    char filter[ROWS_FILTER_MAX];
    char selected[ROWS_ID_MAX]; /* which row; empty: the first */
    size_t place;               /* where it was last */
    size_t scroll;              /* columns left out behind the first */
};

struct rows_column {
    const char *title, *key;
    enum figure figure;
};

struct rows {
    const struct view *view;
    struct rows_column columns[VIEW_COLUMNS_MAX];
    size_t ncolumns;
    struct figure_of each[ROWS_MAX]; /* filtered and sorted */
    size_t n, all;                   /* of them, and before the filter */
    size_t selected;                 /* 0 if there are none */
    size_t sorted;                   /* the column; ncolumns: none */
    json_t *earlier;                 /* private: rows of the answer before by identity */
};

/* Fills the table and brings the wish up to date: what is selected, and where. Without memory rows are left out. */
void rows_fill(struct rows *r, const struct view *view, const struct reading *reading, struct rows_wish *wish);
void rows_fini(struct rows *r);

void rows_cell(const struct rows *r, size_t row, size_t column, struct figure_cell *ret);

/* Moves the selection by so many rows, no further than the ends. */
void rows_select(const struct rows *r, struct rows_wish *wish, int by);
/* Sorts by the column so many further on, around the ends. */
void rows_sort_by(const struct rows *r, struct rows_wish *wish, int further);

/* A counter's rate summed over the rows that are in both answers; NAN if there are none. */
double rows_rate(const struct view *view, const struct reading *reading, const char *key);
/* A number summed over the rows that have it; -1 if none has. */
int64_t rows_sum(const json_t *data, const char *key);

/* Which row it is, as text. */
void rows_id(const struct view *view, const json_t *row, char ret[static ROWS_ID_MAX]);
