/* Csv reader: rows of comma-separated text (RFC 4180), one after the other. A byte order mark, either kind of line end
 * and empty lines are fine. One owner; borrows the text. */
#pragma once

#include "proto/buf.h"

struct csv_reader {
    struct text rest;
    int line;            /* at which the last row began, from 1 */
    int next_line;       /* private */
    struct buf unquoted; /* private: the last row's fields */
};

struct csv_reader csv_reader_of(struct text t);
void csv_reader_fini(struct csv_reader *r);

enum csv_read { CSV_ROW, CSV_END, CSV_MALFORMED /* a quote out of place, too many fields, no memory */ };

/* Reads the next row that is not empty into at most `most` fields, which are valid until the next call. */
enum csv_read csv_reader_row(struct csv_reader *r, struct text *ret, int most, int *ret_n);
