/* Journal: turns rows into the binary array parameters of batch statements, so that any number of rows of any tables go
 * to the database as one transaction with one statement per table (design, section 6). Owner thread only; no locks, no
 * I/O.
 *
 * Rows are written into a buf, one behind the other: journal_begin, one value per `row.` source of the statement in its
 * order, journal_end. A value is kept in the form in which it will stand in the array, so building is copying. */
#pragma once

#include "store/db.h"

/* Begins a row of a batch statement; returns its place for journal_end. */
size_t journal_begin(struct buf *rows, const struct statement *into);
void journal_null(struct buf *rows);
void journal_int4(struct buf *rows, int32_t v);
void journal_int8(struct buf *rows, int64_t v);
void journal_float8(struct buf *rows, double v); /* NaN gives null */
void journal_bool(struct buf *rows, bool v);
void journal_timestamp(struct buf *rows, int64_t us); /* microseconds since 1970; 0 gives null */
void journal_text(struct buf *rows, struct text v);   /* absent gives null */
void journal_jsonb(struct buf *rows, struct text json);
/* Ends the row; asserts that it has as many values as the statement has parameters. Memory that ran out shows in
 * rows->failed. */
void journal_end(struct buf *rows, size_t at);

/* How many rows a buf has. */
uint32_t journal_count(struct text rows);

/* Collects rows for one transaction. */
struct journal;
struct journal *journal_create(void); /* NULL without memory */
void journal_destroy(struct journal *j);
void journal_reset(struct journal *j); /* forgets the rows, keeps the memory but that of a column grown large */

/* Adds the rows of a buf (a whole number of them). False without memory: reset and answer for it. */
bool journal_add(struct journal *j, struct text rows);

/* The statements with their arrays, in the order of their batch numbers; borrowed until the next reset or add. False
 * without memory. *ret_n is 0 when no row was added. */
bool journal_steps(struct journal *j, const struct db_step **ret_steps, int *ret_n);

uint32_t journal_rows(const struct journal *j);
uint64_t journal_memory(const struct journal *j); /* bytes that it holds */
