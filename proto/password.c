/* Password: see password.h. What reaches crypt is a NUL-ended copy of at most 72 bytes on this stack, wiped afterwards.
 * The limit for the plain form is 71, not 72: bcrypt then still reads the closing NUL, so a longer password never fits
 * a shorter one's hash. */
#include "proto/password.h"

#include "proto/config.h"
#include "proto/utf8.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#define MARK "$lectern-hmac$"
enum { NFC_GROWS = 3 /* times the bytes, at most */, NFC_SPARE = 16 };
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

/* ---- the normal form ---- */

/* Memory that held a password, of `size` bytes. */
struct normal {
    struct text text;
    uint8_t *memory;
    size_t size;
};

static void normal_fini(struct normal *n)
{
    if (n->memory)
        explicit_bzero(n->memory, n->size);
    free(n->memory);
}

/* Copies a text with every space of Unicode as the ordinary one; it does not get longer. Bytes it has. */
static size_t copy_with_plain_spaces(struct text t, uint8_t *to)
{
    const uint8_t *from = (const uint8_t *)t.p, *end = from + t.n;
    size_t n = 0;
    ucs4_t c;
    for (int step; from < end; from += step) {
        step = u8_mbtouc(&c, from, (size_t)(end - from));
        if (c > 0x7f && uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Zs))
            to[n++] = ' ';
        else
            for (int i = 0; i < step; i++)
                to[n++] = from[i];
    }
    return n;
}

/* False without memory: then, and where it is normal, the text is the password itself. normal_fini in any case. */
static bool normal_init(struct normal *n, struct text password)
{
    *n = (struct normal){ .text = password };
    bool ascii = utf8_count(password) == password.n;
    if (ascii || password.n > PASSWORD_BYTES_MAX || !utf8_valid(password))
        return true;
    size_t most = NFC_GROWS * password.n + NFC_SPARE;
    n->size = password.n + most;
    n->memory = malloc(n->size);
    if (!n->memory)
        return false;
    uint8_t *room = n->memory + password.n;
    size_t spaced = copy_with_plain_spaces(password, n->memory);
    uint8_t *made = u8_normalize(UNINORM_NFC, n->memory, spaced, room, &most);
    if (made != room)
        free(made); /* never: it has room for the longest */
    else
        n->text = (struct text){ (const char *)room, most };
    return made == room;
}

size_t password_characters(struct text password)
{
    struct normal normal;
    size_t n = normal_init(&normal, password) ? utf8_count(normal.text) : SIZE_MAX;
    normal_fini(&normal);
    return n;
}

/* ---- hashing ---- */

static bool hash_form(struct text password, int cost, char ret[static PASSWORD_STORED_MAX])
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

bool password_hash(struct text password, int cost, char ret[static PASSWORD_STORED_MAX])
{
    struct normal normal;
    bool good = normal_init(&normal, password) && hash_form(normal.text, cost, ret);
    normal_fini(&normal);
    return good;
}

/* ---- comparing ---- */

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

static bool form_fits(struct text password, const char *stored, int cost)
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

enum password_fit password_verify(struct text password, const char *stored, int cost)
{
    struct normal normal;
    bool made = normal_init(&normal, password), same = text_equal(normal.text, password);
    enum password_fit fit = PASSWORD_WRONG;
    if (form_fits(normal.text, stored, cost))
        fit = made ? PASSWORD_FITS : PASSWORD_FITS_AS_IT_CAME;
    else if (!same && form_fits(password, stored, cost))
        fit = PASSWORD_FITS_AS_IT_CAME;
    normal_fini(&normal);
    return fit;
}

bool password_needs_renewal(struct text password, const char *stored, int cost)
{
    struct normal normal;
    bool hmac = marked(stored), made = normal_init(&normal, password), plain = fits_plain(normal.text);
    const char *hash = stored + (hmac ? MARK_SIZE : 0);
    normal_fini(&normal);
    return cost_of(hash) < cost || hash[2] != 'b' || (made && hmac == plain);
}
