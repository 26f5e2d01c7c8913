/* Token: see token.h. libjwt writes; what is read is taken apart by jws.c, which is stricter. Nothing of a header
 * decides how a token is checked but which of the two keys is looked at first. */
#include "proto/identity/token.h"

#include "proto/config/config.h"
#include "proto/config/secret.h"
#include "proto/identity/jws.h"

#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ISSUER   "lectern"
#define AUDIENCE "lectern"
#define TYPE     "access"

enum { MAC = 32, SIGN_IN_BYTES = 8, KEY_ID_BYTES = 6, KEY_ID_MAX = 2 * KEY_ID_BYTES + 1 };

static bool mac(const char *key, const void *text, size_t n, unsigned char ret[static MAC])
{
    unsigned size = MAC;
    return HMAC(EVP_sha256(), key, (int)strlen(key), text, n, ret, &size) && size == MAC;
}

/* The name of a key, which says nothing of it: from its MAC of a label. */
static bool key_id(const char *key, char ret[static KEY_ID_MAX])
{
    static const char label[] = "lectern token key id 1";
    unsigned char sum[MAC];
    bool good = mac(key, label, sizeof label - 1, sum);
    for (int i = 0; good && i < KEY_ID_BYTES; i++)
        snprintf(ret + 2 * i, 3, "%02x", sum[i]);
    return good;
}

void token_put_sign_in(uint64_t sign_in, char to[static TOKEN_SIGN_IN_MAX])
{
    snprintf(to, TOKEN_SIGN_IN_MAX, "%016llx", (unsigned long long)sign_in);
}

bool token_read_sign_in(struct text name, uint64_t *ret)
{
    char digits[TOKEN_SIGN_IN_MAX] = "", again[TOKEN_SIGN_IN_MAX];
    if (name.n == sizeof digits - 1)
        memcpy(digits, name.p, name.n);
    *ret = strtoull(digits, NULL, 16);
    token_put_sign_in(*ret, again);
    if (text_is(name, again))
        return true;
    *ret = 0;
    return false;
}

/* ---- making ---- */

/* Appends it, signed by the newest key. */
static bool sign(jwt_t *jwt, struct buf *out)
{
    char id[KEY_ID_MAX], *text = NULL;
    if (key_id(config.jwt_secret, id) && !jwt_add_header(jwt, "kid", id) &&
        !jwt_set_alg(jwt, JWT_ALG_HS256, (const unsigned char *)config.jwt_secret, (int)strlen(config.jwt_secret)))
        text = jwt_encode_str(jwt);
    if (!text)
        return false;
    buf_puts(out, text);
    free(text);
    return !out->failed;
}

static bool add_text(jwt_t *jwt, const char *name, const char *value)
{
    return !value || !jwt_add_grant(jwt, name, value);
}

static bool add_claims(jwt_t *jwt, const struct token_claims *c)
{
    char user[16], id[33], sign_in[TOKEN_SIGN_IN_MAX];
    time_t now = time(NULL);
    snprintf(user, sizeof user, "%d", c->user_id);
    return secret_hex(id, 16) && secret_hex(sign_in, SIGN_IN_BYTES) && !jwt_add_grant_int(jwt, "user_id", c->user_id) &&
           add_text(jwt, "role", c->role) && add_text(jwt, "email", c->email) &&
           add_text(jwt, "sub", c->subject ? c->subject : user) && add_text(jwt, "iss", ISSUER) &&
           add_text(jwt, "aud", AUDIENCE) && add_text(jwt, "typ", TYPE) && !jwt_add_grant_int(jwt, "iat", now) &&
           !jwt_add_grant_int(jwt, "exp", now + c->seconds) &&
           !jwt_add_grant_int(jwt, "auth_time", c->signed_in ? c->signed_in : now) && add_text(jwt, "sid", sign_in) &&
           add_text(jwt, "jti", id);
}

bool token_make(struct buf *out, const struct token_claims *claims)
{
    jwt_t *jwt = NULL;
    bool made = !jwt_new(&jwt) && add_claims(jwt, claims) && sign(jwt, out);
    jwt_free(jwt);
    return made;
}

/* ---- reading ---- */

/* By the key that the header names; by either of them, if it names none, as tokens from before there were two. */
static bool signed_by_us(const struct jws *jws)
{
    const char *const keys[] = { config.jwt_secret, config.jwt_secret_previous };
    const json_t *named = json_object_get(jws->header, "kid");
    bool good = false;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        char id[KEY_ID_MAX];
        if (keys[i] && *keys[i] && (!named || (key_id(keys[i], id) && text_is(jws_text(jws->header, "kid"), id))))
            good |= jws_mac_fits(jws, EVP_sha256(), keys[i]);
    }
    return good;
}

/* A token of this shape that we have signed. The caller frees with jws_fini. */
static bool read_signed(struct text token, struct jws *ret)
{
    if (!token.p || token.n > TOKEN_TEXT_MAX || !jws_read(token, ret))
        return false;
    if (jws_header_fits(ret->header, "HS256") && signed_by_us(ret))
        return true;
    jws_fini(ret);
    return false;
}

static bool texts_good(const json_t *claims)
{
    static const char *const names[] = { "role", "email", "jti" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!jws_text_if_there(claims, names[i]))
            return false;
    return text_is(jws_text(claims, "iss"), ISSUER) && text_is(jws_text(claims, "aud"), AUDIENCE) &&
           text_is(jws_text(claims, "typ"), TYPE) && jws_text(claims, "sub").n;
}

static bool times_good(const json_t *claims, int64_t now, struct token *t)
{
    int64_t starts = 0;
    if (!jws_time(claims, "exp", &t->expires) || !jws_time(claims, "iat", &t->issued) ||
        (json_object_get(claims, "nbf") && !jws_time(claims, "nbf", &starts)))
        return false;
    t->signed_in = t->issued;
    if (json_object_get(claims, "auth_time") && !jws_time(claims, "auth_time", &t->signed_in))
        return false;
    return t->expires > now && t->expires > t->issued && t->issued <= now + TOKEN_SKEW_S &&
           starts <= now + TOKEN_SKEW_S;
}

/* sid, or a digest of what has been signed. */
static bool read_sign_in(const struct jws *jws, uint64_t *ret)
{
    struct text sid = jws_text(jws->payload, "sid");
    unsigned char sum[MAC];
    if (!json_object_get(jws->payload, "sid")) {
        bool good = EVP_Digest(jws->signing_input.p, jws->signing_input.n, sum, NULL, EVP_sha256(), NULL);
        memcpy(ret, sum, sizeof *ret);
        return good;
    }
    return token_read_sign_in(sid, ret);
}

/* The claims of a token whose signature is right. */
static bool read_claims(const struct jws *jws, int64_t now, struct token *ret)
{
    const json_t *user = json_object_get(jws->payload, "user_id");
    int64_t user_id = json_integer_value(user);
    *ret = (struct token){ .user_id = (int32_t)user_id, .subject = text_digest(jws_text(jws->payload, "sub")) };
    return texts_good(jws->payload) && times_good(jws->payload, now, ret) && read_sign_in(jws, &ret->sign_in) &&
           json_is_integer(user) && user_id >= 1 && user_id <= INT32_MAX;
}

bool token_verify_at(struct text token, int64_t now, struct token *ret)
{
    struct jws jws;
    struct token read;
    if (!read_signed(token, &jws))
        return false;
    bool good = read_claims(&jws, now, &read);
    jws_fini(&jws);
    if (good)
        *ret = read;
    return good;
}

bool token_verify(struct text token, struct token *ret)
{
    return token_verify_at(token, time(NULL), ret);
}

/* ---- renewing ---- */

static bool change_claims(json_t *claims, const struct token *t)
{
    char id[33], sign_in[TOKEN_SIGN_IN_MAX];
    token_put_sign_in(t->sign_in, sign_in);
    return secret_hex(id, 16) && !json_object_set_new(claims, "iat", json_integer(t->issued)) &&
           !json_object_set_new(claims, "exp", json_integer(t->expires)) &&
           !json_object_set_new(claims, "auth_time", json_integer(t->signed_in)) &&
           !json_object_set_new(claims, "sid", json_string(sign_in)) &&
           !json_object_set_new(claims, "jti", json_string(id));
}

static bool sign_claims(const json_t *claims, struct buf *out)
{
    char *text = json_dumps(claims, JSON_COMPACT);
    jwt_t *jwt = NULL;
    bool made = text && !jwt_new(&jwt) && !jwt_add_grants_json(jwt, text) && sign(jwt, out);
    jwt_free(jwt);
    free(text);
    return made;
}

bool token_renew(struct buf *out, struct text token, int64_t signed_in, struct token *ret)
{
    int64_t now = time(NULL);
    struct jws jws;
    if (!read_signed(token, &jws))
        return false;
    bool made = read_claims(&jws, now, ret);
    if (made) {
        ret->expires = now + ret->expires - ret->issued;
        ret->issued = now;
        ret->signed_in = signed_in ? signed_in : ret->signed_in;
        made = change_claims(jws.payload, ret) && sign_claims(jws.payload, out);
    }
    jws_fini(&jws);
    return made;
}
