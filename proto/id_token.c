/* Id token: see id_token.h. Nothing of a header decides how it is checked: the algorithm is ours, the key is looked up
 * by name among those that the provider publishes, and keys or addresses of keys inside a header are not looked at. */
#include "proto/id_token.h"

#include "proto/base64url.h"

#include <assert.h>
#include <jansson.h>
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

/* header.payload.signature, each not empty */
struct parts {
    struct text header, payload, signature;
};

static bool split(struct text token, struct parts *ret)
{
    const char *end = token.p + token.n;
    const char *one = token.n && token.n <= ID_TOKEN_MAX ? memchr(token.p, '.', token.n) : NULL;
    const char *two = one ? memchr(one + 1, '.', (size_t)(end - one - 1)) : NULL;
    if (!two)
        return false;
    *ret = (struct parts){ { token.p, (size_t)(one - token.p) },
                           { one + 1, (size_t)(two - one - 1) },
                           { two + 1, (size_t)(end - two - 1) } };
    return ret->header.n && ret->payload.n && ret->signature.n;
}

/* The JSON object of a part, NULL if it is none. The caller frees. A name that stands twice could mean two things. */
static json_t *object_of(struct text part)
{
    char bytes[ID_TOKEN_MAX];
    size_t n;
    if (base64url_room(part.n) > sizeof bytes || !base64url_read(part, bytes, &n))
        return NULL;
    json_t *object = json_loadb(bytes, n, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(object))
        return object;
    json_decref(object);
    return NULL;
}

static struct text text_in(const json_t *object, const char *name)
{
    const json_t *v = json_object_get(object, name);
    return (struct text){ json_string_value(v), json_string_length(v) };
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
    struct text kid = text_in(header, "kid");
    if (!text_is(text_in(header, "alg"), "RS256"))
        return ID_TOKEN_ALGORITHM;
    if (json_object_get(header, "crit"))
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
           text_is(text_in(claims, "email_verified"), "true");
}

static enum id_token_fault read_claims(const json_t *claims, const char *audience, int64_t now, struct id_token *ret)
{
    const json_t *expires = json_object_get(claims, "exp"), *issued = json_object_get(claims, "iat");
    struct text email = text_in(claims, "email");
    if (!is_issuer(text_in(claims, "iss")))
        return ID_TOKEN_ISSUER;
    if (!*audience || !text_is(text_in(claims, "aud"), audience))
        return ID_TOKEN_AUDIENCE;
    if (!json_is_number(expires) || !json_is_number(issued) || !text_in(claims, "sub").n || !email.n ||
        email.n > ID_TOKEN_EMAIL_MAX)
        return ID_TOKEN_CLAIMS;
    if (json_number_value(expires) <= (double)now)
        return ID_TOKEN_EXPIRED;
    if (json_number_value(issued) > (double)(now + ID_TOKEN_SKEW_S))
        return ID_TOKEN_ISSUED;
    if (!verified(claims))
        return ID_TOKEN_UNVERIFIED;
    copy(ret->email, ID_TOKEN_EMAIL_MAX, email);
    copy(ret->name, ID_TOKEN_NAME_MAX, text_in(claims, "name"));
    return ID_TOKEN_GOOD;
}

enum id_token_fault id_token_read(struct text token, const char *audience, int64_t now, struct id_token *ret)
{
    struct parts parts;
    *ret = (struct id_token){ 0 };
    bool whole = split(token, &parts);
    json_t *header = whole ? object_of(parts.header) : NULL, *claims = header ? object_of(parts.payload) : NULL;
    enum id_token_fault fault = header ? read_header(header, ret) : ID_TOKEN_SHAPE;
    if (!fault)
        fault = claims ? read_claims(claims, audience, now, ret) : ID_TOKEN_SHAPE;
    json_decref(header);
    json_decref(claims);
    return fault;
}

bool id_token_signed_by(struct text token, struct jwks_key *key)
{
    char signature[JWKS_BITS_MAX / 8 + 8];
    struct parts parts;
    size_t n;
    if (!split(token, &parts) || base64url_room(parts.signature.n) > sizeof signature ||
        !base64url_read(parts.signature, signature, &n))
        return false;
    struct text bytes = { token.p, (size_t)(parts.signature.p - 1 - token.p) };
    return jwks_key_signed(key, bytes, (struct text){ signature, n });
}
