/* Token: the JWT that sign-in hands out, and its verification. HS256 with the configured secret and nothing else. Any
 * thread; a token_cache belongs to one worker. Says who somebody was at sign-in; rights are read per request (design,
 * section 8). */
#pragma once

#include "proto/buf.h"

enum { TOKEN_TEXT_MAX = 8192 };

struct token {
    int32_t user_id;         /* whom it names: the one claim by which persons are looked up, in every area */
    uint64_t subject;        /* text_digest of sub, which must be a name of that person */
    int64_t issued, expires; /* seconds since 1970 UTC */
};

/* What a token is made from. The texts are what the area's clients read in it; the server reads user_id only. */
struct token_claims {
    int32_t user_id;
    const char *subject;      /* sub; NULL: the user id */
    const char *role, *email; /* NULL: no such claim */
    int64_t seconds;          /* its life */
};

/* Appends a token to out: the claims above, iss, aud, typ, iat, exp, jti. False without memory or chance. */
bool token_make(struct buf *out, const struct token_claims *claims);

/* False for whatever is not, now, a sign-in token of ours: algorithm, signature, times, issuer, audience, type and
 * person are all checked. About 5 microseconds. */
bool token_verify(struct text token, struct token *ret);

/* The same at a given time, seconds since 1970. */
bool token_verify_at(struct text token, int64_t now, struct token *ret);

/* ---- verified tokens of one worker, by digest, until they expire ---- */

struct token_cache;

/* Room for about `places` tokens (rounded up to a power of two); the oldest of a set makes way. NULL without memory. */
struct token_cache *token_cache_create(unsigned places);
void token_cache_destroy(struct token_cache *c);

/* token_verify_at through the cache. c may be NULL: then it verifies afresh. */
bool token_cache_verify(struct token_cache *c, struct text token, int64_t now, struct token *ret);

/* How often the cache knew the token, and how often not. */
struct token_cache_stats {
    uint64_t hits, misses;
};
struct token_cache_stats token_cache_stats(const struct token_cache *c);

/* Bytes that it holds; *ret_tokens: how many tokens are in it. Looks at every place. */
uint64_t token_cache_memory(const struct token_cache *c, uint64_t *ret_tokens);
