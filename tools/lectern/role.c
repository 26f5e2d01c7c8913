/* Role: `lectern role`. Who may do what in which area, given and taken by the operator. A running server is told by the
 * database and obeys at once. Main thread. */
#include "proto/field.h"
#include "store/statements.h"
#include "tools/lectern/commands.h"
#include "tools/lectern/session.h"
#include "transport/api/api.h"

#include <stdio.h>

static bool gives_roles(const struct area *area)
{
    return area->roles && !area->own_accounts;
}

static const struct area *area_of(const char *name)
{
    for (int i = 0; api_areas[i]; i++)
        if (gives_roles(api_areas[i]) && !strcmp(api_areas[i]->name, name))
            return api_areas[i];
    return NULL;
}

static bool has_word(const struct area *area, const char *word)
{
    for (const struct area_role *r = area->roles; r->word; r++)
        if (!strcmp(r->word, word))
            return true;
    return false;
}

/* "area: word word; area: word" */
static void put_areas(struct buf *out)
{
    for (int i = 0; api_areas[i]; i++) {
        if (!gives_roles(api_areas[i]))
            continue;
        buf_printf(out, "%s%s:", i ? "; " : "", api_areas[i]->name);
        for (const struct area_role *r = api_areas[i]->roles; r->word; r++)
            buf_printf(out, " %s", r->word);
    }
}

static bool refuse_area(struct buf *why)
{
    buf_puts(why, "there is no such area or role; there are ");
    put_areas(why);
    return false;
}

static bool person(const char *text, struct db_params *p, struct buf *why)
{
    int64_t id;
    if (!field_read_integer(text_of(text), &id) || id < 1 || id > INT32_MAX) {
        buf_printf(why, "%s is not a user id", text);
        return false;
    }
    db_param_int4(p, (int32_t)id);
    return true;
}

static bool grant(PGconn *c, char **args, struct buf *out, struct buf *why)
{
    struct db_params p = { 0 };
    const struct area *area = area_of(args[1]);
    if (!area || !has_word(area, args[2]))
        return refuse_area(why);
    if (!person(args[0], &p, why))
        return false;
    db_param_text(&p, text_of(args[1]));
    db_param_text(&p, text_of(args[2]));
    PGresult *r = session_rows(c, &ACCOUNT_ROLE_GRANT, &p, "there is no such person", why);
    if (r)
        buf_printf(out, "%s %s: %s in %s\n", args[0], PQgetvalue(r, 0, 0), args[2], args[1]);
    PQclear(r);
    return r;
}

static bool take_away(PGconn *c, char **args, struct buf *out, struct buf *why)
{
    struct db_params p = { 0 };
    if (!area_of(args[1]))
        return refuse_area(why);
    if (!person(args[0], &p, why))
        return false;
    db_param_text(&p, text_of(args[1]));
    PGresult *r = session_rows(c, &ACCOUNT_ROLE_REVOKE, &p, "they have no role there", why);
    if (r)
        buf_printf(out, "%s: none in %s\n", args[0], args[1]);
    PQclear(r);
    return r;
}

static bool list(PGconn *c, char **args, struct buf *out, struct buf *why)
{
    struct db_params p = { 0 };
    if (!args[0])
        db_param_null(&p);
    else if (!person(args[0], &p, why))
        return false;
    PGresult *r = pg_session_run(c, &ACCOUNT_ROLE_LIST, &p, why);
    for (int i = 0; i < PQntuples(r); i++)
        buf_printf(out, "%-8s %-12s %-10s %s\n", PQgetvalue(r, i, 0), PQgetvalue(r, i, 1), PQgetvalue(r, i, 2),
                   PQgetvalue(r, i, 3));
    PQclear(r);
    return r;
}

static const struct session_verb verbs[] = {
    { "grant", "USER_ID AREA ROLE", "give a person a role, instead of the one they had there", 3, 3, grant, true },
    { "revoke", "USER_ID AREA", "take a person's role in an area away", 2, 2, take_away, true },
    { "list", "[USER_ID]", "show who has which role where", 0, 1, list },
    {},
};

int command_role(int argc, char **argv)
{
    struct buf more = { 0 };
    buf_puts(&more, "A running server obeys at once. Areas and their roles: ");
    put_areas(&more);
    buf_putc(&more, 0);
    int code = session_command(verbs, more.failed ? "" : more.p, argc, argv);
    buf_fini(&more);
    return code;
}
