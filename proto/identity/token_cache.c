/* Token cache: a set-associative table from the SHA-256 of a token to its claims. Only tokens that verified get in, so
 * a flood of bad ones costs its sender's requests and evicts nobody. One worker's; no locks. */
#include "proto/identity/token.h"

#include <openssl/evp.h>
#include <stdlib.h>

enum { DIGEST = 32, WAYS = 4 };

struct place {
    unsigned char digest[DIGEST];
    struct token token; /* expires 0: empty */
};

struct token_cache {
    EVP_MD *sha;
    EVP_MD_CTX *hashing;
    struct token_cache_stats stats;
    unsigned sets, turn; /* turn: which way makes way next */
    struct place places[];
};

struct token_cache *token_cache_create(unsigned places)
{
    unsigned sets = 1;
    while (sets * WAYS < places && sets < 1u << 20)
        sets *= 2;
    struct token_cache *c = calloc(1, sizeof *c + sets * WAYS * sizeof c->places[0]);
    if (!c)
        return NULL;
    c->sets = sets;
    c->sha = EVP_MD_fetch(NULL, "SHA256", NULL);
    c->hashing = EVP_MD_CTX_new();
    if (c->sha && c->hashing)
        return c;
    token_cache_destroy(c);
    return NULL;
}

void token_cache_destroy(struct token_cache *c)
{
    if (!c)
        return;
    EVP_MD_CTX_free(c->hashing);
    EVP_MD_free(c->sha);
    free(c);
}

static bool digest_of(struct token_cache *c, struct text token, unsigned char ret[static DIGEST])
{
    return EVP_DigestInit_ex2(c->hashing, c->sha, NULL) && EVP_DigestUpdate(c->hashing, token.p, token.n) &&
           EVP_DigestFinal_ex(c->hashing, ret, NULL);
}

static struct place *set_of(struct token_cache *c, const unsigned char digest[static DIGEST])
{
    uint32_t hash;
    memcpy(&hash, digest, sizeof hash);
    return &c->places[(hash & (c->sets - 1)) * WAYS];
}

bool token_cache_verify(struct token_cache *c, struct text token, int64_t now, struct token *ret)
{
    unsigned char digest[DIGEST];
    if (!c || !token.p || token.n > TOKEN_TEXT_MAX || !digest_of(c, token, digest))
        return token_verify_at(token, now, ret);
    struct place *set = set_of(c, digest), *room = NULL;
    for (int i = 0; i < WAYS; i++) {
        struct place *place = &set[i];
        if (place->token.expires <= now) {
            room = place;
            continue;
        }
        if (memcmp(place->digest, digest, DIGEST))
            continue;
        c->stats.hits++;
        *ret = place->token;
        return true;
    }
    c->stats.misses++;
    struct token fresh;
    if (!token_verify_at(token, now, &fresh))
        return false;
    if (!room)
        room = &set[c->turn++ % WAYS];
    memcpy(room->digest, digest, DIGEST);
    room->token = *ret = fresh;
    return true;
}

struct token_cache_stats token_cache_stats(const struct token_cache *c)
{
    return c->stats;
}

uint64_t token_cache_memory(const struct token_cache *c, uint64_t *ret_tokens)
{
    *ret_tokens = 0;
    for (unsigned i = 0; i < c->sets * WAYS; i++)
        *ret_tokens += c->places[i].token.expires != 0;
    return sizeof *c + c->sets * WAYS * sizeof c->places[0];
}
