/* OpenAPI: the document (3.1) that describes what the endpoint tables say. Pure; any thread. Knows no transport. */
#pragma once

#include "proto/buf.h"
#include "proto/endpoint.h"

/* The version of the interface, not of the server. */
#define OPENAPI_INTERFACE_VERSION "1.0.0"

/* Appends the document of all areas (NULL-ended), whose paths are reached under root_path ("" or "/seeds"). Hidden
 * endpoints are left out. Of several endpoints with one method and path the first is described, with the bodies of all.
 * False without memory. */
bool openapi_put(struct buf *out, const struct area *const *areas, const char *root_path);
