/* Answer: see answer.h. */
#include "transport/admin/answer.h"

#include "transport/admin/audit.h"
#include "transport/admin/request.h"
#include "transport/admin/tables.h"

static bool run(struct admin_call *call, const struct admin_request *request, struct json *data, struct buf *why)
{
    const char *words[ADMIN_ARGS_MAX + 1] = { request->command };
    for (size_t i = 0; i < request->nargs; i++)
        words[i + 1] = request->args[i];
    call->command = tables_find(words, request->nargs + 1, call, why);
    if (!call->command)
        return false;
    if (call->command->changes && call->caller.viewer) {
        buf_printf(why, "%s changes something, which is not for viewers", call->command->name);
        return false;
    }
    bool done = call->command->run(call, data, why);
    if (call->command->changes)
        audit_tell(call->server->audit, call, words + 1, request->nargs, done ? (struct text){ 0 } : buf_view(why));
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

void admin_answer(const struct server_view *server, const char *state, struct admin_caller caller, struct text bytes,
                  struct buf *answer)
{
    struct buf data = { 0 }, why = { 0 };
    struct json value = json_into(&data);
    struct admin_request request;
    struct admin_notes notes = { 0 };
    struct admin_call call = {
        .server = server, .system = server->system, .state = state, .caller = caller, .notes = &notes
    };
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
