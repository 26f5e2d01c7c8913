/* Password: see password.h. What reaches crypt is a NUL-ended copy of at most 72 bytes on this stack, wiped afterwards.
 * The limit for the plain form is 71, not 72: bcrypt then still reads the closing NUL, so a longer password never fits
 * a shorter one's hash. */
#include "proto/identity/password.h"

#include "proto/base/utf8.h"
#include "proto/config/config.h"

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

enum { NFC_GROWS = 3 /* times the bytes, at most */, NFC_SPARE = 16 };
enum { BCRYPT_SIZE = 60, BCRYPT_READS = 72, WHOLE = 71, MAC = 32, COST_MOST = 16, SALT_AT = 7, SALT = 22 };
enum { PHRASE = BCRYPT_READS + 1 }; /* also holds the 44 letters of a MAC in base64 */

/* How bcrypt is given a password; the mark stands before its hash. */
enum form { PLAIN, KEYED, SALTED, FORMS };
static const char *const marks[FORMS] = { "", "$lectern-hmac$", "$lectern-salted$" };

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

static bool is_set(const char *key)
{
    return key && *key;
}

/* The key of KEYED: its own; without one, as it once was, derived from a sign-in key under a label (`which`: 0 the
 * newest, 1 the previous one). */
static bool password_key(int which, unsigned char ret[static MAC])
{
    static const char label[] = "lectern password key 1";
    const char *from = which && is_set(config.jwt_secret_previous) ? config.jwt_secret_previous : config.jwt_secret;
    return mac(from, strlen(from), label, sizeof label - 1, ret);
}

/* The password as base64 of its MAC, by the key, or by the salt of a bcrypt setting. */
static bool prehash(struct text password, enum form form, const char *setting, int which, char ret[static PHRASE])
{
    unsigned char key[MAC], sum[MAC];
    bool good;
    if (form == SALTED)
        good = mac(setting + SALT_AT, SALT, password.p, password.n, sum);
    else if (is_set(config.password_key))
        good = mac(config.password_key, strlen(config.password_key), password.p, password.n, sum);
    else
        good = password_key(which, key) && mac(key, MAC, password.p, password.n, sum);
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

/* The form in which this password is kept today. */
static enum form form_for(struct text password)
{
    if (fits_plain(password))
        return PLAIN;
    return is_set(config.password_key) ? KEYED : SALTED;
}

/* What bcrypt reads for this password and form. */
static bool make_phrase(struct text password, enum form form, const char *setting, int which, char ret[static PHRASE])
{
    if (form != PLAIN)
        return prehash(password, form, setting, which, ret);
    copy_phrase(password, ret);
    return true;
}

static bool hash_form(struct text password, int cost, char ret[static PASSWORD_STORED_MAX])
{
    char phrase[PHRASE], hash[BCRYPT_SIZE + 1], chance[16], setting[CRYPT_GENSALT_OUTPUT_SIZE];
    enum form form = form_for(password);
    bool good = password.n <= PASSWORD_BYTES_MAX && getrandom(chance, sizeof chance, 0) == (ssize_t)sizeof chance &&
                crypt_gensalt_rn("$2b$", (unsigned long)cost, chance, sizeof chance, setting, sizeof setting) &&
                make_phrase(password, form, setting, 0, phrase) && bcrypt(phrase, setting, hash);
    if (good)
        snprintf(ret, PASSWORD_STORED_MAX, "%s%s", marks[form], hash);
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

/* The form of a stored text, and its bcrypt hash. */
static enum form form_of(const char *stored, const char **ret_hash)
{
    for (int form = KEYED; form < FORMS; form++)
        if (!strncmp(stored, marks[form], strlen(marks[form]))) {
            *ret_hash = stored + strlen(marks[form]);
            return (enum form)form;
        }
    *ret_hash = stored;
    return PLAIN;
}

static bool fits(struct text password, enum form form, const char *expected, int which)
{
    char phrase[PHRASE], hash[BCRYPT_SIZE + 1];
    if (password.n > PASSWORD_BYTES_MAX || !make_phrase(password, form, expected, which, phrase))
        copy_phrase(password, phrase);
    bool same = bcrypt(phrase, expected, hash) && !CRYPTO_memcmp(hash, expected, BCRYPT_SIZE);
    explicit_bzero(phrase, sizeof phrase);
    explicit_bzero(hash, sizeof hash);
    return same;
}

/* How often a password is tried, whatever the account: the old form of long ones may have either key. */
static int tries_of(struct text password)
{
    bool two = !fits_plain(password) && !is_set(config.password_key) && is_set(config.jwt_secret_previous);
    return two ? 2 : 1;
}

static bool form_fits(struct text password, const char *stored, int cost)
{
    char nothing[BCRYPT_SIZE + 1];
    const char *expected = nothing;
    snprintf(nothing, sizeof nothing, "$2b$%02d$%s", cost, "LecternHasNoSuchPerson0000000000000000000000000000000");
    enum form form = stored ? form_of(stored, &expected) : PLAIN;
    bool possible = stored && cost_of(expected) && password.n <= PASSWORD_BYTES_MAX && (form || !has_nul(password));
    if (!cost_of(expected))
        expected = nothing;
    bool same = false;
    for (int which = 0; which < tries_of(password); which++)
        same |= fits(password, form, expected, which);
    return same && possible;
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
    const char *hash;
    enum form form = form_of(stored, &hash);
    bool made = normal_init(&normal, password), todays = form == form_for(normal.text);
    normal_fini(&normal);
    return cost_of(hash) < cost || hash[2] != 'b' || (made && !todays);
}
