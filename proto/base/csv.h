/* CSV writer (RFC 4180): appends rows to a buf, a comma between cells, CRLF behind rows, quotes where a cell needs
 * them. One owner, no locks. Running out of memory is the buf's `failed`.
 *
 * Whoever opens the file in a spreadsheet must not run what somebody typed as a name. So text of others is guarded: an
 * apostrophe stands before a text that a spreadsheet would take for a formula (first, behind blanks and quotes, = + - @
 * or their full-width forms), or that begins with TAB, CR or LF. The same behind each ; TAB CR LF inside, where a cell
 * begins for a program that separates by something else than commas. Numbers and times are ours: never guarded. */
#pragma once

#include "proto/base/buf.h"

struct csv {
    struct buf *out;
    bool comma; /* the row has a cell: the next one needs a comma first */
};

static inline struct csv csv_into(struct buf *out)
{
    return (struct csv){ out, false };
}

/* Text of others, UTF-8. Absent gives an empty cell, an empty text gives "". */
void csv_text(struct csv *c, struct text value);

/* JSON text, guarded without a change of its meaning: a character is written as \uXXXX instead of with an apostrophe.
 */
void csv_json(struct csv *c, struct text json);

/* Text that is made here and holds no comma, quote or line end: not guarded. Absent gives an empty cell. */
void csv_ours(struct csv *c, struct text value);

void csv_int(struct csv *c, int64_t value);
void csv_bool(struct csv *c, bool value); /* true or false */
void csv_time(struct csv *c, int64_t us); /* see proto/base/stamp.h; 0 gives an empty cell */
void csv_end_row(struct csv *c);

/* How a file for spreadsheets begins: with a byte order mark, without which they take UTF-8 for an old code page, and a
 * whole row of our own, comma separated. What programs read has no mark. */
void csv_header(struct csv *c, const char *names);
