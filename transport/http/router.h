/* Router: finds the endpoint of a method and path. Built once per worker from the areas' endpoint tables, immutable
 * afterwards. One tree of path segments per area (its mount, its host name) and one of all areas together. */
#pragma once

#include "proto/field.h"
#include "transport/http/bind.h"

#include <stdbool.h>

enum { PATH_PARAMS_MOST = 8, PATH_SEGMENTS_MOST = 16 };

/* An endpoint with what can be worked out about it before any request. */
struct route {
    const struct endpoint *endpoint;
    const struct area *area;
    struct field *path; /* its path parameters in order, required; npath of them */
    int npath, nquery, nbody;
    uint32_t body_most; /* bytes that its fields can need, and some for what else a client sends; UINT32_MAX: any */
    struct binding *bindings; /* for its statement, in the order of the parameters */
};

struct router;

/* NULL without memory or when a table is wrong; then *ret_why says how (static or inside the router's log line). */
struct router *router_create(const struct area *const *areas, const char *hosts, struct buf *why);
void router_destroy(struct router *r);

/* What a path leads to. */
struct match {
    const struct area *area;                     /* whose CORS rule holds; never NULL */
    const struct route *const *routes;           /* of the path and method, in area order; ended by NULL; NULL: none */
    uint8_t methods;                             /* bit per enum method that the path has; 0: no such path */
    const struct area *scope;                    /* that the mount or the host names; NULL: every area */
    bool mounted;                                /* by the mount */
    const struct route *const *const *by_method; /* the same as routes for each method; NULL: no such path */
    int nparams;
    struct text params[PATH_PARAMS_MOST];
    const struct text *rest; /* the segments of the last parameter if it is a FIELD_PATH; params has the first */
    int nrest;
};

/* The path comes as decoded segments (an empty one at its end left out). Without a host, or with one that is not
 * configured, the path alone decides. */
void router_match(const struct router *r, enum method method, struct text host, const struct text *segments, int n,
                  struct match *ret);

/* Of several endpoints of one method and path the one whose kind of body suits the content type, else the first. */
const struct route *router_choose(const struct route *const *routes, struct text content_type);

/* The route of an endpoint; NULL: no area has it. */
const struct route *router_find(const struct router *r, const struct endpoint *e);

/* Is this the content type of a form, of JSON? */
bool content_type_form(struct text content_type);
bool content_type_json(struct text content_type);
