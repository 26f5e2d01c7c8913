/* Sheet: a list that a person keeps in a spreadsheet, as the spreadsheet saves it: UTF-8 with or without a byte order
 * mark, or UTF-16 with one ("Unicode text"); separated by commas, semicolons, tabs or bars; columns in any order, found by
 * their names in the first line, further ones ignored; or without such a line, in the order of the table. Main thread. */
#pragma once

#include "proto/base/csv_reader.h"

enum { SHEET_COLUMNS_MOST = 8 };

/* Names in lower case and of letters only, NULL-ended: what else stands in a title, and its capitals, do not count. */
struct sheet_column {
    const char *const *names;
    bool needed;
};

struct sheet {
    const struct sheet_column *columns;
    int n;      /* of columns */
    int line;   /* of the last row */
    bool named; /* private, like all that follows: the first line has the names */
    int width;
    int places[SHEET_COLUMNS_MOST];
    struct csv_reader reader;
    struct buf text;
    struct text *fields;
};

/* Begins to read a file's bytes. False with a sentence in why: it is not a text, or has not the columns that are needed.
 * sheet_fini in any case. */
bool sheet_init(struct sheet *s, struct text bytes, const struct sheet_column *columns, int n, struct buf *why);
void sheet_fini(struct sheet *s);

/* Reads the next row that says something into ret, column by column, what nobody sees around values taken off; what is
 * not there is empty. Valid until the next call. CSV_MALFORMED: what is wrong, and in which line, is in why. */
enum csv_read sheet_row(struct sheet *s, struct text *ret, struct buf *why);
