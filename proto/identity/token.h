/* Token: the JWT that sign-in hands out, and its verification. HS256 with the configured secret and nothing else; the
 * secret from before it (jwt-secret-previous) still verifies. Any thread; a token_cache belongs to one worker. Says who
 * somebody was at sign-in; rights are read per request (design, section 8).
 *
 * A sign-in is what a person did when they proved who they are. Its token may be renewed: the new one has the same
 * claims (sid names the sign-in, auth_time says when it was; OpenID Connect Core, section 2) and the same life, from
 * then on. */
#pragma once

#include "proto/base/buf.h"

enum {
    TOKEN_TEXT_MAX = 8192,
    TOKEN_SKEW_S = 10,     /* how far in the future iat and nbf may lie, since clocks differ */
    TOKEN_SIGN_IN_MAX = 17 /* token_put_sign_in: 16 digits and a NUL */
};

struct token {
    int32_t user_id;                    /* whom it names: the one claim by which persons are looked up, in every area */
    uint64_t subject;                   /* text_digest of sub, which must be a name of that person */
    uint64_t sign_in;                   /* names the sign-in; one from before there was sid has a digest of itself */
    int64_t signed_in, issued, expires; /* seconds since 1970 UTC */
};

/* What a token is made from. The texts are what the area's clients read in it; the server reads user_id only. */
struct token_claims {
    int32_t user_id;
    const char *subject;      /* sub; NULL: the user id */
    const char *role, *email; /* NULL: no such claim */
    int64_t seconds;          /* its life */
    int64_t signed_in;        /* 0: now */
};

/* Appends a token of a new sign-in to out: the claims above, iss, aud, typ, iat, exp, auth_time, sid, jti. False
 * without memory or chance. */
bool token_make(struct buf *out, const struct token_claims *claims);

/* Appends a new token of the same sign-in and the same claims to out, which lives as long as `token` did, from now on,
 * and says what it is. `signed_in`: when its person has proved again who they are, 0 if they have not. False without
 * memory or chance, or if `token` is not valid now. */
bool token_renew(struct buf *out, struct text token, int64_t signed_in, struct token *ret);

/* The name of a sign-in as text: 16 hexadecimal digits and a NUL. */
void token_put_sign_in(uint64_t sign_in, char to[static TOKEN_SIGN_IN_MAX]);

/* Reads one as it is put, in that spelling only; false: it is none, and *ret is 0. */
bool token_read_sign_in(struct text name, uint64_t *ret);

/* False for whatever is not, now, a sign-in token of ours: algorithm, key, signature, times, issuer, audience,
 * type and person are all checked, and that each claim is of its kind. About 10 microseconds. */
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
