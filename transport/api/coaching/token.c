/* Token: see token.h. libjwt writes; what is read is taken apart by jws.c, which is stricter. */
#include "transport/api/coaching/token.h"

#include "proto/config/config_live.h"
#include "proto/config/secret.h"
#include "proto/identity/jws.h"
#include "proto/identity/token.h"

#include <jwt.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <time.h>

static const char *const names[] = { [COACHING_ACCESS] = "access", [COACHING_REFRESH] = "refresh" };

static const struct algorithm {
    const char *name;
    jwt_alg_t jwt;
    const EVP_MD *(*digest)(void);
} algorithms[] = {
    { "HS256", JWT_ALG_HS256, EVP_sha256 },
    { "HS384", JWT_ALG_HS384, EVP_sha384 },
    { "HS512", JWT_ALG_HS512, EVP_sha512 },
};

static const struct algorithm *algorithm_here(void)
{
    const struct algorithm *a = algorithms;
    while (strcmp(a->name, config.token_algorithm) != 0) /* the parameter is one of these words */
        a++;
    return a;
}

/* ---- writing ---- */

static char *make(const char *user, enum coaching_token what, time_t now, int64_t seconds)
{
    const char *key = config.coaching_secret_key;
    char id[33], *text = NULL;
    jwt_t *jwt = NULL;
    if (secret_hex(id, 16) && !jwt_new(&jwt) && !jwt_add_grant(jwt, "sub", user) &&
        !jwt_add_grant(jwt, "type", names[what]) && !jwt_add_grant_int(jwt, "iat", now) &&
        !jwt_add_grant_int(jwt, "exp", now + seconds) && !jwt_add_grant(jwt, "jti", id) &&
        !jwt_set_alg(jwt, algorithm_here()->jwt, (const unsigned char *)key, (int)strlen(key)))
        text = jwt_encode_str(jwt);
    jwt_free(jwt);
    return text;
}

bool coaching_tokens_put(struct buf *out, const char *user)
{
    const struct config *c = config_here();
    time_t now = time(NULL);
    char *access = make(user, COACHING_ACCESS, now, (int64_t)(c->coaching_access_minutes * 60)),
         *refresh = make(user, COACHING_REFRESH, now, (int64_t)(c->coaching_refresh_days * 86400));
    bool made = access && refresh;
    struct json j = json_into(out);
    if (made) {
        json_begin_object(&j, NULL);
        json_str(&j, "access_token", access);
        json_str(&j, "refresh_token", refresh);
        json_end_object(&j);
    }
    free(access);
    free(refresh);
    return made;
}

/* ---- reading ---- */

static bool signed_by_us(const struct jws *jws)
{
    const struct algorithm *a = algorithm_here();
    const char *const keys[] = { config.coaching_secret_key, config.coaching_secret_key_previous };
    bool good = false;
    for (size_t i = 0; jws_header_fits(jws->header, a->name) && i < sizeof keys / sizeof *keys; i++)
        good |= *keys[i] && jws_mac_fits(jws, a->digest(), keys[i]);
    return good;
}

static bool in_time(const json_t *claims, int64_t now)
{
    int64_t ends, starts = 0;
    return jws_time(claims, "exp", &ends) && ends > now &&
           (!json_object_get(claims, "nbf") || (jws_time(claims, "nbf", &starts) && starts <= now + TOKEN_SKEW_S));
}

bool coaching_token_read(struct text token, enum coaching_token what, int64_t now,
                         char ret_user[static COACHING_USER_MAX])
{
    struct jws jws;
    if (!token.p || !jws_read(token, &jws))
        return false;
    struct text user = jws_text(jws.payload, "sub");
    bool good = signed_by_us(&jws) && text_is(jws_text(jws.payload, "type"), names[what]) &&
                in_time(jws.payload, now) && user.n && user.n < COACHING_USER_MAX && !memchr(user.p, 0, user.n);
    if (good)
        *(char *)mempcpy(ret_user, user.p, user.n) = 0;
    jws_fini(&jws);
    return good;
}
