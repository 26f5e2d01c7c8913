/* State: the states of a thing as a table, a row for each: its name, and which may follow. Whoever owns the thing moves it in
 * one place, by state_next, so that a move that is not in the table stops the program where it is made. */
#pragma once

#include <assert.h>
#include <stdint.h>

struct state_row {
    const char *name;
    uint32_t next; /* of STATE(...) */
};

#define STATE(state) (UINT32_C(1) << (state))

/* The state that follows: `to`. Asserts that it may. */
static inline unsigned state_next(const struct state_row *rows, unsigned from, unsigned to)
{
    assert(to < 32 && rows[from].next & STATE(to));
    return to;
}
