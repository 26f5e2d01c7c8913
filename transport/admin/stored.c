/* Admin, stored: what the database keeps for operators: the audit of their own commands, and the outbox. */
#include "transport/admin/command.h"

#include "store/statements.h"
#include "transport/admin/ask.h"

#include <stdio.h>

/* ---- audit ---- */

static bool audit(const struct admin_call *call, struct json *data, struct buf *why)
{
    int64_t most;
    if (!admin_number(call, "--top", 1, ADMIN_ROWS_MAX, 50, &most, why))
        return false;
    struct ask_params params = { 1, { { .kind = ASK_INT4, .number = (int32_t)most } } };
    return ask_database_json(call, &OPERATIONS_AUDIT_LIST, &params, data, why);
}

/* ---- outbox ---- */

static bool outbox(const struct admin_call *call, struct json *data, struct buf *why)
{
    bool all = admin_option(call, "--all") != NULL;
    struct ask_params params = {
        2, { { .kind = ASK_BOOL, .number = all }, { .kind = ASK_INT4, .number = ADMIN_ROWS_MAX } }
    };
    return ask_database_json(call, &OPERATIONS_OUTBOX, &params, data, why);
}

static bool jobs(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct ask_params none = { 0 };
    return ask_database_json(call, &OPERATIONS_JOBS, &none, data, why);
}

static void take_count(const struct db_result *r, struct buf *answer)
{
    buf_int(answer, db_int(r, 0, 0));
}

/* One message by its id, those of a kind, or all dead ones. */
static bool change(const struct admin_call *call, const struct statement *st, struct json *data, struct buf *why)
{
    struct ask_params params = { 1, { { .kind = call->nargs ? ASK_TEXT : ASK_NULL } } };
    struct survey_answer answer;
    if (call->nargs)
        snprintf(params.list[0].text, ASK_TEXT_MAX, "%s", call->args[0]);
    bool done = ask_database(call, st, &params, take_count, &answer, why);
    if (done && call->nargs && text_is(buf_view(&answer.text), "+0")) {
        buf_printf(why, "no dead message has the id or the kind %.60s", call->args[0]);
        done = false;
    }
    if (done) {
        json_begin_object(data, NULL);
        json_raw(data, "messages", (struct text){ answer.text.p + 1, answer.text.n - 1 });
        json_end_object(data);
    }
    survey_free(&answer, 1);
    return done;
}

static bool outbox_retry(const struct admin_call *call, struct json *data, struct buf *why)
{
    return change(call, &OUTBOX_RETRY, data, why);
}

static bool outbox_drop(const struct admin_call *call, struct json *data, struct buf *why)
{
    return change(call, &OUTBOX_DROP, data, why);
}

#define CHANGE_GIVES "{\"messages\":1}"

#define OUTBOX_GIVES                                                                                                   \
    "[{\"id\":\"\",\"kind\":\"\",\"state|\":\"waiting|sending|dead\",\"attempts\":1,"                                  \
    "\"created_at\":\"\",\"next_at?\":\"\",\"last_error?\":\"\"}]"

const struct admin_command admin_stored[] = {
    { "audit", "[--top N]", "what operators changed, newest first", false,
      "[{\"at\":\"\",\"user?\":\"\",\"uid?\":1,\"pid?\":1,\"command\":\"\",\"arguments\":\"\","
      "\"failed?\":\"\"}]",
      audit },
    { "outbox", "[--all]", "jobs, mails, pushes and events that were given up, or with --all those that wait too",
      false, OUTBOX_GIVES, outbox },
    { "outbox", "list [--all]", "the same", false, OUTBOX_GIVES, outbox },
    { "outbox", "retry [ID]", "new attempts for one, for those of a kind, or for all that were given up", true,
      CHANGE_GIVES, outbox_retry },
    { "outbox", "drop [ID]", "forgets one, those of a kind, or all that were given up", true, CHANGE_GIVES,
      outbox_drop },
    { "jobs", "", "the outbox kind by kind: what waits, is under way, is dead, and for how long the oldest waits",
      false,
      "[{\"kind\":\"\",\"waiting\":1,\"under_way\":1,\"dead\":1,\"oldest_s?\":1,\"oldest_at?\":\"\",\"next_at?\":\"\","
      "\"last_error?\":\"\"}]",
      jobs },
    { 0 },
};
