/* OpenAPI: the document (3.1) that describes what the endpoint tables say. Pure; any thread. Knows no transport. */
#pragma once

#include "proto/base/buf.h"
#include "proto/endpoint.h"

/* The version of the interface, not of the server. */
#define OPENAPI_INTERFACE_VERSION "1.0.0"

/* What is described, and how it is reached. */
struct openapi {
    const struct area *const *areas; /* NULL-ended */
    const char *root_path;           /* what stands before all paths outside: "" or "/seeds" */
    const char *mount;               /* and after that: the area of the mount "/m/<area>", or NULL */
    const char *title, *about;       /* what it is; title NULL: of lectern */
    bool legacy;                     /* a bare user_id also says who is calling */
};

/* Appends the document. Hidden endpoints are left out. Of several endpoints with one method and path the first is
 * described, with the bodies of all. False without memory. */
bool openapi_put(struct buf *out, const struct openapi *what);
