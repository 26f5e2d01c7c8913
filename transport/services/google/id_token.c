/* Id token: see id_token.h. Nothing of a header decides how it is checked: the algorithm is ours, the key is looked up
 * by name among those that the provider publishes, and keys or addresses of keys inside a header are not looked at. */
#include "transport/services/google/id_token.h"

#include "proto/base/base64url.h"
#include "proto/identity/jws.h"

#include <assert.h>
#include <stdlib.h>

static const char *const words[] = {
#define ID_TOKEN_ROW(symbol, text) [ID_TOKEN_##symbol] = (text),
    ID_TOKEN_FAULTS(ID_TOKEN_ROW)
#undef ID_TOKEN_ROW
};

const char *id_token_words(enum id_token_fault fault)
{
    assert(fault > ID_TOKEN_GOOD && fault <= ID_TOKEN_UNVERIFIED);
    return words[fault];
}

static void copy(char *to, size_t most, struct text t)
{
    size_t n = t.n < most ? t.n : most;
    while (n < t.n && n && ((unsigned char)t.p[n] & 0xc0) == 0x80)
        n--; /* not inside a letter */
    if (n)
        memcpy(to, t.p, n);
    to[n] = 0;
}

static enum id_token_fault read_header(const json_t *header, struct id_token *ret)
{
    struct text kid = jws_text(header, "kid");
    if (!text_is(jws_text(header, "alg"), "RS256"))
        return ID_TOKEN_ALGORITHM;
    if (json_object_get(header, "crit") || !jws_text_if_there(header, "typ"))
        return ID_TOKEN_SHAPE;
    if (!kid.n || kid.n > JWKS_KID_MAX)
        return ID_TOKEN_KEY;
    copy(ret->kid, JWKS_KID_MAX, kid);
    return ID_TOKEN_GOOD;
}

static bool is_issuer(struct text issuer)
{
    return text_is(issuer, "https://accounts.google.com") || text_is(issuer, "accounts.google.com");
}

static bool verified(const json_t *claims)
{
    return json_is_true(json_object_get(claims, "email_verified")) ||
           text_is(jws_text(claims, "email_verified"), "true");
}

/* Seconds since 1970; a fraction is allowed (RFC 7519, section 2, NumericDate). */
static bool is_time(const json_t *v)
{
    return json_is_number(v) && json_number_value(v) >= 0;
}

static enum id_token_fault read_claims(const json_t *claims, const char *audience, int64_t now, struct id_token *ret)
{
    const json_t *expires = json_object_get(claims, "exp"), *issued = json_object_get(claims, "iat"),
                 *starts = json_object_get(claims, "nbf");
    struct text email = jws_text(claims, "email");
    if (!is_issuer(jws_text(claims, "iss")))
        return ID_TOKEN_ISSUER;
    if (!*audience || !text_is(jws_text(claims, "aud"), audience))
        return ID_TOKEN_AUDIENCE;
    if (!is_time(expires) || !is_time(issued) || (starts && !is_time(starts)) || !jws_text(claims, "sub").n ||
        !email.n || email.n > ID_TOKEN_EMAIL_MAX)
        return ID_TOKEN_CLAIMS;
    if (json_number_value(expires) <= (double)now)
        return ID_TOKEN_EXPIRED;
    if (json_number_value(issued) > (double)(now + ID_TOKEN_SKEW_S) ||
        json_number_value(starts) > (double)(now + ID_TOKEN_SKEW_S))
        return ID_TOKEN_ISSUED;
    if (!verified(claims))
        return ID_TOKEN_UNVERIFIED;
    copy(ret->email, ID_TOKEN_EMAIL_MAX, email);
    copy(ret->name, ID_TOKEN_NAME_MAX, jws_text(claims, "name"));
    return ID_TOKEN_GOOD;
}

enum id_token_fault id_token_read(struct text token, const char *audience, int64_t now, struct id_token *ret)
{
    struct jws jws;
    *ret = (struct id_token){ 0 };
    if (!jws_read(token, &jws))
        return ID_TOKEN_SHAPE;
    enum id_token_fault fault = read_header(jws.header, ret);
    if (!fault)
        fault = read_claims(jws.payload, audience, now, ret);
    jws_fini(&jws);
    return fault;
}

bool id_token_signed_by(struct text token, struct jwks_key *key)
{
    char signature[JWKS_BITS_MAX / 8 + 8];
    struct text header, payload, letters;
    size_t n;
    if (!jws_split(token, &header, &payload, &letters) || base64url_room(letters.n) > sizeof signature ||
        !base64url_read(letters, signature, &n))
        return false;
    struct text bytes = { token.p, header.n + 1 + payload.n };
    return jwks_key_signed(key, bytes, (struct text){ signature, n });
}
