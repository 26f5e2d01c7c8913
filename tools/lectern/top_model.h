/* Top model: what `lectern top` shows of an answer, without a terminal: rows sorted and filtered, rates between two
 * answers. One thread. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TOP_COLUMNS_MAX = 24, TOP_ROWS_MAX = 1000, TOP_CELL_MAX = 96 };

struct top_table {
    const char *columns[TOP_COLUMNS_MAX]; /* borrowed from the answer */
    json_t *rows[TOP_ROWS_MAX];           /* borrowed */
    size_t ncolumns, nrows;
};

/* Fills the table from an answer's data: an array of objects, whose keys are the columns. Rows without the filter's
 * text in any cell are left out. `sort` is a column's place, largest number first, -1: as they came. Borrows from data.
 */
void top_table_fill(struct top_table *t, json_t *data, const char *filter, int sort);

/* A value as text that is safe on a terminal: control characters become '?', and it ends at a whole character. */
void top_cell(const json_t *value, char into[TOP_CELL_MAX]);

/* The sum of a counter over an object or an array of objects; -1 if none has it. */
int64_t top_sum(const json_t *data, const char *key);

/* Per second, between two readings; 0 for a counter that went back (a server that was started anew). */
double top_rate(int64_t before, int64_t now, int64_t ms);
