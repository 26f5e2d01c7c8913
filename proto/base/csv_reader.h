/* Csv reader: rows of separated text, as RFC 4180 has it and as spreadsheets save it, one after the other: any separator,
 * every kind of line end (CRLF, LF, CR), a byte order mark, blanks around quoted values, empty lines. One owner; borrows
 * the text. */
#pragma once

#include "proto/base/buf.h"

struct csv_reader {
    struct text rest;
    char separator;
    int line;            /* at which the last row began, from 1 */
    const char *fault;   /* after CSV_MALFORMED: what is wrong with the row, as the end of a sentence about it */
    int next_line;       /* private */
    struct buf unquoted; /* private: the last row's fields */
};

/* The separator is that of a first line `sep=;`, by which some spreadsheets tell it, else the one given.
 * *ret_told, unless NULL: was there such a line? */
struct csv_reader csv_reader_of(struct text t, char separator, bool *ret_told);
void csv_reader_fini(struct csv_reader *r);

enum { CSV_FIELDS_MOST = 256 };

enum csv_read { CSV_ROW, CSV_END, CSV_MALFORMED };

/* Reads the next row that is not empty. Of its *ret_n fields the first CSV_FIELDS_MOST are given, which are valid until
 * the next call. */
enum csv_read csv_reader_row(struct csv_reader *r, struct text ret[static CSV_FIELDS_MOST], int *ret_n);
