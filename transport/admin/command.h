/* Command: one thing an operator can ask, as a row of a table. Runs on the admin thread. */
#pragma once

#include "transport/admin/admin.h"

struct admin_command {
    const char *name, *args, *about; /* args: for help, "" if there are none */
    size_t nargs;
    /* Writes one JSON value. False with an error in why, and then whatever is in `data` is dropped. */
    bool (*run)(const struct admin_options *o, const char *state, const char *const *args, struct json *data,
                struct buf *why);
};

/* Ended by a zeroed row. */
extern const struct admin_command admin_commands[];

/* Reads a request and writes the answer to it, whatever the bytes are. */
void admin_answer(const struct admin_options *o, const char *state, struct text bytes, struct buf *answer);
