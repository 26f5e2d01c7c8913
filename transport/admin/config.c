/* Admin, config: the parameters in force, and changing those that may be. A change goes into force at once
 * (proto/config/config_live.h); then every worker, this thread and the main thread take it over, each between two pieces of
 * its own work. */
#include "proto/config/config_live.h"
#include "proto/config/config_row.h"
#include "transport/admin/ask.h"

#include <stdio.h>

static void put_value(struct json *j, const char *key, const struct config_row *row, const struct config *from)
{
    struct buf text = { 0 };
    if (row->type == CONFIG_INT)
        json_int(j, key, *(const int64_t *)((const char *)from + row->at));
    else if (row->type == CONFIG_REAL)
        json_double(j, key, *(const double *)((const char *)from + row->at));
    else if (row->type == CONFIG_BOOL)
        json_bool(j, key, *(const bool *)((const char *)from + row->at));
    else {
        config_row_put(row, from, &text);
        json_text(j, key, buf_view(&text));
    }
    buf_fini(&text);
}

static void put_text(struct json *j, const char *key, void (*put)(const struct config_row *, struct buf *),
                     const struct config_row *row)
{
    struct buf text = { 0 };
    put(row, &text);
    json_text(j, key, buf_view(&text));
    buf_fini(&text);
}

static void put_source(struct json *j, const struct config_row *row, const struct config *now)
{
    if (config_row_equal(row, now, &config))
        put_text(j, "source", config_row_put_origin, row);
    else
        json_str(j, "source", "changed");
}

/* ---- config get ---- */

static void put_row(struct json *j, const struct config_row *row, const struct config *now)
{
    json_begin_object(j, NULL);
    json_str(j, "name", row->flag);
    put_value(j, "value", row, now);
    put_source(j, row, now);
    json_bool(j, "changeable", config_row_changeable(row));
    json_str(j, "default", row->def);
    put_text(j, "range", config_row_put_range, row);
    json_str(j, "environment", row->env);
    json_str(j, "about", row->help);
    json_end_object(j);
}

static bool get(const struct admin_call *call, struct json *data, struct buf *why)
{
    const struct config_row *only = call->nargs ? config_row_of(text_of(call->args[0])) : NULL;
    struct config now;
    if (call->nargs && !only) {
        buf_printf(why, "%.100s is no parameter; config get lists them", call->args[0]);
        return false;
    }
    config_in_force(&now);
    json_begin_array(data, NULL);
    for (int i = 0; i < CONFIG_ROWS; i++)
        if (!only || only == &config_rows[i])
            put_row(data, &config_rows[i], &now);
    json_end_array(data);
    return true;
}

/* ---- config diff ---- */

static void put_difference(struct json *j, const struct config_row *row, const struct config *now)
{
    json_begin_object(j, NULL);
    json_str(j, "name", row->flag);
    put_value(j, "value", row, now);
    put_value(j, "start", row, &config);
    json_str(j, "default", row->def);
    put_source(j, row, now);
    json_end_object(j);
}

static bool diff(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct config now, defaults = { 0 };
    config_in_force(&now);
    json_begin_array(data, NULL);
    for (int i = 0; i < CONFIG_ROWS; i++) {
        const struct config_row *row = &config_rows[i];
        bool same = config_row_set(row, &defaults, row->flag, NULL, row->def, why) &&
                    config_row_equal(row, &now, &defaults) && config_row_equal(row, &now, &config);
        if (!same)
            put_difference(data, row, &now);
    }
    json_end_array(data);
    return true;
}

/* ---- config set, log level ---- */

static void take_over(struct worker *w, const void *question, struct buf *answer)
{
    config_take_over();
}

/* A worker that is silent takes it over when it turns again. */
static bool change(const struct admin_call *call, const char *name, const char *value, struct json *data,
                   struct buf *why)
{
    struct survey_answer answers[WORKERS_MOST];
    struct config before, now;
    config_in_force(&before);
    if (!config_change(name, value, why))
        return false;
    const struct config_row *row = config_row_of(text_of(name));
    survey_free(answers, ask_all(call, take_over, NULL, 0, answers));
    config_take_over();
    if (call->server->wish)
        call->server->wish(ADMIN_TAKE_OVER);
    config_in_force(&now);
    json_begin_object(data, NULL);
    json_str(data, "name", row->flag);
    put_value(data, "before", row, &before);
    put_value(data, "value", row, &now);
    json_end_object(data);
    return true;
}

static bool set(const struct admin_call *call, struct json *data, struct buf *why)
{
    return change(call, call->args[0], call->args[1], data, why);
}

static bool level(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct config now;
    if (call->nargs)
        return change(call, "log-level", call->args[0], data, why);
    config_in_force(&now);
    json_begin_object(data, NULL);
    json_str(data, "name", "log-level");
    json_str(data, "value", now.log_level);
    json_end_object(data);
    return true;
}

/* ---- the table ---- */

#define CHANGE_GIVES "{\"name\":\"\",\"before-\":null,\"value\":null}"

const struct admin_command admin_config[] = {
    { "config", "get [NAME]", "the parameters in force, and where each came from; secrets are not shown", false,
      "[{\"name\":\"\",\"value\":null,\"source\":\"\",\"changeable\":true,\"default\":\"\","
      "\"range\":\"\",\"environment\":\"\",\"about\":\"\"}]",
      get },
    { "config", "diff", "what is not as it is by default, or not as start gave it", false,
      "[{\"name\":\"\",\"value\":null,\"start\":null,\"default\":\"\",\"source\":\"\"}]", diff },
    { "config", "set NAME VALUE", "changes a changeable parameter until the server ends", true, CHANGE_GIVES, set },
    { "log", "level", "the least level that is logged", false, CHANGE_GIVES, level },
    { "log", "level LEVEL", "changes it: debug, info, warn or error", true, CHANGE_GIVES, level },
    { 0 },
};
