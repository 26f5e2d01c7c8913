/* Password: see password.h. What reaches crypt is a NUL-ended copy of at most 72 bytes on this stack, wiped afterwards.
 * The limit for the plain form is 71, not 72: bcrypt then still reads the closing NUL, so a longer password never fits
 * a shorter one's hash. */
#include "proto/password.h"

#include "proto/config.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#define MARK "$lectern-hmac$"
enum { MARK_SIZE = sizeof MARK - 1, BCRYPT_SIZE = 60, BCRYPT_READS = 72, WHOLE = 71, MAC = 32, COST_MOST = 16 };
enum { PHRASE = BCRYPT_READS + 1 }; /* also holds the 44 letters of a MAC in base64 */

/* crypt's answer for a phrase and a setting, in memory of its own that is wiped. */
static bool bcrypt(const char *phrase, const char *setting, char ret[static BCRYPT_SIZE + 1])
{
    void *data = NULL;
    int size = 0;
    const char *hash = crypt_ra(phrase, setting, &data, &size);
    bool good = hash && strlen(hash) == BCRYPT_SIZE && hash[0] == '$';
    if (good)
        memcpy(ret, hash, BCRYPT_SIZE + 1);
    if (data)
        explicit_bzero(data, (size_t)size);
    free(data);
    return good;
}

static bool mac(const void *key, size_t key_size, const void *text, size_t n, unsigned char ret[static MAC])
{
    unsigned size = MAC;
    return HMAC(EVP_sha256(), key, (int)key_size, text, n, ret, &size) && size == MAC;
}

/* The password as base64 of its MAC. Without a key of its own it is derived from the sign-in key under a label, so that
 * the two uses share nothing. */
static bool prehash(struct text password, char ret[static PHRASE])
{
    static const char label[] = "lectern password key 1";
    unsigned char key[MAC], sum[MAC];
    bool good;
    if (*config.password_key)
        good = mac(config.password_key, strlen(config.password_key), password.p, password.n, sum);
    else
        good = mac(config.jwt_secret, strlen(config.jwt_secret), label, sizeof label - 1, key) &&
               mac(key, MAC, password.p, password.n, sum);
    if (good)
        EVP_EncodeBlock((unsigned char *)ret, sum, MAC);
    explicit_bzero(key, sizeof key);
    explicit_bzero(sum, sizeof sum);
    return good;
}

static bool has_nul(struct text password)
{
    return password.n && memchr(password.p, 0, password.n);
}

static bool fits_plain(struct text password)
{
    return password.n <= WHOLE && !has_nul(password);
}

static void copy_phrase(struct text password, char ret[static PHRASE])
{
    size_t n = password.n < BCRYPT_READS ? password.n : BCRYPT_READS;
    if (n)
        memcpy(ret, password.p, n);
    ret[n] = 0;
}

bool password_hash(struct text password, int cost, char ret[static PASSWORD_STORED_MAX])
{
    char phrase[PHRASE], hash[BCRYPT_SIZE + 1], chance[16], setting[CRYPT_GENSALT_OUTPUT_SIZE];
    bool plain = fits_plain(password), good = password.n <= PASSWORD_BYTES_MAX;
    good = good && getrandom(chance, sizeof chance, 0) == (ssize_t)sizeof chance &&
           crypt_gensalt_rn("$2b$", (unsigned long)cost, chance, sizeof chance, setting, sizeof setting);
    if (good && plain)
        copy_phrase(password, phrase);
    else
        good = good && prehash(password, phrase);
    good = good && bcrypt(phrase, setting, hash);
    if (good)
        snprintf(ret, PASSWORD_STORED_MAX, "%s%s", plain ? "" : MARK, hash);
    explicit_bzero(phrase, sizeof phrase);
    return good;
}

/* Cost of a bcrypt hash text, 0 if it is none, or one dearer than we would ever wait for. */
static int cost_of(const char *hash)
{
    if (strlen(hash) != BCRYPT_SIZE || strncmp(hash, "$2", 2) || !strchr("aby", hash[2]) || hash[3] != '$' ||
        hash[6] != '$' || strspn(hash + 4, "0123456789") != 2)
        return 0;
    int cost = atoi(hash + 4);
    return cost >= 4 && cost <= COST_MOST ? cost : 0;
}

static bool marked(const char *stored)
{
    return !strncmp(stored, MARK, MARK_SIZE);
}

bool password_verify(struct text password, const char *stored, int cost)
{
    char phrase[PHRASE], hash[BCRYPT_SIZE + 1], nothing[BCRYPT_SIZE + 1];
    snprintf(nothing, sizeof nothing, "$2b$%02d$%s", cost, "LecternHasNoSuchPerson0000000000000000000000000000000");
    bool hmac = stored && marked(stored);
    const char *expected = !stored ? nothing : hmac ? stored + MARK_SIZE : stored;
    bool possible = expected != nothing && password.n <= PASSWORD_BYTES_MAX && (hmac || !has_nul(password));
    if (!cost_of(expected)) {
        expected = nothing;
        possible = false;
    }
    if (!hmac || password.n > PASSWORD_BYTES_MAX || !prehash(password, phrase))
        copy_phrase(password, phrase);
    bool fits = bcrypt(phrase, expected, hash) && !CRYPTO_memcmp(hash, expected, BCRYPT_SIZE);
    explicit_bzero(phrase, sizeof phrase);
    explicit_bzero(hash, sizeof hash);
    return fits && possible;
}

bool password_needs_renewal(struct text password, const char *stored, int cost)
{
    bool hmac = marked(stored);
    const char *hash = stored + (hmac ? MARK_SIZE : 0);
    return cost_of(hash) < cost || hash[2] != 'b' || hmac == fits_plain(password);
}
