/* Jws: see jws.h. */
#include "proto/identity/jws.h"

#include "proto/base/base64url.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <strings.h>

static const int64_t end_of_9999 = INT64_C(253402300799);

bool jws_split(struct text token, struct text *ret_header, struct text *ret_payload, struct text *ret_signature)
{
    const char *end = token.p + token.n;
    const char *one = token.n && token.n <= JWS_MAX ? memchr(token.p, '.', token.n) : NULL;
    const char *two = one ? memchr(one + 1, '.', (size_t)(end - one - 1)) : NULL;
    if (!two)
        return false;
    *ret_header = (struct text){ token.p, (size_t)(one - token.p) };
    *ret_payload = (struct text){ one + 1, (size_t)(two - one - 1) };
    *ret_signature = (struct text){ two + 1, (size_t)(end - two - 1) };
    return ret_header->n && ret_payload->n && ret_signature->n;
}

/* The JSON object of a part, NULL if it is none. The caller frees. A name that stands twice could mean two things. */
static json_t *object_of(struct text part)
{
    char bytes[JWS_MAX];
    size_t n;
    if (base64url_room(part.n) > sizeof bytes || !base64url_read(part, bytes, &n))
        return NULL;
    json_t *object = json_loadb(bytes, n, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(object))
        return object;
    json_decref(object);
    return NULL;
}

bool jws_read(struct text token, struct jws *ret)
{
    struct text header, payload, signature;
    if (!jws_split(token, &header, &payload, &signature))
        return false;
    *ret = (struct jws){ .signing_input = { token.p, (size_t)(signature.p - 1 - token.p) },
                         .signature = signature,
                         .header = object_of(header) };
    ret->payload = ret->header ? object_of(payload) : NULL;
    if (ret->payload)
        return true;
    json_decref(ret->header);
    return false;
}

void jws_fini(struct jws *jws)
{
    json_decref(jws->header);
    json_decref(jws->payload);
}

struct text jws_text(const json_t *object, const char *name)
{
    const json_t *v = json_object_get(object, name);
    return (struct text){ json_string_value(v), json_string_length(v) };
}

bool jws_text_if_there(const json_t *object, const char *name)
{
    const json_t *v = json_object_get(object, name);
    return !v || json_is_string(v);
}

bool jws_header_fits(const json_t *header, const char *algorithm)
{
    struct text type = jws_text(header, "typ");
    return text_is(jws_text(header, "alg"), algorithm) && !json_object_get(header, "crit") &&
           jws_text_if_there(header, "typ") && (!type.p || (type.n == 3 && !strncasecmp(type.p, "JWT", 3)));
}

bool jws_mac_fits(const struct jws *jws, const EVP_MD *digest, const char *key)
{
    unsigned char given[EVP_MAX_MD_SIZE + 4], expected[EVP_MAX_MD_SIZE];
    unsigned size = sizeof expected;
    size_t n;
    const struct text *said = &jws->signing_input;
    return base64url_room(jws->signature.n) <= sizeof given && base64url_read(jws->signature, given, &n) &&
           HMAC(digest, key, (int)strlen(key), (const unsigned char *)said->p, said->n, expected, &size) && n == size &&
           !CRYPTO_memcmp(given, expected, n);
}

bool jws_time(const json_t *object, const char *name, int64_t *ret)
{
    const json_t *v = json_object_get(object, name);
    *ret = json_integer_value(v);
    return json_is_integer(v) && *ret >= 0 && *ret <= end_of_9999;
}
