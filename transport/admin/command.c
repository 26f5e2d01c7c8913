/* Command: the list of tables, finding a row for a request, and what the tables say about themselves (help, schema).
 * See command.h. */
#include "transport/admin/command.h"

#include "transport/admin/audit.h"
#include "transport/admin/usage.h"

#include <errno.h>
#include <stdlib.h>

/* ---- what is said about the tables ---- */

typedef void each_row(const struct admin_command *row, void *arg);

static void each_command(each_row *see, void *arg)
{
    for (const struct admin_command *const *table = admin_tables; *table; table++)
        for (const struct admin_command *row = *table; row->name; row++)
            see(row, arg);
}

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
        json_raw(data, id.p, text_of(row->schema));
    buf_fini(&id);
}

static const struct admin_command *find(const char *const *words, size_t n, struct admin_call *call, struct buf *why);

static bool schema(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct admin_call other = { 0 };
    if (!call->nargs) {
        json_begin_object(data, NULL);
        each_command(put_schema, data);
        json_end_object(data);
        return true;
    }
    const struct admin_command *row = find(call->args, call->nargs, &other, why);
    if (row)
        json_raw(data, NULL, text_of(row->schema));
    return row != NULL;
}

static const struct admin_command admin_help[] = {
    { "help", "", "what can be asked", false, ADMIN_JSON({
          "type" : "array",
          "items" : {
              "type" : "object",
              "required" : [ "command", "arguments", "about", "changes" ],
              "properties" : {
                  "command" : { "type" : "string" },
                  "arguments" : { "type" : "string" },
                  "about" : { "type" : "string" },
                  "changes" : { "type" : "boolean" }
              }
          }
      }),
      help },
    { "schema", "[COMMAND...]", "the JSON Schema of each answer's data, or of one command's", false,
      ADMIN_JSON({ "type" : "object" }), schema },
    { 0 },
};

const struct admin_command *const admin_tables[] = { admin_help,     admin_server, admin_actors, admin_rooms,
                                                     admin_users,    admin_stored, admin_config, admin_life,
                                                     admin_measures, admin_events, admin_memory, admin_conns,
                                                     admin_trace,    admin_slow,   NULL };

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

/* The row for the words (the first is its name), its arguments in call. NULL with a sentence in why, which is empty
 * before. */
static const struct admin_command *find(const char *const *words, size_t n, struct admin_call *call, struct buf *why)
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

/* ---- for commands ---- */

const char *admin_option(const struct admin_call *call, const char *name)
{
    for (size_t i = 0; i < call->ngiven; i++)
        if (!strcmp(call->given[i].name, name))
            return call->given[i].value;
    return NULL;
}

bool admin_read_number(const char *what, const char *text, int64_t least, int64_t most, int64_t *ret, struct buf *why)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end || errno || value < least || value > most) {
        buf_printf(why, "%s is a whole number from %lld to %lld, not \"%.40s\"", what, (long long)least,
                   (long long)most, text);
        return false;
    }
    *ret = value;
    return true;
}

bool admin_number(const struct admin_call *call, const char *name, int64_t least, int64_t most, int64_t absent,
                  int64_t *ret, struct buf *why)
{
    const char *text = admin_option(call, name);
    *ret = absent;
    return !text || admin_read_number(name, text, least, most, ret, why);
}

/* ---- answering ---- */

static bool run(struct admin_call *call, const struct admin_request *request, struct json *data, struct buf *why)
{
    const char *words[ADMIN_ARGS_MAX + 1] = { request->command };
    for (size_t i = 0; i < request->nargs; i++)
        words[i + 1] = request->args[i];
    call->command = find(words, request->nargs + 1, call, why);
    if (!call->command)
        return false;
    if (call->command->changes && call->caller.viewer) {
        buf_printf(why, "%s changes something, which is not for viewers", call->command->name);
        return false;
    }
    bool done = call->command->run(call, data, why);
    if (call->command->changes)
        audit_tell(call->options->audit, call, words + 1, request->nargs, done ? (struct text){ 0 } : buf_view(why));
    return done;
}

static void put_notes(struct json *j, const struct admin_notes *notes)
{
    if (notes->silent) {
        json_begin_array(j, "silent");
        for (int i = 0; i < WORKERS_MOST; i++)
            if (notes->silent >> i & 1)
                json_int(j, NULL, i);
        json_end_array(j);
    }
    if (notes->left_off > 0)
        json_int(j, "left_off", notes->left_off);
    if (notes->note)
        json_str(j, "note", notes->note);
    if (!notes->again.n || notes->again.failed)
        return;
    json_begin_object(j, "again");
    json_begin_array(j, "args");
    json_raw(j, NULL, buf_view(&notes->again));
    json_end_array(j);
    json_int(j, "after_ms", notes->again_ms);
    json_end_object(j);
}

static struct json begin_answer(struct buf *answer, bool done)
{
    struct json j = json_into(answer);
    json_begin_object(&j, NULL);
    json_int(&j, "v", 1);
    json_bool(&j, "ok", done);
    return j;
}

void admin_refuse(struct text why, struct buf *answer)
{
    struct json j = begin_answer(answer, false);
    json_text(&j, "error", why);
    json_end_object(&j);
}

/* Data that is somebody else's JSON, the database's say, may have line feeds between its values. */
static void make_one_line(struct buf *answer)
{
    for (char *p = answer->p; answer->n && (p = memchr(p, '\n', answer->n - (size_t)(p - answer->p)));)
        *p = ' ';
}

static void put_answer(struct buf *answer, const struct admin_call *call, const struct buf *data)
{
    struct json j = begin_answer(answer, true);
    json_raw(&j, "data", buf_view(data));
    put_notes(&j, call->notes);
    json_end_object(&j);
    make_one_line(answer);
}

void admin_answer(const struct admin_options *o, const char *state, struct admin_caller caller, struct text bytes,
                  struct buf *answer)
{
    struct buf data = { 0 }, why = { 0 };
    struct json value = json_into(&data);
    struct admin_request request;
    struct admin_notes notes = { 0 };
    struct admin_call call = { .options = o, .system = o->system, .state = state, .caller = caller, .notes = &notes };
    bool done = false;
    if (admin_request_read(bytes, &request))
        done = run(&call, &request, &value, &why);
    else
        buf_puts(&why, "a request is {\"v\":1,\"command\":NAME,\"args\":[...]}");
    if (done && data.n > ADMIN_ANSWER_MAX)
        admin_refuse(TEXT("the answer would have more than 8 MiB: ask for less"), answer);
    else if (done && !data.failed)
        put_answer(answer, &call, &data);
    else
        admin_refuse(why.n && !why.failed ? buf_view(&why) : TEXT("out of memory"), answer);
    admin_request_fini(&request);
    buf_fini(&notes.again);
    buf_fini(&data);
    buf_fini(&why);
}
