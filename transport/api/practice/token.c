/* Tokens of practice: chance, and a digest of it. They say nothing; the session's row does. */
#include "proto/config/secret.h"
#include "transport/api/practice/practice.h"

#include <openssl/evp.h>

enum { BYTES = 32 };
_Static_assert(PRACTICE_TOKEN_MAX == 2 * BYTES + 1 && PRACTICE_HASH_MAX == 2 * BYTES + 1, "room for the digits");

static void put_digits(const unsigned char bytes[static BYTES], char *to)
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < BYTES; i++) {
        *to++ = digits[bytes[i] >> 4];
        *to++ = digits[bytes[i] & 15];
    }
    *to = 0;
}

bool practice_token_make(char to[static PRACTICE_TOKEN_MAX])
{
    return secret_hex(to, BYTES);
}

bool practice_token_hash(struct text token, char to[static PRACTICE_HASH_MAX])
{
    unsigned char digest[BYTES];
    if (!EVP_Digest(token.p, token.n, digest, NULL, EVP_sha256(), NULL))
        return false;
    put_digits(digest, to);
    return true;
}
