/* Signed URL: see signed_url.h. The one place that reads the secret for it. */
#include "proto/identity/signed_url.h"

#include "proto/config/config.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

enum { MAC = 32, DIGITS = 2 * MAC, EXPIRES_MOST = 12 };

static bool mac(const void *key, size_t key_n, const char *text, unsigned char ret[static MAC])
{
    unsigned n = MAC;
    return HMAC(EVP_sha256(), key, (int)key_n, (const unsigned char *)text, strlen(text), ret, &n) && n == MAC;
}

/* As hexadecimal digits. The key is the secret's under a label, so that the two uses share nothing. */
static bool sign(const char *secret, const char *thing, int64_t expires, char ret[static DIGITS + 1])
{
    unsigned char key[MAC], sum[MAC];
    char said[128];
    int n = snprintf(said, sizeof said, "%s\n%lld", thing, (long long)expires);
    bool good = n < (int)sizeof said && mac(secret, strlen(secret), "lectern signed url key 1", key) &&
                mac(key, MAC, said, sum);
    OPENSSL_cleanse(key, sizeof key);
    for (int i = 0; good && i < MAC; i++)
        snprintf(ret + 2 * i, 3, "%02x", sum[i]);
    return good;
}

void signed_url_put(struct buf *out, const char *thing, int64_t expires)
{
    char signature[DIGITS + 1];
    if (sign(config.jwt_secret, thing, expires, signature))
        buf_printf(out, "expires=%lld&signature=%s", (long long)expires, signature);
    else
        out->failed = true;
}

static bool read_expires(struct text t, int64_t *ret)
{
    *ret = 0;
    for (size_t i = 0; i < t.n; i++) {
        if (t.p[i] < '0' || t.p[i] > '9')
            return false;
        *ret = *ret * 10 + (t.p[i] - '0');
    }
    return t.n >= 1 && t.n <= EXPIRES_MOST;
}

bool signed_url_valid(const char *thing, struct text expires, struct text signature, int64_t now)
{
    const char *const secrets[] = { config.jwt_secret, config.jwt_secret_previous };
    char right[DIGITS + 1];
    int64_t until;
    bool good = false;
    if (expires.n > EXPIRES_MOST || !read_expires(expires, &until) || until <= now || signature.n != DIGITS)
        return false;
    for (int i = 0; i < 2; i++)
        if (secrets[i] && *secrets[i] && sign(secrets[i], thing, until, right))
            good = good || !CRYPTO_memcmp(right, signature.p, DIGITS);
    return good;
}

/* ---- audio files ---- */

/* Without a configuration, as in a simulation, there is nobody to tell apart. */
bool audio_url_open(void)
{
    return !config.identity || !strcmp(config.identity, "legacy");
}

void audio_url_put(struct buf *out, int32_t audio, int64_t now)
{
    char thing[24];
    snprintf(thing, sizeof thing, "audio/%d", audio);
    buf_printf(out, "%s/stream?", thing);
    signed_url_put(out, thing, (now / 3600 + 1 + config.audio_url_hours) * 3600);
}

bool audio_url_valid(struct text audio, struct text expires, struct text signature, int64_t now)
{
    char thing[24];
    snprintf(thing, sizeof thing, "audio/%.*s", (int)audio.n, audio.p);
    return audio.n < 12 && signed_url_valid(thing, expires, signature, now);
}
