/* Digest: see digest.h. */
#include "proto/identity/digest.h"

#include <openssl/evp.h>

enum { BYTES = 32 };
_Static_assert(DIGEST_MAX == 2 * BYTES + 1, "room for the digits");

bool digest_put(struct text token, char to[static DIGEST_MAX])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[BYTES];
    if (!EVP_Digest(token.p, token.n, digest, NULL, EVP_sha256(), NULL))
        return false;
    for (int i = 0; i < BYTES; i++) {
        *to++ = digits[digest[i] >> 4];
        *to++ = digits[digest[i] & 15];
    }
    *to = 0;
    return true;
}
