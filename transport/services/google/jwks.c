/* Jwks: see jwks.h. The arithmetic is OpenSSL's, and so is the counting of references. */
#include "transport/services/google/jwks.h"

#include "proto/base/base64url.h"

#include <jansson.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <stdlib.h>

struct key {
    char kid[JWKS_KID_MAX + 1];
    EVP_PKEY *rsa;
};

struct jwks {
    int n;
    struct key keys[JWKS_KEYS_MAX];
};

static bool is_text(const json_t *object, const char *name, const char *value)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text && !strcmp(text, value);
}

/* A number written as base64url of its bytes, the highest first. */
static BIGNUM *number_of(const json_t *object, const char *name)
{
    unsigned char bytes[JWKS_BITS_MAX / 8 + 8];
    const json_t *v = json_object_get(object, name);
    struct text t = { json_string_value(v), json_string_length(v) };
    size_t n;
    if (!t.p || base64url_room(t.n) > sizeof bytes || !base64url_read(t, bytes, &n))
        return NULL;
    return BN_bin2bn(bytes, (int)n, NULL);
}

static EVP_PKEY *make_rsa(const BIGNUM *n, const BIGNUM *e)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    if (builder && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e))
        params = OSSL_PARAM_BLD_to_param(builder);
    if (!context || !params || EVP_PKEY_fromdata_init(context) <= 0 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) <= 0)
        key = NULL;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    return key;
}

/* The RSA key of an entry, NULL if there is none of the right kind and size. The exponent must be odd, above 1 and
 * short, as every real one is: a long one would make each check slow. */
static EVP_PKEY *rsa_of(const json_t *entry)
{
    EVP_PKEY *key = NULL;
    BIGNUM *n = number_of(entry, "n"), *e = number_of(entry, "e");
    if (n && e && BN_num_bits(n) >= JWKS_BITS_MIN && BN_num_bits(n) <= JWKS_BITS_MAX && BN_is_odd(n) && BN_is_odd(e) &&
        !BN_is_one(e) && BN_num_bits(e) <= 64)
        key = make_rsa(n, e);
    BN_free(n);
    BN_free(e);
    return key;
}

static void add(struct jwks *set, const json_t *entry)
{
    const json_t *kid = json_object_get(entry, "kid"), *use = json_object_get(entry, "use");
    size_t n = json_string_length(kid);
    if (set->n == JWKS_KEYS_MAX || !is_text(entry, "kty", "RSA") || (use && !is_text(entry, "use", "sig")) || n == 0 ||
        n > JWKS_KID_MAX)
        return;
    EVP_PKEY *rsa = rsa_of(entry);
    if (!rsa)
        return;
    struct key *key = &set->keys[set->n++];
    memcpy(key->kid, json_string_value(kid), n + 1);
    key->rsa = rsa;
}

struct jwks *jwks_read(struct text json)
{
    json_t *document = json.n <= JWKS_TEXT_MAX ? json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES, NULL) : NULL;
    const json_t *keys = json_object_get(document, "keys"), *entry;
    struct jwks *set = json_is_array(keys) ? calloc(1, sizeof *set) : NULL;
    size_t i;
    if (set)
        json_array_foreach(keys, i, entry) add(set, entry);
    json_decref(document);
    if (set && set->n)
        return set;
    jwks_destroy(set);
    return NULL;
}

void jwks_destroy(struct jwks *set)
{
    for (int i = 0; set && i < set->n; i++)
        EVP_PKEY_free(set->keys[i].rsa);
    free(set);
}

int jwks_count(const struct jwks *set)
{
    return set->n;
}

struct jwks_key *jwks_find(const struct jwks *set, struct text kid)
{
    for (int i = 0; i < set->n; i++)
        if (text_is(kid, set->keys[i].kid) && EVP_PKEY_up_ref(set->keys[i].rsa))
            return (struct jwks_key *)set->keys[i].rsa;
    return NULL;
}

void jwks_key_unref(struct jwks_key *key)
{
    EVP_PKEY_free((EVP_PKEY *)key);
}

bool jwks_key_signed(struct jwks_key *key, struct text bytes, struct text signature)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool right = context && EVP_DigestVerifyInit_ex(context, NULL, "SHA256", NULL, NULL, (EVP_PKEY *)key, NULL) == 1 &&
                 EVP_DigestVerify(context, (const unsigned char *)signature.p, signature.n,
                                  (const unsigned char *)bytes.p, bytes.n) == 1;
    EVP_MD_CTX_free(context);
    return right;
}
