/* Invitations to a relationship (coaching contract, section 9). A link's token goes to whoever asks for it and into the
 * mail; the database has its digest, and mail is made of what it was made of (proto/identity/invite_token.h). */
#include "proto/base/json.h"
#include "proto/base/origin.h"
#include "proto/config/config.h"
#include "proto/config/secret.h"
#include "proto/identity/digest.h"
#include "proto/identity/invite_token.h"
#include "store/statements.h"
#include "transport/api/coaching/coaching.h"

#include <stdio.h>

enum { ID_MAX = 37, BASE_MOST = 2048, MESSAGE_MOST = 4000, TRIES_MOST = 8 };

/* A link that is being made. In the request's memory. */
struct link {
    char id[ID_MAX], token[INVITE_TOKEN_MAX], digest[DIGEST_MAX];
    int32_t generation;
    int tries;
    struct text base;
};

/* ---- where links lead ---- */

/* The origin of an address by http or https, in the one form in which they are compared; empty: it is none. */
static void put_origin(const char *url, struct buf *out)
{
    struct buf why = { 0 };
    bool web = !strncasecmp(url, "http://", 7) || !strncasecmp(url, "https://", 8);
    if (!web || strpbrk(url, "*, \t\r\n") || !origin_list_read(url, out, &why))
        buf_reset(out);
    buf_fini(&why);
}

static bool trusted(struct request *rq, struct text origin)
{
    const char *const *listed = request_area(rq)->cors.configured;
    struct buf own = { 0 };
    put_origin(config.app_public_url, &own);
    bool good =
        origin.n && ((listed && origin_find(*listed, origin) == ORIGIN_LISTED) || text_equal(origin, buf_view(&own)));
    buf_fini(&own);
    return good;
}

/* What the app names steers mailed links, so that it must be an address from which pages may call. Absent without
 * memory. */
static struct text base_of(struct request *rq)
{
    struct text named = request_header(rq, "x-app-base-url"), fallback = text_of(config.app_public_url);
    const char *url = named.n && named.n <= BASE_MOST ? request_string(rq, named) : NULL;
    struct buf origin = { 0 };
    if (url)
        put_origin(url, &origin);
    while (fallback.n && fallback.p[fallback.n - 1] == '/')
        fallback.n--;
    struct text base = trusted(rq, buf_view(&origin)) ? request_keep(rq, buf_view(&origin)) : fallback;
    buf_fini(&origin);
    return base;
}

/* ---- links ---- */

/* False without memory. */
static bool make_token(struct link *l, struct text id)
{
    return invite_token_make(config.coaching_secret_key, id, l->generation, l->token) &&
           digest_put(text_of(l->token), l->digest);
}

/* NULL: answered 503. */
static struct link *new_link(struct request *rq)
{
    struct link *l = request_alloc(rq, sizeof *l);
    if (l)
        l->base = base_of(rq);
    if (l && l->base.p) {
        request_set_data(rq, l);
        return l;
    }
    respond_error(rq, ERROR_OVERLOADED);
    return NULL;
}

static void put_url(struct json *j, const struct link *l)
{
    struct buf url = { 0 };
    buf_text(&url, l->base);
    buf_printf(&url, "/signup?token=%s", l->token);
    j->out->failed |= url.failed;
    json_text(j, "invite_url", buf_view(&url));
    buf_fini(&url);
}

/* ---- to invite somebody ---- */

/* A UUIDv4 (RFC 9562, section 5.4). */
static bool make_id(char to[static ID_MAX])
{
    char digits[33];
    if (!secret_hex(digits, 16))
        return false;
    digits[12] = '4';
    digits[16] = "89ab"[(unsigned char)digits[16] & 3];
    snprintf(to, ID_MAX, "%.8s-%.4s-%.4s-%.4s-%.12s", digits, digits + 8, digits + 12, digits + 16, digits + 20);
    return true;
}

static void on_invited(struct request *rq, const struct db_result *r)
{
    const struct link *l = request_data(rq);
    struct buf body = { 0 };
    struct json j = json_into(&body);
    if (r->status != DB_OK) {
        respond_db(rq, r);
        return;
    }
    if (db_int(r, 0, COACHING_INVITE_STATUS) != 200) {
        respond_json(rq, (int)db_int(r, 0, COACHING_INVITE_STATUS), db_text(r, 0, COACHING_INVITE_BODY));
        return;
    }
    json_begin_object(&j, NULL);
    json_str(&j, "invite_id", l->id);
    json_str(&j, "status", "SENT");
    json_text(&j, "expires_at", db_text(r, 0, COACHING_INVITE_EXPIRES_AT));
    put_url(&j, l);
    json_end_object(&j);
    respond_built(rq, 200, &body);
}

static void invite(struct request *rq)
{
    struct link *l = new_link(rq);
    struct db_params p = { 0 };
    if (!l)
        return;
    l->generation = 1;
    if (!make_id(l->id) || !make_token(l, text_of(l->id))) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    db_param_int4(&p, request_caller(rq)->user_id);
    db_param_text(&p, request_text(rq, "relationship_id"));
    db_param_text(&p, text_of(l->id));
    db_param_text(&p, text_of(l->digest));
    db_param_text(&p, request_text(rq, "email"));
    db_param_text(&p, request_text(rq, "role"));
    db_param_text(&p, request_text(rq, "message"));
    db_param_text(&p, l->base);
    request_query(rq, &COACHING_INVITE, &p, on_invited);
}

/* ---- a fresh link ---- */

static void renew(struct request *rq);

static void respond_link(struct request *rq, const struct link *l)
{
    struct buf body = { 0 };
    struct json j = json_into(&body);
    json_begin_object(&j, NULL);
    put_url(&j, l);
    json_end_object(&j);
    respond_built(rq, 200, &body);
}

/* The token is made of its number, which somebody else may just have taken. */
static void on_renewed(struct request *rq, const struct db_result *r)
{
    struct link *l = request_data(rq);
    if (r->status != DB_OK) {
        respond_db(rq, r);
    } else if (db_int(r, 0, COACHING_RENEW_INVITE_STATUS) != 200) {
        respond_json(rq, (int)db_int(r, 0, COACHING_RENEW_INVITE_STATUS), db_text(r, 0, COACHING_RENEW_INVITE_BODY));
    } else if (db_null(r, 0, COACHING_RENEW_INVITE_LAST)) {
        respond_link(rq, l);
    } else if (++l->tries < TRIES_MOST) {
        l->generation = (int32_t)db_int(r, 0, COACHING_RENEW_INVITE_LAST) + 1;
        renew(rq);
    } else {
        respond_error(rq, ERROR_OVERLOADED);
    }
}

static void renew(struct request *rq)
{
    struct link *l = request_data(rq);
    struct text id = request_text(rq, "invite_id");
    struct db_params p = { 0 };
    if (!make_token(l, id)) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    db_param_int4(&p, request_caller(rq)->user_id);
    db_param_text(&p, request_text(rq, "relationship_id"));
    db_param_text(&p, id);
    db_param_int4(&p, l->generation);
    db_param_text(&p, text_of(l->digest));
    request_query(rq, &COACHING_RENEW_INVITE, &p, on_renewed);
}

static void invite_link(struct request *rq)
{
    struct link *l = new_link(rq);
    if (!l)
        return;
    l->generation = 2; /* most have had one */
    renew(rq);
}

/* ---- who is invited ---- */

static void on_found(struct request *rq, const struct db_result *r)
{
    if (r->status != DB_OK)
        respond_db(rq, r);
    else
        respond_json(rq, (int)db_int(r, 0, COACHING_VALIDATE_INVITE_STATUS),
                     db_text(r, 0, COACHING_VALIDATE_INVITE_BODY));
}

/* By the digest, so that the token does not stand in a statement's values, which databases log. */
static void validate(struct request *rq)
{
    char digest[DIGEST_MAX];
    struct db_params p = { 0 };
    if (!digest_put(request_text(rq, "token"), digest)) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    db_param_text(&p, text_of(digest));
    request_query(rq, &COACHING_VALIDATE_INVITE, &p, on_found);
}

/* ---- table ---- */

#define URL "\"http://localhost:3000/signup?token=KI8iiHt_w-Pmk8PkcM0sx912uaSnGgxIxCgPvqlk0aY\""
#define BASE_ABOUT                                                                                                     \
    "The header `X-App-Base-URL` names where the link leads: an origin from which pages may call, or the public "      \
    "address of the app, which else it is."

static const struct field invite_body[] = {
    { "email", FIELD_EMAIL, .required = true, .mailbox = true, .max = 254 },
    { "role", FIELD_TEXT, .nullable = true, .max = COACHING_ID_MOST,
      .about = "PARTNER, CHILD, FRIEND, FAMILY or OTHER, any case; else none" },
    { "message", FIELD_TEXT, .nullable = true, .max = MESSAGE_MOST },
    {},
};

static const struct field validate_query[] = { { "token", FIELD_TEXT, .required = true, .max = COACHING_ID_MOST }, {} };

const struct endpoint coaching_invite_endpoints[] = {
    { POST, "/v1/relationships/{relationship_id:text}/invites", KNOWN, .handle = invite, .body_kind = BODY_JSON,
      .body = invite_body, .summary = "Invites somebody by mail",
      .about =
          "The link counts for 7 days, and once. Whoever has an account with that address is a member at once. " BASE_ABOUT,
      .example = "{\"email\":\"ben@example.org\",\"role\":\"PARTNER\",\"message\":\"Shall we?\"}",
      .gives = "{\"invite_id\":\"" COACHING_ID "\",\"status\":\"SENT\",\"expires_at\":" COACHING_STAMP
               ",\"invite_url\":" URL "}",
      .refusals = REFUSALS(ERROR_NOT_FOUND, ERROR_NOT_A_MEMBER, ERROR_TOO_MANY_INVITES) },
    { GET, "/v1/relationships/{relationship_id:text}/invites", KNOWN, .statement = &COACHING_INVITES,
      .summary = "The invitations to a relationship, newest first",
      .gives =
          "[{\"invite_id\":\"" COACHING_ID "\",\"email\":\"ben@example.org\",\"role?\":\"PARTNER\",\"status\":\"SENT\","
          "\"expires_at\":" COACHING_STAMP ",\"created_at\":" COACHING_STAMP ",\"inviter_user_id\":\"" COACHING_ID
          "\"}]",
      .refusals = REFUSALS(ERROR_NOT_FOUND, ERROR_NOT_A_MEMBER) },
    { GET, "/v1/relationships/{relationship_id:text}/invites/{invite_id:text}/link", KNOWN, .handle = invite_link,
      .summary = "A fresh link for an invitation",
      .about = "The one before is dead, and seven days begin anew. " BASE_ABOUT, .gives = "{\"invite_url\":" URL "}",
      .refusals = REFUSALS(ERROR_NOT_A_MEMBER, ERROR_INVITE_NOT_FOUND, ERROR_INVITE_NOT_PENDING) },
    { GET, "/v1/relationships/invites/validate", ANYONE, .handle = validate, .query = validate_query,
      .summary = "What an invitation says to whoever has its link",
      .gives = "{\"email\":\"ben@example.org\",\"valid\":true,\"expires_at\":" COACHING_STAMP
               ",\"relationship_type\":\"Partner\",\"inviter_name\":\"Ada\"}",
      .refusals = REFUSALS(ERROR_INVITE_INVALID) },
    {},
};
