/* Token: see token.h. libjwt 1.10 takes the algorithm from the token's own header, so it is compared afterwards; a key
 * is always passed, which makes it refuse "none" as well. */
#include "proto/token.h"

#include "proto/config.h"
#include "proto/secret.h"

#include <errno.h>
#include <jwt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ISSUER   "lectern"
#define AUDIENCE "lectern"
#define TYPE     "access"

static bool add_text(jwt_t *jwt, const char *name, const char *value)
{
    return !value || !jwt_add_grant(jwt, name, value);
}

static bool add_claims(jwt_t *jwt, const struct token_claims *c)
{
    char user[16], id[33];
    time_t now = time(NULL);
    snprintf(user, sizeof user, "%d", c->user_id);
    return secret_hex(id, 16) && !jwt_add_grant_int(jwt, "user_id", c->user_id) && add_text(jwt, "role", c->role) &&
           add_text(jwt, "email", c->email) && add_text(jwt, "sub", c->subject ? c->subject : user) &&
           add_text(jwt, "iss", ISSUER) && add_text(jwt, "aud", AUDIENCE) && add_text(jwt, "typ", TYPE) &&
           !jwt_add_grant_int(jwt, "iat", now) && !jwt_add_grant_int(jwt, "exp", now + c->seconds) &&
           add_text(jwt, "jti", id);
}

bool token_make(struct buf *out, const struct token_claims *claims)
{
    jwt_t *jwt = NULL;
    char *text = NULL;
    const unsigned char *key = (const unsigned char *)config.jwt_secret;
    if (!jwt_new(&jwt) && add_claims(jwt, claims) &&
        !jwt_set_alg(jwt, JWT_ALG_HS256, key, (int)strlen(config.jwt_secret)))
        text = jwt_encode_str(jwt);
    jwt_free(jwt);
    if (!text)
        return false;
    buf_puts(out, text);
    free(text);
    return !out->failed;
}

static bool claim_int(jwt_t *jwt, const char *name, int64_t *ret)
{
    errno = 0;
    *ret = jwt_get_grant_int(jwt, name);
    return !errno;
}

static bool claim_is(jwt_t *jwt, const char *name, const char *value)
{
    const char *claim = jwt_get_grant(jwt, name);
    return claim && !strcmp(claim, value);
}

/* The claims of a token whose signature is right. */
static bool read_claims(jwt_t *jwt, int64_t now, struct token *ret)
{
    struct token t = { 0 };
    int64_t user_id;
    const char *subject = jwt_get_grant(jwt, "sub");
    if (!claim_is(jwt, "iss", ISSUER) || !claim_is(jwt, "aud", AUDIENCE) || !claim_is(jwt, "typ", TYPE) ||
        !claim_int(jwt, "exp", &t.expires) || t.expires <= now || !claim_int(jwt, "iat", &t.issued) || !subject ||
        !claim_int(jwt, "user_id", &user_id) || user_id < 1 || user_id > INT32_MAX)
        return false;
    t.user_id = (int32_t)user_id;
    t.subject = text_digest(text_of(subject));
    *ret = t;
    return true;
}

bool token_verify_at(struct text token, int64_t now, struct token *ret)
{
    char text[TOKEN_TEXT_MAX + 1];
    size_t key_size = strlen(config.jwt_secret);
    if (!token.p || !token.n || token.n > TOKEN_TEXT_MAX || memchr(token.p, 0, token.n) || !key_size)
        return false;
    memcpy(text, token.p, token.n);
    text[token.n] = 0;
    jwt_t *jwt = NULL;
    bool good = !jwt_decode(&jwt, text, (const unsigned char *)config.jwt_secret, (int)key_size) &&
                jwt_get_alg(jwt) == JWT_ALG_HS256 && read_claims(jwt, now, ret);
    jwt_free(jwt);
    return good;
}

bool token_verify(struct text token, struct token *ret)
{
    return token_verify_at(token, time(NULL), ret);
}
