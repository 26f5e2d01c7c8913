/* Id token: what Google says about who has signed in, as a compact JWS (OpenID Connect Core, section 2; RFC 7515), and
 * every check of it (attendance contract, section 3.1). Fails closed. Pure; any thread. */
#pragma once

#include "transport/services/google/jwks.h"

#include <stdint.h>

enum {
    ID_TOKEN_EMAIL_MAX = 320,
    ID_TOKEN_NAME_MAX = 800, /* bytes; a longer name is cut */
    ID_TOKEN_SKEW_S = 10,    /* how far in the future iat and nbf may lie, since clocks differ */
};

/* Why a token is refused: X(symbol, words for the client). */
#define ID_TOKEN_FAULTS(X)                                                                                             \
    X(SHAPE, "not a signed token")                                                                                     \
    X(ALGORITHM, "wrong algorithm")                                                                                    \
    X(KEY, "unknown key")                                                                                              \
    X(SIGNATURE, "wrong signature")                                                                                    \
    X(ISSUER, "wrong issuer")                                                                                          \
    X(AUDIENCE, "wrong audience")                                                                                      \
    X(EXPIRED, "expired")                                                                                              \
    X(ISSUED, "not valid yet")                                                                                         \
    X(CLAIMS, "a claim is missing or of the wrong kind")                                                               \
    X(UNVERIFIED, "e-mail not verified")

enum id_token_fault {
    ID_TOKEN_GOOD,
#define ID_TOKEN_SYMBOL(symbol, words) ID_TOKEN_##symbol,
    ID_TOKEN_FAULTS(ID_TOKEN_SYMBOL)
#undef ID_TOKEN_SYMBOL
};

const char *id_token_words(enum id_token_fault fault);

struct id_token {
    char kid[JWKS_KID_MAX + 1];
    char email[ID_TOKEN_EMAIL_MAX + 1]; /* as Google wrote it */
    char name[ID_TOKEN_NAME_MAX + 1];   /* may be empty */
};

/* Everything but the signature: shape, header and claims, at `now` (seconds since 1970), for this audience, which must
 * not be empty. The signature is the caller's next question: nothing in *ret may be believed before it. */
enum id_token_fault id_token_read(struct text token, const char *audience, int64_t now, struct id_token *ret);

/* Is the token (of a shape that id_token_read has found good) signed by this key? */
bool id_token_signed_by(struct text token, struct jwks_key *key);
