/* OpenAPI: walks the tables, one function per piece of the document. */
#include "proto/openapi/openapi.h"

#include "proto/field.h"
#include "proto/openapi/like.h"
#include "proto/openapi/openapi_parts.h"

#include <stdio.h>
#include <stdlib.h>

/* An endpoint that is shown, with its path as the document writes it. */
struct entry {
    const struct area *area;
    const struct endpoint *e;
    struct text path; /* without types; in `paths` of the list */
    bool done;
};

struct list {
    struct entry *entries;
    int n;
    struct buf paths;
    bool legacy;      /* some take a bare user_id */
    bool query_token; /* some take ?token= */
    bool form_login;  /* OAuth2's password flow: /auth/login takes a form */
};

static const char *const method_names[METHOD_COUNT] = {
    [GET] = "get", [POST] = "post", [PUT] = "put", [PATCH] = "patch", [DELETE] = "delete",
};

/* ---- parameters and bodies ---- */

static void put_parameter(struct json *j, const char *in, const struct field *f)
{
    json_begin_object(j, NULL);
    json_str(j, "name", f->name);
    json_str(j, "in", in);
    json_bool(j, "required", f->required);
    openapi_put_schema(j, "schema", f);
    json_end_object(j);
}

static void put_path_parameters(struct json *j, const char *path)
{
    for (const char *at = path; *at;) {
        const char *begin = at + 1, *end = begin;
        while (*end && *end != '/')
            end++;
        struct text name;
        enum field_type type;
        char copy[64];
        if (field_of_segment((struct text){ begin, (size_t)(end - begin) }, &name, &type) && name.n < sizeof copy) {
            memcpy(copy, name.p, name.n);
            copy[name.n] = 0;
            put_parameter(
                j, "path",
                &(struct field){ .name = copy, .type = type, .required = true, .max = field_segment_most(type) });
        }
        at = end;
    }
}

static void put_parameters(struct json *j, const struct endpoint *e)
{
    if (!strchr(e->path, '{') && !openapi_any(e->query))
        return;
    json_begin_array(j, "parameters");
    put_path_parameters(j, e->path);
    for (const struct field *f = e->query; openapi_any(f); f++)
        put_parameter(j, "query", f);
    json_end_array(j);
}

static void put_media(struct json *j, const char *type, const struct endpoint *e)
{
    json_begin_object(j, type);
    openapi_put_object_schema(j, "schema", e->body);
    like_put_example(j, e->example);
    json_end_object(j);
}

static bool has_file(const struct field *f)
{
    for (; openapi_any(f); f++)
        if (f->type == FIELD_FILE)
            return true;
    return false;
}

static void put_body_of(struct json *j, const struct endpoint *e)
{
    if (e->body_kind == BODY_FORM) {
        if (!has_file(e->body))
            put_media(j, "application/x-www-form-urlencoded", e);
        put_media(j, "multipart/form-data", e);
    } else if (e->body_kind != BODY_NONE) {
        put_media(j, "application/json", e);
    }
}

/* Endpoints of one method and path differ in the kind of their body. */
static void put_body(struct json *j, const struct list *list, int first)
{
    const struct entry *at = &list->entries[first];
    bool seen[2] = { false, false }, required = true;
    for (int i = first; i < list->n; i++)
        if (list->entries[i].e->method == at->e->method && text_equal(list->entries[i].path, at->path))
            required &= openapi_has_required(list->entries[i].e->body);
    json_begin_object(j, "requestBody");
    json_bool(j, "required", required);
    json_begin_object(j, "content");
    for (int i = first; i < list->n; i++) {
        const struct endpoint *e = list->entries[i].e;
        if (e->method != at->e->method || !text_equal(list->entries[i].path, at->path) || e->body_kind == BODY_NONE)
            continue;
        bool form = e->body_kind == BODY_FORM;
        if (!seen[form])
            put_body_of(j, e);
        seen[form] = true;
    }
    json_end_object(j);
    json_end_object(j);
}

/* ---- operations ---- */

static void put_operation_id(struct json *j, const struct entry *entry)
{
    struct buf id = { 0 };
    buf_printf(&id, "%s_%s", entry->area->name, method_names[entry->e->method]);
    for (size_t i = 0; i < entry->path.n; i++) {
        char c = entry->path.p[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (word)
            buf_putc(&id, c);
        else if (c != '}')
            buf_putc(&id, '_');
    }
    json_text(j, "operationId", buf_view(&id));
    j->out->failed |= id.failed;
    buf_fini(&id);
}

static void put_security(struct json *j, const struct list *list, const struct entry *entry)
{
    static const char *const ranks[] = { "anyone", "known", "student", "teacher", "admin" };
    const struct endpoint *e = entry->e;
    enum caller_rank rank = openapi_rank(entry->area, e, list->legacy);
    json_str(j, "x-caller", ranks[rank]);
    if (e->exactly)
        json_bool(j, "x-caller-exactly", true);
    json_begin_array(j, "security");
    if (rank != ANYONE) {
        if (list->form_login)
            json_raw(j, NULL, TEXT("{\"sign_in\":[]}"));
        json_raw(j, NULL, TEXT("{\"bearer\":[]}"));
        if (entry->area->token_in_query || e->socket)
            json_raw(j, NULL, TEXT("{\"token\":[]}"));
        if (list->legacy && entry->area->bare_user_id)
            json_raw(j, NULL, TEXT("{\"user_id\":[]}"));
    }
    json_end_array(j);
}

static void put_operation(struct json *j, const struct list *list, int i)
{
    const struct entry *entry = &list->entries[i];
    const struct endpoint *e = entry->e;
    json_begin_object(j, method_names[e->method]);
    json_begin_array(j, "tags");
    json_str(j, NULL, entry->area->name);
    json_end_array(j);
    put_operation_id(j, entry);
    if (e->summary)
        json_str(j, "summary", e->summary);
    if (e->about)
        json_str(j, "description", e->about);
    put_security(j, list, entry);
    put_parameters(j, e);
    if (e->body_kind != BODY_NONE)
        put_body(j, list, i);
    openapi_put_answers(j, entry->area, e, list->legacy);
    json_end_object(j);
}

/* All methods of the path of entry `first`. */
static void put_path(struct json *j, struct list *list, int first)
{
    struct text path = list->entries[first].path;
    uint8_t methods = 0;
    char key[256];
    snprintf(key, sizeof key, "%.*s", (int)path.n, path.p);
    json_begin_object(j, key);
    for (int i = first; i < list->n; i++) {
        struct entry *entry = &list->entries[i];
        if (!text_equal(entry->path, path))
            continue;
        entry->done = true;
        if (!(methods & 1u << entry->e->method))
            put_operation(j, list, i);
        methods |= (uint8_t)(1u << entry->e->method);
    }
    json_end_object(j);
}

/* ---- the list ---- */

/* Appends the path without the types of its parameters. */
static void put_plain_path(struct buf *out, const char *path)
{
    bool type = false;
    for (; *path; path++) {
        type = *path == ':' || (type && *path != '}');
        if (!type)
            buf_putc(out, *path);
    }
}

static void list_add(struct list *list, const struct area *area, const struct endpoint *e, const char *path)
{
    size_t begin = list->paths.n;
    put_plain_path(&list->paths, path);
    list->entries[list->n++] = (struct entry){ .area = area, .e = e, .path.n = list->paths.n - begin };
}

static bool list_init(struct list *list, const struct openapi *what)
{
    const struct area *const *areas = what->areas;
    int most = 0;
    for (int a = 0; areas[a]; a++)
        AREA_ENDPOINTS (e, areas[a])
            most += e->also ? 2 : 1;
    *list = (struct list){ .entries = calloc((size_t)most + 1, sizeof *list->entries) };
    for (int a = 0; list->entries && areas[a]; a++)
        AREA_ENDPOINTS (e, areas[a]) {
            if (e->hidden)
                continue;
            list->legacy |= what->legacy && areas[a]->bare_user_id;
            list->query_token |= areas[a]->token_in_query || e->socket;
            list->form_login |= e->body_kind == BODY_FORM && !strcmp(e->path, "/auth/login");
            list_add(list, areas[a], e, e->path);
            if (e->also)
                list_add(list, areas[a], e, e->also);
        }
    const char *at = list->paths.p; /* final only now */
    for (int i = 0; i < list->n; at += list->entries[i++].path.n)
        list->entries[i].path.p = at;
    return list->entries && !list->paths.failed;
}

/* An address that begins with a slash counts from the host that serves the document. */
static void put_server(struct json *j, const struct openapi *what)
{
    struct buf url = { 0 };
    buf_puts(&url, what->root_path);
    if (what->mount)
        buf_printf(&url, "/m/%s", what->mount);
    if (!url.n)
        buf_putc(&url, '/');
    json_begin_array(j, "servers");
    json_begin_object(j, NULL);
    json_text(j, "url", buf_view(&url));
    json_end_object(j);
    json_end_array(j);
    j->out->failed |= url.failed;
    buf_fini(&url);
}

static const char lectern_about[] = "Live learning. Each tag is an area with accounts of its own: sign up and in "
                                    "where its paths say, and authorize with the token of the answer. Times are UTC. "
                                    "A refusal says why in `detail`.";

static void put_head(struct json *j, const struct openapi *what)
{
    json_str(j, "openapi", "3.1.0");
    json_begin_object(j, "info");
    json_str(j, "title", what->title ? what->title : "lectern");
    json_str(j, "version", OPENAPI_INTERFACE_VERSION);
    json_str(j, "description", what->title ? what->about : lectern_about);
    json_end_object(j);
    put_server(j, what);
    json_begin_array(j, "tags");
    for (int a = 0; what->areas[a]; a++) {
        json_begin_object(j, NULL);
        json_str(j, "name", what->areas[a]->name);
        if (what->areas[a]->about)
            json_str(j, "description", what->areas[a]->about);
        json_end_object(j);
    }
    json_end_array(j);
}

static const char sign_in[] = "{\"type\":\"oauth2\",\"description\":\"Sign in with phone number and password\","
                              "\"flows\":{\"password\":{\"tokenUrl\":\"auth/login\",\"scopes\":{}}}}";
static const char bearer[] = "{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":\"JWT\","
                             "\"description\":\"The token that the area's sign-in answered\"}";
static const char token[] = "{\"type\":\"apiKey\",\"in\":\"query\",\"name\":\"token\","
                            "\"description\":\"The access_token, where a header cannot be sent\"}";
static const char user_id[] = "{\"type\":\"apiKey\",\"in\":\"query\",\"name\":\"user_id\","
                              "\"description\":\"Legacy identity: the bare number of a person\"}";
static const char schemas[] =
    "{\"Error\":{\"type\":\"object\",\"required\":[\"detail\"],\"properties\":{\"detail\":{\"type\":\"string\"}}},"
    "\"ValidationError\":{\"type\":\"object\",\"required\":[\"detail\"],\"properties\":{\"detail\":{\"type\":\"array\","
    "\"items\":{\"type\":\"object\",\"required\":[\"loc\",\"msg\",\"type\"],\"properties\":{"
    "\"loc\":{\"type\":\"array\",\"items\":{\"type\":[\"string\",\"integer\"]}},"
    "\"msg\":{\"type\":\"string\"},\"type\":{\"type\":\"string\"}}}}}}}";

static void put_components(struct json *j, const struct list *list)
{
    json_begin_object(j, "components");
    json_begin_object(j, "securitySchemes");
    if (list->form_login)
        json_raw(j, "sign_in", text_of(sign_in));
    json_raw(j, "bearer", text_of(bearer));
    if (list->query_token)
        json_raw(j, "token", text_of(token));
    if (list->legacy)
        json_raw(j, "user_id", text_of(user_id));
    json_end_object(j);
    json_raw(j, "schemas", text_of(schemas));
    json_end_object(j);
}

bool openapi_put(struct buf *out, const struct openapi *what)
{
    struct list list;
    bool listed = list_init(&list, what);
    struct json j = json_into(out);
    json_begin_object(&j, NULL);
    put_head(&j, what);
    json_begin_object(&j, "paths");
    for (int i = 0; listed && i < list.n; i++)
        if (!list.entries[i].done)
            put_path(&j, &list, i);
    json_end_object(&j);
    put_components(&j, &list);
    json_end_object(&j);
    free(list.entries);
    buf_fini(&list.paths);
    return listed && !out->failed;
}
