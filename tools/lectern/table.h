/* Table: prints an admin answer for people or programs, from the keys it has: a list of objects as rows and columns, an
 * object as lines of key and value. Knows no command by name. */
#pragma once

#include "proto/base/text.h"

#include <stdint.h>
#include <stdio.h>

enum table_form { TABLE_LINES, TABLE_CSV, TABLE_JSON };

enum { TABLE_MORE_MAX = 16, TABLE_COLUMNS_MAX = 40 };

/* What was printed of a row of answers that follow each other. */
struct table_past {
    bool begun;                    /* this is not the first answer: none is no line */
    bool headed;                   /* there has been a header */
    int widths[TABLE_COLUMNS_MAX]; /* of the columns, for rows to stand below each other */
    uint64_t silent;               /* workers that were said to be silent, a bit each */
};

/* What an answer says about going on: there is more with these arguments, after a while. */
struct table_more {
    struct table_past past; /* in and out */
    const char *args[TABLE_MORE_MAX];
    size_t n; /* 0: that was all */
    int64_t after_ms;
    void *tree; /* private: owns the args */
};

/* Prints the answer's data to out, or its error to err; what the answer says beside its data goes to err too. Answers
 * that go on are printed as lines of JSON where JSON is wanted. False for an error or an answer that is none. */
bool table_print(struct text answer, enum table_form form, FILE *out, FILE *err, struct table_more *more);
void table_more_fini(struct table_more *more);
