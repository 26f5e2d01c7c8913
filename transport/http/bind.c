/* Bind: sources are looked up by name once; at run time a binding is an index. */
#include "transport/http/bind.h"

#include "proto/config/config.h"
#include "store/db.h"
#include "transport/http/router.h"

#include <stdlib.h>

/* The parameters of the configuration that are numbers or texts, by name, and what start made of some. Secrets are left
 * out. */
#define CONFIG_ROW(type, field, flag, env, def, least, most, help)                                                     \
    { #field, CONFIG_KIND_##type, offsetof(struct config, field) },
#define CONFIG_MADE_ROW(field) { #field, CONFIG_KIND_TEXT, offsetof(struct config, field) },
enum {
    CONFIG_KIND_TEXT,
    CONFIG_KIND_URL,
    CONFIG_KIND_PATH,
    CONFIG_KIND_SECRET,
    CONFIG_KIND_INT,
    CONFIG_KIND_BOOL,
    CONFIG_KIND_REAL
};
static const struct {
    const char *name;
    int kind;
    size_t offset;
} settings[] = { CONFIG_PARAMETERS(CONFIG_ROW) CONFIG_MADE(CONFIG_MADE_ROW) };

static const struct {
    const char *type;
    enum binding_form form;
} forms[] = {
    { "int4", BIND_INT4 }, { "int8", BIND_INT8 },   { "bool", BIND_BOOL }, { "text", BIND_TEXT },
    { "json", BIND_TEXT }, { "jsonb", BIND_JSONB }, { "uuid", BIND_UUID }, { "float8", BIND_FLOAT8 },
    { "date", BIND_DATE }, { "time", BIND_TIME },
};

static int field_index(const struct field *f, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (field_is(&f[i], name))
            return i;
    return -1;
}

static int setting_index(const char *name, uint8_t *ret_source)
{
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (!strcmp(settings[i].name, name) && settings[i].kind != CONFIG_KIND_SECRET &&
            settings[i].kind != CONFIG_KIND_BOOL) {
            *ret_source = settings[i].kind == CONFIG_KIND_INT    ? BIND_CONFIG_INT
                          : settings[i].kind == CONFIG_KIND_REAL ? BIND_CONFIG_REAL
                                                                 : BIND_CONFIG_TEXT;
            return (int)settings[i].offset;
        }
    return -1;
}

static int of_caller(const char *name, uint8_t *ret_source)
{
    static const struct {
        const char *name;
        enum binding_source source;
    } known[] = {
        { "user_id", BIND_CALLER }, { "role", BIND_ROLE }, { "account", BIND_ACCOUNT }, { "session", BIND_SESSION }
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(known[i].name, name)) {
            *ret_source = known[i].source;
            return 0;
        }
    return -1;
}

/* The place of "source.name", -1 if the endpoint has no such value. */
static int resolve(const struct route *r, const char *source, uint8_t *ret_source)
{
    const char *dot = strchr(source, '.');
    struct text where = { source, dot ? (size_t)(dot - source) : 0 };
    if (!dot)
        return -1;
    if (!strcmp(source, "list.after")) {
        *ret_source = BIND_AFTER;
        return 0;
    }
    *ret_source = text_is(where, "path") ? BIND_PATH : text_is(where, "query") ? BIND_QUERY : BIND_BODY;
    if (text_is(where, "caller"))
        return of_caller(dot + 1, ret_source);
    if (text_is(where, "path"))
        return field_index(r->path, r->npath, dot + 1);
    if (text_is(where, "query"))
        return field_index(r->endpoint->query, r->nquery, dot + 1);
    if (text_is(where, "given"))
        *ret_source = BIND_GIVEN;
    if (text_is(where, "body") || text_is(where, "form") || text_is(where, "given"))
        return field_index(r->endpoint->body, r->nbody, dot + 1);
    return text_is(where, "config") ? setting_index(dot + 1, ret_source) : -1;
}

static int form_of(const char *type)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (!strcmp(forms[i].type, type))
            return (int)forms[i].form;
    return -1;
}

static bool has_column(const struct statement *st, int i, const char *name)
{
    return i < st->ncolumns && !strcmp(st->columns[i].source, name);
}

bool bind_lists(const struct statement *st)
{
    return has_column(st, 0, "key") && has_column(st, 1, "item") && has_column(st, 2, "over");
}

struct binding *bind_compile(const struct route *route, struct buf *why)
{
    const struct statement *st = route->endpoint->statement;
    bool answers = has_column(st, 0, "status") && has_column(st, 1, "body");
    if (st->nparams > DB_MAX_PARAMS || (!answers && !bind_lists(st))) {
        buf_printf(why, "statement %s of %s must give status and body, or a list's key, item and over", st->name,
                   route->endpoint->path);
        return NULL;
    }
    struct binding *b = calloc((size_t)st->nparams + 1, sizeof *b);
    for (int i = 0; b && i < st->nparams; i++) {
        int index = resolve(route, st->params[i].source, &b[i].source), form = form_of(st->params[i].type);
        if (index < 0 || form < 0) {
            buf_printf(why, "statement %s of %s: %s %s cannot be bound", st->name, route->endpoint->path,
                       st->params[i].source, st->params[i].type);
            free(b);
            return NULL;
        }
        b[i].index = (uint16_t)index;
        b[i].form = (uint8_t)form;
    }
    return b;
}
