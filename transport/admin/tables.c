/* Tables: the list of them, finding a row for a request, and what the tables say about themselves (help, schema). See
 * tables.h. */
#include "transport/admin/tables.h"

#include "proto/openapi/like.h"
#include "transport/admin/usage.h"

typedef void each_row(const struct admin_command *row, void *arg);

static void each_command(each_row *see, void *arg)
{
    for (const struct admin_command *const *table = admin_tables; *table; table++)
        for (const struct admin_command *row = *table; row->name; row++)
            see(row, arg);
}

/* ---- finding the row ---- */

struct usages {
    const char *name;
    struct buf *out;
    bool any;
};

static void put_usage(const struct admin_command *row, void *arg)
{
    struct usages *u = arg;
    if (strcmp(row->name, u->name))
        return;
    buf_printf(u->out, "%s%s%s%s", u->any ? " | " : "usage: ", row->name, *row->args ? " " : "", row->args);
    u->any = true;
}

struct search {
    const char *const *words;
    size_t n;
    struct admin_call *call;
    const struct admin_command *found;
    struct buf *why;
};

static void try_row(const struct admin_command *row, void *arg)
{
    struct search *s = arg;
    if (s->found || strcmp(row->name, s->words[0]))
        return;
    struct buf why = { 0 };
    enum usage fits = usage_read(row->args, s->words + 1, s->n - 1, s->call, &why);
    if (fits == USAGE_FITS)
        s->found = row;
    else if (fits == USAGE_WRONG && !s->why->n)
        buf_text(s->why, buf_view(&why));
    buf_fini(&why);
}

const struct admin_command *tables_find(const char *const *words, size_t n, struct admin_call *call, struct buf *why)
{
    struct search s = { .words = words, .n = n, .call = call, .why = why };
    struct usages usages = { .name = words[0], .out = why };
    each_command(try_row, &s);
    if (s.found) {
        buf_reset(why);
        return s.found;
    }
    if (why->n)
        buf_puts(why, "; ");
    each_command(put_usage, &usages);
    if (!usages.any)
        buf_printf(why, "there is no command \"%.100s\"; ask help", words[0]);
    return NULL;
}

/* ---- what the tables say about themselves ---- */

static void put_help(const struct admin_command *row, void *arg)
{
    struct json *data = arg;
    json_begin_object(data, NULL);
    json_str(data, "command", row->name);
    json_str(data, "arguments", row->args);
    json_str(data, "about", row->about);
    json_bool(data, "changes", row->changes);
    json_end_object(data);
}

static bool help(const struct admin_call *call, struct json *data, struct buf *why)
{
    json_begin_array(data, NULL);
    each_command(put_help, data);
    json_end_array(data);
    return true;
}

static void put_schema(const struct admin_command *row, void *arg)
{
    struct json *data = arg;
    struct buf id = { 0 };
    usage_id(row, &id);
    buf_putc(&id, '\0');
    if (!id.failed)
        (void)like_put_schema(data, id.p, row->gives);
    buf_fini(&id);
}

static bool schema(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct admin_call other = { 0 };
    if (!call->nargs) {
        json_begin_object(data, NULL);
        each_command(put_schema, data);
        json_end_object(data);
        return true;
    }
    const struct admin_command *row = tables_find(call->args, call->nargs, &other, why);
    return row && like_put_schema(data, NULL, row->gives);
}

static const struct admin_command admin_help[] = {
    { "help", "", "what can be asked", false, "[{\"command\":\"\",\"arguments\":\"\",\"about\":\"\",\"changes\":true}]",
      help },
    { "schema", "[COMMAND...]", "the JSON Schema of each answer's data, or of one command's", false, "{}", schema },
    { 0 },
};

/* ---- the list ---- */

const struct admin_command *const admin_tables[] = { admin_help,     admin_server, admin_actors,  admin_rooms,
                                                     admin_users,    admin_stored, admin_config,  admin_life,
                                                     admin_measures, admin_events, admin_memory,  admin_conns,
                                                     admin_trace,    admin_slow,   admin_budgets, NULL };
