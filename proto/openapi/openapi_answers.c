/* OpenAPI answers: gathers the reasons for every status an endpoint may answer with, then writes them by status. */
#include "proto/openapi/like.h"
#include "proto/openapi/openapi_parts.h"

#include <stdio.h>

enum { REASONS_MOST = 64 };

/* One reason for a status. */
struct reason {
    int status;
    const char *about;
    bool exact;               /* it is the very text of "detail" */
    bool text;                /* "detail" is a text, for which this is no example */
    const struct answer *row; /* of the table, or NULL */
};

struct reasons {
    struct reason at[REASONS_MOST];
    int n;
};

/* ---- gathering ---- */

static void add(struct reasons *r, struct reason reason)
{
    for (int i = 0; i < r->n; i++)
        if (r->at[i].status == reason.status && !strcmp(r->at[i].about, reason.about))
            return;
    if (r->n < REASONS_MOST)
        r->at[r->n++] = reason;
}

static void add_error(struct reasons *r, enum error why)
{
    add(r, (struct reason){ error_status(why), error_detail(why), .exact = true });
}

static void add_rows(struct reasons *r, const struct endpoint *e)
{
    bool success = false;
    for (const struct answer *a = e->answers; a && a->status; a++)
        success |= a->status < 400;
    if (!success && e->socket)
        add(r, (struct reason){ 101, "The connection is a WebSocket from then on (RFC 6455)" });
    else if (!success)
        add(r, (struct reason){ 200, "OK" });
    for (const struct answer *a = e->answers; a && a->status; a++)
        add(r, (struct reason){ a->status, a->about ? a->about : "OK", .row = a });
    for (const enum error *why = e->refusals; why && *why; why++)
        add_error(r, *why);
}

enum caller_rank openapi_rank(const struct area *area, const struct endpoint *e, bool legacy)
{
    return legacy && area->bare_user_id && e->open ? ANYONE : e->caller;
}

/* Identification and rank: as api_identify and the check of ranks say it. */
static void add_identity(struct reasons *r, const struct area *area, const struct endpoint *e, bool legacy)
{
    const struct area_refusals *says = &area->says;
    legacy &= area->bare_user_id;
    if (legacy)
        add_error(r, ERROR_USER_ID_MISSING);
    if (legacy)
        add_error(r, ERROR_WRONG_IDENTITY);
    if (!legacy)
        add_error(r, says->no_token ?: ERROR_NOT_AUTHENTICATED);
    add_error(r, says->bad_token ?: ERROR_INVALID_TOKEN);
    add_error(r, says->no_person ?: ERROR_USER_NOT_FOUND);
    if (area->roles)
        add_error(r, says->no_role ?: ERROR_NO_ROLE);
    if (e->caller > KNOWN)
        add_error(r, e->forbidden ?: says->forbidden ?: ERROR_FORBIDDEN);
}

static bool checks_fields(const struct endpoint *e)
{
    return strchr(e->path, '{') || openapi_any(e->query) || openapi_any(e->body);
}

static bool has_status(const struct reasons *r, int status)
{
    for (int i = 0; i < r->n; i++)
        if (r->at[i].status == status)
            return true;
    return false;
}

/* What a request must say that wants to become a socket. */
static void add_upgrade(struct reasons *r)
{
    add_error(r, ERROR_UPGRADE_REQUIRED);
    add_error(r, ERROR_BAD_HANDSHAKE);
    add_error(r, ERROR_ORIGIN_REFUSED);
}

static void gather(struct reasons *r, const struct area *area, const struct endpoint *e, bool legacy)
{
    add_rows(r, e);
    if (openapi_rank(area, e, legacy) != ANYONE)
        add_identity(r, area, e, legacy);
    if (e->socket)
        add_upgrade(r);
    if (e->body_kind != BODY_NONE) {
        add_error(r, ERROR_BODY_TOO_LARGE);
        add_error(r, ERROR_BODY_ENCODED);
    }
    if (e->body_kind == BODY_FORM)
        add(r, (struct reason){ 400, "The form cannot be read" });
    if (checks_fields(e))
        add(r, (struct reason){ area->faults_as_text ? 400 : 422,
                                "A value is missing, of the wrong type or out of bounds", .text = e->faults_as_text });
    if (!has_status(r, 503))
        add(r, (struct reason){ 503, "Too busy, or the database is away: try again after Retry-After" });
}

/* ---- writing ---- */

/* What a success brings. Without schema or example nothing is known of its body. */
static void put_success(struct json *j, const struct answer *row, const char *example)
{
    const char *schema = row ? row->schema : NULL, *content = row ? row->content : NULL;
    if (!schema && !content && !example)
        return;
    json_begin_object(j, "content");
    json_begin_object(j, content ? content : "application/json");
    if (schema)
        json_raw(j, "schema", text_of(schema));
    else if (content)
        json_raw(j, "schema", TEXT("{\"type\":\"string\"}"));
    else
        (void)like_put_schema(j, "schema", example);
    like_put_example(j, example);
    json_end_object(j);
    json_end_object(j);
}

/* An example for each text of "detail" that is known. */
static void put_details(struct json *j, const struct reasons *r, int status)
{
    bool any = false;
    for (int i = 0; i < r->n; i++)
        any |= r->at[i].status == status && r->at[i].exact;
    if (!any)
        return;
    json_begin_object(j, "examples");
    for (int i = 0; i < r->n; i++) {
        if (r->at[i].status != status || !r->at[i].exact)
            continue;
        json_begin_object(j, r->at[i].about);
        json_begin_object(j, "value");
        json_str(j, "detail", r->at[i].about);
        json_end_object(j);
        json_end_object(j);
    }
    json_end_object(j);
}

static const struct answer *row_of(const struct reasons *r, int status)
{
    for (int i = 0; i < r->n; i++)
        if (r->at[i].status == status && r->at[i].row)
            return r->at[i].row;
    return NULL;
}

/* 422 is a list of faults, a text, or either. */
static const char *refusal_schema(const struct reasons *r, int status)
{
    bool faults = false, text = status != 422;
    for (int i = 0; i < r->n; i++) {
        bool told = r->at[i].exact || r->at[i].text;
        faults |= r->at[i].status == status && status == 422 && !told;
        text |= r->at[i].status == status && told;
    }
    return !faults ? "{\"$ref\":\"#/components/schemas/Error\"}"
           : !text ? "{\"$ref\":\"#/components/schemas/ValidationError\"}"
                   : "{\"anyOf\":[{\"$ref\":\"#/components/schemas/ValidationError\"},"
                     "{\"$ref\":\"#/components/schemas/Error\"}]}";
}

static void put_refusal(struct json *j, const struct reasons *r, int status)
{
    const struct answer *row = row_of(r, status);
    json_begin_object(j, "content");
    json_begin_object(j, row && row->content ? row->content : "application/json");
    if (row && row->schema)
        json_raw(j, "schema", text_of(row->schema));
    else if (row && row->content)
        json_raw(j, "schema", TEXT("{\"type\":\"string\"}"));
    else
        json_raw(j, "schema", text_of(refusal_schema(r, status)));
    put_details(j, r, status);
    json_end_object(j);
    json_end_object(j);
}

/* All reasons for the status, as one description. */
static void put_description(struct json *j, const struct reasons *r, int status)
{
    struct buf about = { 0 };
    for (int i = 0; i < r->n; i++) {
        if (r->at[i].status != status)
            continue;
        buf_puts(&about, about.n ? "; " : "");
        buf_puts(&about, r->at[i].about);
    }
    json_text(j, "description", buf_view(&about));
    j->out->failed |= about.failed;
    buf_fini(&about);
}

static void put_status(struct json *j, const struct reasons *r, int status, const char *example)
{
    char key[16];
    snprintf(key, sizeof key, "%d", status);
    json_begin_object(j, key);
    put_description(j, r, status);
    if (status < 400)
        put_success(j, row_of(r, status), example);
    else
        put_refusal(j, r, status);
    json_end_object(j);
}

/* The least status above `last`; 0: there is none. */
static int next_status(const struct reasons *r, int last)
{
    int least = 0;
    for (int i = 0; i < r->n; i++)
        if (r->at[i].status > last && (!least || r->at[i].status < least))
            least = r->at[i].status;
    return least;
}

void openapi_put_answers(struct json *j, const struct area *area, const struct endpoint *e, bool legacy)
{
    struct reasons r = { .n = 0 };
    gather(&r, area, e, legacy);
    json_begin_object(j, "responses");
    for (int last = 0, status; (status = next_status(&r, last)); last = status)
        put_status(j, &r, status, last ? NULL : e->gives); /* the example is of the first, the success */
    json_end_object(j);
}
