/* Router: a tree of segments. In a node a literal segment wins over a parameter; of parameters the one whose type the
 * segment looks like comes first, so that areas whose ids differ in type can share a path. What takes the rest of a
 * path comes last. */
#include "transport/http/router.h"

#include "proto/base/masked.h"
#include "proto/base/origin.h"
#include "proto/config/config.h"

#include <assert.h>
#include <stdlib.h>
#include <strings.h>

enum { PARAM_TEXT, PARAM_INT, PARAM_UUID, PARAM_KINDS };

struct node {
    struct node *next; /* sibling */
    struct text segment;
    struct node *literals;
    struct node *params[PARAM_KINDS];
    struct node *rest;                   /* of FIELD_PATH; has no children */
    struct route **routes[METHOD_COUNT]; /* ended by NULL */
    uint8_t methods;
};

struct host {
    struct host *next;
    struct buf name;
    int area;
};

struct router {
    const struct area *const *areas;
    int nareas;
    struct node *all;        /* every area */
    struct node **roots;     /* one per area */
    struct node *everywhere; /* the areas that answer under every mount */
    struct route *routes;
    int nroutes;
    struct host *hosts;
    char *host_text;
};

/* ---- how long a body can be ---- */

/* For members that nobody asked for, blanks, and what a form has around its fields. */
enum {
    BODY_SLACK = 65536,
    ESCAPED_MOST = 12 /* a code point as two \uXXXX */,
    NUMBER_MOST = 64 /* a word of a few too */
};

static uint64_t fields_most(const struct field *fields);

/* Bytes that its value can need; 0: there is no end to them. */
static uint64_t field_most(const struct field *f)
{
    uint64_t max = f->oneof ? NUMBER_MOST : (uint64_t)f->max;
    switch (f->type) {
    case FIELD_TEXT:
    case FIELD_EMAIL:
    case FIELD_PATH:
        return max * (f->bytes ? ESCAPED_MOST / 2 : ESCAPED_MOST);
    case FIELD_OBJECT:
    case FIELD_OBJECTS:
    case FIELD_TEXTS:
        return max;
    case FIELD_LIST:
        return max * fields_most(f->items);
    case FIELD_FILE:
        return 0;
    default:
        return NUMBER_MOST;
    }
}

/* Of all of them with their names; 0: there is no end to one of them. */
static uint64_t fields_most(const struct field *fields)
{
    uint64_t most = 1;
    for (const struct field *f = fields; f && f->name; f++) {
        uint64_t one = field_most(f);
        if (!one)
            return 0;
        most += one + strlen(f->alias && strlen(f->alias) > strlen(f->name) ? f->alias : f->name) + sizeof "\"\":\"\",";
    }
    return most;
}

static uint32_t body_most(const struct endpoint *e)
{
    uint64_t most = fields_most(e->body);
    return most && most < UINT32_MAX - BODY_SLACK ? (uint32_t)most + BODY_SLACK : UINT32_MAX;
}

/* ---- building ---- */

static int count_endpoints(const struct area *const *areas, int *ret_areas)
{
    int n = 0, i = 0;
    for (; areas[i]; i++)
        AREA_ENDPOINTS (e, areas[i])
            n++;
    *ret_areas = i;
    return n;
}

static int count_fields(const struct field *f)
{
    int n = 0;
    while (f && f[n].name)
        n++;
    return n;
}

/* Takes the next segment off a path that begins with '/'. */
static struct text next_segment(const char **path)
{
    const char *begin = *path + 1, *end = begin;
    while (*end && *end != '/')
        end++;
    *path = end;
    return (struct text){ begin, (size_t)(end - begin) };
}

static bool read_path(struct route *r)
{
    struct text name;
    enum field_type type;
    const char *at = r->endpoint->path;
    if (*at != '/')
        return false;
    r->path = calloc(PATH_PARAMS_MOST + 1, sizeof *r->path);
    while (r->path && *at && at[1]) {
        struct text segment = next_segment(&at);
        if (!segment.n || memchr(segment.p, '{', segment.n) == NULL)
            continue;
        if (!field_of_segment(segment, &name, &type) || r->npath == PATH_PARAMS_MOST || (type == FIELD_PATH && *at))
            return false;
        char *copy = strndup(name.p, name.n);
        if (!copy)
            return false;
        r->path[r->npath++] =
            (struct field){ .name = copy, .type = type, .required = true, .max = field_segment_most(type) };
    }
    return r->path;
}

/* The next parameter of a path as it is written; absent: there is none left. */
static struct text next_param(const char **at)
{
    while (**at && (*at)[1]) {
        struct text segment = next_segment(at);
        if (segment.n && memchr(segment.p, '{', segment.n))
            return segment;
    }
    return (struct text){ 0 };
}

/* Does the other path of a row give it the same values? */
static bool gives_the_same(const char *path, const char *also)
{
    struct text one, other;
    if (*also != '/')
        return false;
    do {
        one = next_param(&path);
        other = next_param(&also);
    } while (one.n && text_equal(one, other));
    return !one.n && !other.n;
}

static bool route_init(struct route *r, const struct area *area, const struct endpoint *e, struct buf *why)
{
    *r = (struct route){ .endpoint = e,
                         .area = area,
                         .nquery = count_fields(e->query),
                         .nbody = count_fields(e->body),
                         .body_most = body_most(e) };
    bool shaped = !e->statement != !e->handle && (e->caller == ANYONE || area->identify) &&
                  !(e->caller == ANYONE && e->open) && e->method < METHOD_COUNT &&
                  (!e->also || gives_the_same(e->path, e->also));
    if (!shaped || !read_path(r)) {
        buf_printf(why, "area %s: endpoint %s is malformed", area->name, e->path);
        return false;
    }
    if (!e->statement)
        return true;
    r->bindings = bind_compile(r, why);
    return r->bindings;
}

static struct node *literal_child(struct node *parent, struct text segment)
{
    for (struct node *c = parent->literals; c; c = c->next)
        if (text_equal(c->segment, segment))
            return c;
    struct node *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->segment = segment;
    c->next = parent->literals;
    parent->literals = c;
    return c;
}

static int param_kind(enum field_type type)
{
    return type == FIELD_INT32 || type == FIELD_INT64 || type == FIELD_ID ? PARAM_INT
           : type == FIELD_UUID                                           ? PARAM_UUID
                                                                          : PARAM_TEXT;
}

static struct node *child_for(struct node *parent, struct text segment)
{
    struct text name;
    enum field_type type;
    if (!field_of_segment(segment, &name, &type))
        return literal_child(parent, segment);
    struct node **slot = type == FIELD_PATH ? &parent->rest : &parent->params[param_kind(type)];
    if (!*slot)
        *slot = calloc(1, sizeof **slot);
    return *slot;
}

static bool node_add(struct node *n, struct route *r)
{
    enum method m = r->endpoint->method;
    int count = 0;
    while (n->routes[m] && n->routes[m][count])
        count++;
    struct route **more = realloc(n->routes[m], (size_t)(count + 2) * sizeof *more);
    if (!more)
        return false;
    more[count] = r;
    more[count + 1] = NULL;
    n->routes[m] = more;
    n->methods |= (uint8_t)(1u << m);
    return true;
}

static bool path_add(struct node *root, const char *path, struct route *r)
{
    struct node *n = root;
    while (n && *path && path[1])
        n = child_for(n, next_segment(&path));
    return n && node_add(n, r);
}

static bool tree_add(struct node *root, struct route *r)
{
    const struct endpoint *e = r->endpoint;
    return path_add(root, e->path, r) && (!e->also || path_add(root, e->also, r));
}

static int area_index(const struct router *r, struct text name)
{
    for (int i = 0; i < r->nareas; i++)
        if (text_is(name, r->areas[i]->name))
            return i;
    return -1;
}

static bool add_host(struct router *r, int area, struct text name, struct buf *why)
{
    struct host *host = calloc(1, sizeof *host);
    if (!host)
        return false;
    *host = (struct host){ .next = r->hosts, .area = area };
    r->hosts = host;
    return origin_host_read(name, &host->name, why) && !host->name.failed;
}

/* "area=name,area=name" */
static bool read_hosts(struct router *r, const char *hosts, struct buf *why)
{
    r->host_text = strdup(hosts);
    if (!r->host_text)
        return false;
    char *save = NULL;
    for (char *item = strtok_r(r->host_text, ", ", &save); item; item = strtok_r(NULL, ", ", &save)) {
        char *equals = strchr(item, '=');
        int area = equals ? area_index(r, (struct text){ item, (size_t)(equals - item) }) : -1;
        if (area < 0) {
            masked_put(item, why);
            buf_puts(why, " names no area of this server");
        }
        if (area < 0 || !add_host(r, area, text_of(equals + 1), why))
            return false;
    }
    return true;
}

static bool build(struct router *r, struct buf *why)
{
    for (int a = 0; a < r->nareas; a++) {
        r->roots[a] = calloc(1, sizeof *r->roots[a]);
        AREA_ENDPOINTS (e, r->areas[a]) {
            struct route *route = &r->routes[r->nroutes++];
            if (!route_init(route, r->areas[a], e, why))
                return false;
            if (!r->roots[a] || !tree_add(r->roots[a], route) || !tree_add(r->all, route))
                return false;
            if (r->areas[a]->everywhere && !tree_add(r->everywhere, route))
                return false;
        }
    }
    return true;
}

struct router *router_create(const struct area *const *areas, const char *hosts, struct buf *why)
{
    struct router *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->areas = areas;
    int n = count_endpoints(areas, &r->nareas);
    assert(r->nareas > 0);
    r->all = calloc(1, sizeof *r->all);
    r->everywhere = calloc(1, sizeof *r->everywhere);
    r->roots = calloc((size_t)r->nareas, sizeof(struct node *));
    r->routes = calloc((size_t)n + 1, sizeof *r->routes);
    if (r->all && r->everywhere && r->roots && r->routes && build(r, why) && read_hosts(r, hosts, why))
        return r;
    if (!why->n)
        buf_puts(why, "out of memory");
    router_destroy(r);
    return NULL;
}

static void node_destroy(struct node *n)
{
    if (!n)
        return;
    for (struct node *c = n->literals, *next; c; c = next) {
        next = c->next;
        node_destroy(c);
    }
    for (int i = 0; i < PARAM_KINDS; i++)
        node_destroy(n->params[i]);
    node_destroy(n->rest);
    for (int i = 0; i < METHOD_COUNT; i++)
        free(n->routes[i]);
    free(n);
}

static void route_fini(struct route *r)
{
    for (int i = 0; i < r->npath; i++)
        free((char *)r->path[i].name);
    free(r->path);
    free(r->bindings);
}

void router_destroy(struct router *r)
{
    if (!r)
        return;
    node_destroy(r->all);
    node_destroy(r->everywhere);
    for (int i = 0; r->roots && i < r->nareas; i++)
        node_destroy(r->roots[i]);
    for (int i = 0; i < r->nroutes; i++)
        route_fini(&r->routes[i]);
    for (struct host *h = r->hosts, *next; h; h = next) {
        next = h->next;
        buf_fini(&h->name);
        free(h);
    }
    free(r->host_text);
    free(r->roots);
    free(r->routes);
    free(r);
}

/* ---- matching ---- */

static const uint8_t *param_order(struct text segment)
{
    static const uint8_t like_int[] = { PARAM_INT, PARAM_TEXT, PARAM_UUID };
    static const uint8_t like_uuid[] = { PARAM_UUID, PARAM_TEXT, PARAM_INT };
    static const uint8_t other[] = { PARAM_TEXT, PARAM_INT, PARAM_UUID };
    int64_t integer;
    uint8_t uuid[16];
    return field_read_integer(segment, &integer) ? like_int : field_read_uuid(segment, uuid) ? like_uuid : other;
}

/* A segment that is empty or has a slash in it, which came encoded, is no part of a rest. */
static const struct node *take_rest(const struct node *n, const struct text *segments, int count, struct match *ret)
{
    if (!n->rest)
        return NULL;
    for (int i = 0; i < count; i++)
        if (!segments[i].n || memchr(segments[i].p, '/', segments[i].n))
            return NULL;
    ret->params[ret->nparams++] = *segments;
    ret->rest = segments;
    ret->nrest = count;
    return n->rest;
}

static const struct node *walk(const struct node *n, const struct text *segments, int count, struct match *ret)
{
    if (!count)
        return n->methods ? n : NULL;
    if (!segments->n)
        return NULL;
    const struct node *found;
    for (const struct node *c = n->literals; c; c = c->next)
        if (text_equal(c->segment, *segments) && (found = walk(c, segments + 1, count - 1, ret)))
            return found;
    if (ret->nparams == PATH_PARAMS_MOST)
        return NULL;
    const uint8_t *order = param_order(*segments);
    int mine = ret->nparams;
    for (int i = 0; i < PARAM_KINDS; i++) {
        const struct node *c = n->params[order[i]];
        ret->nparams = mine;
        if (!c)
            continue;
        ret->params[ret->nparams++] = *segments;
        if ((found = walk(c, segments + 1, count - 1, ret)))
            return found;
    }
    ret->nparams = mine;
    return take_rest(n, segments, count, ret);
}

/* A request may name it with a port, and with the dot of the root. */
static bool is_host(struct text asked, struct text name)
{
    if (asked.n < name.n || strncasecmp(asked.p, name.p, name.n) != 0)
        return false;
    size_t n = name.n + (asked.n > name.n && asked.p[name.n] == '.');
    return asked.n == n || asked.p[n] == ':';
}

static const struct node *scope(const struct router *r, struct text host, const struct text **segments, int *n,
                                struct match *ret)
{
    int area = *n >= 2 && text_is((*segments)[0], "m") ? area_index(r, (*segments)[1]) : -1;
    ret->mounted = area >= 0;
    if (ret->mounted) {
        *segments += 2;
        *n -= 2;
    }
    for (const struct host *h = r->hosts; h && area < 0; h = h->next)
        if (is_host(host, buf_view(&h->name)))
            area = h->area;
    ret->scope = area < 0 ? NULL : r->areas[area];
    ret->area = r->areas[area < 0 ? 0 : area];
    return area < 0 ? r->all : r->roots[area];
}

static const struct area *first_area(const struct router *r, const struct node *n)
{
    const struct route *first = NULL;
    for (int m = 0; m < METHOD_COUNT; m++)
        if (n->routes[m] && (!first || n->routes[m][0] < first)) /* routes lie in area order */
            first = n->routes[m][0];
    return first->area;
}

void router_match(const struct router *r, enum method method, struct text host, const struct text *segments, int n,
                  struct match *ret)
{
    *ret = (struct match){ 0 };
    const struct node *root = scope(r, host, &segments, &n, ret);
    const struct node *found = walk(root, segments, n, ret);
    if (!found && root != r->all)
        found = walk(r->everywhere, segments, n, ret);
    if (!found)
        return;
    ret->methods = found->methods;
    ret->by_method = (const struct route *const *const *)found->routes;
    ret->area = first_area(r, found);
    if (method < METHOD_COUNT)
        ret->routes = (const struct route *const *)found->routes[method];
}

static bool type_is(struct text t, const char *type)
{
    size_t n = strlen(type);
    return t.n >= n && !strncasecmp(t.p, type, n) && (t.n == n || strchr("; \t", t.p[n]));
}

bool content_type_form(struct text t)
{
    return type_is(t, "application/x-www-form-urlencoded") || type_is(t, "multipart/form-data");
}

/* application/json and application/anything+json */
bool content_type_json(struct text t)
{
    const char *end = t.p ? memchr(t.p, ';', t.n) : NULL;
    size_t n = end ? (size_t)(end - t.p) : t.n;
    while (n && (t.p[n - 1] == ' ' || t.p[n - 1] == '\t'))
        n--;
    if (n < 16 || strncasecmp(t.p, "application/", 12) != 0)
        return false;
    return (n == 16 && !strncasecmp(t.p + 12, "json", 4)) || (n > 17 && !strncasecmp(t.p + n - 5, "+json", 5));
}

const struct route *router_find(const struct router *r, const struct endpoint *e)
{
    for (int i = 0; i < r->nroutes; i++)
        if (r->routes[i].endpoint == e)
            return &r->routes[i];
    return NULL;
}

const struct route *router_choose(const struct route *const *routes, struct text content_type)
{
    bool form = content_type_form(content_type);
    for (int i = 0; routes[i] && routes[1]; i++) {
        enum body_kind kind = routes[i]->endpoint->body_kind;
        if (kind != BODY_NONE && form == (kind == BODY_FORM))
            return routes[i];
    }
    return routes[0];
}
