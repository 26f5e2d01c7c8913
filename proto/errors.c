/* Errors: the rows of errors.h as tables. */
#include "proto/errors.h"

#include <assert.h>

static const struct {
    int status;
    const char *name, *detail;
} rows[] = {
#define ERROR_ROW(symbol, status, detail) [ERROR_##symbol] = { status, #symbol, detail },
    ERRORS(ERROR_ROW)
#undef ERROR_ROW
};

int error_status(enum error e)
{
    assert(e < ERROR_COUNT);
    return rows[e].status;
}

const char *error_detail(enum error e)
{
    assert(e < ERROR_COUNT);
    return rows[e].detail;
}

const char *error_name(enum error e)
{
    assert(e < ERROR_COUNT);
    return rows[e].name;
}
