/* Tokens of practice: chance. They say nothing; the session's row does. */
#include "proto/config/secret.h"
#include "transport/api/practice/practice.h"

enum { BYTES = 32 };
_Static_assert(PRACTICE_TOKEN_MAX == 2 * BYTES + 1, "room for the digits");

bool practice_token_make(char to[static PRACTICE_TOKEN_MAX])
{
    return secret_hex(to, BYTES);
}
