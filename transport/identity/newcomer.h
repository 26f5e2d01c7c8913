/* Newcomer: signing up in an area with accounts of its own. The account is of the person whom a token of another area names
 * that came along, or of a new one. Worker's thread. */
#pragma once

#include "transport/http/request.h"

struct newcomer_kind {
    /* Takes person int4 (null: a new one), email, name, password_hash text, and what `bind` adds. */
    const struct statement *make;
    const char *name; /* the body's field of it; beside it stand email and password */
    bool (*bind)(struct request *rq,
                 struct db_params *p); /* false: it has been answered; NULL: nothing more is taken */
    void (*made)(struct request *rq, const struct db_result *r); /* answers, by the statement's one row */
};

/* Hashes the password and asks the statement. Who loses a race for the address asks it once more, and is then told by it
 * that it is taken. `kind` is static. Answers. */
void newcomer_begin(struct request *rq, const struct newcomer_kind *kind);
