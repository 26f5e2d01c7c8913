/* Bind: parameters of an endpoint's statement from the values of a request. The sources named in the statement are
 * resolved once, when the router is built; a source that the endpoint's table lacks stops the start. */
#pragma once

#include "proto/endpoint.h"
#include "proto/field.h"
#include "store/statement.h"

#include <stdint.h>

struct request;
struct route;

enum binding_source {
    BIND_CALLER,
    BIND_ROLE,
    BIND_ACCOUNT,
    BIND_SESSION,
    BIND_PATH,
    BIND_QUERY,
    BIND_BODY,
    BIND_GIVEN, /* was a field of the body sent, be it as null? */
    BIND_CONFIG_INT,
    BIND_CONFIG_REAL,
    BIND_CONFIG_TEXT,
    BIND_AFTER /* of a list (list.h): the key of the last row that has gone out */
};
enum binding_form {
    BIND_INT4,
    BIND_INT8,
    BIND_BOOL,
    BIND_TEXT,
    BIND_JSONB,
    BIND_UUID,
    BIND_FLOAT8,
    BIND_DATE,
    BIND_TIME
};

struct binding {
    uint8_t source, form;
    uint16_t index; /* of the field among those of its source; byte offset in struct config */
};

/* Does it give a list's rows (list.h), not an answer? */
bool bind_lists(const struct statement *st);

/* Resolves the statement's parameters for the route. NULL and a sentence in why if one cannot be. The caller frees. */
struct binding *bind_compile(const struct route *route, struct buf *why);
