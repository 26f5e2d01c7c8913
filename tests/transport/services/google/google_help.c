/* Google help: see google_help.h. */
#include "tests/transport/services/google/google_help.h"
#include "tests/proto/identity/base64url.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

static EVP_PKEY *key;
static struct buf document, token;

void google_start(void)
{
    key = EVP_RSA_gen(2048);
    assert_non_null(key);
}

void google_stop(void)
{
    EVP_PKEY_free(key);
    buf_fini(&document);
    buf_fini(&token);
}

void google_put_key(struct buf *out, const char *kid)
{
    BIGNUM *n = NULL;
    unsigned char bytes[256];
    assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n), 1);
    assert_int_equal(BN_bn2binpad(n, bytes, sizeof bytes), sizeof bytes);
    buf_printf(out, "{\"kty\":\"RSA\",\"use\":\"sig\",\"alg\":\"RS256\",\"e\":\"AQAB\",\"kid\":\"%s\",\"n\":\"", kid);
    put_base64url(out, bytes, sizeof bytes);
    buf_puts(out, "\"}");
    BN_free(n);
}

struct text google_document(const char *entries)
{
    buf_reset(&document);
    buf_printf(&document, "{\"keys\":[%s]}", entries);
    return buf_view(&document);
}

struct text google_token(const char *header, const char *payload)
{
    unsigned char signature[256];
    size_t n = sizeof signature;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    buf_reset(&token);
    put_base64url(&token, header, strlen(header));
    buf_putc(&token, '.');
    put_base64url(&token, payload, strlen(payload));
    assert_int_equal(EVP_DigestSignInit_ex(context, NULL, "SHA256", NULL, NULL, key, NULL), 1);
    assert_int_equal(EVP_DigestSign(context, signature, &n, (unsigned char *)token.p, token.n), 1);
    EVP_MD_CTX_free(context);
    buf_putc(&token, '.');
    put_base64url(&token, signature, n);
    assert_false(token.failed);
    return buf_view(&token);
}
